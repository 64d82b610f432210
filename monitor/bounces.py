"""Bounces: mails that came back or were refused for good. Three in a week, and their recipient is told nothing until somebody looks."""

import logging
from datetime import datetime, timedelta

from psycopg.rows import scalar_row

from alerts.bounce import Bounce
from monitor import absences, unsent
from monitor.database import Connection

log = logging.getLogger(__name__)

#: So many mails within this suspend a recipient.
MOST, WITHIN = 3, timedelta(days=7)


async def returned(connection: Connection, bounce: Bounce, *, now: datetime) -> str | None:
    """Note what a report says; whose mail it was, None where we sent that mail to nobody of these: anybody can write a report."""
    cursor = await connection.execute(
        "select id, recipient from mail where message_id = %s and lower(recipient) = any(%s)",
        [bounce.message_id, list(bounce.addresses)],
    )
    found = await cursor.fetchone()
    if found is None:
        return None
    mail, recipient = found
    await refused(connection, mail, status=bounce.status, said=bounce.said, now=now)
    return str(recipient)


async def refused(connection: Connection, mail: int, *, status: str, said: str, now: datetime) -> None:
    """Note that a mail did not reach its recipient and never will, once; suspend them when it is one too many.

    What it told is due once more.
    """
    recipient = await _note(connection, mail, status=status, said=said, now=now)
    await unsent.refused(connection, mail, now=now)
    if recipient and await _count(connection, recipient, now=now) >= MOST:
        await absences.begin(connection, recipient, "suspended", by="bounces", now=now)
        log.warning("recipient suspended code=recipient-suspended recipient=%s bounces=%d status=%s", recipient, MOST, status)


async def owe_again(connection: Connection, recipient: str, *, now: datetime) -> None:
    """Let all be due again that the mails told which were refused or came back before a suspension: the mailbox was at fault.

    Also what two tries may have told: a mailbox that gave back the one has not taken the other.
    """
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """select mail.id from mail join bounce on bounce.mail = mail.id
           where mail.recipient = %(recipient)s and next_try_at is null
               and noted_at > (select max(began_at) from absence where recipient = %(recipient)s and kind = 'suspended') - %(within)s""",
        {"recipient": recipient, "within": WITHIN},
    )
    await unsent.give_back(connection, await cursor.fetchall(), now=now)


async def _note(connection: Connection, mail: int, *, status: str, said: str, now: datetime) -> str | None:
    """Whose mail it was; None where it was noted before, or went to no reader."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """insert into bounce (mail, recipient, status, said, noted_at)
           select mail.id, email, %(status)s, %(said)s, %(now)s from mail join recipient on email = mail.recipient where mail.id = %(mail)s
           on conflict do nothing returning recipient""",
        {"mail": mail, "status": status, "said": said[:500], "now": now},
    )
    return await cursor.fetchone()


async def _count(connection: Connection, recipient: str, *, now: datetime) -> int:
    """The mails of late that did not reach them, since they were suspended last.

    Not those that were refused for their sender (X.1.7, X.1.8), their content (X.6) or by a policy (X.7; RFC 3463): another relay
    would take them, and one that takes nothing from us must not suspend everybody.
    """
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """select count(*) from bounce
           where recipient = %(recipient)s and noted_at > %(since)s and status !~ '^5\\.(1\\.[78]|6\\.|7\\.)' and noted_at > coalesce((
               select max(over_at) from absence where absence.recipient = %(recipient)s and kind = 'suspended' and over_at <= %(now)s
           ), '-infinity')""",
        {"recipient": recipient, "since": now - WITHIN, "now": now},
    )
    count = await cursor.fetchone()
    assert isinstance(count, int)
    return count
