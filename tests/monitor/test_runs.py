"""monitor.runs: a slot has one run, which is somebody's until it is closed or its claim lapses."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from desk import NOON, Clock, a_reader, a_watch

from monitor import runs, slots
from monitor.database import Database

ANN = a_reader(digest="07:00")


async def test_a_slot_has_one_run_and_nobody_writes_it_after_it_is_closed(database: Database, tmp_path: Path) -> None:
    seven = datetime(2026, 11, 24, 7, tzinfo=UTC)
    slot = ANN.last_slot(seven)
    await a_watch(database, tmp_path, clock=Clock(), readers=(ANN,))
    assert slot and slot.at == seven

    async with database.connection() as connection:
        before = await runs.owed(connection, ANN.email, slot)
        run = await runs.begin(connection, ANN.email, slot, now=seven)
        again = await runs.begin(connection, ANN.email, slot, now=seven)
        assert run
        whose = await runs.lock(connection, run)
        await runs.close(connection, run, now=seven)

        assert (before, again, whose) == (True, None, ANN.email)
        assert await runs.lock(connection, run) is None
        assert await runs.lapsed(connection, now=seven + 2 * runs.CLAIM_TIME) == []
        assert not await runs.owed(connection, ANN.email, slot)
        assert await runs.is_of_slot(connection, run)


async def test_slots_that_are_covered_just_after_the_next_one_began_do_not_keep_it_from_its_run(database: Database, tmp_path: Path) -> None:
    hal = a_reader(digest="hourly")
    nine, ten = (datetime(2026, 11, 24, hour, tzinfo=UTC) for hour in (9, 10))
    await a_watch(database, tmp_path, clock=Clock(), readers=(hal,))
    async with database.connection() as connection:
        await runs.begin(connection, hal.email, hal.last_slot(nine), now=nine)
        covered = await slots.cover(connection, hal.email, hal.slots(nine - timedelta(hours=3), nine), now=ten)
        slot = hal.last_slot(ten)
        assert slot
        is_owed = await runs.owed(connection, hal.email, slot)

        assert (len(covered), is_owed) == (2, True)
        assert await runs.begin(connection, hal.email, slot, now=ten)


async def test_whoever_does_not_write_a_run_in_time_loses_it_to_one_other(database: Database, tmp_path: Path) -> None:
    await a_watch(database, tmp_path, clock=Clock(), readers=(ANN,))
    async with database.connection() as connection:
        run = await runs.begin(connection, ANN.email, None, now=NOON)
        in_time = await runs.lapsed(connection, now=NOON + runs.CLAIM_TIME * 0.9)
        late, again = [await runs.lapsed(connection, now=NOON + runs.CLAIM_TIME) for _ in range(2)]

        assert run and not await runs.is_of_slot(connection, run)
    assert (in_time, late, again) == ([], [run], [])


async def test_a_digest_in_the_hands_of_a_process_that_is_known_to_be_gone_is_written_at_once(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, clock=Clock(), readers=(ANN,))
    async with database.connection() as connection:
        run = await runs.begin(connection, ANN.email, None, now=NOON)
        before = await runs.lapsed(connection, now=NOON)
    await watch.recover()

    async with database.connection() as connection:
        assert (before, await runs.lapsed(connection, now=NOON)) == ([], [run])
