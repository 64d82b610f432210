"""The crawler from its start to its stop, and the loop it runs on."""

import asyncio
import gc
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_network

import psutil
import pytest
from hostile import Answer, Hostile, a_source, hostile, page, redirect, rss, text
from keeper import Keeper, polled
from scrapy import Request

from spiders.crawl import CrawlReport, crawl, crawling
from spiders.order import CrawlBroken, CrawlLapsed, CrawlStopped, FeedRead, FeedUnchanged, PageRead, Poll, Result
from spiders.wire import Ticket

WHO = "desk@example.org"
HERE = [ip_network("127.0.0.1/32")]
LOOPBACK = [ip_network("127.0.0.0/8")]
crawls = pytest.mark.asyncio(loop_scope="session")


def readers() -> list[psutil.Process]:
    """Processes that we started; multiprocessing's own tracker stays for good."""
    return [child for child in psutil.Process().children() if "resource_tracker" not in " ".join(child.cmdline())]


def slowly(seconds: float) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        page()(handler)

    return answer


async def until_asked(wire: Hostile, path: str) -> None:
    async with asyncio.timeout(10):
        while path not in wire.asked:  # noqa: ASYNC110 (another thread is asked)
            await asyncio.sleep(0.01)


@crawls
async def test_a_crawler_that_was_asked_nothing_stops_at_once(reactor: None) -> None:
    began = time.monotonic()
    async with crawling(contact=WHO, allow=HERE):
        pass  # its spider has not even begun
    async with crawling(contact=WHO, allow=HERE):
        await asyncio.sleep(0.3)  # its spider waits for the queue

    assert time.monotonic() - began < 2
    assert readers() == []


@crawls
async def test_a_redirect_is_followed_without_a_warning(reactor: None, wire: Hostile, caplog: pytest.LogCaptureFixture) -> None:
    feed = wire.on("/moved", redirect(wire.on("/rss", rss([]))))
    async with crawling(contact=WHO, allow=HERE) as crawler:
        await polled(crawler, a_source(feed))

    assert wire.asked == ["/moved", "/rss"]
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


@crawls
async def test_a_spider_that_ends_by_itself_is_no_stop(reactor: None) -> None:
    async with crawling(contact=WHO, allow=HERE) as crawler:
        crawler._turn.orders.put_nowait(None)  # as if its start() had failed

        with pytest.raises(CrawlBroken):
            await asyncio.wait_for(crawler.lasts(), 5)
        with pytest.raises(CrawlBroken, match="source wire: 1 requests open"):
            await crawler.poll(Poll(source=a_source("http://127.0.0.1:9/rss")), Keeper().keep)

    await asyncio.wait_for(crawler.lasts(), 1)


@crawls
async def test_a_stop_in_mid_crawl_ends_open_polls_and_leaves_no_process(reactor: None) -> None:
    """Of a host with a pause between two requests and 1500 pages to go."""
    with hostile("127.0.0.2") as wire:
        source = a_source(wire.on("/rss", rss(wire.on(f"/{number}", page()) for number in range(1500))))
        keeper = Keeper()
        async with crawling(contact=WHO, allow=LOOPBACK) as crawler:
            open_poll = asyncio.create_task(crawler.poll(Poll(source=source), keeper.keep))
            await until_asked(wire, "/1")

            began = time.monotonic()
            await crawler.stop()

        assert time.monotonic() - began < 3
        with pytest.raises(CrawlStopped, match=r"source wire: \d+ requests open"):
            await open_poll
        assert readers() == []
        # What was dropped is no failed page: it is still to be fetched.
        assert {type(result) for result in keeper.results} <= {FeedRead, PageRead}
        assert len(keeper.results) <= len(wire.asked) < 10


@crawls
async def test_a_download_in_flight_when_the_crawler_stops_is_kept(reactor: None, wire: Hostile) -> None:
    source = a_source(wire.on("/rss", rss([wire.on("/slow", slowly(4))])))
    keeper = Keeper()
    async with crawling(contact=WHO, allow=HERE) as crawler:
        poll = asyncio.create_task(crawler.poll(Poll(source=source), keeper.keep))
        await until_asked(wire, "/slow")

    await poll
    assert [type(result) for result in keeper.results] == [FeedRead, PageRead]


@crawls
async def test_what_is_held_no_longer_is_not_asked_for_any_more(reactor: None) -> None:
    """Of a host with a pause between two requests, where pages wait for their turns."""
    with hostile("127.0.0.3") as wire:
        source = a_source(wire.on("/rss", rss(wire.on(f"/{number}", page()) for number in range(20))))
        keeper = Keeper()
        async with crawling(contact=WHO, allow=LOOPBACK) as crawler:
            with pytest.raises(CrawlLapsed, match="source wire: the claim has lapsed"):
                await crawler.poll(Poll(source=source), keeper.keep, lambda: len(keeper.results) < 2)

        assert [type(result) for result in keeper.results] == [FeedRead, PageRead]
        assert [path for path in wire.asked if path != "/robots.txt"] == ["/rss", "/0"]


@crawls
async def test_a_slow_host_with_many_pages_keeps_no_other_host_waiting(reactor: None, wire: Hostile) -> None:
    with hostile("127.0.0.4") as slow:
        busy = a_source(slow.on("/rss", rss(slow.on(f"/{number}", slowly(2)) for number in range(100))))
        async with crawling(contact=WHO, allow=LOOPBACK) as crawler:
            open_poll = asyncio.create_task(crawler.poll(Poll(source=busy), Keeper().keep))
            await until_asked(slow, "/0")
            await asyncio.sleep(0.5)

            began = time.monotonic()
            found = await asyncio.wait_for(polled(crawler, a_source(wire.on("/rss", rss([wire.on("/quick", page())])))), 10)
            took = time.monotonic() - began
            await crawler.stop()
        with pytest.raises(CrawlStopped):
            await open_poll

    assert [type(result) for result in found] == [FeedRead, PageRead]
    assert took < 1.5


@crawls
async def test_a_list_of_many_hosts_that_never_answer_keeps_no_other_source_waiting(reactor: None, wire: Hostile) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(socket.create_server((f"127.0.1.{number}", 0))) for number in range(1, 151)]
        hostile_list = a_source(wire.on("/many", rss("http://{}:{}/".format(*each.getsockname()) for each in silent)), id="hostile")
        async with crawling(contact=WHO, allow=LOOPBACK) as crawler:
            open_poll = asyncio.create_task(crawler.poll(Poll(source=hostile_list), Keeper().keep))
            await until_asked(wire, "/many")
            await asyncio.sleep(1)

            with hostile("127.0.0.4") as other:
                source = a_source(other.on("/rss", rss([other.on("/page", page())])))
                found = await asyncio.wait_for(polled(crawler, source), 10)
            for each in silent:
                each.close()  # or a stop would wait for them
            await crawler.stop()
        with pytest.raises(CrawlStopped):
            await open_poll

    assert [type(result) for result in found] == [FeedRead, PageRead]


@crawls
async def test_a_server_that_never_answers_holds_a_stop_no_longer_than_the_time_limit(reactor: None, wire: Hostile) -> None:
    source = a_source(wire.on("/rss", slowly(30)))
    async with crawling(contact=WHO, allow=HERE, time_limit=1) as crawler:
        poll = asyncio.create_task(crawler.poll(Poll(source=source), Keeper().keep))
        await until_asked(wire, "/rss")
        began = time.monotonic()

    assert time.monotonic() - began < 3
    with pytest.raises(CrawlStopped):
        await poll


@crawls
async def test_a_stopped_crawler_takes_no_poll(reactor: None, wire: Hostile) -> None:
    async with crawling(contact=WHO, allow=HERE) as crawler:
        pass

    with pytest.raises(CrawlStopped):
        await polled(crawler, a_source(wire.on("/rss", rss([]))))
    assert wire.asked == []


@crawls
async def test_several_polls_go_on_side_by_side_though_one_is_slow(reactor: None, wire: Hostile) -> None:
    slow = a_source(wire.on("/slow", slowly(4)), id="slow")
    quick = a_source(wire.on("/quick", rss([wire.on("/one", page())])), id="quick")
    async with crawling(contact=WHO, allow=HERE) as crawler:
        first, _ = await asyncio.wait(
            [asyncio.create_task(polled(crawler, source), name=source.id) for source in (slow, quick)], return_when=asyncio.FIRST_COMPLETED
        )

        assert [task.get_name() for task in first] == ["quick"]


@crawls
async def test_a_renewed_crawler_takes_polls_at_once_and_ends_what_it_was_at(reactor: None, wire: Hostile) -> None:
    slow = a_source(wire.on("/rss", rss([wire.on("/slow", slowly(2))])))
    quick = a_source(wire.on("/quick", rss([wire.on("/one", page())])), id="quick")
    async with crawling(contact=WHO, allow=HERE) as crawler:
        lasting, old = asyncio.create_task(crawler.lasts()), crawler._turn
        under_way = asyncio.create_task(polled(crawler, slow))
        await until_asked(wire, "/slow")
        rested = await crawler.rests(0.1)

        renewing = asyncio.create_task(crawler.renew())
        await asyncio.sleep(0)
        after = await polled(crawler, quick)
        early = under_way.done(), renewing.done()
        await renewing

        assert (rested, early, await crawler.rests(0.1)) == (False, (False, False), True)
        assert [[type(result) for result in results] for results in (after, await under_way)] == [[FeedRead, PageRead]] * 2
        assert (old.ended.done(), lasting.done()) == (True, False)
    await lasting


@crawls
async def test_a_page_whose_reader_is_killed_fails_and_the_next_poll_is_read(reactor: None, wire: Hostile) -> None:
    source = a_source(wire.on("/rss", rss([wire.on("/one", page())])))
    async with crawling(contact=WHO, allow=HERE) as crawler:
        await polled(crawler, source)
        for reader in readers():
            reader.kill()
            reader.wait(5)

        await polled(crawler, source)
        results = await polled(crawler, source)

    assert [type(result) for result in results] == [FeedRead, PageRead]


@crawls
async def test_hundreds_of_polls_leave_nothing_behind(reactor: None, wire: Hostile) -> None:
    source = a_source(wire.on("/rss", text("", status=304)))
    moved = a_source(wire.on("/moved", text("", status=404)))
    async with crawling(contact=WHO, allow=HERE) as crawler:

        async def poll_often() -> int:
            for _ in range(5):
                await asyncio.gather(*(polled(crawler, each) for each in (source, moved) for _ in range(10)))
            await asyncio.sleep(0.1)  # a poll is over when it is kept; Scrapy clears up behind it
            gc.collect()
            return sum(isinstance(thing, Request | Ticket | FeedUnchanged) for thing in gc.get_objects())

        warm = await poll_often()
        again = await poll_often()

    assert again <= warm
    assert len(wire.asked) == 200


@crawls
async def test_a_crawl_without_a_store_reports_what_was_read_and_what_failed(reactor: None, wire: Hostile) -> None:
    good = a_source(wire.on("/good", rss([wire.on("/one", page()), wire.on("/two", page()), wire.url + "/missing"])), id="good")
    bad = a_source(wire.url + "/bad", id="bad")
    seen: list[Result] = []

    async def keep(result: Result) -> None:
        seen.append(result)

    report = await crawl([good, bad], keep, contact=WHO, allow=HERE)

    assert report == CrawlReport(
        read={"good": 2, "bad": 0}, errors={"bad": ["the server answered 404"], "good": ["the server answered 404"]}
    )
    assert len(seen) == 5


def script(main: str) -> list[str]:
    """A program that runs the coroutine ``main`` as wirewatch does."""
    return [sys.executable, "-c", f"import asyncio, sys\nfrom ipaddress import ip_network\nfrom spiders.crawl import *\n{main}"]


def test_run_gives_what_main_returns_and_raises_what_it_raises() -> None:
    program = "async def main():\n  await asyncio.sleep(0.1)\n  {}\nprint(run(main()))"

    returned = subprocess.run(script(program.format("return 42")), capture_output=True, text=True, check=True)
    raised = subprocess.run(script(program.format("raise ValueError('no such wire')")), capture_output=True, text=True)

    assert (returned.stdout, returned.stderr) == ("42\n", "")
    assert (raised.returncode, raised.stderr.splitlines()[-1]) == (1, "ValueError: no such wire")


STOPPED = """
async def main():
    try:
        async with crawling(contact="desk@example.org") as crawler:
            print("crawling", flush=True)
            await asyncio.Event().wait()
    finally:
        print("cleaned up", flush=True)

try:
    run(main())
except asyncio.CancelledError:
    sys.exit(7)
"""


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_main_which_cleans_up(signum: signal.Signals) -> None:
    with subprocess.Popen(script(STOPPED), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout
        assert program.stderr
        assert program.stdout.readline() == "crawling\n"
        program.send_signal(signum)
        out, err = program.communicate(timeout=20)

    assert (out, err, program.returncode) == ("cleaned up\n", "", 7)


PROXIED = """
async def keep(result):
    print(type(result).__name__, flush=True)

source = Source(id="wire", feed={feed!r})
run(crawl([source], keep, contact="desk@example.org", allow=[ip_network("127.0.0.1")]))
"""


def test_a_proxy_from_the_environment_sees_nothing(wire: Hostile) -> None:
    """It would look up names behind our back."""
    wire.on("/rss", rss([]))
    with hostile() as proxy:
        names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        environment = {**os.environ, **dict.fromkeys(names, proxy.url), "no_proxy": "", "NO_PROXY": ""}
        done = subprocess.run(script(PROXIED.format(feed=f"{wire.url}/rss")), env=environment, capture_output=True, text=True, check=True)

        assert done.stdout == "FeedRead\n"
        assert (wire.asked, proxy.requests) == (["/rss"], [])
