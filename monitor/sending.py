"""Sending: a mail of the outbox goes to its server, and what came of that is noted."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime

from alerts.channel import Channel
from alerts.deliver import DeliveryError, Folder, Smtp
from alerts.recipient import AlertError, masked
from monitor import bounces, outbox, unsent
from monitor.config import Settings
from monitor.database import Database, StoreError
from monitor.outbox import Mail

log = logging.getLogger(__name__)


class NotSent(StoreError):
    """The store says that a mail is not to be handed over any more, and it was not."""


async def send(database: Database, settings: Settings, mail: Mail, *, clock: Callable[[], datetime]) -> bool:
    """Send a mail that is claimed; whether it is out. If not it waits for its next try, is over, or is another's by now."""
    is_handed_over = False

    async def look() -> None:
        nonlocal is_handed_over
        await _look(database, mail, now=clock())
        is_handed_over = True

    try:
        await _hand_over(settings, mail, look)
    except NotSent as exc:
        log.info("%s mail=%d recipient=%s", exc, mail.id, masked(mail.recipient))
        return False
    except StoreError as exc:
        # Nobody was given it: where the store is back by now, it does not count as perhaps sent when the claim lapses.
        with suppress(StoreError):
            await _not_sent(database, mail, DeliveryError(str(exc), permanent=False), now=clock())
        raise
    except DeliveryError as exc:
        await _not_sent(database, mail, exc, now=clock())
        return False
    except asyncio.CancelledError:
        # Once it is being handed over nobody knows how far it came.
        said = "it was time to leave before the server had answered"
        await _not_sent(database, mail, DeliveryError(said, permanent=False, unanswered=is_handed_over), now=clock())
        raise
    async with database.connection() as connection:
        now = clock()
        await outbox.sent(connection, mail, now=now)
        await unsent.refused(connection, mail.id, now=now)  # a report that it came back may have been quicker than we
    log.info("sent mail=%d recipient=%s", mail.id, masked(mail.recipient))
    return True


async def _not_sent(database: Database, mail: Mail, exc: DeliveryError, *, now: datetime) -> None:
    """Note that a mail is not out, or not surely."""
    said = mail.id, masked(mail.recipient), exc.permanent, exc.unanswered, exc
    log.error("mail not sent code=mail-not-sent mail=%d recipient=%s permanent=%s unanswered=%s error=%s", *said)
    async with database.connection() as connection:
        await outbox.failed(connection, mail, error=str(exc), permanent=exc.permanent, unanswered=exc.unanswered, now=now)
        if exc.status:
            await bounces.refused(connection, mail.id, status=exc.status, said=str(exc), now=now)
        elif exc.permanent:
            await unsent.refused(connection, mail.id, now=now)


async def _look(database: Database, mail: Mail, *, now: datetime) -> None:
    """Look at a mail just before it is handed over: a process that was frozen knows nothing of what happened since it claimed it.

    Raise NotSent where somebody else claimed it, or what it tells was taken back meanwhile, or its reader has paused or left.
    """
    async with database.connection() as connection:
        is_ours = await outbox.renew(connection, mail, now=now)
        is_recalled = is_ours and await unsent.let_go(connection, mail, now=now)
    if not is_ours:
        raise NotSent("left to who claimed it since")
    if is_recalled:
        raise NotSent("recalled")


async def _hand_over(settings: Settings, mail: Mail, look: Callable[[], Awaitable[None]]) -> None:
    """Give a mail to whatever delivers it. Raise DeliveryError, whatever it is that went wrong; what ``look`` raises goes through."""
    try:
        server = _deliverer(settings, to=mail.recipient)
    except AlertError as exc:  # a file of certificates, say, that is not there any more
        raise DeliveryError(str(exc), permanent=False) from exc
    try:
        await server.send(mail.bytes, to=mail.recipient, sender=settings.mail.sender, look=look)
    except (DeliveryError, StoreError):
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
