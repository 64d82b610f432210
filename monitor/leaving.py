"""Leaving: what happens at once when somebody pauses, stops or comes back, whoever says so: a link, a command, bounces."""

import logging
from datetime import datetime

from alerts.recipient import masked
from monitor import absences, bounces, subscriptions, unsent
from monitor.database import Connection
from monitor.reach import By, Kind

log = logging.getLogger(__name__)


async def stop(connection: Connection, recipient: str, *, by: By, now: datetime) -> None:
    """Let a recipient leave: nothing is due to them any more, and what was not sent yet is not sent. Again: nothing happens."""
    if await absences.begin(connection, recipient, "stopped", by=by, now=now):
        await subscriptions.stop(connection, recipient, now=now)
        await unsent.cancel(connection, recipient, now=now)
        log.info("left recipient=%s by=%s", masked(recipient), by)


async def pause(connection: Connection, recipient: str, *, by: By, now: datetime, until: datetime | None) -> None:
    """Let a recipient pause, from now to ``until``, or until somebody ends it; a pause that goes on ends then instead.

    What was written and not sent yet is told after it, but for what a server may have.
    """
    await absences.begin(connection, recipient, "paused", by=by, now=now, over_at=until)
    await unsent.withhold(connection, [recipient], error=unsent.AWAY, now=now)
    log.info("paused recipient=%s by=%s until=%s", masked(recipient), by, until)


async def resume(connection: Connection, recipient: str, *, now: datetime) -> list[Kind]:
    """End what keeps a recipient from their mails, but for what the file says; what did.

    Who had left is taken up again by the next ``Watch.configure``.
    """
    ended = await absences.end(connection, recipient, ("paused", "stopped", "suspended"), now=now)
    if "suspended" in ended:
        await bounces.owe_again(connection, recipient, now=now)
    return ended
