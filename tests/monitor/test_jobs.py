"""monitor.jobs: a job that fails or hangs costs the others nothing."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import Clock, a_reader, a_story, a_watch, change, comes_in, mails, rows
from test_schedule import queued, ticking, work

from monitor import health, jobresults, jobs
from monitor.database import Database
from monitor.health import Report
from monitor.metrics import figures
from monitor.watch import Watch

#: A failpoint in Postgres: whatever is to be told at once cannot be put into the outbox.
ALERTS_FAIL = """
create function refuse() returns trigger language plpgsql as $$ begin raise 'no alert today'; end $$;
create trigger refuse before insert on mail for each row when (new.kind = 'instant') execute function refuse();
"""


@asynccontextmanager
async def a_silent_server() -> AsyncIterator[tuple[int, asyncio.Event]]:
    """A mail server that takes connections and never says a word; its port, and when somebody has come."""
    came = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], came


async def test_daemon_06_a_job_that_never_returns_is_ended_at_its_limit_and_holds_up_no_other(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watch = await a_watch(database, tmp_path, clock=Clock())
    await comes_in(watch, a_story())
    async with a_silent_server() as (port, came), ticking(watch):
        await change(watch, mail=replace(watch.settings.mail, smtp=f"smtp://127.0.0.1:{port}"))
        async with database.connection() as connection:
            run = await (
                await connection.execute("insert into run (recipient, created_at) values ('ann@example.org', now()) returning id")
            ).fetchone()
        assert run
        await jobs.tell.defer_async(run=run[0])
        await jobs.sweep.defer_async()
        with caplog.at_level(logging.ERROR):
            async with asyncio.timeout(10):
                await jobs.app.run_worker_async(
                    wait=False,
                    concurrency=1,
                    install_signal_handlers=False,
                    additional_context={"watch": watch, "limits": jobs.LIMITS | {"tell": timedelta(seconds=2)}},
                )

    assert came.is_set()
    assert [message.partition(" mail=")[0] for message in caplog.messages] == [
        "mail not sent code=mail-not-sent",
        "job ended at its limit code=job-overdue job=tell limit=0:00:02",
    ]
    assert await rows(watch, "select state from mail") == [("queued",)]
    assert await ended(watch) == {"sweep": (0.0, None), "tell": (None, "ended at its limit of 0:00:02")}
    assert await rows(watch, "select task_name, status from procrastinate_jobs order by 1") == [
        ("sweep", "succeeded"),
        ("tell", "succeeded"),
    ]


async def test_daemon_06_a_job_that_raises_every_time_is_tried_each_minute_and_the_others_keep_their_times(
    database: Database, tmp_path: Path
) -> None:
    reader = replace(a_reader(digest="12:01"), instant=("strike",))
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, readers=(reader,))
    await comes_in(watch, a_story())
    async with database.connection() as connection:
        await connection.execute(ALERTS_FAIL)
    async with ticking(watch) as schedule:
        for _ in range(3):
            await schedule.tick(clock.advance(seconds=1))
            await work(watch)
        failed = await rows(watch, "select task_name, status, count(*) from procrastinate_jobs where task_name = 'alert' group by 1, 2")
        alert, told = (await ended(watch))["alert"], troubles_of_jobs(await health.report(watch))
        await rows(watch, "update procrastinate_events set at = at - interval '1 minute' returning 1")
        await schedule.tick(clock.advance(seconds=1))
        again = await queued(watch)
        await schedule.tick(clock.advance(minutes=1))
        await work(watch)

    assert failed == [("alert", "failed", 1)]
    assert alert == (None, "StoreError: Postgres refused: no alert today")
    assert told == ["job alert: failed at 2026-11-23 12:00 UTC, none ended well yet: StoreError: Postgres refused: no alert today"]
    assert ("alert", 1) in again
    assert [str(mail["Subject"]).partition(" · ")[0] for mail in mails(watch)] == ["1 story"]


async def test_daemon_06_a_job_that_ends_well_again_is_no_trouble_and_its_age_is_shown(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    async with database.connection() as connection:
        await jobresults.failed(connection, "sweep", error="ValueError: x", now=clock())
        await jobresults.failed(connection, "send", error="ValueError: y", now=clock())
        await jobresults.succeeded(connection, "sweep", now=clock.advance(seconds=1))
    told = troubles_of_jobs(await health.report(watch))
    clock.advance(days=1)
    later = troubles_of_jobs(await health.report(watch))

    assert (told, later) == (["job send: failed at 2026-11-23 12:00 UTC, none ended well yet: ValueError: y"], [])
    assert await ended(watch) == {"send": (None, "ValueError: y"), "sweep": (86400.0, "ValueError: x")}


def troubles_of_jobs(report: Report) -> list[str]:
    return [each for each in report.troubles if each.startswith("job ")]


async def ended(watch: Watch) -> dict[str, tuple[float | None, str | None]]:
    """Job → how many seconds ago one ended well, by /metrics; and what the last one that failed said."""
    async with watch.database.connection() as connection:
        known = await figures(connection, watch.settings, now=watch.clock())
        errors = {each.job: each.error for each in await jobresults.results(connection)}
    [ages] = [gauge.samples for gauge in known if gauge.name == "wirewatch_job_success_age_seconds"]
    return {job: (ages.get((job,)), error) for job, error in errors.items()}


def test_every_job_has_a_limit() -> None:
    assert {name for name in jobs.app.tasks if "builtin" not in name} == set(jobs.LIMITS)
