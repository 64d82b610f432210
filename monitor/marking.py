"""Marking: a kill, a hold or a correction that comes as an item of its own is written on the story that it speaks of.

Where that is not certain the operator is asked, and nobody is told before they answer.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.canon import words
from alerts.match import RuleSet
from alerts.material import numbers
from alerts.plain import plain
from monitor import advisories, copies, corrections, entries, identity, standing, stories, storyrow
from monitor.advisories import Advisory
from monitor.config import Settings
from monitor.database import Connection
from monitor.standing import WITHHELD
from monitor.stories import Known, Version
from spiders import marks, target
from spiders.marks import Marked
from spiders.source import Source
from spiders.story import Status, Story
from spiders.target import Candidate, Target

log = logging.getLogger(__name__)

#: How long after the one before an agency sends the next version of a story.
LATER = timedelta(hours=24)
#: Characters of a flash, which the story after it words anew.
FLASH = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class Sibling:
    """The story that another one is a version of."""

    known: Known
    #: The other one is newer than what is stored.
    is_later: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Marking:
    """Marks the stories of one store."""

    connection: Connection
    settings: Settings
    rules: RuleSet
    now: datetime

    async def mark(self, entry: int, told: Story, source: Source) -> int | None:
        """Mark the story that an advisory means, and give its number; None where none of ours is meant for certain.

        Then the operator is asked. Of a correction nothing is asked: it is a story itself.
        """
        stop = bare(told)
        if stop:
            return await self._mark_as_called(entry, stop, source)
        means = target.of(told)
        if means is None:
            return None
        candidates = await advisories.candidates(self.connection, self._sources(source), now=self.now)
        choice = target.likely(means, candidates)
        if told.releases and choice and await self._status(choice.candidate.id) not in WITHHELD:
            return None
        if choice and choice.is_certain:
            await self._mean(entry, told, source, choice.candidate.id)
            return choice.candidate.id
        if told.status in WITHHELD:
            await self._note(entry, source, told, likely=[each.id for each in target.ranked(means, candidates)])
            log.warning("advisory not understood code=advisory-unclear source=%s headline=%r", source.id, plain(told.headline))
        return None

    async def _mark_as_called(self, entry: int, stop: Story, source: Source) -> int | None:
        """Mark the one story that a bare word stops, word for word; where others only read like it the operator is asked."""
        candidates = await advisories.candidates(self.connection, self._sources(source), now=self.now)
        called = [each.id for each in candidates if stop.headline in each.headlines]
        if len(called) == 1:
            await self._mean(entry, stop, source, called[0])
            return called[0]
        alike = [each.id for each in target.ranked(Target(headlines=(stop.headline,), at=stop.published_at), candidates)]
        if alike:
            await self._note(entry, source, stop, likely=alike)
            log.warning("bare mark not understood code=advisory-unclear source=%s headline=%r", source.id, plain(stop.headline))
        return None

    async def _mean(self, entry: int, told: Story, source: Source, story: int) -> None:
        """Write on a story what an advisory says of it, and note that; the operator is asked about what undoes no kill."""
        is_too_weak = told.status is not Status.WITHDRAWN and standing.then(await self._status(story), told) is Status.WITHDRAWN
        await self.write(story, told)
        await self._note(entry, source, told, story=story, likely=[story] if is_too_weak else [])
        await entries.supersede(self.connection, story, by=entry)

    async def _status(self, story: int) -> Status:
        found = await stories.newest(self.connection, story)
        return found[1].status if found else Status.USABLE

    async def _note(self, entry: int, source: Source, told: Story, *, likely: Sequence[int] = (), story: int | None = None) -> None:
        of = self._sources(source)
        await advisories.note(self.connection, entry, source.id, told, of=of, likely=likely, story=story, now=self.now)

    async def announced(self, told: Story, source: Source, *, entry: int, guid: str, story: int) -> Story:
        """A new story as advisories that came before it, by other entries, have it: withdrawn or held before anybody heard of it."""
        if told.status is not Status.USABLE:
            return told
        itself = Candidate(
            id=story, headlines=(told.headline, *told.other_headlines), url=told.canonical_url, guid=guid, published_at=told.published_at
        )
        for each in await advisories.early(self.connection, source.id, now=self.now):
            said = storyrow.unpacked(each.item)
            means = target.of(said)
            choice = target.likely(means, [itself]) if means and each.entry != entry else None
            if choice and choice.is_certain:
                await advisories.settle(self.connection, each.id, story, now=self.now)
                told = standing.after(told, said)
        return told

    async def sibling(self, told: Story, source: Source) -> Sibling | None:
        """The story, locked, of which this one is another version by its own marks, at another address: URGENT, LEAD, 2nd LD, UPDATE 3.

        None where that is not certain: better told twice than not at all; nor of one that was killed before this one came out.
        """
        if not (marks.is_later(told.slug) or marks.is_flash(told.slug)):
            return None
        found = await advisories.candidates(self.connection, self._sources(source), now=self.now, before=LATER, told=LATER)
        means = Target(headlines=(told.headline,))
        alike = target.ranked(means, found)
        # What comes out after a kill replaces what was killed: it is no old page of it.
        killed = await advisories.killed(self.connection, [each.id for each in alike], before=told.published_at)
        choice = target.likely(means, [each for each in alike if each.id not in killed])
        newest = await stories.newest(self.connection, choice.candidate.id) if choice and choice.is_certain else None
        return _sibling(newest[0], newest[1], told) if newest else None

    async def write(self, story: int, told: Story) -> bool | None:
        """Write on a story what an advisory says of it; False where that is no news, None where there is no such story, or no text."""
        found = await stories.newest(self.connection, story)
        if found is None:
            return None
        known, before, headline_only = found
        after = standing.after(before, told)
        is_noted = after.status is not told.status and after.note != before.note
        return await self._revise(known, after, headline_only=headline_only, is_noted=is_noted)

    async def _revise(self, known: Known, after: Story, *, headline_only: bool, is_noted: bool = False) -> bool:
        """Write the next version of a story; False where that is none: the same words, and nothing that ``is_noted`` beside them."""
        canonical = words(stories.searched(after))
        fingerprint = stories.story_fingerprint(after, canonical)
        if fingerprint == known.fingerprint and not is_noted:
            return False
        source = next((each for each in self.settings.sources if each.id == known.source), None)
        country = source.country if source else None
        matches = self.rules.match(after, country=country, source=known.source, now=self.now)
        version = Version(
            story=after,
            canonical=canonical,
            fingerprint=fingerprint,
            headline_only=headline_only,
            source=known.source,
            country=country,
            asked=self.rules.fingerprint,
        )
        await stories.revise(self.connection, known, version, matches, now=self.now)
        if source:
            await copies.note(self.connection, known.id, after, canonical, source, now=self.now)
        if fingerprint != known.fingerprint:
            await corrections.note(self.connection, known.id)
        return True

    async def hold(self, story: int) -> None:
        """Hold a story that its agency has put under an embargo since, unless it is killed."""
        found = await stories.newest(self.connection, story)
        if found:
            status = standing.graver(found[1].status, Status.HELD)
            await self._revise(found[0], replace(found[1], status=status), headline_only=found[2])

    async def give_back(self, wrong: Advisory) -> None:
        """Let the story be shown again that an advisory was taken to mean, as its page and the other advisories have it.

        The page is read again at once: nobody noted whether it says itself, since, that it is withdrawn.
        """
        found = await stories.newest(self.connection, wrong.story) if wrong.story else None
        if found is None:
            return
        known, before, headline_only = found
        page = await advisories.said_before(self.connection, wrong) if before.status == wrong.status else before.status
        status = standing.stands(page, await advisories.settled(self.connection, known.id))
        await self._revise(known, replace(before, status=status), headline_only=headline_only)
        await entries.look_now(self.connection, known.id, now=self.now)

    async def still_marked(self, known: Known, story: Story) -> Story:
        """A version that a story's own page shows, as a hold or kill that stands has it: pages do not hear of those."""
        story = await self._stopped(known, story)
        return replace(story, status=standing.stands(story.status, await advisories.settled(self.connection, known.id)))

    async def _stopped(self, known: Known, story: Story) -> Story:
        """A version that is called as the one before, with a bare word in front that stops it: WITHDRAWN: Ministers sign."""
        stops = _stops(story)
        found = await stories.newest(self.connection, known.id) if stops else None
        before = found[1] if found else None
        stop = next((each for each in stops if before and each.headline in (before.headline, *before.other_headlines)), None)
        if before is None or stop is None:
            return story
        return replace(story, headline=before.headline, other_headlines=before.other_headlines, slug=stop.marker, status=stop.status)

    def _sources(self, source: Source) -> Sequence[str]:
        """The sources whose stories an advisory of this one may speak of: those of its agency."""
        same = (each.id for each in self.settings.sources if source.agency and each.agency == source.agency)
        return list(dict.fromkeys([source.id, *same]))


def bare(told: Story) -> Story | None:
    """The notice that a story is if a bare word in front of its headline stops another: KILL: Ministers sign; None where there is none."""
    stop = next(iter(_stops(told)), None) if told.status is Status.USABLE else None
    return replace(told, headline=stop.headline, other_headlines=(), slug=stop.marker, status=stop.status) if stop else None


def _stops(story: Story) -> list[Marked]:
    return list(filter(None, map(marks.stop, (story.headline, *story.other_headlines))))


def _sibling(known: Known, stored: Story, told: Story) -> Sibling | None:
    """Another version of a stored story; None for what may be of another event below the same headline."""
    is_later = _number(told) > _number(stored)
    first, then = (stored, told) if is_later else (told, stored)
    if numbers(first.headline) != numbers(then.headline) or _number(first) == _number(then):
        return None
    # A second alert on another event comes after the first one's story, an older version that we read late does not.
    if not is_later and not (told.published_at and stored.published_at and told.published_at <= stored.published_at):
        return None
    alike = len(first.text) <= FLASH or identity.shares_words(first, then)
    return Sibling(known=known, is_later=is_later) if alike else None


def _number(story: Story) -> int:
    """2 for a 2nd LD, 1 for a LEAD, 0 for what bears no mark of a version."""
    return story.version or int(marks.is_later(story.slug))
