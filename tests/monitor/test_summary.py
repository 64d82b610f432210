"""monitor.summary: one line an hour, from the rows."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from desk import NOON, WIRE, a_reader, a_watch, an_entry, lists, rows
from test_schedule import ticking

from monitor.database import Database
from monitor.summary import Hourly, Summary, summary
from spiders.source import Source

HOUR = timedelta(hours=1)
OTHER = Source(id="other", feed="https://other.example.org/rss.xml")


async def written(watch: object, *statements: str) -> None:
    async with watch.database.connection() as connection:  # type: ignore[attr-defined]
        for statement in statements:
            await connection.execute(statement.encode())


async def test_an_hour_is_summed_up_from_what_was_polled_stored_and_sent_in_it(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, readers=[a_reader()], sources=(WIRE, OTHER))
    await lists(watch, *(an_entry(f"{number}") for number in range(4)))
    await written(
        watch,
        "delete from sighting",
        "delete from account",
        "update source set state = 'failing' where id = 'other'",
        """insert into account (source, hour, polls, unchanged, failed, listed) values
           ('wire', '2026-11-23T12:00Z', 12, 9, 1, 60), ('other', '2026-11-23T12:00Z', 2, 0, 2, 0),
           ('wire', '2026-11-23T13:00Z', 7, 7, 0, 7)""",
        """insert into sighting (entry, source, at, outcome)
           select id, 'wire', '2026-11-23T12:59Z',
               (array['new', 'changed', 'refused', null])[row_number() over (order by id)] from entry""",
        "insert into sighting (entry, source, at, outcome) select id, 'wire', '2026-11-23T13:00Z', 'seen' from entry limit 1",
        """insert into mail (recipient, message_id, bytes, state, created_at, sent_at) values
           ('ann@example.org', '1', '', 'sent', '2026-11-23T12:00Z', '2026-11-23T12:30Z'),
           ('ann@example.org', '2', '', 'sent', '2026-11-23T12:00Z', '2026-11-23T13:00Z'),
           ('ann@example.org', '3', '', 'failed', '2026-11-23T12:00Z', null)""",
    )

    async with database.connection() as connection:
        said = await summary(connection, since=NOON, until=NOON + HOUR)

    assert said == Summary(
        polls=14, unchanged=9, failed=3, listed=60, new=1, changed=1, refused=1, pending=1, mails_sent=1, mails_failed=1,
        sources="failing:1,ok:1",
    )  # fmt: skip


async def test_each_hour_is_said_once_when_it_is_over(database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "monitor.summary")
    hourly = Hourly(database)
    for minutes in (0, 1, 59, 60, 61, 119, 120, 400):
        await hourly.tick(NOON + timedelta(minutes=minutes))

    assert [record.message.split(" polls")[0] for record in caplog.records] == [
        "hour since=2026-11-23T12:00Z",
        "hour since=2026-11-23T13:00Z",
        "hour since=2026-11-23T14:00Z",
    ]
    assert caplog.records[0].message.endswith("pending=0 mails_sent=0 mails_failed=0 sources=none")


async def test_the_schedule_says_it(database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "monitor.summary")
    watch = await a_watch(database, tmp_path, readers=())
    async with ticking(watch) as schedule:
        await schedule.tick(NOON)
        await schedule.tick(NOON + HOUR)

    assert [record.message.split(" polls")[0] for record in caplog.records] == ["hour since=2026-11-23T12:00Z"]
    assert await rows(watch, "select count(*) from mail") == [(0,)]
