"""Database: the pool of connections, and the errors behind which psycopg stays hidden."""

import errno
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from weakref import WeakSet

import psycopg
from procrastinate.exceptions import ConnectorException
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow
from psycopg.types.string import StrDumperUnknown
from psycopg_pool import AsyncConnectionPool

from monitor import session
from monitor.connection import CONNECT_TIME, LATE, STATEMENT_TIME, TimedConnection, probe
from monitor.storeerror import StoreError as StoreError
from monitor.storeerror import StoreUnavailable as StoreUnavailable

#: What the functions that hold SQL ask.
Connection = AsyncConnection[TupleRow]

SCHEMA = "wirewatch"

#: How long a caller waits for one of the pool's connections.
WAIT_TIME = timedelta(seconds=30)
#: How long the pool tries for a lost connection, longer each time, before the next caller makes it begin anew.
RECONNECT_TIME = timedelta(seconds=8)
#: How long what the pool itself waits for, a connection say, may take to end.
CLOSE_TIME = timedelta(seconds=1)

_SCHEMA_NAME = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")
#: SQLSTATE classes of a server that is gone or going (08 connection, 57P0x shutdown), and of one out of disk, memory or
#: connections (53) or let down by its machine (58).
_GONE = re.compile(r"08...|57P0.")
_SPENT = re.compile(r"53...|58...")
#: A machine that is gone closes nothing: its TCP is asked after 30 s of silence, then every 10, and given up after three.
_TCP = {"keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3", "tcp_user_timeout": "30000"}
#: SQLSTATE of a full disk, and what the machine calls it: a new connection is refused with the word alone.
DISK_FULL, NO_SPACE = "53100", os.strerror(errno.ENOSPC)
#: SQLSTATE of a write where none is taken.
READ_ONLY = "25006"
#: Characters of a reason; a query with its values may be a megabyte.
_LONGEST = 500


class Database:
    """A pool of connections to one schema."""

    def __init__(self, target: str, *, size: int, statement_time: timedelta) -> None:
        #: For a connection that must live on its own; everyone else takes ``connection()``.
        self.target = target
        #: For procrastinate's ``App.open_async(pool)``; everyone else takes ``connection()``.
        self.pool: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
            target,
            connection_class=TimedConnection,
            min_size=1,
            max_size=size,
            timeout=WAIT_TIME.total_seconds(),
            reconnect_timeout=RECONNECT_TIME.total_seconds(),
            open=False,
            check=probe,
            configure=self._configure,
        )
        self._patience = statement_time + LATE
        self._connections: WeakSet[TimedConnection] = WeakSet()

    @classmethod
    async def open(cls, url: str, schema: str = SCHEMA, *, size: int = 10, statement_time: timedelta = STATEMENT_TIME) -> "Database":
        """Connect, with at most ``size`` connections. Raise StoreUnavailable at once when Postgres does not answer.

        A statement that takes longer than ``statement_time`` is ended.
        """
        target = conninfo(url, schema, statement_time=statement_time)
        with translated():
            # The pool would try for half a minute and then not say why: a plain connection says it at once.
            async with await TimedConnection.connect(target, autocommit=True) as connection:
                await refuse_shared(connection, target)
            database = cls(target, size=size, statement_time=statement_time)
            await database.pool.open()
        return database

    @asynccontextmanager
    async def connection(self, wait: timedelta = WAIT_TIME) -> AsyncIterator[AsyncConnection[TupleRow]]:
        """One transaction: committed when the block ends well, rolled back when it raises. For a connection ``wait`` is waited."""
        with translated():
            async with self.pool.connection(timeout=wait.total_seconds()) as connection:
                yield connection

    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[AsyncConnection[TupleRow]]:
        """As ``connection()``, but a statement whose rows nobody reads yet is not waited for: it raises at a later one, or at the end."""
        async with self.connection() as connection, connection.pipeline():
            yield connection
            await connection.commit()

    async def full(self) -> str | None:
        """What Postgres says when its disk has no room for 16 MB more; None when it has."""
        try:
            async with self.connection() as connection:
                # A result that does not fit into memory is spilled to disk: nothing is left of it, and reading may.
                await connection.execute("set local work_mem = '64kB'")
                await connection.execute("select count(*) from generate_series(1, 600000)")
        except StoreUnavailable as exc:
            if exc.sqlstate != DISK_FULL:
                raise
            return str(exc)
        return None

    async def close(self) -> None:
        """Give the connections back to Postgres; hang up on those that somebody still waits on."""
        await self.pool.close(timeout=CLOSE_TIME.total_seconds())
        for connection in list(self._connections):
            connection.hang_up()

    async def _configure(self, connection: AsyncConnection[TupleRow]) -> None:
        assert isinstance(connection, TimedConnection)
        connection.adapters.register_dumper(str, _Text)
        connection.patience = self._patience
        self._connections.add(connection)


async def refuse_shared(connection: AsyncConnection[TupleRow], target: str) -> None:
    """Raise StoreError where a pooler has one session of ours done by several: its schema, locks and notifications would be anybody's."""
    async with await TimedConnection.connect(target, autocommit=True) as other:
        if await session.is_shared(connection, other):
            raise StoreError(session.SHARED)


class _Text(StrDumperUnknown):
    """Text as Postgres can hold it: one NUL or lone surrogate in one title must not cost a feed its entries."""

    def dump(self, obj: str) -> bytes:
        return obj.replace("\0", " ").encode("utf-8", "replace")  # one for one: spans count characters


def conninfo(url: str, schema: str = SCHEMA, *, statement_time: timedelta = STATEMENT_TIME) -> str:
    """The libpq connection string under which every connection of ours sees only ``schema``, in UTC. Raise StoreError."""
    if not _SCHEMA_NAME.fullmatch(schema):
        raise StoreError(f"database schema {schema!r}: use lower-case letters, digits and _, for example {SCHEMA!r}")
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # Neither the message nor the cause: libpq quotes the text it cannot read, password and all.
        raise StoreError("the database URL cannot be read; write postgresql://user:password@host:5432/database") from None
    options = f"{given.get('options', '')} {session.options(schema, statement_time)}"
    defaults = {"application_name": "wirewatch", "connect_timeout": f"{CONNECT_TIME.total_seconds():.0f}", **_TCP}
    return make_conninfo("", **{**defaults, **given, "options": options.strip()})


@contextmanager
def translated(where: str = "") -> Iterator[None]:
    """Raise a StoreError for what psycopg or the queue raises in the block, after the words ``where``."""
    try:
        yield
    except psycopg.Error as exc:
        raise _translation(exc, where) from exc
    except ConnectorException as exc:  # the queue's word for a psycopg.Error, when a job is queued in a transaction of ours
        if isinstance(exc.__cause__, psycopg.Error):
            raise _translation(exc.__cause__, where) from exc
        raise StoreUnavailable(f"{where}Postgres cannot be reached: {exc}") from exc


def _translation(exc: psycopg.Error, where: str) -> StoreError:
    said = (exc.diag.message_primary or " ".join(str(exc).split()))[:_LONGEST]
    code = exc.sqlstate or ""
    if code == DISK_FULL or NO_SPACE in said:
        return StoreUnavailable(f"{where}Postgres cannot go on, disk full: {said}; make room on its disk", sqlstate=DISK_FULL)
    if code == READ_ONLY:
        return StoreUnavailable(
            f"{where}Postgres takes no writes: {said}; it follows another server, or default_transaction_read_only is on", sqlstate=code
        )
    lost = isinstance(exc, psycopg.OperationalError | psycopg.InterfaceError) and not code
    if lost or _GONE.fullmatch(code):
        return StoreUnavailable(f"{where}Postgres cannot be reached: {said}", sqlstate=exc.sqlstate)
    if _SPENT.fullmatch(code):
        return StoreUnavailable(f"{where}Postgres cannot go on: {said}", sqlstate=exc.sqlstate)
    return StoreError(f"{where}Postgres refused: {said}", sqlstate=exc.sqlstate)
