"""Sending: a mail of the outbox goes to its server, and what came of that is noted."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from alerts.channel import Channel
from alerts.deliver import DeliveryError, Folder, Smtp
from alerts.recipient import AlertError, masked
from monitor import bounces, outbox, unsent
from monitor.config import Settings
from monitor.database import Database
from monitor.lease import MARGIN
from monitor.outbox import Mail

log = logging.getLogger(__name__)


async def send(database: Database, settings: Settings, mail: Mail, *, clock: Callable[[], datetime]) -> bool:
    """Send a mail that is claimed; whether it is out. If not it waits for its next try, is over, or is another's by now."""
    if not await _is_ours(database, mail, now=clock()):
        log.info("left to who claimed it since mail=%d recipient=%s", mail.id, masked(mail.recipient))
        return False
    try:
        await _hand_over(settings, mail)
    except DeliveryError as exc:
        await _not_sent(database, mail, exc, now=clock())
        return False
    except asyncio.CancelledError:
        # Nobody knows how far it came.
        unanswered = DeliveryError("it was time to leave before the server had answered", permanent=False, unanswered=True)
        await _not_sent(database, mail, unanswered, now=clock())
        raise
    async with database.connection() as connection:
        await outbox.sent(connection, mail, now=clock())
    log.info("sent mail=%d recipient=%s", mail.id, masked(mail.recipient))
    return True


async def _not_sent(database: Database, mail: Mail, exc: DeliveryError, *, now: datetime) -> None:
    """Note that a mail is not out, or not surely."""
    said = mail.id, masked(mail.recipient), exc.permanent, exc.unanswered, exc
    log.error("mail not sent code=mail-not-sent mail=%d recipient=%s permanent=%s unanswered=%s error=%s", *said)
    async with database.connection() as connection:
        await outbox.failed(connection, mail, error=str(exc), permanent=exc.permanent, unanswered=exc.unanswered, now=now)
        if exc.permanent:
            await unsent.refused(connection, mail.id, now=now)
        if exc.status:
            await bounces.refused(connection, mail.id, status=exc.status, said=str(exc), now=now)


async def _is_ours(database: Database, mail: Mail, *, now: datetime) -> bool:
    """Whether nobody else can have claimed a mail. A process that was frozen asks the store; any other knows."""
    if now < mail.until - MARGIN:
        return True
    async with database.connection() as connection:
        return await outbox.renew(connection, mail, now=now)


async def _hand_over(settings: Settings, mail: Mail) -> None:
    """Give a mail to whatever delivers it. Raise DeliveryError, whatever it is that went wrong."""
    try:
        server = _deliverer(settings, to=mail.recipient)
    except AlertError as exc:  # a file of certificates, say, that is not there any more
        raise DeliveryError(str(exc), permanent=False) from exc
    try:
        await server.send(mail.bytes, to=mail.recipient, sender=settings.mail.sender)
    except DeliveryError:
        raise
    except Exception as exc:
        # Nobody knows how far it came.
        raise DeliveryError(f"{type(exc).__name__}: {exc}", permanent=False, unanswered=True) from exc


def _deliverer(settings: Settings, *, to: str) -> Folder | Smtp | Channel:
    """Where mails go: the channel of the recipient ``to``, the configured SMTP server, or a folder. Raise BadMailUrl or BadChannel."""
    post = settings.mail
    channel = next((each.channel for each in settings.recipients if each.email == to), "")
    if channel:
        return Channel(channel)
    if post.smtp:
        return Smtp(post.smtp, password=post.password, ca_file=post.ca_file)
    return Folder(settings.outbox)
