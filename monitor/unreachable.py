"""The SQL of recipients whose mail is refused for good: the operator is told of each once, and when a mail to them goes out again."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import scalar_row, tuple_row

from alerts.recipient import Recipient, masked
from monitor import outages
from monitor.database import Connection


async def note(connection: Connection, readers: Sequence[Recipient], *, now: datetime) -> None:
    """Begin an outage of each reader whose mail was refused, and end it when a later one went out, or they have left."""
    emails = [reader.email for reader in readers]
    await _close(connection, now=now)
    await _drop(connection, emails, now=now)
    for recipient, at, error in await _refused(connection, emails):
        # A server repeats the address; whoever is forgotten later must not live on in a mail to somebody else.
        who = masked(recipient)
        detail = f"{who}: {error.replace(recipient, who)}"
        await outages.open_(connection, None, "unreachable", recipient=recipient, began_at=at, detail=detail, now=now)


async def _refused(connection: Connection, readers: Sequence[str]) -> list[tuple[str, datetime, str]]:
    """Readers with refused mails behind which none has gone out: when the first of those was written, and what was said of it."""
    cursor = await connection.cursor(row_factory=tuple_row).execute(
        """select distinct on (recipient) recipient, created_at, coalesce(error, '') from mail as refused
           where state = 'failed' and kind <> 'note' and recipient = any(%s) and not exists (
               select from mail as later where later.recipient = refused.recipient and later.id > refused.id and later.state = 'sent')
           order by recipient, id""",
        [list(readers)],
    )
    return await cursor.fetchall()


async def _close(connection: Connection, *, now: datetime) -> None:
    """End the outages of those to whom a mail has gone out since."""
    await connection.execute(
        """update outage set ended_at = %s where state = 'unreachable' and ended_at is null and exists (
               select from mail where mail.recipient = outage.recipient and state = 'sent' and created_at > began_at)""",
        [now],
    )


async def _drop(connection: Connection, readers: Sequence[str], *, now: datetime) -> None:
    """End the outages of those who have left; nobody is told that mail to them goes out again."""
    await connection.execute(
        """update outage set ended_at = %(now)s, told_over = told
           where state = 'unreachable' and ended_at is null and recipient <> all(%(readers)s)""",
        {"now": now, "readers": list(readers)},
    )


async def count(connection: Connection, recipient: str, *, since: datetime, until: datetime) -> int:
    """How many mails to them, written in that time, were refused."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """select count(*) from mail where recipient = %(recipient)s and state = 'failed'
               and created_at >= %(since)s and created_at <= %(until)s""",
        {"recipient": recipient, "since": since, "until": until},
    )
    found = await cursor.fetchone()
    assert isinstance(found, int)
    return found
