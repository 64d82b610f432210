"""What hostile bytes from a real server come to: a bounded failure with its reason. Faults by their ids; more in test_wire.py."""

import json
import time
import zlib

import psutil
import pytest
from hostile import Hostile, a_source, text
from keeper import polled

from spiders.crawl import Crawler
from spiders.order import FeedRead, PollFailed

pytestmark = pytest.mark.asyncio(loop_scope="session")

ITEM = "<rss version='2.0'><channel><item><title>{0}</title><link>https://e.org/1</link></item></channel></rss>"
LAUGHS = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10 if n else 'ha' * 10}'>" for n in range(12))
KNOWN = "He said “yes” – don’t"


def memory() -> int:
    """Bytes that we and our readers hold."""
    me = psutil.Process()
    return sum(each.memory_info().rss for each in (me, *me.children(recursive=True)))


@pytest.mark.parametrize(
    "dtd",
    [
        f"<!DOCTYPE r [{LAUGHS}]>",
        f"<!DOCTYPE r [<!ENTITY a11 '{'a' * 1_000_000}'>]>",
        "<!DOCTYPE r [<!ENTITY % p 'a'><!ENTITY a11 '%p;%p;'>]>",
    ],
    ids=["laughs", "quadratic", "parameter"],
)
async def test_parse_01_a_feed_whose_entities_grow_is_a_failed_poll_with_the_reason(crawler: Crawler, wire: Hostile, dtd: str) -> None:
    answer = text(dtd + ITEM.format("&a11;" * 1000), Content_Type="application/rss+xml")
    source = a_source(wire.on("/rss", answer))
    await polled(crawler, a_source(wire.on("/warm", text(ITEM.format("x")))))
    before, began = memory(), time.monotonic()
    (result,) = await polled(crawler, source)

    assert isinstance(result, PollFailed), result
    assert result.error.endswith(
        "/rss: expected an RSS, Atom, RDF or JSON feed, got XML that declares entities which grow, as no wire's does"
    )
    assert time.monotonic() - began < 1
    assert memory() - before < 100 << 20


async def test_parse_01_an_old_feed_that_names_its_characters_is_read(crawler: Crawler, wire: Hostile) -> None:
    dtd = '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "rss-0.91.dtd" [<!ENTITY nbsp "&#160;"><!ENTITY eacute "&#233;">]>'
    (result, *_) = await polled(crawler, a_source(wire.on("/rss", text(dtd + ITEM.format("Caf&eacute;")))))

    assert isinstance(result, FeedRead)
    assert [entry.title for entry in result.entries] == ["Café"]


@pytest.mark.parametrize(
    ("declared", "encoding", "taken"),
    [
        ("iso-8859-1", "cp1252", "cp1252"),
        ("utf-8", "cp1252", "cp1252"),
        ("iso-8859-1", "utf-8", "utf-8"),
        ("utf-8", "utf-8", "utf-8"),
    ],
)
async def test_parse_03_header_prolog_and_bytes_disagree_and_the_one_that_explains_them_is_taken_and_named(
    crawler: Crawler, wire: Hostile, declared: str, encoding: str, taken: str
) -> None:
    body = f'<?xml version="1.0" encoding="{declared}"?>{ITEM.format(KNOWN)}'.encode(encoding)
    answer = text(body, Content_Type="application/rss+xml; charset=utf-8")
    (result, *_) = await polled(crawler, a_source(wire.on("/rss", answer)))

    assert isinstance(result, FeedRead)
    assert [entry.title for entry in result.entries] == [KNOWN]
    assert result.charset == taken


@pytest.mark.parametrize("kind", ["rss", "json"])
async def test_parse_05_control_characters_in_a_feed_cost_neither_it_nor_its_other_entries(
    crawler: Crawler, wire: Hostile, kind: str
) -> None:
    titles = ["Stri\x00ke \x01\x08now", "Calm"]
    if kind == "json":
        items = [{"id": str(n), "url": f"https://e.org/{n}", "title": title, "content_text": title} for n, title in enumerate(titles)]
        body = json.dumps({"version": "https://jsonfeed.org/version/1", "items": items})
    else:
        items_ = "".join(f"<item><title>{title}</title><link>https://e.org/{n}</link></item>" for n, title in enumerate(titles))
        body = f"<rss version='2.0'><channel>{items_}</channel></rss>"
    (result, *_) = await polled(crawler, a_source(wire.on("/rss", text(body))))

    assert isinstance(result, FeedRead)
    assert [(entry.url, entry.title) for entry in result.entries] == [("https://e.org/0", "Strike now"), ("https://e.org/1", "Calm")]


async def test_crawl_07_a_deflate_bomb_is_refused_at_the_cap(crawler: Crawler, wire: Hostile) -> None:
    bomb = text(zlib.compress(bytes(300 << 20)), Content_Encoding="deflate")
    before = memory()
    (result,) = await polled(crawler, a_source(wire.on("/rss", bomb)))

    assert isinstance(result, PollFailed)
    assert "16777216" in result.error
    assert memory() - before < 64 << 20
