"""The SQL of recipients whose mail is refused for good, or comes back: the operator is told of each once, and when one goes out again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from psycopg.rows import scalar_row, tuple_row

from alerts.recipient import Recipient, masked
from monitor import outages
from monitor.database import Connection
from monitor.outbox import BACK

#: Of whom mails came back one counts as arrived when it did not for so long.
COMES_BACK = timedelta(days=1)


async def note(connection: Connection, readers: Sequence[Recipient], *, now: datetime) -> None:
    """Begin an outage of each reader whose mail was refused, or came back twice in a row; end it when one goes out, or they left."""
    emails = [reader.email for reader in readers]
    await _close(connection, now=now)
    await _drop(connection, emails, now=now)
    for recipient, at, error in await _refused(connection, emails):
        # A server repeats the address; whoever is forgotten later must not live on in a mail to somebody else.
        who = masked(recipient)
        detail = f"{who}: {error.replace(recipient, who)}"
        await outages.open_(connection, None, "unreachable", recipient=recipient, began_at=at, detail=detail, now=now)


async def _refused(connection: Connection, readers: Sequence[str]) -> list[tuple[str, datetime, str]]:
    """Readers with mails that did not reach them, behind which none has: when the first of those was written, what was said of it."""
    cursor = await connection.cursor(row_factory=tuple_row).execute(
        f"""with reached as (
               select reader, (
                   select id from mail where recipient = reader and state = 'sent'
                       and not exists (select from bounce where bounce.mail = mail.id)
                   order by created_at desc, id desc limit 1) as last
               from unnest(%s::text[]) as reader
           ), missed as (
               select mail.id, mail.recipient, created_at, state, coalesce(error, said, '') as error
               from mail join reached on reader = mail.recipient left join bounce on bounce.mail = mail.id
               where mail.id in ({BACK}) and kind <> 'note' and (last is null or mail.id > last)
           ) select distinct on (recipient) recipient, created_at, error from missed
           where state = 'failed' or exists (select from missed as other where other.recipient = missed.recipient and other.id <> missed.id)
           order by recipient, id""",
        [list(readers)],
    )
    return await cursor.fetchall()


async def _close(connection: Connection, *, now: datetime) -> None:
    """End the outages of those to whom a mail has gone out since. Where some came back it may do so, too: that takes a while."""
    await connection.execute(
        """update outage set ended_at = %(now)s where state = 'unreachable' and ended_at is null and exists (
               select from mail where mail.recipient = outage.recipient and state = 'sent' and created_at > began_at
                   and not exists (select from bounce where bounce.mail = mail.id)
                   and (sent_at <= %(before)s or not exists (
                       select from bounce join mail as back on back.id = bounce.mail and back.state = 'sent'
                       where bounce.recipient = outage.recipient and back.created_at >= began_at)))""",
        {"now": now, "before": now - COMES_BACK},
    )


async def _drop(connection: Connection, readers: Sequence[str], *, now: datetime) -> None:
    """End the outages of those who have left; nobody is told that mail to them goes out again."""
    await connection.execute(
        """update outage set ended_at = %(now)s, told_over = told
           where state = 'unreachable' and ended_at is null and recipient <> all(%(readers)s)""",
        {"now": now, "readers": list(readers)},
    )


async def count(connection: Connection, recipient: str, *, since: datetime, until: datetime) -> int:
    """How many mails to them, written in that time, were refused, or came back."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        f"""select count(*) from mail where recipient = %(recipient)s and id in ({BACK})
               and created_at >= %(since)s and created_at <= %(until)s""",
        {"recipient": recipient, "since": since, "until": until},
    )
    found = await cursor.fetchone()
    assert isinstance(found, int)
    return found
