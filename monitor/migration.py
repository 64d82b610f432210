"""Migration: a schema is brought up to date, by one process however many begin; what it has is known by name and content."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow

from monitor.connection import TimedConnection
from monitor.database import SCHEMA, conninfo, refuse_shared, translated
from monitor.storeerror import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"
#: The oldest major version we are built for.
OLDEST = 15
#: The queue's own migrations carry this before their file name.
QUEUE = "procrastinate/"
QUEUE_SCHEMA = f"{QUEUE}schema.sql"


async def migrate(url: str, schema: str = SCHEMA, folder: Path = MIGRATIONS, *, last: str | None = None) -> list[str]:
    """Bring ``schema`` up to date: the queue's tables, then each ``NNNN_name.sql`` of ``folder`` in order, up to ``last``.

    Any number of processes may call this at once: one works, the others wait and find nothing left to do.
    Return the names of what was applied. Raise StoreError when the database is newer than this program, too old a
    Postgres, or a migration changed after it was applied.
    """
    ours, queue = _files(folder), _files(Path(SchemaManager.get_migrations_path()), prefix=QUEUE)
    with translated():
        async with _migrating(url, schema) as connection:
            applied = await _applied(connection, schema)
            _check(applied, ours, queue)
            wanted = {name: content for name, content in ours.items() if last is None or name <= last}
            return await _migrate_queue(connection, applied, queue) + await _migrate(connection, applied, wanted)


async def unapplied(connection: AsyncConnection[TupleRow], schema: str) -> list[str]:
    """The migrations that ``schema`` does not have yet; nothing is changed. Raise StoreError where ``migrate`` would, for its history."""
    ours, queue = _files(MIGRATIONS), _files(Path(SchemaManager.get_migrations_path()), prefix=QUEUE)
    found = await connection.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{schema}.migration"])
    if await found.fetchone() != (True,):
        return [QUEUE_SCHEMA, *ours]
    rows = await connection.execute(sql.SQL("SELECT name, sha256 FROM {}").format(sql.Identifier(schema, "migration")))
    applied: dict[str, bytes] = dict(await rows.fetchall())
    _check(applied, ours, queue)
    return [name for name in (*queue, *ours) if name not in applied]


@asynccontextmanager
async def _migrating(url: str, schema: str) -> AsyncIterator[AsyncConnection[TupleRow]]:
    """A connection of its own that alone may migrate ``schema`` until it ends, however it ends."""
    target = conninfo(url, schema)
    async with await TimedConnection.connect(target, autocommit=True) as connection:
        _check_server(connection)
        await refuse_shared(connection, target)
        connection.patience = timedelta.max
        await connection.execute("SET statement_timeout = 0")
        await connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"wirewatch migrate {schema}"])
        yield connection


def _check_server(connection: AsyncConnection[TupleRow]) -> None:
    if connection.info.server_version < OLDEST * 10_000:
        found = connection.info.parameter_status("server_version")
        raise StoreError(f"this database is Postgres {found}; wirewatch needs {OLDEST} or later")
    if (encoding := connection.info.parameter_status("server_encoding")) != "UTF8":
        raise StoreError(f"this database is encoded in {encoding}, stories come in every script; create one WITH ENCODING 'UTF8'")


async def _applied(connection: AsyncConnection[TupleRow], schema: str) -> dict[str, bytes]:
    """Names and hashes of the migrations that ``schema`` has; the schema and its ledger are made when missing."""
    found = await connection.execute("SELECT to_regnamespace(%s) IS NOT NULL", [schema])
    # IF NOT EXISTS would ask for CREATE on the database even where the schema is there.
    if await found.fetchone() != (True,):
        await _create(connection, schema)
    await connection.execute(
        """CREATE TABLE IF NOT EXISTS migration (
            name text PRIMARY KEY, -- file name; those of the queue begin with "procrastinate/"
            applied_at timestamptz NOT NULL DEFAULT now(),
            sha256 bytea NOT NULL -- of the file as it was applied
        )"""
    )
    rows = await connection.execute("SELECT name, sha256 FROM migration")
    return dict(await rows.fetchall())


async def _create(connection: AsyncConnection[TupleRow], schema: str) -> None:
    try:
        await connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    except psycopg.errors.InsufficientPrivilege as exc:
        user = connection.info.user
        raise StoreError(
            f'user {user!r} may not create the schema {schema!r}; let an administrator run: CREATE SCHEMA {schema} AUTHORIZATION "{user}"',
            sqlstate=exc.sqlstate,
        ) from exc


def _files(folder: Path, prefix: str = "") -> dict[str, bytes]:
    return {prefix + path.name: path.read_bytes() for path in sorted(folder.glob("*.sql"))}


def _check(applied: dict[str, bytes], ours: dict[str, bytes], queue: dict[str, bytes]) -> None:
    if unknown := sorted(applied.keys() - ours.keys() - queue.keys()):
        raise StoreError(f"the database is newer than this program: it has {', '.join(unknown)}; install the newer wirewatch")
    # The queue's files are not ours to hold still: a release may correct a comment in an old one.
    for name in sorted(applied.keys() & ours.keys()):
        if applied[name] != sha256(ours[name]).digest():
            raise StoreError(f"migration {name} was changed after this database applied it; restore it and write a new one instead")
    last = max(applied.keys() & ours.keys(), default="")
    if early := [name for name in ours.keys() - applied.keys() if name < last]:
        raise StoreError(f"migration {min(early)} comes before {last}, which this database has already; give it a later number")


async def _migrate_queue(connection: AsyncConnection[TupleRow], applied: dict[str, bytes], queue: dict[str, bytes]) -> list[str]:
    if applied.keys() & queue.keys():
        return await _migrate(connection, applied, queue)
    # A fresh schema holds what all of its migrations would have come to.
    await _apply(connection, QUEUE_SCHEMA, SchemaManager.get_schema().encode(), records=queue)
    return [QUEUE_SCHEMA]


async def _migrate(connection: AsyncConnection[TupleRow], applied: dict[str, bytes], files: dict[str, bytes]) -> list[str]:
    pending = [name for name in files if name not in applied]
    for name in pending:
        await _apply(connection, name, files[name], records={name: files[name]})
    return pending


async def _apply(connection: AsyncConnection[TupleRow], name: str, statements: bytes, *, records: dict[str, bytes]) -> None:
    with translated(f"migration {name}: "):
        async with connection.transaction():
            await connection.execute(statements)
            for recorded, content in records.items():
                await connection.execute("INSERT INTO migration (name, sha256) VALUES (%s, %s)", [recorded, sha256(content).digest()])
