"""monitor.spreadsheet: stories as rows."""

import csv
import io

from monitor import spreadsheet
from tests.monitor.exporting import NOON, RULE, a_story, an_export, written


def test_a_story_is_a_row_below_the_names_of_the_columns() -> None:
    text = written(spreadsheet.table(RULE, "desk@example.org", NOON), an_export(a_story("=Dockers\x00 strike")), an_export(licence="full"))

    names, link, full = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))

    assert text.startswith("\ufeffid,published (UTC),")
    assert dict(zip(names, link, strict=True)) == {
        "id": "7",
        "published (UTC)": "2026-11-23 12:00",
        "seen (UTC)": "2026-11-23 12:00",
        "source": "The Wire",
        "agency": "The Wire",
        "language": "en",
        "status": "usable",
        "version": "2",
        "headline": "'=Dockers strike",
        "snippet": "The strike began at noon, the union said.",
        "link": "https://wire.example.org/one",
        "dateline": "",
        "byline": "",
        "rules": "strike",
        "text": "",
    }
    assert full[-1] == "LONDON -- Nothing moved at the docks.\nThe strike began at noon, the union said."
