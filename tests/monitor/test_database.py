"""Database: one transaction a block, errors in our own words, and a schema that is brought up to date exactly once."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import procrastinate
import psycopg
import pytest
from pooling import pooled
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from monitor.connection import FRESH_TIME, TimedConnection
from monitor.database import Database, StoreError, StoreUnavailable, conninfo
from monitor.migration import MIGRATIONS, migrate

CITY = "create table city (name text primary key);"
RIVER = "create table river (name text references city);"


@pytest.fixture
async def city(empty_database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with one table, ``city``."""
    async with opened(empty_database_url, folder(tmp_path, CITY)) as database:
        yield database


@asynccontextmanager
async def opened(url: str, migrations: Path) -> AsyncIterator[Database]:
    await migrate(url, folder=migrations)
    database = await Database.open(url)
    try:
        yield database
    finally:
        await database.close()


def folder(path: Path, *files: str) -> Path:
    for number, content in enumerate(files, start=1):
        (path / f"{number:04}_step.sql").write_text(content)
    return path


async def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    async with database.connection() as connection:
        return await (await connection.execute(query.encode())).fetchall()


# --- connections


async def test_what_a_block_wrote_stands_when_it_ends_well(city: Database) -> None:
    async with city.connection() as connection:
        await connection.execute("insert into city values ('Seoul')")

    assert await rows(city, "select name from city") == [("Seoul",)]


async def test_what_a_block_wrote_is_gone_when_it_raises(city: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with city.connection() as connection:
            await connection.execute("insert into city values ('Seoul')")
            1 / 0  # noqa: B018

    assert await rows(city, "select name from city") == []


async def test_a_refusal_is_ours_and_keeps_the_code_of_postgres(city: Database) -> None:
    with pytest.raises(StoreError) as caught:
        await rows(city, "insert into city values ('Seoul'), ('Seoul') returning name")

    assert (type(caught.value), caught.value.sqlstate) == (StoreError, "23505")
    assert str(caught.value) == 'Postgres refused: duplicate key value violates unique constraint "city_pkey"'
    assert isinstance(caught.value.__cause__, psycopg.Error)


async def test_a_statement_that_runs_too_long_is_no_lost_connection(city: Database) -> None:
    with pytest.raises(StoreError) as caught:
        async with city.connection() as connection:
            await connection.execute("set local statement_timeout = 1")
            await connection.execute("select pg_sleep(5)")

    assert (type(caught.value), caught.value.sqlstate) == (StoreError, "57014")


async def test_a_connection_lost_on_the_way_is_unavailable_and_the_next_block_gets_a_new_one(city: Database) -> None:
    with pytest.raises(StoreUnavailable):
        await rows(city, "select pg_terminate_backend(pg_backend_pid())")

    assert await rows(city, "select 1") == [(1,)]


async def test_where_no_writes_are_taken_it_is_unavailable_and_idle_connections_are_replaced_when_they_are_again(
    city: Database, empty_database_url: str
) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as admin:
        database = f'"{admin.info.dbname}"'
        admin.execute(f"alter database {database} set default_transaction_read_only = on".encode())
        admin.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'wirewatch'")
        await rows(city, "select 1")
        with pytest.raises(StoreUnavailable) as caught:
            await rows(city, "insert into city values ('Seoul') returning name")
        admin.execute("set default_transaction_read_only = off")
        admin.execute(f"alter database {database} reset default_transaction_read_only".encode())
    await asyncio.sleep(FRESH_TIME.total_seconds() * 1.2)

    assert str(caught.value) == (
        "Postgres takes no writes: cannot execute INSERT in a read-only transaction; "
        "it follows another server, or default_transaction_read_only is on"
    )
    assert await rows(city, "insert into city values ('Seoul') returning name") == [("Seoul",)]


async def test_connections_that_died_while_idle_are_replaced_before_anyone_gets_them(city: Database, empty_database_url: str) -> None:
    await rows(city, "select 1")
    with psycopg.connect(empty_database_url) as other:
        other.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'wirewatch'")

    assert await rows(city, "select 1") == [(1,)]


async def test_a_connection_is_fresh_for_a_moment_after_its_last_word_unless_its_server_left(empty_database_url: str) -> None:
    async with await TimedConnection.connect(conninfo(empty_database_url), autocommit=True) as connection:
        await connection.execute("select 1")
        spoke = connection.is_fresh
        await asyncio.sleep(FRESH_TIME.total_seconds() * 1.2)
        idle = connection.is_fresh
        await connection.execute("select 1")
        with psycopg.connect(empty_database_url) as other:
            other.execute("select pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])

        assert (spoke, idle, connection.is_fresh) == (True, False, False)


async def test_what_a_pipeline_wrote_stands_when_it_ends_well(city: Database) -> None:
    async with city.pipeline() as connection:
        await connection.execute("insert into city values ('Seoul')")
        await connection.execute("insert into city values ('Busan')")

    assert await rows(city, "select name from city") == [("Seoul",), ("Busan",)]


@pytest.mark.parametrize("last", ["insert into city values ('Busan')", "insert into city values ('Seoul')", "select 1 / 0"])
async def test_a_pipeline_is_undone_and_tells_its_first_error_wherever_that_was(city: Database, last: str) -> None:
    with pytest.raises(StoreError, match="duplicate key") as caught:
        async with city.pipeline() as connection:
            await connection.execute("insert into city values ('Seoul')")
            await connection.execute("insert into city values ('Seoul')")
            await connection.execute(last.encode())

    assert caught.value.sqlstate == "23505"
    assert await rows(city, "select name from city") == []


async def test_a_pipeline_is_undone_by_an_error_of_ours(city: Database) -> None:
    with pytest.raises(LookupError):
        async with city.pipeline() as connection:
            await connection.execute("insert into city values ('Seoul')")
            raise LookupError

    assert await rows(city, "select name from city") == []


async def test_no_server_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"^Postgres cannot be reached: .*No such file"):
        await asyncio.wait_for(Database.open(f"postgresql:///x?host={tmp_path}"), timeout=2)


async def test_a_closed_database_is_unavailable(city: Database) -> None:
    await city.close()

    with pytest.raises(StoreUnavailable):
        await rows(city, "select 1")


async def test_every_connection_sees_only_its_schema_and_speaks_utc(city: Database) -> None:
    shown = await rows(city, "select current_setting('search_path'), current_setting('timezone'), current_setting('application_name')")

    assert shown == [("wirewatch", "UTC", "wirewatch")]


# --- conninfo


def test_conninfo_keeps_what_the_url_says_and_adds_the_schema() -> None:
    given = conninfo_to_dict(
        conninfo("postgresql://me:secret@db:6000/news?sslmode=require&options=-c%20geqo%3Doff&application_name=desk", "wire")
    )

    options = given.pop("options")
    assert str(options).startswith("-c geqo=off -c search_path=wire -c timezone=UTC ")
    assert given == {
        "user": "me", "password": "secret", "host": "db", "port": "6000", "dbname": "news",
        "sslmode": "require", "application_name": "desk", "connect_timeout": "10",
        "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3", "tcp_user_timeout": "30000",
    }  # fmt: skip


@pytest.mark.parametrize("url", ["hunter2", "postgres:/me:hunter2@db/news", "postgresql://me@db/news?hunter2=1"])
def test_a_url_that_cannot_be_read_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        conninfo(url)

    assert str(caught.value) == "the database URL cannot be read; write postgresql://user:password@host:5432/database"
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("schema", ["", "Wire", "wire,public", "wire -c x=y", "pg_wire", "w" * 64])
def test_a_schema_name_that_would_need_quoting_is_refused(schema: str) -> None:
    with pytest.raises(StoreError, match="database schema"):
        conninfo("postgresql://db/news", schema)


# --- migrations


def test_our_migrations_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name.split("_")[0]) for path in sorted(MIGRATIONS.glob("*.sql"))]

    assert numbers == list(range(1, len(numbers) + 1))


async def test_migrations_apply_in_order_and_once(empty_database_url: str, tmp_path: Path) -> None:
    first = await migrate(empty_database_url, folder=folder(tmp_path, CITY, RIVER))
    second = await migrate(empty_database_url, folder=tmp_path)

    assert first == ["procrastinate/schema.sql", "0001_step.sql", "0002_step.sql"]
    assert second == []


async def test_a_new_file_is_applied_to_an_older_database(empty_database_url: str, tmp_path: Path) -> None:
    await migrate(empty_database_url, folder=folder(tmp_path, CITY))

    assert await migrate(empty_database_url, folder=folder(tmp_path, CITY, RIVER)) == ["0002_step.sql"]


async def test_a_migration_that_cannot_be_recorded_leaves_nothing_and_says_which(empty_database_url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        await migrate(empty_database_url, folder=folder(tmp_path, CITY, "create table lake (); drop table migration"))

    assert str(caught.value) == 'migration 0002_step.sql: Postgres refused: relation "migration" does not exist'
    assert await migrate(empty_database_url, folder=folder(tmp_path, CITY, "create table lake ()")) == ["0002_step.sql"]


async def test_a_migration_changed_after_it_was_applied_is_refused_by_name(city: Database, empty_database_url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"^migration 0001_step\.sql was changed after this database applied it"):
        await migrate(empty_database_url, folder=folder(tmp_path, CITY + " -- better"))


@pytest.mark.parametrize("newer", ["0009_later.sql", "procrastinate/99.00.00_01_later.sql"])
async def test_a_database_newer_than_the_program_is_refused(city: Database, empty_database_url: str, tmp_path: Path, newer: str) -> None:
    async with city.connection() as connection:
        await connection.execute("insert into migration (name, sha256) values (%s, '')", [newer])

    with pytest.raises(StoreError, match=f"^the database is newer than this program: it has {newer}; install"):
        await migrate(empty_database_url, folder=tmp_path)


async def test_a_migration_slipped_in_before_an_applied_one_is_refused(city: Database, empty_database_url: str, tmp_path: Path) -> None:
    (tmp_path / "0000_late.sql").write_text(RIVER)

    with pytest.raises(StoreError, match=r"^migration 0000_late\.sql comes before 0001_step\.sql"):
        await migrate(empty_database_url, folder=tmp_path)


def test_processes_that_start_at_once_migrate_once(empty_database_url: str, tmp_path: Path) -> None:
    folder(tmp_path, CITY + "select pg_sleep(0.2);", RIVER)
    begin = "import asyncio, sys, pathlib; from monitor.migration import migrate"
    program = f"{begin}; print(*asyncio.run(migrate(sys.argv[1], folder=pathlib.Path(sys.argv[2]))))"
    command = [sys.executable, "-c", program, empty_database_url, str(tmp_path)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]

    said = sorted(process.communicate(timeout=60)[0].strip() for process in started)

    assert said == ["", "", "", "procrastinate/schema.sql 0001_step.sql 0002_step.sql"]
    assert [process.returncode for process in started] == [0, 0, 0, 0]


async def test_two_schemas_of_one_database_do_not_meet(empty_database_url: str, tmp_path: Path) -> None:
    folder(tmp_path, CITY)
    await asyncio.gather(*(migrate(empty_database_url, schema, folder=tmp_path) for schema in ("north", "south")))

    with psycopg.connect(empty_database_url) as connection:
        found = connection.execute("select schemaname from pg_tables where tablename = 'city' order by 1").fetchall()
    assert found == [("north",), ("south",)]


@pytest.fixture
def desk_url(empty_database_url: str) -> Iterator[str]:
    """A login that owns nothing in a database that grants it nothing."""
    role = f"desk_{os.getpid()}"
    database = conninfo_to_dict(empty_database_url)["dbname"]
    with psycopg.connect(empty_database_url, autocommit=True) as admin:
        admin.execute(f"create role {role} login".encode())
        admin.execute(f"revoke all on database {database} from public; grant connect on database {database} to {role}".encode())
        yield make_conninfo(empty_database_url, user=role)
        admin.execute(f"drop owned by {role} cascade; drop role {role}".encode())


def grant(url: str, statement: str, role: str) -> None:
    with psycopg.connect(url) as admin:
        admin.execute(sql.SQL(statement).format(role=sql.Identifier(role)))  # type: ignore[arg-type]


async def test_create_on_one_schema_is_all_a_login_needs(desk_url: str, empty_database_url: str) -> None:
    role = str(conninfo_to_dict(desk_url)["user"])
    grant(empty_database_url, "create schema wirewatch; grant usage, create on schema wirewatch to {role}", role)

    async with opened(desk_url, MIGRATIONS) as database:
        assert await run_a_job(desk_url) == ["hello"]
        assert await rows(database, "select tableowner from pg_tables where tablename = 'migration'") == [(role,)]


async def test_a_login_that_may_not_create_the_schema_is_told_what_to_ask_for(desk_url: str) -> None:
    role = conninfo_to_dict(desk_url)["user"]

    with pytest.raises(StoreError) as caught:
        await migrate(desk_url)

    assert str(caught.value) == (
        f"user '{role}' may not create the schema 'wirewatch'; let an administrator run: CREATE SCHEMA wirewatch AUTHORIZATION \"{role}\""
    )


async def test_a_database_in_another_encoding_is_refused(empty_database_url: str) -> None:
    name = f"latin_{os.getpid()}"
    with psycopg.connect(empty_database_url, autocommit=True) as admin:
        admin.execute(f"create database {name} encoding 'LATIN1' locale_provider libc locale 'C' template template0".encode())
        with pytest.raises(StoreError, match="encoded in LATIN1"):
            await migrate(make_conninfo(empty_database_url, dbname=name))
        admin.execute(f"drop database {name}".encode())


# --- the queue


async def test_the_queue_runs_a_job_in_our_schema(database_url: str) -> None:
    assert await run_a_job(database_url) == ["hello"]


async def test_a_job_deferred_in_a_block_that_raises_was_never_there(database: Database) -> None:
    app, _ = an_app(procrastinate.PsycopgConnector())
    async with app.open_async(database.pool):
        with pytest.raises(ZeroDivisionError):
            async with database.connection() as connection:
                await app.configure_task("say", connection=connection).defer_async(word="hello")
                1 / 0  # noqa: B018

    assert await rows(database, "select count(*) from procrastinate_jobs") == [(0,)]


@pytest.fixture
def queue_files() -> list[Path]:
    """The queue's own migrations, oldest first."""
    return sorted(Path(procrastinate.schema.SchemaManager.get_migrations_path()).glob("*.sql"))


async def test_the_queue_of_an_older_release_is_upgraded_by_its_own_files(
    empty_database_url: str, tmp_path: Path, queue_files: list[Path]
) -> None:
    old, new = queue_files[:-2], queue_files[-2:]
    with psycopg.connect(conninfo(empty_database_url)) as admin:
        admin.execute("create schema wirewatch")
        admin.execute(
            "create table migration (name text primary key, applied_at timestamptz not null default now(), sha256 bytea not null)"
        )
        for path in old:
            admin.execute(path.read_bytes())
            admin.execute("insert into migration (name, sha256) values (%s, '')", [f"procrastinate/{path.name}"])

    assert await migrate(empty_database_url, folder=tmp_path) == [f"procrastinate/{path.name}" for path in new]
    assert await run_a_job(empty_database_url) == ["hello"]


async def run_a_job(url: str) -> list[str]:
    """Defer one job and work until the queue is empty; the words that were said."""
    app, said = an_app(procrastinate.PsycopgConnector(conninfo=conninfo(url)))
    async with app.open_async():
        await app.configure_task("say").defer_async(word="hello")
        await app.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)
    return said


def an_app(connector: procrastinate.PsycopgConnector) -> tuple[procrastinate.App, list[str]]:
    app, said = procrastinate.App(connector=connector), []

    @app.task(name="say")
    async def say(word: str) -> None:
        said.append(word)

    return app, said


# --- poolers


async def test_behind_a_pooler_in_session_mode_everything_is_in_our_schema_within_our_limits(
    empty_database_url: str, tmp_path: Path
) -> None:
    async with pooled(empty_database_url, keeps_session=True) as url, opened(url, folder(tmp_path, CITY)) as database:
        kept = await rows(database, ASKED)
        with pytest.raises(ZeroDivisionError):
            async with database.connection():
                1 / 0  # noqa: B018
        after = await rows(database, ASKED)

    assert kept == after == [("wirewatch", "UTC", "30s", "45s")]
    assert schemas(empty_database_url) == ["wirewatch"]


async def test_behind_a_pooler_in_transaction_mode_nothing_is_made_or_opened(empty_database_url: str, tmp_path: Path) -> None:
    async with pooled(empty_database_url) as url:
        with pytest.raises(StoreError, match="pool_mode = session"):
            await migrate(url, folder=folder(tmp_path, CITY))
        with pytest.raises(StoreError, match="pool_mode = session"):
            await Database.open(url)

    assert schemas(empty_database_url) == []


ASKED = """select current_setting('search_path'), current_setting('timezone'), current_setting('statement_timeout'),
    current_setting('idle_in_transaction_session_timeout')"""


def schemas(url: str) -> list[str]:
    """Where there are tables."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "select distinct schemaname from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1"
        )
        return [name for (name,) in found.fetchall()]
