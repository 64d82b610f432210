"""Health: whether all is well, and what is not, as ``wirewatch status`` shows it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.recipient import Recipient
from monitor import due, outbox, sources
from monitor.watch import Watch

#: Polls that fail in a row before a source counts as failing; one is weather.
FAILING = 3
#: A poll, a digest or a mail should not be later, nor the disk have less.
LATE = timedelta(hours=1)
FREE = 1 << 30
DAEMON = "is `wirewatch run` running?"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """What a recipient is waiting for."""

    email: str
    next_at: datetime | None
    due: int
    #: A digest slot that is past and has no run; None when all have.
    missed_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The state of everything at one moment."""

    at: datetime
    sources: tuple[sources.Health, ...]
    readers: tuple[Reader, ...]
    box: outbox.Box
    #: Bytes left where the data lies.
    free: int
    #: What Postgres says when its own disk is full.
    full: str | None = None

    @property
    def troubles(self) -> list[str]:
        """What is not well, worst first, each with what to look at."""
        return [*self._disk(), *self._mails(), *self._digests(), *self._polls()]

    def _disk(self) -> Iterator[str]:
        if self.full:
            yield f"disk: {self.full}"
        if self.free < FREE:
            yield f"disk: {self.free >> 20} MiB are left; make room"

    def _mails(self) -> Iterator[str]:
        if self.box.oldest_at and self.at - self.box.oldest_at > LATE:
            yield f"outbox: a mail has waited since {_utc(self.box.oldest_at)}: {self.box.error or DAEMON}"
        if self.box.failed:
            yield f"outbox: {self.box.failed} mails could not be sent: {self.box.error}"

    def _digests(self) -> Iterator[str]:
        for reader in self.readers:
            if reader.missed_at and self.at - reader.missed_at > LATE:
                yield f"digest: that of {_utc(reader.missed_at)} for {reader.email} is not written; {DAEMON}"

    def _polls(self) -> Iterator[str]:
        late = [each for each in self.sources if self.at - each.next_poll_at > LATE]
        if late:
            yield f"source {late[0].id}: its poll has been due since {_utc(late[0].next_poll_at)}, {len(late)} sources in all; {DAEMON}"
        for each in self.sources:
            if each.failures >= FAILING:
                yield f"source {each.id}: {each.failures} polls failed in a row: {each.error}"


async def report(watch: Watch) -> Report:
    """Look at everything once."""
    now = watch.clock()
    full = await watch.database.full()
    async with watch.database.connection() as connection:
        waiting = await due.open_count(connection)
        readers = [await _reader(connection, each, waiting.get(each.email, 0), now) for each in watch.settings.recipients]
        return Report(
            at=now,
            sources=tuple(await sources.health(connection)),
            readers=tuple(readers),
            box=await outbox.box(connection),
            full=full,
            free=shutil.disk_usage(watch.settings.data_dir if watch.settings.data_dir.exists() else "/").free,
        )


async def _reader(connection: sources.Connection, recipient: Recipient, waiting: int, now: datetime) -> Reader:
    last, following = recipient.last_slot(now), recipient.next_slot(now)
    missed = last is not None and await outbox.owed(connection, recipient.email, last)
    return Reader(
        email=recipient.email,
        next_at=following.at if following else None,
        due=waiting,
        missed_at=last.at if last and missed else None,
    )


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
