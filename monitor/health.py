"""Health: once a minute each source is judged, and what changed is written down and told; ``wirewatch status`` shows how all is."""

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.utc import utc
from monitor import (
    absences,
    advisories,
    disk,
    due,
    evidence,
    jobresults,
    members,
    notes,
    outages,
    outbox,
    runs,
    sources,
    states,
    undelivered,
    unheard,
    unreachable,
    vitals,
)
from monitor.config import Settings
from monitor.database import Connection
from monitor.disk import Disk
from monitor.heartbeat import STUCK
from monitor.jobresults import JobResult
from monitor.judgement import judge
from monitor.members import Member
from monitor.outages import Outage
from monitor.reach import Absence, Reach
from monitor.states import Trouble
from monitor.store import Store
from monitor.vitals import Vitals

log = logging.getLogger(__name__)

#: A poll or a digest should not be later.
LATE = timedelta(hours=1)
#: For so long a job that failed is named, unless one of its kind ends well before.
NAMED = timedelta(days=1)
DAEMON = "is `wirewatch run` running?"
#: States that begin and end where somebody looks at the disk, reads the files, asks the outbox.
ELSEWHERE = ("disk", "configuration", "templates", "unreachable")


# -- the check


async def check(store: Store, room: Disk | None = None, *, told: Collection[str] = ()) -> None:
    """Judge all sources and the disk, begin and end outages, and put a note about what changed into the outbox.

    What began is logged, but for the states that the caller has ``told`` of itself.

    Everything it goes by stands in the store, so that it may be cut short at any line and run again, by whichever process.
    """
    now = store.clock()
    async with store.database.connection() as connection:
        await outages.drop_resting(connection, now=now)
        if room:
            await disk.note(connection, room, now=now)
        await unreachable.note(connection, store.settings.recipients, now=now)
        begun = await _judge(connection, store.settings, now=now)
        await outages.mark(connection)
    for each in begun:
        if each.state not in told:
            notes.warn(each)
    async with store.database.connection() as connection:
        await notes.tell(connection, store.settings, now=now)
        await undelivered.tell(connection, store.settings, now=now)
        await unheard.tell(connection, store.settings, now=now)


async def _judge(connection: Connection, settings: Settings, *, now: datetime) -> list[Outage]:
    """Write down what began, looks well, or is over; the outages that began, the network's in place of those that it stands for."""
    judged = await judge(connection, settings.sources, now=now)
    before = {(each.source, each.state): each for each in judged.open}
    every = {each.id: each.every for each in judged.facts}
    for (source, state), trouble in judged.found.items():
        if (source, state) not in before:
            await _open(connection, source, trouble, now=now)
    for key, outage in before.items():
        if outage.state not in ELSEWHERE:
            hold = states.hold(every.get(outage.source or "", timedelta()))
            await _look(connection, outage, well=key not in judged.found, hold=hold, now=now)
    still = await outages.open_ones(connection)
    away = next((each for each in still if each.state == "network"), None)
    return [each for each in still if (each.source, each.state) not in before and not (away and notes.is_folded(each, away))]


async def _open(connection: Connection, source: str | None, trouble: Trouble, *, now: datetime) -> None:
    """Begin an outage, with the first bad answer and the last good one before it where there are any."""
    answered = trouble.state in ("failing", "unreadable")
    bad = await evidence.bad_since(connection, source, trouble.since) if source and answered else None
    good = await evidence.last_good(connection, source) if source and answered else None
    await outages.open_(connection, source, trouble.state, began_at=trouble.since, detail=trouble.detail, now=now, bad=bad, good=good)


async def _look(connection: Connection, outage: Outage, *, well: bool, hold: timedelta, now: datetime) -> None:
    if well and outage.well_at and now - outage.well_at >= hold:
        await outages.close(connection, outage.source, outage.state, now=now)
        log.info("outage over state=%s source=%s since=%s", outage.state, outage.source, outage.began_at)
    elif well != bool(outage.well_at):
        await outages.look(connection, outage.id, well_at=now if well else None)


# -- the report


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """What a recipient is waiting for."""

    email: str
    next_at: datetime | None
    due: int
    #: A digest slot that is past and has no run; None when all have.
    missed_at: datetime | None
    #: Why nothing is sent to them now; None when they are told.
    absence: Absence | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The state of everything at one moment."""

    at: datetime
    sources: tuple[sources.Health, ...]
    #: By source, as are the figures of ``vitals``; a source without any is ok. "": of the machine.
    troubles_of: dict[str, tuple[Trouble, ...]]
    vitals: dict[str, Vitals]
    newest_at: dict[str, datetime]
    readers: tuple[Reader, ...]
    box: outbox.Box
    #: Where the data lies; None where that cannot be seen.
    disk: Disk | None
    #: What Postgres says when its own disk is full.
    full: str | None = None
    #: Kills, holds and corrections that may mean several of our stories.
    unclear: int = 0
    #: Who is at work in this store, and who died lately.
    members: tuple[Member, ...] = ()
    #: How the last jobs of each kind ended.
    jobs: tuple[JobResult, ...] = ()

    def state(self, source: str) -> str:
        """The worst state a source is in, "ok" when none."""
        return next((trouble.state for trouble in self.troubles_of.get(source, ())), "ok")

    @property
    def troubles(self) -> list[str]:
        """What is not well, worst first, each with what to look at."""
        return [
            *self._disk(),
            *members.troubles(self.members, now=self.at),
            *self._machine(),
            *self._jobs(),
            *self._advisories(),
            *self._mails(),
            *self._digests(),
            *self._polls(),
        ]

    def _disk(self) -> Iterator[str]:
        if self.full:
            yield f"disk: {self.full}"
        if self.disk and self.disk.low:
            yield f"disk: {self.disk.free >> 20} MiB are left, pages are not kept below {self.disk.floor >> 20} MiB; make room"

    def _machine(self) -> Iterator[str]:
        for each in self.troubles_of.get("", ()):
            if each.state == "disk" and self.disk and self.disk.low:
                continue  # said above, as it is now
            yield f"{each.state}: since {utc(each.since)}: {each.detail}"

    def _jobs(self) -> Iterator[str]:
        for each in self.jobs:
            if each.failed_at and each.failed and self.at - each.failed_at < NAMED:
                well = f"since {utc(each.succeeded_at)}" if each.succeeded_at else "yet"
                yield f"job {each.job}: failed at {utc(each.failed_at)}, none ended well {well}: {each.error}"

    def _advisories(self) -> Iterator[str]:
        if self.unclear:
            yield f"advisories: {self.unclear} wait for you to say which story they mean; wirewatch advisories list"

    def _mails(self) -> Iterator[str]:
        if self.box.oldest_at and self.at - self.box.oldest_at > STUCK:
            yield f"outbox: a mail has waited since {utc(self.box.oldest_at)}: {self.box.error or DAEMON}"
        if self.box.failed:
            yield f"outbox: {self.box.failed} mails of the last 7 days were refused for good: {self.box.refusal}"

    def _digests(self) -> Iterator[str]:
        for reader in self.readers:
            if reader.absence and reader.absence.kind == "suspended":
                since = utc(reader.absence.began_at)
                yield f"recipient {reader.email}: suspended since {since}, mails came back; wirewatch recipients resume {reader.email}"
            if reader.missed_at and self.at - reader.missed_at > LATE:
                yield f"digest: that of {utc(reader.missed_at)} for {reader.email} is not written; {DAEMON}"

    def _polls(self) -> Iterator[str]:
        late = [each for each in self.sources if self.at - each.next_poll_at > LATE]
        if late:
            yield f"source {late[0].id}: its poll has been due since {utc(late[0].next_poll_at)}, {len(late)} sources in all; {DAEMON}"
        for each in self.sources:
            for trouble in self.troubles_of.get(each.id, ()):
                yield f"source {each.id}: {trouble.state} since {utc(trouble.since)}: {trouble.detail}"


async def report(store: Store) -> Report:
    """Look at everything once."""
    now, settings = store.clock(), store.settings
    full = await store.database.full()
    async with store.database.connection() as connection:
        waiting = await due.open_count(connection)
        judged = await judge(connection, settings.sources, now=now)
        reaches = await absences.reaches(connection, settings.recipients, now=now)
        readers = [await _reader(connection, each, waiting.get(email, 0), now) for email, each in reaches.items()]
        return Report(
            at=now,
            sources=tuple(await sources.health(connection)),
            troubles_of=judged.troubles,
            vitals={each.id: each for each in await vitals.vitals(connection, now=now)},
            newest_at={each.id: each.silent_since for each in judged.facts if each.newest_at or each.arrived_at},
            readers=tuple(readers),
            box=await outbox.box(connection, now=now),
            full=full,
            disk=disk.look(settings),
            unclear=sum(bool(each.likely) for each in await advisories.open_ones(connection)),
            members=tuple(await members.members(connection)),
            jobs=tuple(await jobresults.results(connection)),
        )


async def _reader(connection: Connection, reach: Reach, waiting: int, now: datetime) -> Reader:
    email, last, following = reach.recipient.email, reach.slot(now), reach.next_slot(now)
    missed = last is not None and await runs.owed(connection, email, last)
    return Reader(
        email=email,
        next_at=following.at if following else None,
        due=waiting,
        missed_at=last.at if last and missed else None,
        absence=reach.absence(now),
    )
