"""OPML: lists of feeds, read from anybody and written for everybody."""

import re
import time

import pytest
from lxml import etree

from spiders.opml import NotOpml, Outline, read, write
from spiders.source import Source

LIST = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0"><head><title>Feeds</title></head><body>
<outline text="Asia"><outline text="short" title="한강 &amp; Wave" xmlUrl=" https://wire.example/rss?a=1&amp;b=2 " language="ko"/></outline>
<outline text="A note"/>
<outline text="Harbour" xmlurl="https://harbour.example/feed"/>
</body></opml>"""


def test_the_feeds_of_all_folders_are_read_with_their_lines() -> None:
    assert read(LIST.encode(), name="feeds.opml") == (
        Outline(line=3, feed="https://wire.example/rss?a=1&b=2", title="한강 & Wave", language="ko"),
        Outline(line=5, feed="https://harbour.example/feed", title="Harbour"),
    )


@pytest.mark.parametrize("end", ["Harbour", "</body>", "<head>", "Asia"])
def test_a_file_that_is_cut_off_is_refused(end: str) -> None:
    with pytest.raises(NotOpml) as caught:
        read(LIST.partition(end)[0].encode(), name="feeds.opml")

    assert re.fullmatch(
        r"feeds\.opml: expected OPML, got the beginning of a file that is cut off, with \d feeds: it has no </opml>; "
        "export the list again, or write CSV whose first row names feed",
        str(caught.value),
    )


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE opml [<!ENTITY a "'
    + b"ha" * 1000
    + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (char, b"&%c;" % (char - 1) * 10) for char in range(ord("b"), ord("k")))
    + b']><opml><body><outline text="&j;" xmlUrl="https://wire.example/&j;"/></body></opml>'
)
STEALS = b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><body><outline text="&x;" xmlUrl="https://wire.example/"/></body></opml>'


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (BOMB, "declares entities of its own"),
        (STEALS, "declares entities of its own"),
        (b" \n", "an empty file"),
        (b"<html><title>Sign in</title></html>", "an HTML page titled 'Sign in'"),
        (b"<rss><channel/></rss>", "a feed"),
        (b"\xff\xfe\x00", "bytes that start with"),
    ],
    ids=["bomb", "file", "empty", "page", "feed", "bytes"],
)
def test_what_is_no_opml_is_refused_by_name_and_quickly(body: bytes, said: str) -> None:
    began = time.process_time()

    with pytest.raises(NotOpml) as caught:
        read(body, name="feeds.opml")

    assert str(caught.value).startswith("feeds.opml: expected OPML, got ")
    assert said in str(caught.value)
    assert time.process_time() - began < 1


def test_what_is_written_is_read_again() -> None:
    sources = [
        Source(id="wire", feed="https://wire.example/rss?a=1&b=2", name='A & <B> "c"\x00\x1b', language="ko"),
        Source(id="no-feed", sitemap="https://wire.example/sitemap.xml"),
        Source(id="harbour", feed="https://harbour.example/feed"),
    ]

    written = write(sources, title="my <wires>")

    assert etree.fromstring(written.encode()).findtext("head/title") == "my <wires>"
    assert [(each.feed, each.title, each.language) for each in read(written.encode(), name="x")] == [
        ("https://wire.example/rss?a=1&b=2", 'A & <B> "c"', "ko"),
        ("https://harbour.example/feed", "harbour", ""),
    ]
