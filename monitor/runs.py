"""The SQL of runs: the writing of one recipient's mails, for a digest slot, which has one run only, or by itself."""

from datetime import datetime, timedelta

from psycopg.rows import scalar_row

from alerts.recipient import Slot
from monitor.database import Connection

#: Within this a digest is written, or somebody else writes it.
CLAIM_TIME = timedelta(minutes=2)


async def begin(connection: Connection, recipient: str, slot: Slot | None, *, now: datetime) -> int | None:
    """The run of a slot, claimed; None if it exists already, or lies before the recipient's beginning or before a run of another slot.

    Without a slot: a run of its own.
    """
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        # Whoever moves to another zone, or to another hour, was told already what was due in a slot that lay before their last. A run
        # that a clock far ahead opened says nothing.
        """insert into run (recipient, slot, created_at, claimed_until)
           select email, %(slot)s, %(now)s, %(until)s from recipient
           where email = %(recipient)s and (%(at)s::timestamptz is null or began_at <= %(at)s and not exists (
               select from run where recipient = %(recipient)s and slot is not null and covered_by is null
                   and created_at >= %(at)s and created_at <= %(until)s))
           on conflict (recipient, slot) do nothing returning id""",
        {"recipient": recipient, "slot": slot and slot.name, "at": slot and slot.at, "now": now, "until": now + CLAIM_TIME},
    )
    return await cursor.fetchone()


async def begin_alone(connection: Connection, recipient: str, *, now: datetime) -> int:
    """A run of its own, of no slot."""
    run = await begin(connection, recipient, None, now=now)
    assert run, "only a run of a slot may exist already"
    return run


async def owed(connection: Connection, recipient: str, slot: Slot) -> bool:
    """Whether a recipient has no run for this slot, nor a later one, and should have."""
    cursor = await connection.execute(
        """select exists (select from recipient where email = %(recipient)s and began_at <= %(at)s)
               and not exists (
                   select from run where recipient = %(recipient)s and slot is not null and closed_at is not null
                       and (slot = %(slot)s or covered_by is null and created_at >= %(at)s))""",
        {"recipient": recipient, "slot": slot.name, "at": slot.at},
    )
    return await cursor.fetchone() == (True,)


async def lapsed(connection: Connection, *, now: datetime) -> list[int]:
    """Runs whose worker did not write their digest in time, claimed anew."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        "update run set claimed_until = %(until)s where closed_at is null and claimed_until <= %(now)s returning id",
        {"now": now, "until": now + CLAIM_TIME},
    )
    return await cursor.fetchall()


async def abandon(connection: Connection, *, now: datetime) -> None:
    """Let every claim on a run lapse now: whoever held it is known to be gone."""
    await connection.execute("update run set claimed_until = %s where closed_at is null", [now])


async def lock(connection: Connection, run: int) -> str | None:
    """Whose run this is, locked until the transaction ends; None if it is closed."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        "select recipient from run where id = %s and closed_at is null for update", [run]
    )
    return await cursor.fetchone()


async def is_of_slot(connection: Connection, run: int) -> bool:
    """Whether a run is that of a digest slot, not one that was asked for by hand."""
    cursor = await connection.execute("select exists (select from run where id = %s and slot is not null)", [run])
    return await cursor.fetchone() == (True,)


async def close(connection: Connection, run: int, *, now: datetime) -> None:
    """Note that a run has nothing left to write."""
    await connection.execute("update run set closed_at = %(now)s, claimed_until = null where id = %(run)s", {"run": run, "now": now})
