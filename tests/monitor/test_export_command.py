"""`wirewatch export` as a process: what it writes for other programs, and what it keeps back."""

import csv
import io
import json
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from spiders import packet
from tests.processes import Desk, a_desk

ENTRY = "{http://www.w3.org/2005/Atom}entry"


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    with a_desk(database_url) as desk:
        desk.configure(sources=["crane", "harbour"])
        desk.run("crawl")
        yield desk


def test_the_stories_of_a_rule_are_written_in_each_format(desk: Desk) -> None:
    told = {form: desk.run("export", "--rule", "dprk", "--format", form) for form in ("jsonl", "csv", "atom", "ninjs")}
    asked = desk.run("search", "--rule-language", "@dprk", "--json", "--limit", "100")

    rows = [json.loads(line) for line in told["jsonl"].out.splitlines()]
    wanted = [json.loads(line) for line in asked.out.splitlines()]
    table = list(csv.DictReader(io.StringIO(told["csv"].out.removeprefix("\ufeff"))))
    assert {(each.code, each.err) for each in told.values()} == {(0, "")}
    assert len(rows) > 2
    assert [row.keys() - {"snippet"} for row in rows] == [row.keys() for row in wanted]
    assert [row["url"] for row in rows] == [row["url"] for row in wanted]
    assert [row["link"] for row in table] == [row["url"] for row in rows]
    assert len(ElementTree.fromstring(told["atom"].out).findall(ENTRY)) == len(rows)
    assert [each.url for each in packet.read(told["ninjs"].out.encode(), url="export").entries] == [row["url"] for row in rows]


def test_what_was_taken_back_is_neither_exported_nor_found(desk: Desk) -> None:
    ids = {row["id"]: row for row in map(json.loads, desk.run("export", "--rule", "dprk", "--format", "jsonl").out.splitlines())}
    killed, held, lost, *rest = ids
    for id, status in ((killed, "withdrawn"), (held, "held"), (lost, "gone")):
        desk.rows("update revision set status = %s where story = %s", status, id)

    left = [json.loads(line)["id"] for line in desk.run("export", "--rule", "dprk", "--format", "jsonl").out.splitlines()]
    found = [json.loads(line)["id"] for line in desk.run("search", "--rule-language", "@dprk", "--json").out.splitlines()]

    assert left == rest
    assert killed not in found
    assert {held, lost, *rest} == set(found)


def test_a_file_is_written_whole_or_not_at_all(desk: Desk) -> None:
    file = desk.folder / "dprk.xml"
    file.write_text("the last one")

    failed = desk.run("export", "--rule", "dprk", "--format", "atom", "--output", "dprk.xml", "--since", "1d", "--config", "nowhere.toml")
    before = file.read_text()
    done = desk.run("export", "--rule", "dprk", "--format", "atom", "--output", "dprk.xml", "--since", "1s")

    assert (failed.code, before) == (2, "the last one")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert ElementTree.parse(file).getroot().findall(ENTRY) == []
    assert sorted(each.name for each in desk.folder.iterdir() if "dprk" in each.name) == ["dprk.xml"]
