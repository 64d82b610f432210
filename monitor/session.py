"""Session: what every connection of ours asks of Postgres when it begins, and whether that holds to its end."""

import re
from datetime import timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow, scalar_row

#: A transaction of a frozen process would keep its rows from everybody, and Postgres from cleaning up; nothing of ours thinks that long.
IDLE_TIME = timedelta(seconds=45)

SHARED = (
    "one connection's statements are done by several processes of Postgres, as behind pgbouncer in transaction mode: name Postgres's own "
    "port in [database] url, usually 5432, or give this database pool_mode = session in pgbouncer.ini"
)

_OURS = re.compile(r" ?-c (search_path|timezone|statement_timeout|idle_in_transaction_session_timeout)=(\S+)")


def options(schema: str, statement_time: timedelta) -> str:
    """What we ask, as libpq's ``options``: only ``schema`` is seen, in UTC, and nothing takes for ever."""
    return (
        f"-c search_path={schema} -c timezone=UTC -c statement_timeout={statement_time.total_seconds() * 1000:.0f}ms "
        f"-c idle_in_transaction_session_timeout={IDLE_TIME.total_seconds():.0f}s"
    )


def apart(target: str) -> tuple[str, dict[str, str]]:
    """A connection string without what we ask in its ``options``, and that by name."""
    given = conninfo_to_dict(target)
    asked = str(given.pop("options", ""))
    if theirs := _OURS.sub("", asked).strip():
        given["options"] = theirs
    return make_conninfo("", **given), dict(_OURS.findall(asked))


async def begin(connection: AsyncConnection[TupleRow], settings: dict[str, str]) -> None:
    """Ask for ``settings`` until the session ends: by a statement, for pgbouncer refuses ``options``, or drops them."""
    if settings:
        asked = ", ".join(["set_config(%s, %s, false)"] * len(settings))
        await connection.execute(f"select {asked}".encode(), [word for pair in settings.items() for word in pair])


async def is_shared(connection: AsyncConnection[TupleRow], other: AsyncConnection[TupleRow]) -> bool:
    """Whether a pooler gives the process behind a connection to somebody else between two statements; both commit by themselves."""
    first = await one(connection, "select pg_backend_pid()")
    async with other.transaction():
        # The other's alone tells of a pooler that has one process: asked then, ours would wait for it.
        if await one(other, "select pg_backend_pid()") == first:
            return True
        return bool(await one(connection, "select pg_backend_pid()") != first)


async def one(connection: AsyncConnection[TupleRow], query: str) -> Any:
    """The one value that a query comes to."""
    return await (await connection.cursor(row_factory=scalar_row).execute(query.encode())).fetchone()
