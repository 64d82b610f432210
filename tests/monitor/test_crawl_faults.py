"""What a source may do to the whole way from claim to account, by the ids of the fault table; what a poll makes of it: tests/spiders."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path

import pytest
from collecting import a_source, memory, poll_what_is_due, watching
from desk import NOON, Clock, change, mails, rows
from desk import text as mail_text
from test_schedule import ticking

from monitor import accounts, health, jobs, states
from monitor.commands import fatesview
from monitor.watch import Watch
from spiders.source import Source
from tests.spiders.hostile import Answer, Hostile, hostile, page, redirect, rss, text

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def troubles(watch: Watch) -> list[str]:
    """What is not well with the sources."""
    return [trouble for trouble in (await health.report(watch)).troubles if trouble.startswith("source")]


def failing_first(times: int, bad: Answer, good: Answer) -> Answer:
    """The bad answer so many times, then the good one."""
    left = [times]

    def answer(handler: BaseHTTPRequestHandler) -> None:
        left[0] -= 1
        (bad if left[0] >= 0 else good)(handler)

    return answer


async def test_crawl_01_a_source_that_fails_six_times_is_shown_so_keeps_nobody_waiting_and_loses_nothing(
    reactor: None, database_url: str, tmp_path: Path
) -> None:
    with hostile() as wire:
        clock = Clock()
        listed = rss(wire.on(f"/{number}", page(f"Story {number}")) for number in range(3))
        bad = a_source("bad", wire.on("/bad", failing_first(6, text("sorry", status=500), listed)))
        good = a_source("good", wire.on("/good", rss([])))
        async with watching(database_url, tmp_path, bad, good, clock=clock) as (watch, crawler):
            await change(watch, operator="ops@example.org")
            polled = list[tuple[str, datetime]]()
            told = list[list[str]]()
            while wire.asked.count("/bad") < 12:
                polled += [(id, clock.at) for id in await poll_what_is_due(watch, crawler)]
                told.append(await troubles(watch))
                await health.check(watch)
                await watch.send()
                clock.advance(minutes=30)
                assert clock.at < NOON + timedelta(days=1)

            # The other is polled each half an hour, and nobody asks the bad one more often than its back-off says.
            assert [at for id, at in polled if id == "good"] == [NOON + timedelta(minutes=30 * n) for n in range(len(told))]
            waits = [at for id, at in polled if id == "bad"]
            assert [(after - before) / timedelta(minutes=30) for before, after in pairwise(waits)] == [2] * 6 + [1] * 5
            assert wire.asked.count("/bad") == 12
            # Of a source that never answered the first failure is told already.
            assert (bool(told[0]), told[-1]) == (True, [])
            said = "source bad: failing since 2026-11-23 12:00 UTC: 6 polls failed in a row, it never answered: the server answered 500"
            assert said in [trouble for each in told for trouble in each]
            # One notice when it began, one when it was over: with the status, and how often.
            assert [str(mail["Subject"]) for mail in mails(watch)] == ["wirewatch: bad does not answer", "wirewatch: bad answers again"]
            assert "the server answered 500" in mail_text(mails(watch)[0])
            assert await rows(watch, "select id, failures, error from source order by id") == [("bad", 0, None), ("good", 0, None)]
            assert await rows(watch, "select source, state, count(*) from entry group by 1, 2") == [("bad", "read", 3)]
            assert await rows(watch, "select count(*) from revision") == [(3,)]


def in_two_minutes() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=120), usegmt=True)


@pytest.mark.parametrize(
    ("after", "least", "most"),
    [
        (lambda: "120", 2, 2),
        (in_two_minutes, 1.9, 2),
        (lambda: "172800", 24 * 60, 24 * 60),  # two days, of which we give one
        (lambda: "999999999", 1, 1),
        (lambda: "soon", 1, 1),
        (lambda: "-5", 1, 1),
    ],
    ids=["seconds", "date", "more than the cap", "absurd", "garbage", "past"],
)
async def test_crawl_02_a_source_that_asks_for_rest_is_due_when_that_is_over_and_else_as_any_that_fails(
    reactor: None, database_url: str, tmp_path: Path, after: Callable[[], str], least: float, most: float
) -> None:
    """Of a source that is polled every half minute, and once a minute after its first failure."""
    with hostile() as wire:
        clock = Clock()
        source = a_source("wire", wire.on("/rss", text("later", status=429, Retry_After=after())), minutes=0.5)
        async with watching(database_url, tmp_path, source, clock=clock) as (watch, crawler):
            await poll_what_is_due(watch, crawler)
            [(due_at,)] = await rows(watch, "select next_poll_at from source")
            assert isinstance(due_at, datetime)
            for _ in range(30):
                clock.advance(seconds=1)
                await poll_what_is_due(watch, crawler)

            assert timedelta(minutes=least) <= due_at - NOON <= timedelta(minutes=most)
            assert wire.asked == ["/rss"]
            assert await rows(watch, "select polls, failed from account") == [(1, 1)]


BOMB = 300 << 20
BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip": lambda: gzip.compress(bytes(BOMB), 1),
    # The other encodings: tests/spiders/test_encodings.py.
    "gzip, gzip": lambda: gzip.compress(gzip.compress(bytes(BOMB), 1)),
}


@pytest.mark.parametrize("encoding", BOMBS)
async def test_crawl_07_a_source_that_sends_300_mb_in_little_is_failing_and_nobody_else_is_hurt(
    reactor: None, database_url: str, tmp_path: Path, encoding: str
) -> None:
    with hostile() as wire:
        clock = Clock()
        bad = a_source("bad", wire.on("/bad", text(BOMBS[encoding](), Content_Encoding=encoding)))
        good = a_source("good", wire.on("/good", rss([wire.on("/one", page())])))
        async with watching(database_url, tmp_path, bad, good, clock=clock) as (watch, crawler):
            with memory() as grown:
                for _ in range(states.FAILING):
                    await poll_what_is_due(watch, crawler)
                    clock.advance(hours=1)

            assert grown() < 150 << 20  # of which the first reader of a feed is 40, and half of 300 is far
            (trouble,) = await troubles(watch)
            assert trouble.startswith("source bad: failing since 2026-11-23 12:00 UTC: 3 polls failed in a row, it never answered: ")
            assert "16777216 B" in trouble
            assert await rows(watch, "select source, state from entry") == [("good", "read")]


async def test_crawl_09_a_redirect_loop_and_a_long_chain_are_one_failure_each(reactor: None, database_url: str, tmp_path: Path) -> None:
    def elsewhere(handler: BaseHTTPRequestHandler) -> None:
        """Each time to an address that it never gave before."""
        redirect(wire.on(f"/loop?{len(wire.requests)}", elsewhere))(handler)

    with hostile() as wire:
        chain, *_ = (wire.on(f"/hop/{number}", redirect(f"/hop/{number + 1}")) for number in range(25))
        sources = a_source("chain", chain), a_source("loop", wire.on("/loop", elsewhere)), a_source("same", wire.on("/a", redirect("/a")))
        async with watching(database_url, tmp_path, *sources, clock=Clock()) as (watch, crawler):
            await poll_what_is_due(watch, crawler)

            assert len(wire.asked) == 3 * 6
            assert await rows(watch, "select id, failures, error from source order by id") == [
                (id, 1, "max redirections reached") for id in ("chain", "loop", "same")
            ]
            assert await rows(watch, "select source, polls, failed from account order by 1") == [
                (id, 1, 1) for id in ("chain", "loop", "same")
            ]


@pytest.mark.parametrize("location", ["file:///etc/passwd", "data:text/xml,<rss/>", "ftp://127.0.0.1/x", "s3://b/x", "javascript:alert(1)"])
async def test_crawl_10_neither_a_redirect_nor_a_link_to_no_web_address_is_followed(
    reactor: None, database_url: str, tmp_path: Path, location: str
) -> None:
    with hostile() as wire:
        moved = a_source("moved", wire.on("/moved", redirect(location)))
        page_moved = a_source("page", wire.on("/page", rss([wire.on("/one", redirect(location))])))
        linked = a_source("linked", wire.on("/linked", rss([location])))
        async with watching(database_url, tmp_path, moved, page_moved, linked, clock=Clock()) as (watch, crawler):
            await poll_what_is_due(watch, crawler)

            [(said,)] = await rows(watch, "select error from source where id = 'moved'")
            assert str(said).startswith("the server ")
            assert str(said).endswith(f" points to {location!r}, which is not fetched")
            assert await rows(watch, "select source, url, state, error from entry order by source") == [
                ("linked", "", "headline-only", "it has no page"),
                ("page", f"{wire.url}/one", "headline-only", said),
            ]
            assert await rows(watch, "select paragraphs from revision") == [([],), ([],)]


@pytest.mark.parametrize("body", ["", " \r\n\t "], ids=["empty", "white space"])
async def test_crawl_05_a_source_whose_answers_are_empty_is_not_well_after_a_while_and_keeps_what_it_had(
    reactor: None, database_url: str, tmp_path: Path, body: str
) -> None:
    with hostile() as wire:
        clock = Clock()
        source = a_source("wire", wire.on("/rss", rss([wire.on("/one", page())])))
        async with watching(database_url, tmp_path, source, clock=clock) as (watch, crawler):
            await poll_what_is_due(watch, crawler)
            wire.on("/rss", text(body))
            told = []
            for _ in range(states.FAILING + 1):
                clock.advance(hours=1)
                await poll_what_is_due(watch, crawler)
                told.append(await troubles(watch))

            error = f"{wire.url}/rss: expected an RSS, Atom, RDF or JSON feed, got an empty answer"
            assert [len(each) for each in told] == [0] * (states.FAILING - 1) + [1, 1]
            since = "source wire: failing since 2026-11-23 12:00 UTC"
            assert told[-1] == [f"{since}: {states.FAILING + 1} polls failed in a row: {error}"]
            assert await rows(watch, "select state from entry") == [("read",)]
            assert await rows(watch, "select count(*) from revision") == [(1,)]


@asynccontextmanager
async def a_daemon_over(url: str, folder: Path, source: Source) -> AsyncIterator[Watch]:
    """The schedule's ticks and a worker's jobs, by the real clock, in this process."""

    def now() -> datetime:
        return datetime.now(UTC)

    async with watching(url, folder, source, clock=now) as (watch, crawler), ticking(watch) as schedule:  # type: ignore[arg-type]

        async def tick() -> None:
            while True:
                await schedule.tick(now())
                await asyncio.sleep(0.1)

        context = {"watch": watch, "crawler": crawler}
        worker = jobs.app.run_worker_async(concurrency=4, install_signal_handlers=False, additional_context=context)
        tasks = [asyncio.create_task(tick()), asyncio.create_task(worker)]
        try:
            yield watch
        finally:
            await crawler.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def slow_pages(wire: Hostile, seconds: float, answered: list[tuple[str, float]]) -> Source:
    """A source of 30 pages that take longer to read than it takes until its next poll."""

    def slowly(path: str, answer: Answer, pause: float) -> Answer:
        def write(handler: BaseHTTPRequestHandler) -> None:
            time.sleep(pause)
            answer(handler)
            answered.append((path, time.monotonic()))

        return write

    pages = [wire.on(f"/{number}", slowly(f"/{number}", page(f"Story {number}"), seconds)) for number in range(30)]
    return a_source("slow", wire.on("/rss", slowly("/rss", rss(pages), 0)), minutes=1 / 60)


async def test_crawl_16_a_source_slower_than_its_interval_is_never_polled_twice_at_once(
    reactor: None, database_url: str, tmp_path: Path
) -> None:
    with hostile() as wire:
        answered: list[tuple[str, float]] = []
        source = slow_pages(wire, 1, answered)
        async with a_daemon_over(database_url, tmp_path, source) as watch, asyncio.timeout(20):
            while wire.asked.count("/rss") < 2:  # noqa: ASYNC110 (another thread is asked)
                await asyncio.sleep(0.05)

            polls = [at for path, at in answered if path == "/rss"]
            pages = [at for path, at in answered if path != "/rss"]
            assert wire.asked[:32] == ["/rss", *wire.asked[1:31], "/rss"]
            assert sorted(wire.asked[1:31]) == sorted(f"/{number}" for number in range(30))
            assert max(pages) - polls[0] > 1.5  # longer than the interval, or this proves nothing
            assert await rows(watch, "select count(*) from entry where state = 'read'") == [(30,)]


async def test_crawl_16_the_polls_that_fell_out_meanwhile_are_counted_and_shown(
    reactor: None, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with hostile() as wire:
        source = slow_pages(wire, 1, [])
        async with a_daemon_over(database_url, tmp_path, source) as watch, asyncio.timeout(20):
            while wire.asked.count("/rss") < 3:  # noqa: ASYNC110 (another thread is asked)
                await asyncio.sleep(0.05)

            [(skipped,)] = await rows(watch, "select coalesce(sum(skipped), 0) from account where source = 'slow'")
            assert int(str(skipped)) >= 1

            async with watch.database.connection() as connection:
                told = await accounts.account(connection, datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC))
            fatesview.account(told)
            _, line = (line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("slow "))
            assert line[1:4] == [str(told.total.polls), "0", str(told.total.skipped)]
            assert told.total.skipped >= skipped  # type: ignore[operator]
