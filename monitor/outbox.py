"""The SQL of runs and mails: a digest slot exists once, a mail's bytes are committed before anything is sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg.rows import class_row, scalar_row

from alerts.mail import message_id
from alerts.recipient import Slot
from monitor.sources import Connection

Kind = Literal["digest", "correction", "note"]
#: Within this a digest is written, or a mail sent, or somebody else does it.
CLAIM_TIME = timedelta(minutes=2)
#: All that one delivery may take (alerts.deliver: connecting, each command, ten minutes for the answer to the message) and some.
SEND_TIME = timedelta(minutes=20)
#: How long after its n-th failure a mail is tried again; then hourly.
TRY_AGAIN = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
#: A mail that could not be sent for this long has failed.
GIVE_UP = timedelta(hours=48)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """A mail that we alone may send until the claim lapses."""

    id: int
    recipient: str
    bytes: bytes
    attempts: int
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """What lies in the outbox, as ``wirewatch status`` shows it."""

    queued: int
    failed: int
    oldest_at: datetime | None
    error: str | None


async def open_run(connection: Connection, recipient: str, slot: Slot | None, *, now: datetime) -> int | None:
    """The run of a slot, claimed; None if it exists already, or lies before the recipient's beginning.

    Without a slot: a run of its own.
    """
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """insert into run (recipient, slot, created_at, claimed_until)
           select email, %(slot)s, %(now)s, %(until)s from recipient
           where email = %(recipient)s and (%(at)s::timestamptz is null or began_at <= %(at)s)
           on conflict (recipient, slot) do nothing returning id""",
        {"recipient": recipient, "slot": slot and slot.name, "at": slot and slot.at, "now": now, "until": now + CLAIM_TIME},
    )
    return await cursor.fetchone()


async def owed(connection: Connection, recipient: str, slot: Slot) -> bool:
    """Whether a recipient has no run for this slot, and should have."""
    cursor = await connection.execute(
        """select exists (select from recipient where email = %(recipient)s and began_at <= %(at)s)
               and not exists (select from run where recipient = %(recipient)s and slot = %(slot)s and closed_at is not null)""",
        {"recipient": recipient, "slot": slot.name, "at": slot.at},
    )
    return await cursor.fetchone() == (True,)


async def lapsed_runs(connection: Connection, *, now: datetime) -> list[int]:
    """Runs whose worker did not write their digest in time, claimed anew."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        "update run set claimed_until = %(until)s where closed_at is null and claimed_until <= %(now)s returning id",
        {"now": now, "until": now + CLAIM_TIME},
    )
    return await cursor.fetchall()


async def abandon(connection: Connection, *, now: datetime) -> None:
    """Let every claim on a run or a mail lapse now: whoever held it is known to be gone."""
    await connection.execute("update run set claimed_until = %s where closed_at is null", [now])
    await connection.execute("update mail set next_try_at = %s where state = 'sending'", [now])


async def lock_run(connection: Connection, run: int) -> str | None:
    """Whose run this is, locked until the transaction ends; None if it is closed."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        "select recipient from run where id = %s and closed_at is null for update", [run]
    )
    return await cursor.fetchone()


async def close_run(connection: Connection, run: int, *, now: datetime) -> None:
    """Note that a run has nothing left to write."""
    await connection.execute("update run set closed_at = %(now)s, claimed_until = null where id = %(run)s", {"run": run, "now": now})


async def put(connection: Connection, run: int, recipient: str, data: bytes, *, now: datetime, kind: Kind = "digest") -> int:
    """Put the final bytes of a run's mail into the outbox."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """insert into mail (run, kind, recipient, message_id, bytes, next_try_at, created_at)
           values (%(run)s, %(kind)s, %(recipient)s, %(message_id)s, %(bytes)s, %(now)s, %(now)s) returning id""",
        {"run": run, "kind": kind, "recipient": recipient, "message_id": message_id(data), "bytes": data, "now": now},
    )
    mail = await cursor.fetchone()
    assert isinstance(mail, int)
    return mail


async def put_note(connection: Connection, operator: str, data: bytes, *, now: datetime) -> int:
    """Put the final bytes of a note to the operator into the outbox; no run asked for it."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """insert into mail (kind, recipient, message_id, bytes, next_try_at, created_at)
           values ('note', %(operator)s, %(message_id)s, %(bytes)s, %(now)s, %(now)s) returning id""",
        {"operator": operator, "message_id": message_id(data), "bytes": data, "now": now},
    )
    mail = await cursor.fetchone()
    assert isinstance(mail, int)
    return mail


async def last_digest_at(connection: Connection, recipient: str) -> datetime | None:
    """When a recipient's last digest was written; None before the first."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        "select max(created_at) from mail where recipient = %s and kind = 'digest'", [recipient]
    )
    return await cursor.fetchone()


async def claim(connection: Connection, *, now: datetime, limit: int = 20, only: int | None = None, to: str | None = None) -> list[Mail]:
    """Claim mails that are to be sent now, so that nobody else sends them; or ``only`` that one; or all that wait for ``to``."""
    cursor = await connection.cursor(row_factory=class_row(Mail)).execute(
        """update mail set state = 'sending', attempts = attempts + 1, next_try_at = %(until)s where id in (
               select id from mail where (next_try_at <= %(now)s or state = 'queued' and recipient = %(to)s)
                   and (%(only)s::bigint is null or id = %(only)s) and (%(to)s::text is null or recipient = %(to)s)
               order by next_try_at limit %(limit)s for update skip locked)
           returning id, recipient, bytes, attempts, created_at""",
        {"now": now, "until": now + SEND_TIME, "limit": limit, "only": only, "to": to},
    )
    return await cursor.fetchall()


async def waiting(connection: Connection, *, now: datetime) -> bool:
    """Whether there is a mail to send now."""
    cursor = await connection.execute("select exists (select from mail where next_try_at <= %s)", [now])
    return await cursor.fetchone() == (True,)


async def unsent(connection: Connection, recipient: str) -> list[str]:
    """Why the mails that a recipient has not got are not out, oldest first."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """select coalesce(error, 'another process is sending it')
               || case state when 'failed' then '; given up' else '; tried again later' end
           from mail where recipient = %s and state <> 'sent' order by id""",
        [recipient],
    )
    return await cursor.fetchall()


async def sent(connection: Connection, mail: Mail, *, now: datetime) -> None:
    """Note that a mail is out."""
    await connection.execute(
        "update mail set state = 'sent', next_try_at = null, error = null, sent_at = %(now)s where id = %(id)s", {"id": mail.id, "now": now}
    )


async def failed(connection: Connection, mail: Mail, *, error: str, permanent: bool, now: datetime) -> None:
    """Note that a mail was not sent: for good, or until its next try."""
    over = permanent or now - mail.created_at > GIVE_UP
    wait = TRY_AGAIN[min(mail.attempts, len(TRY_AGAIN)) - 1]
    await connection.execute(
        "update mail set state = %(state)s, next_try_at = %(at)s, error = %(error)s where id = %(id)s",
        {"id": mail.id, "state": "failed" if over else "queued", "at": None if over else now + wait, "error": error[:500]},
    )


async def box(connection: Connection) -> Box:
    """What lies in the outbox."""
    cursor = await connection.cursor(row_factory=class_row(Box)).execute(
        """select count(*) filter (where next_try_at is not null) as queued, count(*) filter (where state = 'failed') as failed,
               min(created_at) filter (where next_try_at is not null) as oldest_at,
               (array_agg(error order by created_at desc) filter (where error is not null))[1] as error from mail"""
    )
    found = await cursor.fetchone()
    assert found
    return found


async def cancel(connection: Connection, recipient: str) -> None:
    """Give up the mails that wait for somebody who has left."""
    await connection.execute(
        "update mail set state = 'failed', next_try_at = null, error = 'its recipient has left' where recipient = %s and state = 'queued'",
        [recipient],
    )
