"""A machine that sleeps, and a clock that jumps: what is due is done once, and nothing waits for a future that does not come."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from desk import NOON, Clock, a_reader, a_story, a_visit, a_watch, arrives, comes_in, mails, rows, text
from test_schedule import queued, ticking, work

from monitor import claims, outbox, sources
from monitor.database import Database
from monitor.schedule import Schedule
from monitor.watch import Watch
from spiders.source import Source

AHEAD = timedelta(hours=5)
SLOW = Source(id="wire", feed="https://wire.example.org/rss.xml", every=timedelta(minutes=15))


async def polled(watch: Watch) -> None:
    """What is due is polled, to no news."""
    async with watch.database.connection() as connection:
        ids = await claims.take_due(connection, by="batch", now=watch.clock())
        await claims.release(connection, [a_visit(id, watch.clock(), unchanged=True) for id in ids], by="batch", now=watch.clock())


async def due(watch: Watch) -> list[str]:
    async with watch.database.connection() as connection:
        return await claims.take_due(connection, by="look", now=watch.clock())


async def test_daemon_04_three_hours_asleep_over_a_digest_time_are_one_poll_and_one_digest(database: Database, tmp_path: Path) -> None:
    clock = Clock(NOON)
    watch = await a_watch(database, tmp_path, clock=clock, readers=(a_reader(digest="13:00"), a_reader("hal@example.org", digest="hourly")))
    await comes_in(watch, a_story())
    async with ticking(watch) as schedule:
        await schedule.tick(clock())
        await work(watch)
        # A worker stopped in mid-poll, a digest that was claimed and not written.
        assert await rows(watch, "select claimed_by is null from source") == [(False,)]
        clock.advance(hours=3, minutes=10)
        for _ in range(3):
            await schedule.tick(clock())
            await work(watch)
            clock.advance(seconds=1)

        assert await queued(watch) == [("collect", 2)]
    assert sorted(str(mail["To"]) for mail in mails(watch)) == ["ann@example.org", "hal@example.org", "hal@example.org"]
    assert await rows(watch, "select recipient, slot from run where covered_by is null order by 1, 2") == [
        ("ann@example.org", "2026-11-23"),
        ("hal@example.org", "2026-11-23T12Z"),
        ("hal@example.org", "2026-11-23T15Z"),
    ]


async def test_daemon_04_the_ticks_that_a_frozen_process_missed_are_one_tick_at_once(database: Database, tmp_path: Path) -> None:
    schedule = Schedule(await a_watch(database, tmp_path))
    schedule.start()
    try:
        [tick] = schedule._scheduler.get_jobs()
    finally:
        await schedule.stop()

    assert (tick.misfire_grace_time, tick.coalesce, tick.max_instances) == (None, True, 1)


async def test_a_clock_that_was_ahead_and_is_right_again_leaves_nothing_waiting(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock(NOON)
    watch = await a_watch(database, tmp_path, clock=clock, sources=(SLOW,), readers=(a_reader(digest="hourly"),))
    async with ticking(watch) as schedule:
        await schedule.tick(clock())
        await schedule.tick(clock.advance(hours=5))
        await arrives(watch, a_story())
        await polled(watch)
        async with database.connection() as connection:
            note = await outbox.put_note(connection, "ops@example.org", b"Message-ID: <1@example.org>\n\n", now=clock())
            [claimed] = await outbox.claim(connection, now=clock(), only=note)
            await outbox.failed(connection, claimed, error="the server is away", permanent=False, now=clock())
        assert await rows(watch, "select slot from run where covered_by is null order by 1") == [("2026-11-23T12Z",), ("2026-11-23T17Z",)]

        clock.at = NOON + timedelta(minutes=1)
        with caplog.at_level(logging.WARNING):
            await schedule.tick(clock())
        assert "clock went back code=clock-went-back polls=1" in caplog.text
        assert await rows(watch, "select next_try_at from mail where kind = 'note'") == [(clock(),)]
        assert await due(watch) == []
        clock.advance(minutes=15)
        assert await due(watch) == ["wire"]

        await schedule.tick(clock.advance(hours=1))
        await work(watch)
    assert await rows(watch, "select slot from run order by 1") == [(f"2026-11-23T{hour}Z",) for hour in (12, 13, 17)]
    told = [text(message) for message in mails(watch) if message["To"] == "ann@example.org"]
    assert sum("https://wire.example.org/one" in each for each in told) == 1


async def test_what_is_put_off_as_it_should_be_stays_so(database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    watch = await a_watch(database, tmp_path, sources=(SLOW,), clock=Clock(NOON))
    async with database.connection() as connection:
        await claims.take_due(connection, by="batch", now=NOON)
        await sources.failed(connection, "wire", error="503", now=NOON)
        await claims.release(connection, [a_visit(retry_after=timedelta(hours=9))], by="batch", now=NOON)
    async with ticking(watch) as schedule:
        await schedule.tick(NOON)

    assert await rows(watch, "select next_poll_at from source") == [(NOON + timedelta(hours=9),)]
    assert "went back" not in caplog.text
