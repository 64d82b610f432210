"""What a source's documents may do to the whole way from claim to store, by the ids of the fault table; the readers: tests/spiders."""

import asyncio
import ctypes
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from collecting import a_source, asked_how_all_is, memory, poll_what_is_due, watching
from desk import NOON, Clock, rows

from monitor import health, states
from monitor.tally import Tally
from spiders.entry import MOST_ENTRIES
from spiders.order import Order, Poll, Result
from spiders.source import Selectors, Source
from tests.spiders.hostile import hostile, page, rss, text

pytestmark = pytest.mark.asyncio(loop_scope="session")

ITEM = "<rss version='2.0'><channel><item><title>{0}</title><link>https://e.org/1</link></item></channel></rss>"
LAUGHS = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10 if n else 'ha' * 10}'>" for n in range(12))


@pytest.mark.parametrize(
    "dtd", [f"<!DOCTYPE r [{LAUGHS}]>", f"<!DOCTYPE r [<!ENTITY a11 '{'a' * 1_000_000}'>]>"], ids=["laughs", "quadratic"]
)
async def test_parse_01_a_source_whose_entities_grow_is_failing_with_the_reason_and_keeps_nobody_waiting(
    reactor: None, database_url: str, tmp_path: Path, dtd: str
) -> None:
    with hostile() as wire:
        clock = Clock()
        bad = a_source("bad", wire.on("/bad", text(dtd + ITEM.format("&a11;" * 1000), Content_Type="application/rss+xml")))
        good = a_source("good", wire.on("/good", rss([wire.on("/one", page())])))
        async with watching(database_url, tmp_path, good, bad, clock=clock) as (watch, crawler):
            await crawler.poll(Poll(source=good), nothing)  # its reader is there
            with memory() as grown:
                async with asked_how_all_is(watch) as waits:
                    began = time.monotonic()
                    await crawler.poll(Poll(source=bad), nothing)
                    took = time.monotonic() - began
                    for _ in range(states.FAILING):
                        await poll_what_is_due(watch, crawler)
                        clock.advance(hours=1)

            assert took < 1
            assert grown() < 100 << 20
            assert max(waits) < 1
            (trouble,) = (trouble for trouble in (await health.report(watch)).troubles if trouble.startswith("source"))
            assert trouble.startswith("source bad: failing since 2026-11-23 12:00 UTC: 3 polls failed in a row, it never answered: ")
            assert trouble.endswith("got XML that declares entities which grow, as no wire's does")
            assert await rows(watch, "select source, state from entry") == [("good", "read")]


async def nothing(result: Result) -> Iterable[Order]:
    """Keep nothing of it, and ask for no more."""
    return ()


@contextmanager
def watched(path: Path) -> Iterator[Callable[[], bool]]:
    """Asks whether anybody has opened a file since it was last asked: the kernel says so, whatever library it is."""
    libc = ctypes.CDLL(None)
    told = libc.inotify_init1(os.O_NONBLOCK)
    assert libc.inotify_add_watch(told, os.fsencode(path), 0x20) > 0  # IN_OPEN

    def is_opened() -> bool:
        try:
            return bool(os.read(told, 4096))
        except BlockingIOError:
            return False

    try:
        yield is_opened
    finally:
        os.close(told)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says who opens a file")
@pytest.mark.parametrize("kind", ["feed", "sitemap", "page"])
async def test_parse_02_no_document_of_a_source_makes_anybody_open_a_file_or_an_address(
    reactor: None, database_url: str, tmp_path: Path, kind: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("swordfish")
    with hostile() as wire, watched(secret) as is_opened, socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        away = f"http://127.0.0.1:{listener.getsockname()[1]}/evil.dtd"
        dtds = (
            f'<!DOCTYPE r [<!ENTITY x SYSTEM "{secret.as_uri()}">]>',
            f'<!DOCTYPE r [<!ENTITY x SYSTEM "{away}">]>',
            f'<!DOCTYPE r SYSTEM "{away}">',
            f'<!DOCTYPE r SYSTEM "{secret.as_uri()}">',
            f'<!DOCTYPE r [<!ENTITY % e SYSTEM "{away}"> %e; <!ENTITY x SYSTEM "{secret.as_uri()}">]>',
            f'<!DOCTYPE r [<!ENTITY % e SYSTEM "{secret.as_uri()}"> %e;]>',
        )
        body = {
            "feed": "<rss version='2.0'><channel><item><title>a&x;b</title><link>{url}/1</link></item></channel></rss>",
            "sitemap": "<urlset><url><loc>{url}/1</loc><news><title>a&x;b</title></news></url></urlset>",
            "page": "<html><head><title>a&x;b</title></head><body><article><p>It began at noon, a&x;b said.</p></article></body></html>",
        }[kind].format(url=wire.url)
        documents = [wire.on(f"/{number}.xml", text(f"<?xml version='1.0'?>{dtd}{body}")) for number, dtd in enumerate(dtds)]
        watches = [a_document(f"s{number}", kind, url, wire.on(f"/{number}", rss([url]))) for number, url in enumerate(documents)]
        async with watching(database_url, tmp_path, *watches, clock=Clock()) as (watch, crawler):
            await poll_what_is_due(watch, crawler)

            assert [path for path in wire.asked if path.endswith(".xml")]
            assert await rows(watch, "select from entry where entry::text ~ 'swordfish'") == []
            assert await rows(watch, "select from revision where revision::text ~ 'swordfish'") == []
        with pytest.raises(TimeoutError):
            listener.accept()
        assert not is_opened()
        secret.read_text()
        assert is_opened(), "or this proves nothing"


def a_document(id: str, kind: str, url: str, feed: str) -> Source:
    """A source that has this document as its list, or as the page of its only entry."""
    if kind == "sitemap":
        return Source(id=id, sitemap=url, selectors=a_source(id, feed).selectors)
    return a_source(id, feed if kind == "page" else url)


async def test_parse_03_of_three_charsets_that_disagree_the_one_that_explains_the_bytes_is_taken_and_recorded(
    reactor: None, database_url: str, tmp_path: Path
) -> None:
    known = "He said “yes” – don’t"
    with hostile() as wire:
        sources = []
        for declared, encoding in (("iso-8859-1", "cp1252"), ("utf-8", "cp1252"), ("iso-8859-1", "utf-8")):
            item = f"<item><title>{known}</title><link>{wire.url}/{len(sources)}</link></item>"
            body = f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0"><channel>{item}</channel></rss>'.encode(encoding)
            answer = text(body, Content_Type="application/rss+xml; charset=utf-8")
            sources.append(a_source(f"s{len(sources)}", wire.on(f"/{declared}/{encoding}", answer)))
        async with watching(database_url, tmp_path, *sources, clock=Clock()) as (watch, crawler):
            await poll_what_is_due(watch, crawler)

            assert await rows(watch, "select charset from source order by id") == [("cp1252",), ("cp1252",), ("utf-8",)]
            assert await rows(watch, "select headline from revision") == [(known,)] * 3


@pytest.mark.parametrize("kind", ["rss", "json"])
async def test_parse_05_control_characters_in_list_and_page_cost_no_entry_its_story(
    reactor: None, database_url: str, tmp_path: Path, kind: str
) -> None:
    with hostile() as wire:
        dirty, clean = (wire.on(f"/{name}", page(headline)) for name, headline in (("dirty", "Stri\x00ke \x01now"), ("clean", "Calm")))
        named = {dirty: "Stri\x00ke \x08now", clean: "Calm"}
        items = [{"id": url, "url": url, "title": title, "content_text": title} for url, title in named.items()]
        as_rss = "".join(f"<item><title>{title}</title><link>{url}</link></item>" for url, title in named.items())
        as_json = json.dumps({"version": "https://jsonfeed.org/version/1", "items": items})
        body = as_json if kind == "json" else f"<rss version='2.0'><channel>{as_rss}</channel></rss>"
        source = a_source("wire", wire.on("/feed", text(body)))
        async with watching(database_url, tmp_path, source, clock=Clock()) as (watch, crawler):
            await poll_what_is_due(watch, crawler)

            stored = await rows(watch, "select entry.state, headline from entry join revision using (story) order by url")
            assert stored == [("read", "Calm"), ("read", "Strike now")]
            assert await rows(watch, "select failures from source") == [(0,)]


async def test_parse_07_of_100_000_items_the_newest_are_stored_while_everybody_is_answered(
    reactor: None, database_url: str, tmp_path: Path
) -> None:
    with hostile() as wire:
        times = (format_datetime(NOON - timedelta(minutes=number)) for number in range(100_000))
        body = "".join(
            f"<item><title>Story number {number} of them</title><link>{wire.url}/{number}</link><pubDate>{at}</pubDate></item>"
            for number, at in enumerate(times)
        )
        answer = text(f"<rss version='2.0'><channel>{body}</channel></rss>", Content_Type="application/rss+xml")
        assert 14_000_000 < len(body) < 16 << 20
        source = a_source("wire", wire.on("/rss", answer))
        async with watching(database_url, tmp_path, source, clock=Clock()) as (watch, crawler):

            async def keep(result: Result) -> Iterable[Order]:
                """Leave the pages for later."""
                await watch.keep(result, Tally())
                return ()

            with memory() as grown:
                async with asked_how_all_is(watch) as waits:
                    began = time.monotonic()
                    await crawler.poll(Poll(source=source), keep)
                    took = time.monotonic() - began

            assert await rows(watch, "select failures, error from source") == [(0, None)]
            # Half from each end, for some wires put the newest last.
            newest = NOON - timedelta(minutes=MOST_ENTRIES // 2)
            counts = "select count(*), count(*) filter (where published_at > %s) from entry where state = 'pending'"
            assert await rows(watch, counts, newest) == [(MOST_ENTRIES, MOST_ENTRIES // 2)]
            assert took < 60
            assert grown() < 1 << 30
            assert max(waits) < 2


@pytest.mark.parametrize("selectors", [Selectors(), Selectors(headline="h1", body="article")], ids=["unknown", "selectors"])
async def test_parse_10_a_page_nested_200_000_deep_is_stored_on_the_feeds_text(
    reactor: None, database_url: str, tmp_path: Path, selectors: Selectors
) -> None:
    nested = "<html><body><h1>Deep</h1>" + "<div>" * 200_000 + "<p>The end of it"
    with hostile() as wire:
        feed = wire.on("/rss", rss([wire.on("/deep", text(nested)), wire.on("/one", page())]))
        source = Source(id="wire", feed=feed, every=timedelta(minutes=30), selectors=selectors)
        async with watching(database_url, tmp_path, source, clock=Clock()) as (watch, crawler):
            async with asyncio.timeout(30):
                await poll_what_is_due(watch, crawler)

            states_of = await rows(watch, "select right(url, 4), state from entry order by url")
            assert [state for url, state in states_of if url == "deep"] == ["headline-only"]
            assert await rows(watch, "select headline_only from revision join story on story = id where url like '%%/deep'") == [(True,)]
            assert ("/one", "read") in states_of
