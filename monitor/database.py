"""Database: the pool of connections, the migrations, and the errors behind which psycopg stays hidden."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import AsyncConnection, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow
from psycopg.types.string import StrDumperUnknown
from psycopg_pool import AsyncConnectionPool

SCHEMA = "wirewatch"
MIGRATIONS = Path(__file__).parent / "migrations"
#: The oldest major version we are built for.
OLDEST = 15
#: The queue's own migrations carry this before their file name.
QUEUE = "procrastinate/"
QUEUE_SCHEMA = f"{QUEUE}schema.sql"

CONNECT_TIME = timedelta(seconds=10)
#: How long a caller waits for one of the pool's connections.
WAIT_TIME = timedelta(seconds=30)
#: Longer work says so itself: ``SET LOCAL statement_timeout``.
STATEMENT_TIME = timedelta(seconds=60)
#: A transaction forgotten open would keep Postgres from cleaning up; nothing of ours thinks that long.
IDLE_TIME = timedelta(minutes=5)

_SCHEMA_NAME = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")
#: SQLSTATE classes and codes of a server that is going, gone or full: 08 connection, 57P0x shutdown, 53300 too many clients.
_GONE = re.compile(r"08...|57P0.|53300")


class StoreError(Exception):
    """Anything Postgres refuses: its message says what, and where."""

    def __init__(self, message: str, *, sqlstate: str | None = None) -> None:
        super().__init__(message)
        #: Postgres's code for what went wrong, "23505"; None when Postgres was not reached or not asked.
        self.sqlstate = sqlstate


class StoreUnavailable(StoreError):
    """Postgres cannot be reached, or was lost on the way; the same call may succeed later."""


class Database:
    """A pool of connections to one schema."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[TupleRow]], target: str) -> None:
        #: For procrastinate's ``App.open_async(pool)``; everyone else takes ``connection()``.
        self.pool = pool
        #: For a connection that must live on its own; everyone else takes ``connection()``.
        self.target = target

    @classmethod
    async def open(cls, url: str, schema: str = SCHEMA, *, size: int = 10) -> "Database":
        """Connect, with at most ``size`` connections. Raise StoreUnavailable at once when Postgres does not answer."""
        target = conninfo(url, schema)
        with _translated():
            # The pool would try for half a minute and then not say why: a plain connection says it at once.
            await (await AsyncConnection.connect(target)).close()
            pool = AsyncConnectionPool(
                target,
                min_size=1,
                max_size=size,
                timeout=WAIT_TIME.total_seconds(),
                open=False,
                check=AsyncConnectionPool.check_connection,
                configure=_configure,
            )
            await pool.open()
        return cls(pool, target)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[TupleRow]]:
        """One transaction: committed when the block ends well, rolled back when it raises."""
        with _translated():
            async with self.pool.connection() as connection:
                yield connection

    async def close(self) -> None:
        """Give the connections back to Postgres."""
        await self.pool.close()


class _Text(StrDumperUnknown):
    """Text as Postgres can hold it: one NUL or lone surrogate in one title must not cost a feed its entries."""

    def dump(self, obj: str) -> bytes:
        return obj.replace("\0", "").encode("utf-8", "replace")


async def _configure(connection: AsyncConnection[TupleRow]) -> None:
    connection.adapters.register_dumper(str, _Text)


def conninfo(url: str, schema: str = SCHEMA) -> str:
    """The libpq connection string under which every connection of ours sees only ``schema``, in UTC. Raise StoreError."""
    if not _SCHEMA_NAME.fullmatch(schema):
        raise StoreError(f"database schema {schema!r}: use lower-case letters, digits and _, for example {SCHEMA!r}")
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # Neither the message nor the cause: libpq quotes the text it cannot read, password and all.
        raise StoreError("the database URL cannot be read; write postgresql://user:password@host:5432/database") from None
    settings = {
        "search_path": schema,
        "timezone": "UTC",
        "statement_timeout": f"{STATEMENT_TIME.total_seconds():.0f}s",
        "idle_in_transaction_session_timeout": f"{IDLE_TIME.total_seconds():.0f}s",
    }
    options = " ".join([str(given.get("options", "")), *(f"-c {name}={value}" for name, value in settings.items())])
    defaults = {"application_name": "wirewatch", "connect_timeout": f"{CONNECT_TIME.total_seconds():.0f}"}
    return make_conninfo("", **{**defaults, **given, "options": options.strip()})


async def migrate(url: str, schema: str = SCHEMA, folder: Path = MIGRATIONS) -> list[str]:
    """Bring ``schema`` up to date: the queue's tables, then each ``NNNN_name.sql`` of ``folder`` in order.

    Any number of processes may call this at once: one works, the others wait and find nothing left to do.
    Return the names of what was applied. Raise StoreError when the database is newer than this program, too old a
    Postgres, or a migration changed after it was applied.
    """
    ours, queue = _files(folder), _files(Path(SchemaManager.get_migrations_path()), prefix=QUEUE)
    with _translated():
        async with _migrating(url, schema) as connection:
            applied = await _applied(connection, schema)
            _check(applied, ours, queue)
            return await _migrate_queue(connection, applied, queue) + await _migrate(connection, applied, ours)


@asynccontextmanager
async def _migrating(url: str, schema: str) -> AsyncIterator[AsyncConnection[TupleRow]]:
    """A connection of its own that alone may migrate ``schema`` until it ends, however it ends."""
    async with await AsyncConnection.connect(conninfo(url, schema), autocommit=True) as connection:
        _check_server(connection)
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
    with _translated(f"migration {name}: "):
        async with connection.transaction():
            await connection.execute(statements)
            for recorded, content in records.items():
                await connection.execute("INSERT INTO migration (name, sha256) VALUES (%s, %s)", [recorded, sha256(content).digest()])


@contextmanager
def _translated(where: str = "") -> Iterator[None]:
    try:
        yield
    except psycopg.Error as exc:
        raise _translation(exc, where) from exc


def _translation(exc: psycopg.Error, where: str) -> StoreError:
    said = exc.diag.message_primary or " ".join(str(exc).split())
    lost = isinstance(exc, psycopg.OperationalError | psycopg.InterfaceError) and exc.sqlstate is None
    if lost or _GONE.fullmatch(exc.sqlstate or ""):
        return StoreUnavailable(f"{where}Postgres cannot be reached: {said}", sqlstate=exc.sqlstate)
    return StoreError(f"{where}Postgres refused: {said}", sqlstate=exc.sqlstate)
