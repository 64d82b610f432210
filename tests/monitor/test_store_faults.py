"""What Postgres may do to us, by the ids of the fault table: restart, fall silent, run out of disk, be copied while we write.

The slow half is in tests/faults.py, with whole processes: `make faults`.
"""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import psycopg
import pytest
from desk import NOON, WIRE, Clock, a_reader, a_rule, a_story, a_watch, an_entry, comes_in, lists, mails, rows, settings, shows
from test_schedule import ticking, work

from monitor import embedded, health
from monitor.config import load
from monitor.database import Database, StoreUnavailable, conninfo
from monitor.migration import migrate
from monitor.postmaster import EmbeddedError, Postmaster
from monitor.store import migrated
from monitor.watch import Watch
from spiders.source import Source
from tests.faults import mountable
from tests.processes import a_desk, programs, wait_until

OTHER = Source(id="other", feed="https://other.example.org/rss.xml")
THIRD = Source(id="third", feed="https://third.example.org/rss.xml")


@contextmanager
def a_server() -> Iterator[tuple[Postmaster, str]]:
    """A server that a test may stop: how, and its URL."""
    with tempfile.TemporaryDirectory(prefix="wirewatch-test-") as name:
        Path(name).chmod(0o711)
        with embedded.start(Path(name)) as server:
            yield Postmaster(Path(name).resolve()), server.url


@asynccontextmanager
async def opened(url: str, **given: Any) -> AsyncIterator[Database]:
    database = await Database.open(url, **given)
    try:
        yield database
    finally:
        await database.close()


async def eventually(true: Callable[[], Any]) -> None:
    await asyncio.to_thread(wait_until, true, 10)


# -- store-02


async def test_store_02_a_restart_in_mid_batch_leaves_whole_batches_and_the_next_poll_stores_the_rest(tmp_path: Path) -> None:
    feeds = {source: [an_entry(f"{source.id}-{number}") for number in range(1700)] for source in (WIRE, OTHER, THIRD)}
    with a_server() as (postmaster, url):
        await migrate(url)
        async with opened(url) as database:
            watch = await a_watch(database, tmp_path, readers=(), sources=feeds)
            await lists(watch, *feeds[WIRE], source=WIRE)
            with holding_the_sources(url) as in_mid_batch:
                polls = [asyncio.create_task(lists(watch, *feeds[source], source=source)) for source in (OTHER, THIRD)]
                await eventually(lambda: in_mid_batch(2))
                await asyncio.to_thread(postmaster.stop)
                await asyncio.to_thread(postmaster.start, alone=True)
            began = time.monotonic()
            lost = await asyncio.gather(*polls, return_exceptions=True)
            after = await rows(watch, "select source, count(*) from entry group by source")
            took = time.monotonic() - began

            again = [len(await lists(watch, *entries, source=source)) for source, entries in feeds.items()]

            assert [type(each) for each in lost] == [StoreUnavailable, StoreUnavailable]
            assert after == [("wire", 1700)]
            assert took < 10
            assert again == [1700, 1700, 1700]
            assert await rows(watch, "select source, count(*) from entry group by source order by source") == [
                ("other", 1700),
                ("third", 1700),
                ("wire", 1700),
            ]


@contextmanager
def holding_the_sources(url: str) -> Iterator[Callable[[int], bool]]:
    """Keep every poll from writing its validators, which it does after its entries; asks whether so many are there.

    No lock does it: who holds it leaves with the server, perhaps a moment before those who wait for it.
    """
    with psycopg.connect(conninfo(url), autocommit=True) as connection:
        connection.execute(HOLD)

        def waiting(count: int) -> bool:
            query = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
            return connection.execute(query).fetchall() == [(count,)]

        yield waiting
    with psycopg.connect(conninfo(url), autocommit=True) as connection:
        connection.execute("drop trigger hold on source")


HOLD = """
create function hold() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return new; end $$;
create trigger hold before update on source for each row execute function hold()
"""


async def test_a_killed_server_of_our_own_is_said_with_what_to_do_and_repaired_by_the_next_command() -> None:
    with a_desk() as desk:
        settings = load(desk.file, environ={}, data_dir=desk.folder / "data")
        with pytest.raises(EmbeddedError, match="data/postgres: Postgres was killed or broke down; run the same again"):
            async with migrated(settings) as (database, _), database.connection() as connection:
                os.kill(int((settings.data_dir / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
                await connection.execute("select pg_sleep(10)")

        async with migrated(settings) as (database, _), database.connection() as connection:
            assert await (await connection.execute("select 1")).fetchone() == (1,)


async def test_nobody_waits_for_a_server_of_our_own_that_is_gone() -> None:
    with a_desk() as desk:
        settings = load(desk.file, environ={}, data_dir=desk.folder / "data")
        with pytest.raises(EmbeddedError):
            async with migrated(settings) as (database, _), asyncio.timeout(10):
                os.kill(int((settings.data_dir / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
                async with database.connection():
                    pass  # a new one would be tried for 30 s


# -- store-04


@contextmanager
def stopped(*pids: int) -> Iterator[None]:
    """Backends that do not answer, over connections that stay open."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def backend(connection: psycopg.AsyncConnection[Any]) -> int:
    return int((await (await connection.execute("select pg_backend_pid()")).fetchall())[0][0])


async def test_store_04_a_server_that_says_nothing_more_is_hung_up_on_and_the_next_connection_is_another(database_url: str) -> None:
    async with opened(database_url, statement_time=timedelta(seconds=1)) as database:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="it said nothing for 6 s"):
            async with database.connection() as connection:
                pid = await backend(connection)
                with stopped(pid):
                    meanwhile = await ask(database)
                    quick = time.monotonic() - began
                    await silent(connection)
        took = time.monotonic() - began

        assert (quick < 3, took < 9) == (True, True)
        assert meanwhile != pid
        assert await ask(database) != pid


async def ask(database: Database) -> int:
    async with database.connection() as connection:
        return await backend(connection)


async def silent(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute("select 1")


async def silent_rows(connection: psycopg.AsyncConnection[Any]) -> None:
    await (await connection.execute("select 1")).fetchall()


async def test_store_04_a_pipeline_whose_server_is_silent_is_given_up_too(database_url: str) -> None:
    async with opened(database_url, statement_time=timedelta(seconds=0.1)) as database:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="it said nothing for 5 s"):
            async with database.pipeline() as connection:
                with stopped(await backend(connection)):
                    await connection.execute("select 1")
                    await silent_rows(connection)

    assert time.monotonic() - began < 8


async def test_store_04_an_idle_connection_whose_server_is_silent_is_replaced_before_anyone_gets_it(database_url: str) -> None:
    async with opened(database_url) as database:
        await ask(database)
        await asyncio.sleep(0.5)  # a pool that is asked while it opens grows by one
        with psycopg.connect(database_url) as other:
            others = other.execute(
                "select pid from pg_stat_activity where datname = current_database() and application_name = 'wirewatch'"
            ).fetchall()
        before = [pid for (pid,) in others]
        with stopped(*before):
            after = await asyncio.wait_for(ask(database), 20)

        assert after not in before


async def test_store_04_a_database_that_is_closed_waits_for_no_silent_server(database_url: str) -> None:
    async with opened(database_url) as database:
        with pytest.raises(StoreUnavailable):
            async with database.connection() as connection:
                with stopped(await backend(connection)):
                    reading = asyncio.create_task(silent(connection))
                    await asyncio.sleep(0.1)
                    began = time.monotonic()
                    await database.close()
                    await reading

    assert time.monotonic() - began < 3


def test_store_04_a_daemon_whose_server_is_silent_leaves_when_it_is_told_to(database_url: str) -> None:
    with a_desk(database_url, copies=6, slow=0.05) as desk, desk.start("run") as daemon:
        wait_until(lambda: desk.rows("select from story where latest > 0"))
        ours = "datname = current_database() and application_name = 'wirewatch' and pid <> pg_backend_pid()"
        with stopped(*(pid for (pid,) in desk.rows(f"select pid from pg_stat_activity where {ours}"))):
            time.sleep(1)
            alive = daemon.process.poll() is None
            code, took = daemon.leaves()

    assert (alive, code, took < 30) == (True, 0, True)


# -- store-05


@contextmanager
def a_small_disk(postmaster: Postmaster) -> Iterator[Path]:
    """Four megabytes of their own for whatever Postgres puts there."""
    with tempfile.TemporaryDirectory(prefix="wirewatch-disk-") as name:
        disk, owner = Path(name), postmaster.data.stat()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=4m,mode=700,uid={owner.st_uid},gid={owner.st_gid}", "tmpfs", name], check=True)
        try:
            yield disk
        finally:
            subprocess.run(["umount", "-l", name], check=True)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("53100", "Postgres cannot go on, disk full: it fails; make room on its disk"),
        *((code, "Postgres cannot go on: it fails") for code in ("53200", "53300", "58030")),
    ],
)
async def test_store_05_a_server_without_room_is_unavailable_and_no_story_at_fault(database: Database, code: str, said: str) -> None:
    with pytest.raises(StoreUnavailable) as caught:
        async with database.connection() as connection:
            await connection.execute(f"do $$ begin raise exception 'it fails' using errcode = '{code}'; end $$".encode())

    assert (str(caught.value), caught.value.sqlstate) == (said, code)


async def test_store_05_a_poll_that_finds_no_room_keeps_neither_its_entries_nor_its_validators(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    (page,) = await lists(watch, an_entry("one"))
    async with database.connection() as connection:
        await connection.execute(FULL)
    with pytest.raises(StoreUnavailable, match="Postgres cannot go on, disk full: could not extend file"):
        await lists(watch, an_entry("two"))
    with pytest.raises(StoreUnavailable):
        await shows(watch, page, a_story("one"))
    full = await rows(watch, "select guid, state from entry")
    async with database.connection() as connection:
        await connection.execute("drop trigger full_disk on entry")

    for again in await lists(watch, an_entry("one"), an_entry("two")):
        await shows(watch, again, a_story(again.entry.guid))

    assert full == [("one", "pending")]
    assert await rows(watch, "select guid, state from entry order by guid") == [("one", "read"), ("two", "read")]


#: As a full disk tells it: whatever is written is refused, whatever is there can be read.
FULL = """
create function full_disk() returns trigger language plpgsql as $$
begin raise exception 'could not extend file "base/1/2": No space left on device' using errcode = '53100'; end $$;
create trigger full_disk before insert or update on entry for each statement execute function full_disk()
"""


async def test_store_05_postgres_with_room_says_nothing_of_its_disk(database: Database) -> None:
    assert await database.full() is None


@pytest.mark.skipif(not mountable(), reason="only root may mount a small disk")
async def test_store_05_postgres_whose_disk_is_full_says_so_and_that_there_is_room_again_too(tmp_path: Path) -> None:
    """Where it spills what does not fit into memory is a disk of 4 MB, really full."""
    with a_server() as (postmaster, url), a_small_disk(postmaster) as disk:
        await migrate(url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"create tablespace small location '{disk}'".encode())
            connection.execute("alter role current_user set temp_tablespaces = 'small'")
        async with opened(url) as database:
            watch = await a_watch(database, tmp_path)
            await comes_in(watch, a_story())
            said = await database.full()
            report = await health.report(watch)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("alter role current_user reset temp_tablespaces")
        async with opened(url) as database:
            after = await database.full()

    assert said
    assert said.startswith("Postgres cannot go on, disk full: could not write to file")
    assert said.endswith("No space left on device; make room on its disk")
    assert report.troubles[0].startswith("disk: Postgres cannot go on, disk full: ")
    assert after is None


# -- store-06


async def test_store_06_a_guid_with_a_changed_text_is_one_story_with_both_versions(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    twice = (an_entry("one", "Strike begins"), an_entry("one", "Strike began"))
    for page in await lists(watch, *twice, an_entry("two")):
        await shows(watch, page, a_story(page.entry.guid, headline=page.entry.title))
    for page in await lists(watch, an_entry("one", "Strike ends"), an_entry("two")):
        await shows(watch, page, a_story(page.entry.guid, headline=page.entry.title))

    assert await rows(watch, "select url, number, headline from revision join story on story = story.id order by 1, 2") == [
        ("https://wire.example.org/one", 1, "Strike begins"),
        ("https://wire.example.org/one", 2, "Strike ends"),
        ("https://wire.example.org/two", 1, "Dockers strike"),
    ]
    assert await rows(watch, "select count(*) from due") == [(2,)]


# -- store-08

REPEATS = 200


async def test_store_08_of_two_processes_that_store_the_same_stories_at_once_each_story_is_there_once(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    watch = await a_watch(database, tmp_path, sources=(WIRE, OTHER))
    spawn = multiprocessing.get_context("spawn")  # a fork would take our connections along
    barrier = spawn.Barrier(2)
    crawlers = [
        spawn.Process(target=store_all, args=(database_url, tmp_path / source.id, source, barrier), daemon=True) for source in (WIRE, OTHER)
    ]
    for crawler in crawlers:
        crawler.start()
    for crawler in crawlers:
        await asyncio.to_thread(crawler.join, 60)

    assert [crawler.exitcode for crawler in crawlers] == [0, 0]
    counts = (
        "select (select count(*) from story), (select count(*) from revision), (select count(*) from match), (select count(*) from due)"
    )
    assert await rows(watch, counts) == [(REPEATS, REPEATS, REPEATS, REPEATS)]
    assert await rows(
        watch, "select source, count(*) from entry where state = 'read' and story is not null group by source order by 1"
    ) == [
        ("other", REPEATS),
        ("wire", REPEATS),
    ]


def store_all(url: str, folder: Path, source: Source, barrier: Barrier) -> None:
    """What each of the two does: list the same stories, then store one after another in step with its twin."""

    async def work() -> None:
        async with opened(url) as database:
            # Not configured anew: that waits for stories in work, and the first process has begun.
            watch = Watch(
                database=database,
                settings=settings(folder, rules=[a_rule("strike")], readers=[a_reader()], sources=(WIRE, OTHER)),
                clock=Clock(),
            )
            pages = await lists(watch, *(an_entry(f"{number:03}") for number in range(REPEATS)), source=source)
            for page in sorted(pages, key=lambda page: page.entry.guid):
                await asyncio.to_thread(barrier.wait, 30)
                await shows(watch, page, a_story(page.entry.guid))

    asyncio.run(work())


# -- store-11


async def test_store_11_a_dump_taken_while_stories_come_in_goes_on_in_an_empty_server(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    dump, restore = programs("pg_dump"), programs("pg_restore")
    if not dump or not restore:
        pytest.skip("pg_dump and pg_restore do not come with this Postgres")
    clock = Clock(NOON - timedelta(hours=6))
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story("before", published_at=clock.at))
    clock.at = NOON - timedelta(hours=4)  # past 07:00
    async with ticking(watch) as schedule:
        await schedule.tick(clock.at)
        await work(watch)
    assert len(mails(watch)) == 1

    written: list[str] = []

    async def crawl() -> None:
        for number in range(10_000):
            await comes_in(watch, a_story(f"during-{number}"))
            written.append(f"{number}")

    crawling = asyncio.create_task(crawl())
    await eventually(lambda: len(written) > 10)
    async with database.connection() as connection:
        await connection.execute("set transaction isolation level repeatable read")
        [(snapshot,)] = await (await connection.execute("select pg_export_snapshot()")).fetchall()
        copied = await asyncio.to_thread(run, dump, "-Fc", "--snapshot", snapshot, "-f", str(tmp_path / "dump"), database_url)
        counts = await counted(connection)
    during = len(written)
    crawling.cancel()
    await asyncio.gather(crawling, return_exceptions=True)
    assert (copied, during > int(str(counts["story"])) - 1) == ("", True)

    with a_server() as (_, url):
        assert await asyncio.to_thread(run, restore, "--no-owner", "-d", url, str(tmp_path / "dump")) == ""
        assert await migrate(url) == []
        async with opened(url) as restored:
            async with restored.connection() as connection:
                assert await counted(connection) == counts
            after = await a_watch(restored, tmp_path, clock=clock)
            async with ticking(after) as schedule:
                for _ in range(3):
                    await schedule.tick(clock.advance(minutes=10))
                    await work(after)
            assert len(mails(after)) == 1

            tally = await comes_in(after, a_story("after", published_at=clock.at))
            assert (tally.new, tally.due) == (1, 1)
            clock.advance(days=1)
            async with ticking(after) as schedule:
                await schedule.tick(clock.at)
                await work(after)
            assert len(mails(after)) == 2
            assert await rows(after, "select slot from run order by slot") == [("2026-11-23",), ("2026-11-24",)]


async def counted(connection: psycopg.AsyncConnection[Any]) -> dict[str, object]:
    """How many rows each table has. Sequences run ahead of them; that they are right shows when the next rows come."""
    tables = await (await connection.execute("select tablename from pg_tables where schemaname = 'wirewatch' order by 1")).fetchall()
    return {name: (await (await connection.execute(f"select count(*) from {name}".encode())).fetchall())[0][0] for (name,) in tables}


def run(*command: str) -> str:
    """What a program complained of."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stderr if done.returncode else ""
