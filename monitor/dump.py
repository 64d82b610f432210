"""Dump: the whole store as one file, and a store out of such a file, whichever Postgres wrote it and whichever reads it.

The file is gzip over lines of JSON: what it is, then ``[table, row]`` a row, at the end how many rows each table has, so that a file
that was cut off is known for one. Values are written as Postgres writes them in JSON. The queue's tables are left out: what is due is
queued anew.
"""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow, scalar_row

from monitor.database import Database, StoreError
from monitor.migration import MIGRATIONS, migrate

#: What the first line calls itself, and which shape the lines have.
KIND, FORMAT = "wirewatch dump", 1
#: Moving and checking a large store takes as long as it takes.
WORK_TIME = timedelta(hours=12)
#: Rows that are fetched at once, and characters that are stored at once: a row may carry a page of megabytes.
FETCHED, STORED = 50, 1_000_000

Connection = AsyncConnection[TupleRow]
#: Is told how many rows were moved since it was told last.
Step = Callable[[int], None]


class DumpError(StoreError):
    """A dump that cannot be read, or not into this store: its message says why, and what to do."""


async def size(database: Database) -> int:
    """About how many rows a dump will have; for a progress bar."""
    async with database.connection() as connection:
        tables = await _tables(connection)
        cursor = await connection.cursor(row_factory=scalar_row).execute(
            """select coalesce(sum(greatest(reltuples, 0)), 0)::bigint from pg_class
               where relnamespace = current_schema()::regnamespace and relname = any(%s)""",
            [tables],
        )
        return int(await cursor.fetchone() or 0)


async def dump(database: Database, out: BinaryIO, *, now: datetime, step: Step = lambda rows: None) -> Mapping[str, int]:
    """Write the store as it stands at this moment, though others work in it; how many rows each table has."""
    rows: Counter[str] = Counter()
    async with database.connection() as connection:
        await connection.execute("set transaction isolation level repeatable read, read only")
        await _take_time(connection)
        with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=6, mtime=0) as file:
            file.write(_line(await _head(connection, now)))
            for table in await _tables(connection):
                async for row in _rows(connection, table):
                    file.write(f'["{table}",{row}]\n'.encode())
                    rows[table] += 1
                    step(1)
            file.write(_line({"rows": rows}))
    return rows


async def load(url: str, schema: str, source: BinaryIO, *, step: Step = lambda rows: None) -> Mapping[str, int]:
    """Make a store out of a dump, in a schema that holds nothing yet; all of it or nothing. Then bring it up to date.

    Raise DumpError where the file is no dump, is cut off, or was written by a newer wirewatch, or where the store holds something.
    """
    lines = _lines(source)
    migrations = _migrations(next(lines, (1, None)))
    await migrate(url, schema, last=max(migrations, default=""))
    database = await Database.open(url, schema, statement_time=WORK_TIME)
    try:
        async with database.connection() as connection:
            await _take_time(connection)
            tables = await _tables(connection)
            await _check_fresh(connection, tables, migrations)
            async with _foreign_keys_later(connection):
                rows = await _fill(connection, tables, lines, step)
            await _count_on(connection)
    finally:
        await database.close()
    await migrate(url, schema)
    return rows


async def _take_time(connection: Connection) -> None:
    """Let Postgres wait for whoever reads or writes the file, in this transaction: a pipe may go over a slow line."""
    await connection.execute("set local idle_in_transaction_session_timeout = 0")


async def _head(connection: Connection, now: datetime) -> Mapping[str, object]:
    return {"kind": KIND, "format": FORMAT, "at": now.isoformat(), "migrations": await _applied(connection)}


async def _applied(connection: Connection) -> list[str]:
    """Our own migrations that the store has; the queue's have a folder before their name."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        "select name from migration where name not like %s order by name", ["%/%"]
    )
    return await cursor.fetchall()


async def _tables(connection: Connection) -> list[str]:
    """Ours: all but the queue's, who is at work, and the list of migrations, which each store keeps for itself."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """select relname from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r'
           and relname not in ('migration', 'member') and not starts_with(relname, 'procrastinate_') order by relname"""
    )
    return await cursor.fetchall()


async def _rows(connection: Connection, table: str) -> AsyncIterator[str]:
    async with connection.cursor(name="dump", row_factory=scalar_row) as cursor:
        cursor.itersize = FETCHED
        await cursor.execute(sql.SQL("select row_to_json(each)::text from {} as each").format(sql.Identifier(table)))
        async for row in cursor:
            yield row


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def _lines(source: BinaryIO) -> Iterator[tuple[int, object]]:
    """The lines of a dump, numbered from 1."""
    try:
        with gzip.GzipFile(fileobj=source, mode="rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield number, json.loads(line)
                except ValueError as exc:
                    raise DumpError(f"line {number} of the dump is no JSON: {exc}; nothing was stored") from exc
                except RecursionError:  # its traceback has a thousand lines
                    raise DumpError(f"line {number} of the dump is nested too deeply; nothing was stored") from None
    except EOFError as exc:
        raise DumpError("the dump is cut off; nothing was stored: copy it again, or take an older one") from exc
    except (gzip.BadGzipFile, zlib.error) as exc:
        raise DumpError(f"this is no dump of wirewatch, or it is damaged: {exc}; nothing was stored") from exc


def _migrations(first: tuple[int, object]) -> Sequence[str]:
    """The migrations that the store had which the dump was made of."""
    match first[1]:
        case {"kind": "wirewatch dump", "format": 1, "migrations": [*names]}:
            migrations = [str(name) for name in names]
        case {"kind": "wirewatch dump", "format": newer}:
            raise DumpError(f"the dump has format {newer}, this wirewatch reads {FORMAT}; install the wirewatch that wrote it")
        case _:
            raise DumpError("this is no dump of wirewatch; `wirewatch dump FILE` writes one")
    if unknown := [name for name in migrations if not (MIGRATIONS / Path(name).name).exists()]:
        raise DumpError(f"the dump is newer than this wirewatch: it has {', '.join(unknown)}; install the newer one")
    return migrations


async def _check_fresh(connection: Connection, tables: Sequence[str], migrations: Sequence[str]) -> None:
    if await _applied(connection) != list(migrations):
        raise DumpError(
            "this store is there already, and its schema is newer than the dump's; name one that is not there yet, or drop its schema"
        )
    for table in tables:
        cursor = await connection.execute(sql.SQL("select exists (select from {})").format(sql.Identifier(table)))
        if await cursor.fetchone() == (True,):
            raise DumpError(
                f"this store is in use: its table {table} has rows, and a dump is loaded into an empty one only; "
                "name another by --data-dir, or by WIREWATCH_DATABASE_URL"
            )


@asynccontextmanager
async def _foreign_keys_later(connection: Connection) -> AsyncIterator[None]:
    """Check what refers to what at the end of the block: a row may come before the one that it names."""
    cursor = await connection.execute(
        """select conrelid::regclass::text, conname from pg_constraint join pg_class on pg_class.oid = conrelid
           where contype = 'f' and connamespace = current_schema()::regnamespace and not starts_with(relname, 'procrastinate_')"""
    )
    keys = await cursor.fetchall()
    for table, name in keys:
        await connection.execute(_altered(table, name, "deferrable initially deferred"))
    yield
    await connection.execute("set constraints all immediate")
    for table, name in keys:
        await connection.execute(_altered(table, name, "not deferrable"))


def _altered(table: str, name: str, how: str) -> sql.Composed:
    return sql.SQL("alter table {} alter constraint {} {}").format(sql.Identifier(table), sql.Identifier(name), sql.SQL(how))


async def _fill(connection: Connection, tables: Sequence[str], lines: Iterator[tuple[int, object]], step: Step) -> Mapping[str, int]:
    """Store the rows; how many each table has, which must be what the last line says."""
    rows: Counter[str] = Counter()
    told: object = None
    waiting: list[object] = []
    of, length = "", 0
    for number, line in lines:
        match line:
            case [str(table), dict(row)] if table in tables and told is None:
                if table != of or length > STORED:
                    await _put(connection, of, waiting)
                    waiting, of, length = [], table, 0
                waiting.append(row)
                length += sum(len(value) if isinstance(value, str) else 20 for value in row.values())
                rows[table] += 1
                step(1)
            case {"rows": told}:
                continue
            case _:
                raise DumpError(f"line {number} of the dump is no row of a table of this store; nothing was stored")
    await _put(connection, of, waiting)
    if told != rows:
        raise DumpError("the dump is not whole: it ends before its last line, or has other rows than that says; nothing was stored")
    return rows


async def _put(connection: Connection, table: str, rows: Sequence[object]) -> None:
    if rows:
        into = sql.Identifier(table)
        statement = sql.SQL("insert into {} overriding system value select * from json_populate_recordset(null::{}, %s::json)")
        await connection.execute(statement.format(into, into), [json.dumps(rows, ensure_ascii=False)])


async def _count_on(connection: Connection) -> None:
    """Let new rows be numbered after the old ones."""
    cursor = await connection.execute(
        """select table_name, column_name from information_schema.columns
           where table_schema = current_schema() and is_identity = 'YES' and not starts_with(table_name, 'procrastinate_')"""
    )
    for table, column in await cursor.fetchall():
        statement = sql.SQL("select setval(pg_get_serial_sequence(%s, %s), max({column})) from {table} having max({column}) is not null")
        await connection.execute(statement.format(column=sql.Identifier(column), table=sql.Identifier(table)), [table, column])
