"""The SQL of absences: who paused, left or was suspended, and since when; who may be told what follows from it (monitor/reach.py)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row, dict_row, scalar_row

from alerts.recipient import Recipient
from monitor.database import Connection
from monitor.reach import Absence, By, Kind, Reach

#: Absences that ended before this say nothing any more: no two digest slots of anybody lie further apart.
PAST = timedelta(days=8)


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspension:
    """A suspension that the operator is to be told of."""

    id: int
    recipient: str
    began_at: datetime


async def reaches(connection: Connection, recipients: Iterable[Recipient], *, now: datetime) -> dict[str, Reach]:
    """Address → when its owner can be told something."""
    known = await _standing(connection, now=now)
    return {each.email: Reach(recipient=each, absences=tuple(known.get(each.email, ()))) for each in recipients}


async def reach(connection: Connection, recipient: Recipient, *, now: datetime) -> Reach:
    """When one recipient can be told something."""
    return (await reaches(connection, [recipient], now=now))[recipient.email]


async def _standing(connection: Connection, *, now: datetime) -> dict[str, list[Absence]]:
    """Address → its absences that are not over, and those that ended lately; oldest first."""
    cursor = await connection.cursor(row_factory=dict_row).execute(
        """select recipient, kind, by, began_at, over_at from absence
           where over_at is null or over_at > %(past)s order by began_at, id""",
        {"past": now - PAST},
    )
    found: dict[str, list[Absence]] = {}
    for row in await cursor.fetchall():
        found.setdefault(row.pop("recipient"), []).append(Absence(**row))
    return found


async def begin(connection: Connection, recipient: str, kind: Kind, *, by: By, now: datetime, over_at: datetime | None = None) -> bool:
    """Let an absence begin; one of its kind that goes on ends at ``over_at`` instead. Whether it begins now.

    What the operator began is ended sooner by the operator alone; it may become longer.
    """
    cursor = await connection.execute(
        """with going_on as (
               update absence set over_at = case when by = 'operator' and %(by)s <> 'operator'
                   then nullif(greatest(coalesce(over_at, 'infinity'), coalesce(%(over_at)s::timestamptz, 'infinity')), 'infinity')
                   else %(over_at)s end
               where recipient = %(recipient)s and kind = %(kind)s and (over_at is null or over_at > %(now)s) returning id
           )
           insert into absence (recipient, kind, by, began_at, over_at)
           select email, %(kind)s, %(by)s, %(now)s, %(over_at)s from recipient
           where email = %(recipient)s and not exists (select from going_on)""",
        {"recipient": recipient, "kind": kind, "by": by, "now": now, "over_at": over_at},
    )
    return cursor.rowcount == 1


async def end(connection: Connection, recipient: str, kinds: Sequence[Kind], *, now: datetime) -> list[Kind]:
    """End the absences of these kinds that go on; the kinds that did."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """update absence set over_at = %(now)s
           where recipient = %(recipient)s and kind = any(%(kinds)s) and (over_at is null or over_at > %(now)s) returning kind""",
        {"recipient": recipient, "kinds": list(kinds), "now": now},
    )
    return await cursor.fetchall()


async def stopped(connection: Connection) -> frozenset[str]:
    """The addresses whose owners want nothing any more, whatever the file says."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        "select recipient from absence where kind = 'stopped' and over_at is null"
    )
    return frozenset(await cursor.fetchall())


async def follow(connection: Connection, emails: Sequence[str], *, now: datetime) -> None:
    """Note who is no longer in the file, and who is in it again."""
    values = {"emails": list(emails), "now": now}
    await connection.execute(
        "update absence set over_at = %(now)s where kind = 'removed' and over_at is null and recipient = any(%(emails)s)", values
    )
    await connection.execute(
        """insert into absence (recipient, kind, by, began_at)
           select email, 'removed', 'file', %(now)s from recipient
           where email <> all(%(emails)s)
               and not exists (select from absence where recipient = email and kind = 'removed' and over_at is null)""",
        values,
    )


async def untold(connection: Connection) -> list[Suspension]:
    """The suspensions that the operator was not told of, locked until the transaction ends."""
    cursor = await connection.cursor(row_factory=class_row(Suspension)).execute(
        """select id, recipient, began_at from absence where kind = 'suspended' and told is null and over_at is null
           order by id for update skip locked"""
    )
    return await cursor.fetchall()


async def tell(connection: Connection, suspensions: Sequence[Suspension], *, mail: int) -> None:
    """Note which mail told the operator."""
    await connection.execute("update absence set told = %s where id = any(%s)", [mail, [each.id for each in suspensions]])
