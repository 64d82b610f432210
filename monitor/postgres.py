"""Postgres as a program that is to live in it finds it: one look, which changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow, dict_row

from monitor import session
from monitor.connection import TimedConnection
from monitor.database import conninfo, translated
from monitor.migration import unapplied

#: A server that does not answer within it is not waited for.
PATIENCE = timedelta(seconds=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Postgres:
    """What one look at a server came to."""

    #: "16.4 (Debian 16.4-1)", and its number, 16.
    name: str
    major: int
    encoding: str
    user: str
    database: str
    schema: str
    #: "" or a path: the socket of this machine.
    host: str
    #: As the URL says it; "": it does not.
    sslmode: str
    is_encrypted: bool
    #: Takes no writes: it follows another server.
    is_standby: bool
    #: Takes writes of nobody who does not ask for it in each transaction: default_transaction_read_only is on.
    is_read_only: bool
    #: Statements of one connection outside a transaction are not all done by one server process.
    is_shared: bool
    #: What we ask of a connection when it begins (search_path, time limits) holds in it.
    keeps_options: bool
    has_schema: bool
    may_create_schema: bool
    #: May make tables in the schema, and use them.
    may_create: bool
    #: Other users whom tables of the schema belong to.
    owners: tuple[str, ...]
    #: Its clock less ours.
    ahead: timedelta
    #: Migrations that the schema does not have yet; none where it is not there, or may not be looked into.
    unapplied: tuple[str, ...]


async def look(url: str, schema: str, clock: Callable[[], datetime]) -> Postgres:
    """Look at a server. Raise StoreError when it cannot be reached, does not let us in, or its schema is none of ours."""
    target, given = conninfo(url, schema, statement_time=PATIENCE), conninfo_to_dict(url)
    with translated():
        async with await _connected(target) as connection:
            before = clock()
            at = await session.one(connection, "select clock_timestamp()")
            between = before + (clock() - before) / 2
            rights = await _rights(connection, schema)
            is_ours = rights["may_create"] and not rights["owners"]
            kept = await session.one(connection, "select current_setting('search_path')") == schema
            return Postgres(
                name=str(connection.info.parameter_status("server_version")),
                major=connection.info.server_version // 10_000,
                encoding=str(connection.info.parameter_status("server_encoding")),
                user=connection.info.user,
                database=connection.info.dbname,
                schema=schema,
                host=str(given.get("host") or ""),
                sslmode=str(given.get("sslmode") or ""),
                is_encrypted=connection.pgconn.ssl_in_use,
                is_shared=await _is_shared(connection, target),
                keeps_options=kept,
                ahead=at - between,
                unapplied=tuple(await unapplied(connection, schema)) if is_ours else (),
                **rights,
            )


async def _connected(target: str) -> AsyncConnection[TupleRow]:
    connection = await TimedConnection.connect(target, autocommit=True)
    connection.patience = PATIENCE
    return connection


async def _is_shared(connection: AsyncConnection[TupleRow], target: str) -> bool:
    async with await _connected(target) as other:
        return await session.is_shared(connection, other)


async def _rights(connection: AsyncConnection[TupleRow], schema: str) -> dict[str, Any]:
    cursor = await connection.cursor(row_factory=dict_row).execute(
        """select pg_is_in_recovery() as is_standby, current_setting('default_transaction_read_only')::bool as is_read_only,
               space.oid is not null as has_schema,
               has_database_privilege(current_database(), 'CREATE') as may_create_schema,
               coalesce(has_schema_privilege(space.oid, 'CREATE') and has_schema_privilege(space.oid, 'USAGE'), false) as may_create,
               array(select distinct relowner::regrole::text from pg_class
                     where relnamespace = space.oid and relkind in ('r', 'S', 'v') and not pg_has_role(relowner, 'USAGE')
                     order by 1) as owners
           from (select to_regnamespace(%(schema)s)::oid as oid) as space""",
        {"schema": schema},
    )
    row = await cursor.fetchone()
    assert row
    return row | {"owners": tuple(row["owners"])}
