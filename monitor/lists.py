"""What the wires list, kept: entries and what they came to, holes between two lists, and the climb to other rungs that fills them.

the first rung's list → nothing in it that was seen before? There may be a hole → its next page, the next rung … until one
                        reaches across
                      → once a day: yesterday as the next rung lists it, which measures how much of it we had
no list at all        → the next rung, until one answers
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from alerts.plain import plain
from monitor import disk, entries, evidence, gaps, sightings, sources, stories, storyrow
from monitor.config import Settings
from monitor.database import Connection, Database
from monitor.sources import Standing
from monitor.tally import Tally
from spiders import packet
from spiders.entry import Entry
from spiders.item import Item
from spiders.order import FeedRead, PacketRefused, Poll, PollFailed
from spiders.source import Source

log = logging.getLogger(__name__)

Why = Literal["hole", "audit", "instead"]
#: Entries without a date that a new source begins with, where it is asked by a list that may name years.
FIRST = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Climb:
    """Why anything beyond the first document of the first rung is asked."""

    why: Why
    #: Documents of this rung that were read before, and those that wait: the parts of an index are read one by one.
    read: int = 0
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Lists:
    """Keeps what a poll came to, and says what else is to be asked."""

    database: Database
    settings: Settings
    clock: Callable[[], datetime]

    async def failed(self, result: PollFailed, tally: Tally) -> list[Poll]:
        """Note a rung that did not answer, or not with a list."""
        poll, climb = result.order, result.order.purpose
        async with self.database.connection() as connection:
            if climb is None:
                tally.error = result.error
                failures = await sources.failed(connection, poll.source.id, error=result.error, now=self.clock())
                if failures == 1 and result.answer:
                    keep = disk.keeps_bytes(self.settings)
                    await evidence.first_bad(connection, poll.source.id, result.answer, now=self.clock(), keep=keep)
                return _next_rung(poll, "instead")
            log.info("rung failed source=%s rung=%s why=%s error=%s", poll.source.id, poll.asked.kind, climb.why, plain(result.error))
            if climb.why == "hole":
                return await self._higher(connection, poll)
            if climb.why == "instead":
                return _next_rung(poll, "instead")
            await gaps.audited(connection, poll.source.id, self._yesterday(poll.source))  # or each poll would ask it
            return []

    async def refused(self, result: PacketRefused, tally: Tally) -> None:
        """Note a packet that cannot be read, as an entry that is refused."""
        reason = result.error.removeprefix(f"{result.url}: ")
        async with self.database.connection() as connection:
            await entries.refuse_unread(connection, result.order.source.id, result.url, error=reason, now=self.clock())
        tally.new, tally.refused = tally.new + 1, tally.refused + 1

    async def read(self, result: FeedRead, tally: Tally) -> list[Poll]:
        """Store a list that was read."""
        poll, climb = result.order, result.order.purpose
        listed = poll.source.stories(result.entries)
        async with self.database.connection() as connection:
            (standing,) = await sources.standings(connection, [poll.source.id], now=self.clock())
            if climb is None:
                return await self._polled(connection, result, listed, standing, tally)
            if climb.why == "audit":
                return await self._audited(connection, result, listed, standing, tally)
            if climb.why == "hole":
                return await self._climbed(connection, result, listed, standing, tally)
            return await self._replaced(connection, result, listed, standing, tally)

    async def _polled(
        self, connection: Connection, result: FeedRead, listed: Sequence[Entry], standing: Standing, tally: Tally
    ) -> list[Poll]:
        """The poll itself: the first document of the first rung."""
        poll, now = result.order, self.clock()
        came = await self._store(connection, poll, listed, standing, tally)
        is_index = bool(result.further) and not result.entries
        compared = bool(listed) and standing.listed_at is not None and _is_in_order(poll)
        await sources.listed(
            connection,
            poll.source.id,
            any=bool(listed),
            newest_at=_newest(listed, came, now),
            fresh=1 - came.known / (came.new + came.changed + came.seen) if compared else None,
            # That an index stays the same says nothing about its parts.
            etag=None if is_index else result.etag,
            modified=None if is_index else result.modified,
            digest=None if is_index else result.digest,
            charset=result.charset or None,
            lies=bool(came.new or came.changed) and _is_same(result, standing),
            now=now,
        )
        if is_index:
            return _further(result, "instead")
        if compared and came.known == 0:
            had_until = min(filter(None, (standing.newest_at, standing.listed_at)), default=now)
            await gaps.notice(connection, poll.source.id, from_at=had_until, to_at=_oldest(listed, now), now=now)
        if await gaps.open_gap(connection, poll.source.id):
            return _further(result, "hole") or await self._higher(connection, poll)
        return self.audit(poll.source, standing)

    async def _replaced(
        self, connection: Connection, result: FeedRead, listed: Sequence[Entry], standing: Standing, tally: Tally
    ) -> list[Poll]:
        """A rung that stands in for the first one, or a part of an index."""
        came = await self._store(connection, result.order, listed, standing, tally)
        if listed:
            await sources.listed_at(connection, standing.id, newest_at=_newest(listed, came, self.clock()), now=self.clock())
        return _further(result, "instead") if result.order.purpose.waiting or not listed else []

    async def _climbed(
        self, connection: Connection, result: FeedRead, listed: Sequence[Entry], standing: Standing, tally: Tally
    ) -> list[Poll]:
        """What is to fill a hole: of it, what was published in the hole."""
        gap = await gaps.open_gap(connection, standing.id)
        if gap is None:
            return []
        zone = result.order.source.timezone
        is_across = await gaps.reaches_across(connection, standing.id, gap, listed, zone)
        inside = [entry for entry in listed if gaps.may_be_in(gap, entry, zone)]
        came = await self._store(connection, result.order, inside, standing, tally)
        filled_by = result.order.asked.kind if is_across else None
        await gaps.brought(connection, gap, stories=came.new, filled_by=filled_by, now=self.clock())
        if is_across:
            return []
        return _further(result, "hole") or await self._higher(connection, result.order)

    async def _higher(self, connection: Connection, poll: Poll) -> list[Poll]:
        """The next rung; at the last one the hole stays open until a later climb, and where there is no other it stays."""
        higher = _next_rung(poll, "hole")
        gap = None if higher else await gaps.open_gap(connection, poll.source.id)
        if gap:
            await gaps.tried(connection, gap, now=self.clock(), over=poll.purpose is None)
        return higher

    async def unchanged(self, source: Source) -> list[Poll]:
        """A list that is as it was: its hole may still be filled, and a frozen one is found out by the next rung."""
        async with self.database.connection() as connection:
            (standing,) = await sources.standings(connection, [source.id], now=self.clock())
            return await self._higher(connection, Poll(source=source)) if standing.has_gap else self.audit(source, standing)

    def audit(self, source: Source, standing: Standing) -> list[Poll]:
        """Once a day the next rung, to compare."""
        yesterday = self._yesterday(source)
        is_due = standing.audited_on is None or standing.audited_on < yesterday
        # Of the day on which we began we have only a part.
        is_ours = standing.began_at.astimezone(source.timezone).date() < yesterday
        return _next_rung(Poll(source=source), "audit") if is_due and is_ours else []

    async def _audited(
        self, connection: Connection, result: FeedRead, listed: Sequence[Entry], standing: Standing, tally: Tally
    ) -> list[Poll]:
        """Yesterday as another rung lists it: how much of it we had, and the rest is stored."""
        source, now = result.order.source, self.clock()
        day = self._yesterday(source)
        of_day = [entry for entry in listed if entry.published_at and entry.published_at.astimezone(source.timezone).date() == day]
        if of_day:
            await gaps.remember(connection, source.id, day, rung=result.order.asked.kind, listed=of_day, now=now)
            await self._store(connection, result.order, of_day, standing, tally)
        await gaps.audited(connection, source.id, day)
        return _further(result, "audit")

    def _yesterday(self, source: Source) -> date:
        return self.clock().astimezone(source.timezone).date() - timedelta(days=1)

    async def _store(
        self, connection: Connection, poll: Poll, listed: Sequence[Entry], standing: Standing, tally: Tally
    ) -> sightings.Listed:
        source, now = poll.source, self.clock()
        is_first = standing.listed_at is None
        is_archive = poll.asked.kind not in ("feed", "folder") and (is_first or (poll.purpose and poll.purpose.why == "instead"))
        since = (standing.listed_at or standing.began_at) - stories.CATCH_UP
        came = await sightings.store(
            connection,
            source.id,
            listed,
            now=now,
            # What comes otherwise than by the poll itself may be old; packets may be dropped at any time, and say when they were written.
            backlog=is_first or poll.purpose is not None or poll.asked.kind == "folder",
            items=_items(listed, source),
            archive=_older_than(listed, since) if is_archive else frozenset(),
            by_address=len(source.rungs) > 1,
            only_new=poll.asked != source.rungs[0],
        )
        tally.new, tally.changed, tally.seen = tally.new + came.new, tally.changed + came.changed, tally.seen + came.seen
        return came


def _items(listed: Sequence[Entry], source: Source) -> dict[str, dict[str, Any]]:
    """Guid → the story as a packet tells it; none of a list that is no packet."""
    return {item.guid: storyrow.packed(packet.story(item, source=source)) for item in listed if isinstance(item, Item)}


def _older_than(listed: Sequence[Entry], began: datetime) -> frozenset[str]:
    """What a long list names from before; of entries without a date all but the first."""
    undated = [entry.guid for entry in listed if entry.published_at is None]
    return frozenset([*(entry.guid for entry in listed if entry.published_at and entry.published_at < began), *undated[FIRST:]])


def _is_in_order(poll: Poll) -> bool:
    """Whether this list begins with the newest, so that nothing known in it means that something was missed."""
    return poll.source.order == "newest" and poll.asked.kind != "folder"


def _is_same(result: FeedRead, standing: Standing) -> bool:
    """Whether the validators of a list are those of the one before."""
    if result.etag:
        return result.etag == standing.etag
    return bool(result.modified) and result.modified == standing.modified


def _newest(listed: Sequence[Entry], came: sightings.Listed, now: datetime) -> datetime | None:
    """When the newest of a list was published; of one without dates, now, if anything in it is new."""
    dates = [entry.published_at for entry in listed if entry.published_at and entry.published_at <= now]
    return max(dates, default=now if came.new else None)


def _oldest(listed: Sequence[Entry], now: datetime) -> datetime:
    return min((entry.published_at for entry in listed if entry.published_at and entry.published_at <= now), default=now)


def _next_rung(poll: Poll, why: Why) -> list[Poll]:
    """The rung after the one that was asked; a folder is only ever the first."""
    rungs = [rung for rung in poll.source.rungs if rung.kind != "folder" or rung == poll.asked]
    above = rungs[rungs.index(poll.asked) + 1 :]
    return [Poll(source=poll.source, rung=above[0], purpose=Climb(why=why))] if above else []


def _further(result: FeedRead, why: Why) -> list[Poll]:
    """The next document of a list, as far as its rung allows: its next page, or the next part of an index."""
    poll = result.order
    before: Climb = poll.purpose or Climb(why=why)
    first, *rest = (*result.further, *before.waiting, "")
    is_enough = before.read + 1 >= poll.asked.pages + (poll.asked.kind == "sitemap")
    if is_enough or not first:
        return []
    return [Poll(source=poll.source, rung=poll.asked, at=first, purpose=Climb(why=why, read=before.read + 1, waiting=tuple(rest[:-1])))]
