"""What a source may do to the whole way from claim to account, by the ids of the fault table; what a poll makes of it: tests/spiders."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path

import pytest
from collecting import a_source, poll_what_is_due, watching
from desk import NOON, Clock, rows
from test_schedule import ticking

from monitor import health, jobs, states
from monitor.watch import Watch
from spiders.source import Source
from tests.spiders.hostile import Answer, Hostile, hostile, page, rss, text

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
            polled = list[tuple[str, datetime]]()
            told = list[list[str]]()
            while wire.asked.count("/bad") < 8:
                polled += [(id, clock.at) for id in await poll_what_is_due(watch, crawler)]
                told.append(await troubles(watch))
                clock.advance(minutes=30)
                assert clock.at < NOON + timedelta(days=1)

            # The other is polled each half an hour, and nobody asks the bad one more often than its back-off says.
            assert [at for id, at in polled if id == "good"] == [NOON + timedelta(minutes=30 * n) for n in range(len(told))]
            waits = [at for id, at in polled if id == "bad"]
            assert [(after - before) / timedelta(minutes=30) for before, after in pairwise(waits)] == [2] * 6 + [1]
            assert wire.asked.count("/bad") == 8
            # Of a source that never answered the first failure is told already.
            assert (bool(told[0]), told[-1]) == (True, [])
            said = "source bad: failing since 2026-11-23 12:00 UTC: 6 polls failed in a row, it never answered: the server answered 500"
            assert said in [trouble for each in told for trouble in each]
            assert await rows(watch, "select id, failures, error from source order by id") == [("bad", 0, None), ("good", 0, None)]
            assert await rows(watch, "select source, state, count(*) from entry group by 1, 2") == [("bad", "read", 3)]
            assert await rows(watch, "select count(*) from revision") == [(3,)]


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


async def test_crawl_16_the_polls_that_fell_out_meanwhile_are_counted(reactor: None, database_url: str, tmp_path: Path) -> None:
    with hostile() as wire:
        source = slow_pages(wire, 1, [])
        async with a_daemon_over(database_url, tmp_path, source) as watch, asyncio.timeout(20):
            while wire.asked.count("/rss") < 3:  # noqa: ASYNC110 (another thread is asked)
                await asyncio.sleep(0.05)

            [(skipped,)] = await rows(watch, "select coalesce(sum(skipped), 0) from account where source = 'slow'")
            assert int(str(skipped)) >= 1
