"""A host is asked by one batch at a time, and one that is slow keeps nobody else waiting."""

from datetime import timedelta
from pathlib import Path

from desk import NOON, a_visit, a_watch, rows

from monitor import claims
from monitor.database import Database
from spiders.source import Source

LATER = NOON + timedelta(seconds=1)


async def claimed(database: Database, by: str, *, limit: int = 50) -> list[str]:
    async with database.connection() as connection:
        await claims.hold(connection)
        return sorted(await claims.take_due(connection, by=by, now=LATER, limit=limit))


def of(host: str, *ids: str) -> tuple[Source, ...]:
    return tuple(Source(id=id, feed=f"https://{host}/{id}.xml") for id in ids)


async def test_the_sources_of_one_host_come_in_one_batch(database: Database, tmp_path: Path) -> None:
    watched = (*of("one.example.org", "a", "d"), *of("two.example.org", "b", "c"))
    await a_watch(database, tmp_path, sources=watched, readers=())

    assert [await claimed(database, "1", limit=2), await claimed(database, "2", limit=2)] == [["a", "d"], ["b", "c"]]


async def test_a_host_that_one_batch_asks_no_other_asks_until_it_is_over(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, sources=(*of("one.example.org", "a", "b"), *of("two.example.org", "c")), readers=())

    assert await claimed(database, "slow", limit=1) == ["a"]
    assert await claimed(database, "2") == ["c"]
    async with database.connection() as connection:
        assert await claims.take(connection, ["b"], by="by hand", now=LATER) == []
        await claims.release(connection, [a_visit(id="a")], by="slow", now=LATER)
    assert await claimed(database, "3") == ["b"]
    assert await rows(watch, "select id, claimed_by from source where claimed_by is not null order by id") == [("b", "3"), ("c", "2")]


async def test_a_host_whose_worker_died_is_free_when_its_claims_lapse(database: Database, tmp_path: Path) -> None:
    await a_watch(database, tmp_path, sources=of("one.example.org", "a", "b"), readers=())
    assert await claimed(database, "dead", limit=1) == ["a"]

    async with database.connection() as connection:
        found = await claims.take_due(connection, by="alive", now=LATER + claims.CLAIM_TIME)

    assert sorted(found) == ["a", "b"]


async def test_of_this_machine_and_of_folders_many_are_asked_at_once(database: Database, tmp_path: Path) -> None:
    watched = (*of("127.0.0.1:8000", "a", "b"), *(Source(id=id, folder=tmp_path) for id in ("c", "d")))
    await a_watch(database, tmp_path, sources=watched, readers=())

    assert [len(await claimed(database, str(number), limit=1)) for number in range(4)] == [1, 1, 1, 1]
