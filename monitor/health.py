"""Health: whether all is well, and what is not, as ``wirewatch status`` shows it."""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.recipient import Recipient
from monitor import due, outbox, sources
from monitor.watch import Watch

#: Polls that fail in a row before a source counts as failing; one is weather.
FAILING = 3
#: A mail should not wait longer, nor the disk have less.
LATE = timedelta(hours=1)
FREE = 1 << 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """What a recipient is waiting for."""

    email: str
    next_at: datetime | None
    due: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The state of everything at one moment."""

    at: datetime
    sources: tuple[sources.Health, ...]
    readers: tuple[Reader, ...]
    box: outbox.Box
    #: Bytes left where the data lies.
    free: int

    @property
    def troubles(self) -> list[str]:
        """What is not well, worst first, each with what to look at."""
        failing = [each for each in self.sources if each.failures >= FAILING]
        found = [f"source {each.id}: {each.failures} polls failed in a row: {each.error}" for each in failing]
        if self.box.failed:
            found.insert(0, f"outbox: {self.box.failed} mails could not be sent: {self.box.error}")
        if self.box.oldest_at and self.at - self.box.oldest_at > LATE:
            why = self.box.error or "is `wirewatch run` running?"
            found.insert(0, f"outbox: a mail has waited since {self.box.oldest_at:%Y-%m-%d %H:%M} UTC: {why}")
        if self.free < FREE:
            found.insert(0, f"disk: {self.free >> 20} MiB are left; make room")
        return found


async def report(watch: Watch) -> Report:
    """Look at everything once."""
    now = watch.clock()
    async with watch.database.connection() as connection:
        waiting = await due.open_count(connection)
        readers = tuple(_reader(each, waiting.get(each.email, 0), now) for each in watch.settings.recipients)
        return Report(
            at=now,
            sources=tuple(await sources.health(connection)),
            readers=readers,
            box=await outbox.box(connection),
            free=shutil.disk_usage(watch.settings.data_dir if watch.settings.data_dir.exists() else "/").free,
        )


def _reader(recipient: Recipient, waiting: int, now: datetime) -> Reader:
    slot = recipient.next_slot(now)
    return Reader(email=recipient.email, next_at=slot.at if slot else None, due=waiting)
