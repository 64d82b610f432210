"""The SQL of digest slots in which nobody was there: each is closed by the run that told later what was due by then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row, scalar_row

from alerts.recipient import Slot
from monitor.database import Connection


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of a recipient's slots in a stretch of time; each slot is counted once."""

    recipient: str
    #: With a mail of their own; with nothing to tell; covered by a later slot's; still to be written.
    mailed: int
    empty: int
    covered: int
    open: int


async def cover(connection: Connection, recipient: str, slots: Sequence[Slot], *, now: datetime) -> list[str]:
    """Close those of a recipient's slots that have no run and before which a later one's was opened; which."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """insert into run (recipient, slot, created_at, closed_at, covered_by)
           select email, slot.name, %(now)s, %(now)s, later.id
           from recipient, unnest(%(names)s::text[], %(ats)s::timestamptz[]) as slot (name, at)
           cross join lateral (
               select id from run where recipient = %(recipient)s and slot is not null and covered_by is null and created_at >= at
               order by created_at, id limit 1) as later
           where email = %(recipient)s and began_at <= at
           on conflict (recipient, slot) do nothing returning slot""",
        {"recipient": recipient, "names": [slot.name for slot in slots], "ats": [slot.at for slot in slots], "now": now},
    )
    return await cursor.fetchall()


async def outcomes(connection: Connection, since: datetime, until: datetime) -> list[Outcome]:
    """What became of the slots whose runs were opened from ``since`` until before ``until``."""
    cursor = await connection.cursor(row_factory=class_row(Outcome)).execute(
        """select run.recipient, count(mail.id) as mailed,
               count(*) filter (where mail.id is null and covered_by is null and closed_at is not null) as empty,
               count(covered_by) as covered, count(*) filter (where closed_at is null) as open
           from run left join mail on mail.run = run.id and state <> 'recalled'
           where slot is not null and run.created_at >= %(since)s and run.created_at < %(until)s
           group by run.recipient order by run.recipient""",
        {"since": since, "until": until},
    )
    return await cursor.fetchall()
