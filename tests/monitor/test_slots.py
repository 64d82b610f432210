"""monitor.slots and the schedule's look back: whatever happens to a slot, it is in the account once, and each match in one mail."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk import Clock, a_reader, a_story, a_watch, change, comes_in, mails, rows, text
from test_schedule import ticking, work

from alerts.recipient import Pause
from monitor import runs, schedule, slots
from monitor.database import Database
from monitor.watch import Watch

HOUR = timedelta(hours=1)


def at(day: int, hour: int, minute: int = 0, *, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


async def a_strike(watch: Watch, number: int) -> None:
    """The strike of this number comes in."""
    body = "The strike: " + " ".join(f"word{number}x{place}" for place in range(30))
    await comes_in(watch, a_story(f"{number}", headline=f"Strike number {number:03}", body=body, published_at=watch.clock()))


def told(watch: Watch) -> Counter[str]:
    """Number of a strike → in how many mails it was told."""
    everything = [text(mail) for mail in mails(watch)]
    return Counter(f"{number:03}" for number in range(200) for mail in everything if f"number {number:03}" in mail)


async def lives(watch: Watch, clock: Clock, *moments: datetime) -> None:
    """A daemon runs: at each of these moments its clock ticks, after a strike came in."""
    async with ticking(watch) as clockwork:
        for clock.at in moments:
            await a_strike(watch, len(await rows(watch, "select from story")))
            await clockwork.tick(clock.at)
            await work(watch)


async def account(watch: Watch) -> list[tuple[object, ...]]:
    """Slot, and the slot that covers it."""
    return await rows(
        watch, "select run.slot, by.slot from run left join run as by on by.id = run.covered_by where run.slot is not null order by 1"
    )


async def assert_all_told_once(watch: Watch) -> None:
    ((stories,),) = await rows(watch, "select count(*) from story")
    ((open_,),) = await rows(watch, "select count(*) from due where mail is null")
    assert isinstance(stories, int) and isinstance(open_, int)
    assert told(watch) == Counter(f"{number:03}" for number in range(stories - open_))


async def test_digest_01_a_reader_at_half_past_two_in_new_york_gets_one_digest_on_the_spring_day(
    database: Database, tmp_path: Path
) -> None:
    """2026-03-08 has no 02:30 there: it comes at 03:30 EDT, 07:30 UTC."""
    clock = Clock(at(6, 12, month=3))
    watch = await a_watch(database, tmp_path, clock=clock, readers=[a_reader(zone="America/New_York", digest="02:30")])
    moments = ((7, 7, 29), (7, 7, 30), (8, 6, 30), (8, 7, 0), (8, 7, 29), (8, 7, 30), (8, 8, 30), (9, 6, 29), (9, 6, 30), (9, 7, 30))
    await lives(watch, clock, *(at(*moment, month=3) for moment in moments))

    assert await rows(watch, "select slot, created_at from run order by 1") == [
        ("2026-03-07", at(7, 7, 30, month=3)),
        ("2026-03-08", at(8, 7, 30, month=3)),
        ("2026-03-09", at(9, 6, 30, month=3)),
    ]
    assert len(mails(watch)) == 3
    await assert_all_told_once(watch)


@pytest.mark.parametrize("days", [1, 3])
async def test_digest_04_after_an_outage_one_mail_carries_everything_and_covers_the_slots_that_were_missed(
    database: Database, tmp_path: Path, days: int
) -> None:
    clock = Clock(at(20, 6))
    watch = await a_watch(database, tmp_path, clock=clock, readers=[a_reader(digest="07:00")])
    await lives(watch, clock, at(20, 6), at(20, 7), at(20, 8))
    back = at(20, 12) + timedelta(days=days)
    await lives(watch, clock, back, back + timedelta(seconds=1), back + HOUR)

    newest = f"2026-11-{20 + days}"
    missed = [(f"2026-11-{20 + day}", newest) for day in range(1, days)]
    assert await account(watch) == [("2026-11-20", None), *missed, (newest, None)]
    assert len(mails(watch)) == 2
    await assert_all_told_once(watch)


async def test_hours_in_which_nobody_was_there_are_covered_by_the_first_after_them(database: Database, tmp_path: Path) -> None:
    clock = Clock(at(20, 6, 30))
    watch = await a_watch(database, tmp_path, clock=clock, readers=[a_reader(digest="hourly")])
    await lives(watch, clock, at(20, 7), at(20, 7, 30), at(20, 8), at(20, 8, 30))
    await lives(watch, clock, at(20, 12, 10), at(20, 12, 40))

    hours = [(f"2026-11-20T{hour:02}Z", None if hour in (7, 8, 12) else "2026-11-20T12Z") for hour in range(7, 13)]
    assert await account(watch) == hours
    async with database.connection() as connection:
        (outcome,) = await slots.outcomes(connection, at(20, 0), at(21, 0))
    assert outcome == slots.Outcome(recipient="ann@example.org", mailed=3, empty=0, covered=3, open=0)
    await assert_all_told_once(watch)


async def test_a_suspended_daemon_covers_what_it_slept_through_within_half_an_hour(database: Database, tmp_path: Path) -> None:
    clock = Clock(at(20, 6, 30))
    watch = await a_watch(database, tmp_path, clock=clock, readers=[a_reader(digest="hourly")])
    async with ticking(watch) as clockwork:
        for clock.at in (at(20, 7), at(20, 7, 5), at(20, 10, 20), at(20, 10, 20) + schedule.LOOK):
            await clockwork.tick(clock.at)

    assert await account(watch) == [
        ("2026-11-20T07Z", None),
        ("2026-11-20T08Z", "2026-11-20T10Z"),
        ("2026-11-20T09Z", "2026-11-20T10Z"),
        ("2026-11-20T10Z", None),
    ]


async def test_no_slot_is_covered_by_a_run_before_it_nor_one_from_before_its_reader_came(database: Database, tmp_path: Path) -> None:
    reader = a_reader(digest="07:00")
    await a_watch(database, tmp_path, clock=Clock(at(20, 12)), readers=[reader])
    async with database.connection() as connection:
        await runs.begin(connection, reader.email, reader.last_slot(at(21, 8)), now=at(21, 8))
        covered = await slots.cover(connection, reader.email, reader.slots(at(18, 0), at(22, 8)), now=at(22, 8))

    assert covered == []


@pytest.mark.parametrize("began", [at(18, 12), at(22, 12)], ids=["long before", "the day before"])
async def test_digest_06_who_moves_from_tokyo_to_los_angeles_at_noon_gets_no_second_digest_for_that_day(
    database: Database, tmp_path: Path, began: datetime
) -> None:
    tokyo, angeles = (a_reader(zone=zone, digest="09:00") for zone in ("Asia/Tokyo", "America/Los_Angeles"))
    clock = Clock(began)
    watch = await a_watch(database, tmp_path, clock=clock, readers=[tokyo])
    days = [at(day, 0) for day in (19, 20, 21, 22, 23) if at(day, 0) > began]
    await lives(watch, clock, *days, at(23, 3))  # noon in Tokyo
    await change(watch, recipients=(angeles,))
    await lives(watch, clock, at(23, 3, 1), at(23, 17), at(23, 20), at(24, 0), at(24, 17), at(24, 18))

    expected = [*((f"2026-11-{day.day}", day) for day in days), ("2026-11-24", at(24, 17))]
    assert await rows(watch, "select slot, created_at from run where covered_by is null order by 1") == expected
    assert len(mails(watch)) == len(expected)
    assert Counter(slot for slot, _ in await account(watch)).most_common(1)[0][1] == 1
    await assert_all_told_once(watch)


async def test_the_slots_of_a_time_away_are_nobodys_and_the_one_after_it_covers_none_of_them(database: Database, tmp_path: Path) -> None:
    clock, reader = Clock(at(1, 12)), replace(a_reader(), pause=(Pause.parse("2026-11-02..2026-11-03"),))
    watch = await a_watch(database, tmp_path, clock=clock, readers=[reader])

    await lives(watch, clock, at(2, 7), at(3, 7), at(4, 7))

    assert await account(watch) == [("2026-11-04", None)]
    await assert_all_told_once(watch)


async def test_a_slot_is_opened_though_a_clock_far_ahead_opened_a_later_one_before(database: Database, tmp_path: Path) -> None:
    hal = a_reader(digest="hourly")
    watch = await a_watch(database, tmp_path, clock=Clock(at(23, 12)), readers=(hal,))
    opened = []
    async with database.connection() as connection:
        for hour in (18, 13):
            slot = hal.next_slot(at(23, hour - 1))
            assert slot and slot.at == at(23, hour)
            opened.append(await runs.begin(connection, hal.email, slot, now=slot.at) is not None)

    assert opened == [True, True]
    assert await account(watch) == [("2026-11-23T13Z", None), ("2026-11-23T18Z", None)]
