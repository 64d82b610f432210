"""What becomes of a poll, whatever the server does."""

import gzip
import time
from http.server import BaseHTTPRequestHandler

import psutil
import pytest
from hostile import PARAGRAPHS, Hostile, a_source, an_entry, hostile, page, redirect, rss, text
from keeper import Keeper, polled

from spiders.crawl import Crawler
from spiders.feed import Entry
from spiders.order import FeedRead, FeedUnchanged, Page, PageFailed, PageRead, Poll, PollFailed, Result

pytestmark = pytest.mark.asyncio(loop_scope="session")


def failure(results: list[Result]) -> str:
    """What the only result says went wrong."""
    (result,) = results
    assert isinstance(result, PollFailed), result
    return result.error


def by_path(results: list[Result]) -> dict[str, Result]:
    return {result.order.url.rpartition("/")[2]: result for result in results}


async def test_a_poll_reads_the_feed_and_each_page_it_asks_for(crawler: Crawler, wire: Hostile) -> None:
    one, two = wire.on("/one", page("One")), wire.on("/two", page("Two"))
    source = a_source(wire.on("/rss", rss([one, two])))

    results = await polled(crawler, source)

    assert results[0] == FeedRead(order=Poll(source=source), entries=(an_entry(one), an_entry(two)))
    pages = {result.order.url: result.story for result in results[1:] if isinstance(result, PageRead)}
    assert {url: (story.headline, story.paragraphs) for url, story in pages.items()} == {one: ("One", PARAGRAPHS), two: ("Two", PARAGRAPHS)}


async def test_validators_go_out_and_come_back_and_304_reads_nothing(crawler: Crawler, wire: Hostile) -> None:
    source = a_source(
        wire.on("/rss", text("<rss version='2.0'><channel/></rss>", ETag='"a"', Last_Modified="Mon, 23 Nov 2026 06:00:00 GMT"))
    )
    (first,) = await polled(crawler, source)
    assert isinstance(first, FeedRead)
    wire.on("/rss", text("", status=304))

    again = Poll(source=source, etag=first.etag, modified=first.modified)
    results = await polled(crawler, again)

    assert results == [FeedUnchanged(order=again)]
    (fresh, conditional) = wire.headers("/rss")
    assert (fresh["If-None-Match"], fresh["If-Modified-Since"]) == (None, None)
    assert (conditional["If-None-Match"], conditional["If-Modified-Since"]) == ('"a"', "Mon, 23 Nov 2026 06:00:00 GMT")


async def test_a_source_is_asked_again_though_its_address_is_the_same(crawler: Crawler, wire: Hostile) -> None:
    source = a_source(wire.on("/rss", rss([wire.on("/one", page())])))

    await polled(crawler, source)
    await polled(crawler, source)

    assert wire.asked == ["/rss", "/one"] * 2


@pytest.mark.parametrize("status", [404, 410, 429, 500, 503])
async def test_a_feed_that_answers_an_error_is_a_failed_poll(crawler: Crawler, wire: Hostile, status: int) -> None:
    source = a_source(wire.on("/rss", text("sorry", status=status)))

    results = await polled(crawler, source)

    assert results == [PollFailed(order=Poll(source=source), error=f"the server answered {status}")]
    assert wire.asked == ["/rss"]


async def test_a_page_that_fails_loses_neither_its_entry_nor_the_others(crawler: Crawler, wire: Hostile) -> None:
    def hang_up(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.close()

    def cut_off(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"<html><article><p>half a")

    paths = {
        "gone": wire.on("/gone", text("gone", status=404)),
        "broken": wire.on("/broken", text("oops", status=500)),
        "hang": wire.on("/hang", hang_up),
        "cut": wire.on("/cut", cut_off),
        "empty": wire.on("/empty", text("")),
        "good": wire.on("/good", page()),
    }
    results = by_path(await polled(crawler, a_source(wire.on("/rss", rss(paths.values())))))

    assert isinstance(results.pop("good"), PageRead)
    assert isinstance(results.pop("rss"), FeedRead)
    failed = {path: result.error for path, result in results.items() if isinstance(result, PageFailed)}
    assert {path: result.order.url for path, result in results.items()} == {path: url for path, url in paths.items() if path != "good"}
    assert failed["gone"] == "the server answered 404"
    assert failed["broken"] == "the server answered 500"
    assert failed["empty"] == f"{paths['empty']}: no story found: the page is empty"
    assert failed.keys() == results.keys()


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "s3://bucket/x", "data:text/xml,<rss/>", "javascript:alert(1)"]
)
async def test_crawl_10_a_redirect_to_a_file_or_another_protocol_is_not_followed(crawler: Crawler, wire: Hostile, location: str) -> None:
    error = failure(await polled(crawler, a_source(wire.on("/rss", redirect(location)))))

    assert error in (f"the server {said} to {location!r}, which is not fetched" for said in ("answered 302 and points", "points"))


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "http://", "http://[::1", "http://127.0.0.1:x/", "rss"]
)
async def test_an_address_that_cannot_be_asked_is_a_failed_poll(crawler: Crawler, url: str) -> None:
    assert failure(await polled(crawler, a_source(url)))


@pytest.mark.parametrize("location", ["http://[::1", "http://127.0.0.1:x/", "http://", "//", "?" * 70_000, "javascript:alert(1)"])
async def test_a_redirect_to_nowhere_is_a_failed_poll(crawler: Crawler, wire: Hostile, location: str) -> None:
    assert failure(await polled(crawler, a_source(wire.on("/rss", redirect(location)))))


async def test_crawl_09_a_redirect_loop_and_a_long_chain_end(crawler: Crawler, wire: Hostile) -> None:
    loop = wire.on("/loop", redirect("/loop"))
    first, *_ = (wire.on(f"/hop/{number}", redirect(f"/hop/{number + 1}")) for number in range(25))

    assert failure(await polled(crawler, a_source(loop))) == "max redirections reached"
    assert failure(await polled(crawler, a_source(first))) == "max redirections reached"

    assert wire.asked == ["/loop"] * 6 + [f"/hop/{number}" for number in range(6)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_feed_that_moved_is_read_where_it_is_now(crawler: Crawler, wire: Hostile, status: int) -> None:
    wire.on("/new/rss", text("<rss version='2.0'><channel><item><link>one</link></item></channel></rss>"))
    source = a_source(wire.on("/rss", redirect("/new/rss", status)))
    wire.on("/new/one", page())

    results = await polled(crawler, source)

    assert isinstance(results[0], FeedRead)
    assert [entry.url for entry in results[0].entries] == [f"{wire.url}/new/one"]


async def test_a_page_that_loads_itself_anew_every_minute_is_read(crawler: Crawler, wire: Hostile) -> None:
    live = f"<meta http-equiv='refresh' content='60; url={wire.url}/live'><h1>Live</h1><article><p>{PARAGRAPHS[0]}</p></article>"
    source = a_source(wire.on("/rss", rss([wire.on("/live", text(live))])))

    results = by_path(await polled(crawler, source))

    assert isinstance(results["live"], PageRead)
    assert wire.asked == ["/rss", "/live"]


async def test_robots_txt_is_obeyed_for_feeds_and_pages(crawler: Crawler, wire: Hostile) -> None:
    wire.on("/robots.txt", text("User-agent: wirewatch\nDisallow: /private/\n", Content_Type="text/plain"))
    secret = wire.on("/private/one", page())
    source = a_source(wire.on("/rss", rss([secret, wire.on("/moved", redirect("/private/two"))])))

    results = by_path(await polled(crawler, source))

    assert failure(await polled(crawler, a_source(wire.on("/private/rss", rss([]))))) == "Forbidden by robots.txt"
    assert {path: getattr(results[path], "error", None) for path in ("one", "moved")} == dict.fromkeys(
        ("one", "moved"), "Forbidden by robots.txt"
    )
    assert wire.asked == ["/rss", "/moved"]


async def test_a_keeper_that_raises_is_told_after_the_rest_went_on(crawler: Crawler, wire: Hostile) -> None:
    urls = [wire.on(f"/{name}", page(name)) for name in ("one", "two", "three")]

    def look(result: Result) -> None:
        if isinstance(result, PageRead) and result.order.url == urls[0]:
            raise RuntimeError("the disk is full")

    keeper = Keeper(look=look)
    with pytest.raises(RuntimeError, match="the disk is full"):
        await crawler.poll(Poll(source=a_source(wire.on("/rss", rss(urls)))), keeper.keep)

    assert sorted(result.order.url for result in keeper.results) == sorted([f"{wire.url}/rss", *urls[1:]])


async def test_a_page_may_lead_to_more_pages(crawler: Crawler, wire: Hostile) -> None:
    source = a_source(wire.on("/rss", rss([wire.on("/one", page())])))
    wire.on("/two", page())
    kept = []

    async def keep(result: Result) -> list[Page]:
        kept.append(result.order.url)
        after = {f"{wire.url}/rss": "/one", f"{wire.url}/one": "/two"}.get(result.order.url)
        return [Page(source=source, entry=an_entry(wire.url + after))] if after else []

    await crawler.poll(Poll(source=source), keep)

    assert kept == [wire.url + path for path in ("/rss", "/one", "/two")]


async def test_an_entry_whose_address_cannot_be_asked_is_a_failed_page(crawler: Crawler, wire: Hostile) -> None:
    source = a_source(wire.on("/rss", rss([])))
    nowhere = Page(source=source, entry=Entry(url="", guid="x"))
    kept: list[Result] = []

    async def keep(result: Result) -> list[Page]:
        kept.append(result)
        return [nowhere] if result.order == Poll(source=source) else []

    await crawler.poll(Poll(source=source), keep)

    assert [type(result) for result in kept] == [FeedRead, PageFailed]


@pytest.mark.parametrize("body", ["", " \n ", "<html><title>Sign in</title>", "\x00" * 50])
async def test_crawl_05_what_is_no_feed_is_a_failed_poll_never_an_empty_one(crawler: Crawler, wire: Hostile, body: str) -> None:
    error = failure(await polled(crawler, a_source(wire.on("/rss", text(body)))))

    assert error.startswith(f"{wire.url}/rss: expected an RSS, Atom, RDF or JSON feed, got")


async def test_crawl_06_an_endless_body_ends_at_the_cap(crawler: Crawler, wire: Hostile) -> None:
    sent = 0

    def endless(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.end_headers()
        while True:
            sent += handler.wfile.write(bytes(1 << 20))

    memory = psutil.Process().memory_info().rss
    error = failure(await polled(crawler, a_source(wire.on("/rss", endless))))

    assert error == "the answer is larger than 16 MiB"
    assert sent < 32 << 20
    assert psutil.Process().memory_info().rss - memory < 64 << 20


@pytest.mark.parametrize("times", [1, 2])
async def test_crawl_07_a_gzip_bomb_is_refused_at_the_cap(crawler: Crawler, wire: Hostile, times: int) -> None:
    bomb = gzip.compress(bytes(64 << 20))
    for _ in range(times - 1):
        bomb = gzip.compress(bomb)
    answer = text(bomb, Content_Encoding=", ".join(["gzip"] * times))

    memory = psutil.Process().memory_info().rss
    error = failure(await polled(crawler, a_source(wire.on("/rss", answer))))

    assert "16777216" in error
    assert psutil.Process().memory_info().rss - memory < 64 << 20


@pytest.mark.parametrize("slowly", ["body", "header"])
async def test_crawl_04_a_server_that_drips_ends_at_the_time_limit(crawler: Crawler, wire: Hostile, slowly: str) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        if slowly == "body":
            handler.end_headers()
        handler.flush_headers()
        for _ in range(100):
            handler.wfile.write(b"<" if slowly == "body" else b"X-Drip: x\r\n")
            time.sleep(0.2)

    began = time.monotonic()
    error = failure(await polled(crawler, a_source(wire.on("/rss", drip))))

    assert "longer than 1" in error
    assert time.monotonic() - began < 4


async def test_we_say_who_asks_and_send_no_cookie_back(crawler: Crawler, wire: Hostile) -> None:
    one = wire.on("/one", page())
    source = a_source(wire.on("/rss", rss([one], Set_Cookie="session=1; Path=/")))

    await polled(crawler, source)

    assert [headers["User-Agent"] for _, headers in wire.requests] == ["wirewatch/0.1.0 (+desk@example.org)"] * 3
    assert [headers["Cookie"] for _, headers in wire.requests] == [None] * 3


async def test_crawl_11_neither_a_redirect_nor_a_refresh_leads_where_we_may_not_go(crawler: Crawler, wire: Hostile) -> None:
    with hostile("127.0.0.2") as other:
        refresh = text(f"<html><head><meta http-equiv='refresh' content='0; url={other.url}/'></head></html>")
        error = '127.0.0.2 is at 127.0.0.2, which is not public; put its network into "allow" of [fetch] if it is yours'

        for answer in (redirect(f"{other.url}/"), redirect(other.url.removeprefix("http:")), refresh):
            assert failure(await polled(crawler, a_source(wire.on("/rss", answer)))) == error
            results = by_path(await polled(crawler, a_source(wire.on("/rss", rss([wire.on("/page", answer)])))))
            assert isinstance(results["page"], PageFailed)
            assert results["page"].error == error

        assert other.requests == []
