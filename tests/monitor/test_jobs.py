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

from monitor import jobs
from monitor.database import Database

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
                    additional_context={"watch": watch, "limits": jobs.LIMITS | {"tell": timedelta(seconds=0.5)}},
                )

    assert came.is_set()
    assert caplog.messages == ["job ended at its limit code=job-overdue job=tell limit=0:00:00.500000"]
    assert await rows(watch, "select state from mail") == [("sending",)]
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
        await rows(watch, "update procrastinate_events set at = at - interval '1 minute' returning 1")
        await schedule.tick(clock.advance(seconds=1))
        again = await queued(watch)
        await schedule.tick(clock.advance(minutes=1))
        await work(watch)

    assert failed == [("alert", "failed", 1)]
    assert ("alert", 1) in again
    assert [str(mail["Subject"]).partition(" · ")[0] for mail in mails(watch)] == ["1 story"]


def test_every_job_has_a_limit() -> None:
    assert {name for name in jobs.app.tasks if "builtin" not in name} == set(jobs.LIMITS)
