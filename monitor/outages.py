"""The SQL of outages: a state of a source, or of the machine, that the operator is told of once, and when it is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from monitor.database import Connection
from monitor.states import State


@dataclass(frozen=True, kw_only=True, slots=True)
class Outage:
    """A state from when it began until it is over."""

    id: int
    #: None: of the machine, or about a recipient.
    source: str | None
    recipient: str | None
    state: State
    began_at: datetime
    #: What it was judged by.
    detail: str
    #: Since when it looks well again; None while it does not.
    well_at: datetime | None
    ended_at: datetime | None
    #: The mail that told the operator of it; None: none did yet.
    told: int | None
    #: The first answer that was bad: its HTTP status and address; None where it was not kept.
    bad_status: int | None
    bad_url: str | None


async def open_(
    connection: Connection,
    source: str | None,
    state: State,
    *,
    began_at: datetime,
    detail: str,
    now: datetime,
    bad: int | None = None,
    good: int | None = None,
    recipient: str | None = None,
) -> bool:
    """Begin an outage, unless it has begun already; whether it does now.

    ``bad`` and ``good`` are the evidence of the first bad answer and of the last good one before it.
    """
    cursor = await connection.execute(
        """insert into outage (source, recipient, state, began_at, noticed_at, detail, bad, good)
           values (%(source)s, %(recipient)s, %(state)s, %(began_at)s, %(now)s, %(detail)s, %(bad)s, %(good)s) on conflict do nothing""",
        {
            "source": source,
            "recipient": recipient,
            "state": state,
            "began_at": began_at,
            "now": now,
            "detail": detail[:500],
            "bad": bad,
            "good": good,
        },
    )
    return cursor.rowcount == 1


async def close(connection: Connection, source: str | None, state: State, *, now: datetime, about: str = "") -> bool:
    """End an outage that is open, and whose detail begins with ``about``; whether there was one."""
    cursor = await connection.execute(
        """update outage set ended_at = %(now)s
           where source is not distinct from %(source)s and state = %(state)s and ended_at is null and starts_with(detail, %(about)s)""",
        {"source": source, "state": state, "now": now, "about": about},
    )
    return cursor.rowcount == 1


async def look(connection: Connection, id: int, *, well_at: datetime | None) -> None:
    """Note since when an outage looks well, or that it does not."""
    await connection.execute("update outage set well_at = %(well_at)s where id = %(id)s", {"id": id, "well_at": well_at})


async def open_ones(connection: Connection) -> list[Outage]:
    """The outages that are not over, oldest first."""
    cursor = await connection.cursor(row_factory=class_row(Outage)).execute(
        f"{_OUTAGE} where ended_at is null order by began_at, outage.id"
    )
    return await cursor.fetchall()


async def untold(connection: Connection) -> list[Outage]:
    """What the operator is still to be told, locked until the transaction ends: open ones, and told ones that are over."""
    cursor = await connection.cursor(row_factory=class_row(Outage)).execute(
        f"""{_OUTAGE} where told is null and ended_at is null or told is not null and ended_at is not null and told_over is null
            order by began_at, outage.id for update of outage skip locked"""
    )
    return await cursor.fetchall()


_OUTAGE = """select outage.id, outage.source, recipient, state, began_at, detail, well_at, ended_at, told,
                    evidence.status as bad_status, evidence.url as bad_url
             from outage left join evidence on evidence.id = bad"""


async def tell(connection: Connection, ids: Sequence[int], *, mail: int) -> None:
    """Note which mail says that these have begun."""
    await connection.execute("update outage set told = %(mail)s where id = any(%(ids)s)", {"ids": list(ids), "mail": mail})


async def tell_over(connection: Connection, ids: Sequence[int], *, mail: int) -> None:
    """Note which mail says that these are over."""
    await connection.execute("update outage set told_over = %(mail)s where id = any(%(ids)s)", {"ids": list(ids), "mail": mail})


async def told_by(connection: Connection, mail: int, state: State) -> list[Outage]:
    """The sources' outages of this state that a mail told of, and that no mail has said to be over."""
    cursor = await connection.cursor(row_factory=class_row(Outage)).execute(
        f"{_OUTAGE} where told = %(mail)s and state = %(state)s and outage.source is not null and told_over is null order by outage.source",
        {"mail": mail, "state": state},
    )
    return await cursor.fetchall()


async def drop_resting(connection: Connection, *, now: datetime) -> None:
    """End the outages of sources that left the configuration; nobody is told that these have recovered."""
    await connection.execute(
        """update outage set ended_at = %(now)s, told_over = told from source
           where source.id = outage.source and not active and ended_at is null""",
        {"now": now},
    )


async def mark(connection: Connection) -> None:
    """Make each source's state that of the worst of its open outages."""
    # Rows are locked in the order of their ids, as by those who claim them.
    await connection.execute(
        """with worst as (
               select id, coalesce((select outage.state from outage where source = source.id and ended_at is null
                   order by array_position(array['failing', 'unreadable', 'quiet'], outage.state) limit 1), 'ok') as state from source
           ), wrong as (
               select id, worst.state from source join worst using (id) where source.state <> worst.state order by id for update of source
           ) update source set state = wrong.state from wrong where source.id = wrong.id"""
    )
