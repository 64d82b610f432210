"""monitor.atom: a feed that any reader takes, whatever a wire writes."""

import re
from dataclasses import replace
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules import Rule
from monitor import atom
from monitor.exports import Export
from tests.monitor.exporting import NOON, RULE, a_story, an_export, written

ATOM = "{http://www.w3.org/2005/Atom}"
#: RFC 4287: what an entry must have, once; and RFC 3339, as it says times.
ONCE = ("id", "title", "updated", "author")
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)"


def a_feed(*exports: Export, rule: Rule = RULE) -> ElementTree.Element:
    """The feed as an XML parser reads it, valid by RFC 4287 as far as it goes."""
    feed = ElementTree.fromstring(written(atom.feed(rule, "desk@example.org", NOON), *exports).encode())
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        assert [len(element.findall(ATOM + name)) for name in ONCE] == [1, 1, 1, 1]
        assert re.fullmatch(MOMENT, element.findtext(f"{ATOM}updated", ""))
    for entry in feed.findall(f"{ATOM}entry"):
        assert entry.find(f"{ATOM}link[@rel='alternate']") is not None or entry.find(f"{ATOM}content") is not None
    return feed


def test_an_entry_says_what_may_be_said() -> None:
    text = written(atom.feed(RULE, "desk@example.org", NOON), an_export())
    entry = text.splitlines()[-2]

    a_feed(an_export())
    assert entry == (
        f'<entry xml:lang="en"><id>{uuid5(NAMESPACE_URL, "https://wire.example.org/one").urn}</id><title>Dockers strike</title>'
        '<link rel="alternate" type="text/html" href="https://wire.example.org/one" />'
        "<published>2026-11-23T12:00:00+00:00</published><updated>2026-11-23T12:30:00+00:00</updated>"
        '<author><name>The Wire</name></author><category term="strike" />'
        "<summary>The strike began at noon, the union said.</summary></entry>"
    )


def test_a_reader_of_feeds_reads_it() -> None:
    story = a_story("Kim <b>& Co</b> strike ]]>", language="ko", paragraphs=("A < b & c.", "A strike."))

    told = feedparser.parse(written(atom.feed(RULE, "desk@example.org", NOON), an_export(story, licence="full")))

    assert (told.bozo, told.feed.title, told.version) == (False, "strike", "atom10")
    assert told.entries[0].title == "Kim <b>& Co</b> strike ]]>"
    assert told.entries[0].title_detail.language == "ko"
    assert told.entries[0].content[0].value == "<p>A &lt; b &amp; c.</p><p>A strike.</p>"


def test_ids_stay_from_version_to_version_and_differ_from_rule_to_rule() -> None:
    first, second = a_feed(an_export()), a_feed(an_export(a_story("Dockers end strike")))
    other = a_feed(rule=Rule(id="ferry", any=("ferry",)))

    assert first.findtext(f"{ATOM}entry/{ATOM}id") == second.findtext(f"{ATOM}entry/{ATOM}id")
    assert first.findtext(f"{ATOM}id") == second.findtext(f"{ATOM}id") != other.findtext(f"{ATOM}id")


@pytest.mark.parametrize("address", ["packet:folder#urn:1", "javascript:alert(1)"])
def test_what_is_no_web_address_is_no_link(address: str) -> None:
    feed = a_feed(an_export(replace(a_story(), canonical_url=address)))

    assert feed.find(f"{ATOM}entry/{ATOM}link") is None


@given(st.text(), st.text(), st.text())
def test_no_text_of_a_wire_breaks_the_feed(headline: str, body: str, agency: str) -> None:
    hostile = a_story(headline, paragraphs=(f"{body}\x00\x0b\ufffe\uffff\ud800", "A strike."), agency=agency, language=headline or None)

    for licence in ("link", "full"):
        a_feed(an_export(hostile, licence=licence))
