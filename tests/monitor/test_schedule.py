"""monitor.schedule: what is due is queued once, whoever ticks and however often."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk import NOON, Clock, a_reader, a_story, a_visit, a_watch, comes_in, mails, rows
from procrastinate import PsycopgConnector

from alerts import deliver
from alerts.recipient import Quiet
from monitor import claims, jobs, outbox, runs
from monitor.daemon import _work
from monitor.database import Database, StoreError
from monitor.migration import migrate
from monitor.presence import Presence
from monitor.schedule import Leadership, Schedule
from monitor.watch import Watch
from spiders.source import Source
from spiders.story import Status


@asynccontextmanager
async def ticking(watch: Watch) -> AsyncIterator[Schedule]:
    """A schedule whose ticks the test makes, and the queue it fills."""
    with jobs.app.replace_connector(PsycopgConnector()):  # one that is open stays with its pool
        async with jobs.app.open_async(watch.database.pool):
            yield Schedule(watch)


@asynccontextmanager
async def without_queue(watch: Watch, url: str) -> AsyncIterator[None]:
    """The queue's connections are gone, those of the watch are not."""
    gone = await Database.open(url)
    with jobs.app.replace_connector(PsycopgConnector()):
        async with jobs.app.open_async(gone.pool):
            await gone.close()
            yield


async def work(watch: Watch) -> None:
    """Do the jobs that are queued, polls left out."""
    await jobs.app.run_worker_async(queues=["tell"], wait=False, install_signal_handlers=False, additional_context={"watch": watch})


async def queued(watch: Watch) -> list[tuple[object, ...]]:
    return await rows(watch, "select task_name, count(*) from procrastinate_jobs where status = 'todo' group by 1 order by 1")


async def test_a_source_is_queued_once_until_its_claim_lapses(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, readers=())
    async with ticking(watch) as schedule:
        for seconds in (0, 1, 44):
            await schedule.tick(NOON + timedelta(seconds=seconds))
        early = await queued(watch)
        await schedule.tick(NOON + claims.CLAIM_TIME)

        assert early == [("collect", 1)]
        assert await queued(watch) == [("collect", 2)]


async def test_many_sources_are_queued_in_batches_of_fifty(database: Database, tmp_path: Path) -> None:
    many = tuple(Source(id=f"s{number}", feed=f"https://wire{number}.example.org/") for number in range(120))
    watch = await a_watch(database, tmp_path, sources=many, readers=())
    async with ticking(watch) as schedule:
        await schedule.tick(NOON)

    assert await rows(watch, "select count(*) from source group by claimed_by order by 1") == [(20,), (50,), (50,)]


async def test_of_several_that_claim_at_once_each_source_goes_to_one(database: Database, tmp_path: Path) -> None:
    many = tuple(Source(id=f"s{number}", feed=f"https://wire{number}.example.org/") for number in range(40))
    await a_watch(database, tmp_path, sources=many, readers=())

    async def claim(by: str) -> list[str]:
        async with database.connection() as connection:
            await claims.hold(connection)
            return await claims.take_due(connection, by=by, now=NOON, limit=15)

    claimed = await asyncio.gather(*(claim(f"batch {number}") for number in range(6)))

    assert sorted(id for ids in claimed for id in ids) == sorted(source.id for source in many)


async def test_a_batch_that_lost_its_claims_polls_nothing(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    async with database.connection() as connection:
        await claims.take_due(connection, by="slow", now=NOON)
        await claims.take_due(connection, by="quick", now=NOON + timedelta(minutes=1))

        assert await claims.renew(connection, by="slow", now=NOON + timedelta(minutes=1)) == []
        await claims.release(connection, [a_visit()], by="slow", now=NOON + timedelta(minutes=1))
    assert await rows(watch, "select claimed_by from source") == [("quick",)]


async def test_a_digest_goes_out_once_in_its_slot_however_often_it_ticks(database: Database, tmp_path: Path) -> None:
    clock = Clock(datetime(2026, 11, 23, 6, 0, tzinfo=UTC))
    watch = await a_watch(database, tmp_path, clock=clock, readers=[a_reader(digest="07:00")])
    await comes_in(watch, a_story(published_at=clock.at))
    async with ticking(watch) as one:
        two = Schedule(watch)
        for minute in range(0, 180, 20):
            clock.at = datetime(2026, 11, 23, 6, minute % 60, tzinfo=UTC) + timedelta(hours=minute // 60)
            await asyncio.gather(one._tell(clock.at), two._tell(clock.at))
            await work(watch)

    assert await rows(watch, "select slot, closed_at from run") == [("2026-11-23", datetime(2026, 11, 23, 7, 0, tzinfo=UTC))]
    assert len(mails(watch)) == 1


async def test_a_new_reader_is_not_owed_the_slot_before_they_came(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, readers=[a_reader(digest="07:00")])
    async with ticking(watch) as schedule:
        await schedule.tick(NOON)

        assert await rows(watch, "select * from run") == []
        await schedule.tick(NOON + timedelta(hours=20))
        assert await rows(watch, "select slot from run") == [("2026-11-24",)]


async def test_a_run_whose_worker_died_is_queued_again(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    async with database.connection() as connection:
        await runs.begin(connection, "ann@example.org", None, now=NOON)
    async with ticking(watch) as schedule:
        await schedule._tell(NOON)
        assert await queued(watch) == []
        clock.at = NOON + runs.CLAIM_TIME
        await schedule._tell(clock.at)
        await work(watch)

    assert len(mails(watch)) == 1


async def test_a_mail_whose_sender_died_is_sent_when_its_claim_lapses(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    async with database.connection() as connection:
        run = await runs.begin(connection, "ann@example.org", None, now=NOON)
    assert run
    await watch.tell(run)
    async with database.connection() as connection:
        await outbox.claim(connection, now=NOON)
    async with ticking(watch) as schedule:
        for moment in (NOON, NOON + runs.CLAIM_TIME, NOON + outbox.SEND_TIME):
            clock.at = moment
            await schedule._send(moment)
            await schedule._send(moment)
            await work(watch)

    assert len(mails(watch)) == 1
    assert await rows(watch, "select state, attempts from mail") == [("sent", 2)]


async def test_what_is_withdrawn_is_told_at_once_to_who_was_told_of_it(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story())
    await watch.tell_now(a_reader())
    async with ticking(watch) as schedule:
        await schedule._correct()
        before = await queued(watch)
        await comes_in(watch, a_story(status=Status.WITHDRAWN), summary="2")
        await schedule._correct()
        await schedule._correct()
        after = await queued(watch)
        await work(watch)

    assert (before, after) == ([], [("correct", 1)])
    assert [str(mail["Subject"]) for mail in mails(watch)] == ["1 story · strike: Dockers strike", "WITHDRAWN: Dockers strike"]


async def test_what_is_to_be_told_at_once_is_queued_once_and_in_quiet_hours_not_at_all(database: Database, tmp_path: Path) -> None:
    clock = Clock(NOON - timedelta(hours=1))
    reader = replace(a_reader(), instant=("strike",), quiet=Quiet.parse("11:30-13:30"))
    watch = await a_watch(database, tmp_path, clock=clock, readers=[reader])
    seen = []
    async with ticking(watch) as schedule:
        await schedule._alert()
        for hour in range(3):
            await comes_in(watch, a_story(f"{hour}", headline=f"Strike {hour}", published_at=clock.at))
            await schedule._alert()
            await schedule._alert()
            seen.append(await queued(watch))
            await work(watch)
            clock.advance(hours=1, minutes=15)

    assert seen == [[("alert", 1)], [], [("alert", 1)]]
    assert [str(mail["Subject"]) for mail in mails(watch)] == ["Alert · strike: Strike 0", "Alert · 2 stories · strike: Strike 2"]


async def test_a_digest_that_is_due_when_quiet_hours_end_carries_what_waited(database: Database, tmp_path: Path) -> None:
    clock = Clock(datetime(2026, 11, 23, 6, 0, tzinfo=UTC))
    reader = replace(a_reader(digest="07:00"), instant=("strike",), quiet=Quiet.parse("22:00-07:00"))
    watch = await a_watch(database, tmp_path, clock=clock, readers=[reader])
    await comes_in(watch, a_story(published_at=clock.at))
    async with ticking(watch) as schedule:
        clock.at = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
        for _ in range(2):
            await schedule._tell(clock.at)
            await schedule._alert()
        jobs_then = await queued(watch)
        await work(watch)
        await schedule._alert()

        assert (jobs_then, await queued(watch)) == ([("tell", 1)], [])
    assert [str(mail["Subject"]) for mail in mails(watch)] == ["1 story · strike: Dockers strike"]


async def test_one_leads_and_the_next_takes_over_when_it_is_gone(database: Database) -> None:
    first, second = Leadership(database), Leadership(database)

    assert [await first.hold(), await second.hold(), await first.hold()] == [True, False, True]
    await first.resign()
    assert [await second.hold(), await first.hold()] == [True, False]
    await second.resign()
    await first.resign()


async def test_of_two_schemas_in_one_database_each_has_its_leader(database: Database, database_url: str) -> None:
    await migrate(database_url, "other")
    other = await Database.open(database_url, "other")
    try:
        first, second = Leadership(database), Leadership(other)

        assert [await first.hold(), await second.hold()] == [True, True]
        await first.resign()
        await second.resign()
    finally:
        await other.close()


async def test_a_leader_that_is_frozen_loses_the_lead_though_its_connection_stays(database: Database) -> None:
    first, second = Leadership(database), Leadership(database)
    await first.hold()
    limits = [row async for row in await first._connection.execute("show idle_session_timeout")]  # type: ignore[union-attr]
    await first._connection.execute("set idle_session_timeout = '100ms'")  # type: ignore[union-attr]
    await asyncio.sleep(0.5)

    assert limits == [("45s",)]
    assert await second.hold()
    with pytest.raises(StoreError):
        await first.hold()
    assert [await first.hold(), await second.hold()] == [False, True]
    await second.resign()
    await first.resign()


def test_a_mail_is_claimed_for_longer_than_a_delivery_can_take() -> None:
    longest = deliver.CONNECT_TIME + 6 * deliver.COMMAND_TIME + deliver.DATA_TIME + deliver.QUIT_TIME

    assert timedelta(seconds=longest) < outbox.SEND_TIME


async def test_a_schedule_that_loses_the_queue_says_why(
    database: Database, database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    schedule = Schedule(await a_watch(database, tmp_path))
    async with without_queue(schedule.watch, database_url):
        await schedule._tick()

    [said] = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert said.startswith("schedule waits code=schedule-waits error=Postgres cannot be reached: the pool ")


async def test_a_worker_that_loses_the_queue_says_why(
    database: Database, database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watch = await a_watch(database, tmp_path)
    async with without_queue(watch, database_url):
        # Without a crawler: it gets no job.
        working = asyncio.create_task(_work(watch, None, Presence(watch, "worker", lambda: False), asyncio.Event()))  # type: ignore[arg-type]
        await asyncio.wait((working,), timeout=0.5)
        working.cancel()

    [said] = [record.getMessage() for record in caplog.records if record.name == "monitor.daemon"]
    assert said.startswith("worker waits code=worker-waits seconds=1 error=Postgres cannot be reached: the pool ")


#: A full disk: a poll cannot be claimed, nor the end of a job be noted; all else still fits in.
FULL = """
create function no_room() returns trigger language plpgsql as $$ begin raise 'no room' using errcode = '53100'; end $$;
create trigger no_room before update on source for each row execute function no_room();
create trigger no_room before insert or update on job_result for each row execute function no_room();
"""
ROOM = "drop trigger no_room on source; drop trigger no_room on job_result"


async def test_what_postgres_refuses_now_and_then_is_said_when_it_begins_and_when_it_is_over(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    caplog.set_level(logging.INFO)
    async with ticking(watch) as schedule, database.connection() as connection:
        await connection.execute(FULL)
        for second in range(6):
            # Each other second no source is due.
            await connection.execute("alter table source disable trigger no_room")
            await connection.execute("update source set next_poll_at = %s", [clock() + timedelta(hours=second % 2)])
            await connection.execute("alter table source enable trigger no_room")
            await connection.commit()
            await schedule._tick()
            await jobs.send.defer_async()
            await work(watch)
            clock.advance(seconds=1)
        refused = said_of(caplog)
        await connection.execute(ROOM)
        await connection.commit()
        for _ in range(3):
            clock.advance(seconds=30)
            await schedule._tick()

    assert refused == ["schedule waits code=schedule-waits", "job left code=job-left job=send"]
    assert said_of(caplog) == [*refused, "schedule goes on"]


async def test_a_process_that_only_works_says_itself_that_postgres_takes_its_word_again(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    caplog.set_level(logging.INFO)
    async with ticking(watch), database.connection() as connection:
        for change in (FULL, ROOM, "select 1"):
            await connection.execute(change)
            await connection.commit()
            await jobs.send.defer_async()
            await work(watch)
            clock.advance(minutes=1)

    assert said_of(caplog) == ["job left code=job-left job=send", "jobs go on"]


async def test_a_tick_that_is_cut_short_because_we_leave_waits_for_nothing(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watch, staying = [await a_watch(database, tmp_path) for _ in range(2)]
    async with ticking(watch) as schedule, database.connection() as connection:
        await connection.execute("update source set next_poll_at = %s", [NOON])
        await connection.execute(FULL)
        await connection.commit()
        schedule.start()
        await schedule.stop()
        await schedule._tick()
        leaving = said_of(caplog)
        await schedule._leadership.resign()
        await Schedule(staying)._tick()

    assert (leaving, said_of(caplog)) == ([], ["schedule waits code=schedule-waits"])


def said_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    words = "schedule waits", "job left", "schedule goes on", "jobs go on"
    return [message.partition(" error=")[0] for message in caplog.messages if message.startswith(words)]
