"""monitor.newsitems: ninjs that our own reader, too, reads back."""

import json
from dataclasses import replace
from datetime import UTC
from pathlib import Path

from monitor import newsitems
from monitor.exports import Export
from spiders import packet
from spiders.source import Source
from spiders.story import Dateline, Story
from tests.monitor.exporting import NOON, RULE, a_story, an_export, written

#: What ninjs 3.0 knows of an item; its schema takes nothing else.
KNOWN = {
    *("uri", "standard", "type", "representationType", "version", "firstCreated", "versionCreated", "pubStatus", "language"),
    *("headlines", "descriptions", "bodies", "by", "infoSources", "located", "subjects", "slugline", "edNote", "renditions", "altIds"),
}
LINE = Dateline(raw="SEOUL, Nov. 23 (Yonhap) --", places=("SEOUL",), month=11, day=23, agency="Yonhap")
STORY = a_story(
    'Dockers & miners strike "at once"',
    paragraphs=("SEOUL, Nov. 23 (Yonhap) -- A < b & c.", "The strike began at noon, the union said."),
    dateline=LINE,
    agency="Yonhap",
    byline=("Kim Min",),
    keywords=("docks", "strike"),
    slug="docks-strike",
    note="Repeats to fix the day.",
)


def items(*exports: Export) -> str:
    return written(newsitems.items(RULE, "desk@example.org", NOON), *exports)


def read(text: str, folder: Path) -> tuple[Story, ...]:
    return packet.stories(text.encode(), url="file:///export.json", source=Source(id="again", folder=folder, timezone=UTC))  # type: ignore[arg-type]


def test_what_is_exported_with_a_licence_is_read_back(tmp_path: Path) -> None:
    other = a_story(canonical_url="https://wire.example.org/two", lead="", slug="")

    told = read(items(an_export(STORY, licence="full"), an_export(other, licence="full")), tmp_path)

    # The version is ours: that of the item, not of the wire. Keywords are subjects in ninjs 3, which are not read.
    assert told[0] == replace(STORY, version=2, keywords=(), updated_at=NOON.replace(minute=30))
    assert (told[1].canonical_url, told[1].headline, told[1].paragraphs) == (other.canonical_url, other.headline, other.paragraphs)


def test_of_a_source_without_a_licence_no_text_leaves(tmp_path: Path) -> None:
    text = items(an_export(STORY))
    [item], [told] = json.loads(text), read(text, tmp_path)

    assert (item["representationType"], "bodies" in item, "edNote" in item) == ("partial", False, False)
    assert "A < b" not in text
    assert (told.canonical_url, told.headline) == (STORY.canonical_url, STORY.headline)
    assert (told.lead, told.paragraphs) == ("The strike began at noon, the union said.", ())


def test_an_item_has_what_the_standard_knows_and_nothing_empty() -> None:
    whole, bare = json.loads(items(an_export(STORY, licence="full"), an_export(a_story("", published_at=None, language=None))))

    assert whole.keys() == KNOWN
    assert bare.keys() < KNOWN
    assert bare["headlines"] == [{"role": "main", "contentType": "text/plain", "value": "https://wire.example.org/one"}]
    assert all(bare.values())


def test_no_story_is_an_empty_array() -> None:
    assert json.loads(items()) == []
