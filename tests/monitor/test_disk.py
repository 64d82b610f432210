"""monitor.disk: below a floor no bytes are kept, and that is said once."""

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import NOON, Clock, a_watch, rows, settings

from monitor import disk
from monitor.database import Database
from monitor.disk import Disk

GIB = 1 << 30


@pytest.mark.parametrize(
    ("free", "total", "low", "well"),
    [
        (100 * GIB, 1000 * GIB, False, True),
        (2 * GIB, 1000 * GIB, False, False),
        (2 * GIB - 1, 1000 * GIB, True, False),
        (3 * GIB, 1000 * GIB, False, True),
        (1 * GIB, 10 * GIB, False, True),
        (GIB // 4, 10 * GIB, True, False),
    ],
)
def test_a_twentieth_of_a_small_disk_is_enough_and_two_gib_of_any(free: int, total: int, low: bool, well: bool) -> None:
    room = Disk(free=free, total=total)

    assert (room.low, room.well) == (low, well)


def test_the_disk_of_the_data_folder_is_looked_at_and_that_of_ones_own_postgres_is_not(tmp_path: Path) -> None:
    here = settings(tmp_path, rules=(), readers=())
    away = replace(here, database_url="postgresql://db.example.org/wirewatch")

    found = disk.look(here)

    assert found is not None
    assert 0 < found.free < found.total
    assert disk.look(away) is None
    assert disk.keeps_bytes(away)
    assert disk.look(replace(here, data_dir=tmp_path / "not yet")) is None


async def test_a_full_disk_is_one_outage_until_there_is_clearly_room_again(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watch, clock = await a_watch(database, tmp_path), Clock()
    caplog.set_level(logging.INFO)
    for free in (1 * GIB, GIB // 2, 2 * GIB, 3 * GIB, 3 * GIB):
        async with database.connection() as connection:
            await disk.note(connection, Disk(free=free, total=1000 * GIB), now=clock.advance(hours=1))

    assert await rows(watch, "select source, state, began_at, ended_at, detail from outage") == [
        (
            None,
            "disk",
            NOON + timedelta(hours=1),
            NOON + timedelta(hours=4),
            "1024 MiB of the disk are free; below 2048 MiB pages are not kept as evidence",
        )
    ]
    assert [record.getMessage().partition(";")[0] for record in caplog.records if record.name == "monitor.disk"] == [
        "disk low code=disk-low free_mib=1024 wanted_mib=2560",
        "disk has room again free_mib=3072",
    ]
