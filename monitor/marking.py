"""Marking: a kill, a hold or a correction that comes as an item of its own is written on the story that it speaks of.

Where that is not certain the operator is asked, and nobody is told before they answer.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.canon import words
from alerts.match import RuleSet
from alerts.plain import plain
from monitor import advisories, copies, corrections, entries, stories
from monitor.config import Settings
from monitor.sources import Connection
from monitor.stories import Known, Version
from spiders import marks, target
from spiders.source import Source
from spiders.story import Status, Story
from spiders.target import Target

log = logging.getLogger(__name__)

#: Characters of a body up to which a correction only says what was wrong; a longer one tells the story anew.
BRIEF = 1500
#: How long after the one before an agency sends the next version of a story.
LATER = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class Marking:
    """Marks the stories of one store."""

    connection: Connection
    settings: Settings
    rules: RuleSet
    now: datetime

    async def mark(self, entry: int, told: Story, source: Source) -> int | None:
        """Mark the story that an advisory means, and give its number; None where none of ours is meant for certain.

        Then the operator is asked if any may be meant. Of a correction nothing is asked: it is a story itself.
        """
        means = target.of(told)
        if means is None:
            return None
        candidates = await advisories.candidates(self.connection, self._sources(source), now=self.now)
        choice = target.likely(means, candidates)
        if choice and choice.is_certain:
            await self.write(choice.candidate.id, told)
            await advisories.note(self.connection, entry, source.id, told, story=choice.candidate.id, now=self.now)
            await entries.supersede(self.connection, choice.candidate.id, by=entry)
            return choice.candidate.id
        if choice and told.status is not Status.CORRECTED:
            likely = [each.id for each in target.ranked(means, candidates)]
            await advisories.note(self.connection, entry, source.id, told, likely=likely, now=self.now)
            log.warning("advisory not understood code=advisory-unclear source=%s headline=%r", source.id, plain(told.headline))
        return None

    async def earlier(self, told: Story, source: Source) -> Known | None:
        """The story, locked, that this one is a later version of by its own marks, at another address: LEAD, 2nd LD, UPDATE 3.

        None where that is not certain: better told twice than not at all.
        """
        if not marks.is_later(told.slug):
            return None
        found = await advisories.candidates(self.connection, self._sources(source), now=self.now, before=LATER)
        choice = target.likely(Target(headlines=(told.headline,)), found)
        newest = await stories.newest(self.connection, choice.candidate.id) if choice and choice.is_certain else None
        return newest[0] if newest and stories.is_version(newest[1], told) else None

    async def write(self, story: int, told: Story) -> bool | None:
        """Write on a story what an advisory says of it; False where that is no news, None where there is no such story, or no text."""
        found = await stories.newest(self.connection, story)
        if found is None:
            return None
        known, before, headline_only = found
        after = _after(before, told)
        canonical = words(stories.searched(after))
        fingerprint = stories.story_fingerprint(after, canonical)
        if fingerprint == known.fingerprint:
            return False
        source = next((each for each in self.settings.sources if each.id == known.source), None)
        country = source.country if source else None
        matches = self.rules.match(after, country=country, source=known.source, now=self.now)
        version = Version(
            story=after, canonical=canonical, fingerprint=fingerprint, headline_only=headline_only, source=known.source, country=country
        )
        await stories.revise(self.connection, known, version, matches, now=self.now)
        if source:
            await copies.note(self.connection, story, after, canonical, source, now=self.now)
        await corrections.note(self.connection, story)
        return True

    def _sources(self, source: Source) -> Sequence[str]:
        """The sources whose stories an advisory of this one may speak of: those of its agency."""
        same = (each.id for each in self.settings.sources if source.agency and each.agency == source.agency)
        return list(dict.fromkeys([source.id, *same]))


async def still_marked(connection: Connection, known: Known, story: Story) -> bool:
    """Whether a page only has not heard of the advisory that took its story back: it says what it said before."""
    only_status = any(stories.story_fingerprint(replace(story, status=status)) == known.fingerprint for status in target.NOTICES)
    return only_status and await advisories.stands(connection, known.id)


def _after(before: Story, told: Story) -> Story:
    """A story with what an advisory says of it: a correction that tells it anew takes its place."""
    if told.status is Status.CORRECTED and len(told.text) > BRIEF:
        return replace(told, canonical_url=before.canonical_url)
    note = "\n".join(filter(None, (told.note, told.lead, told.text)))[:4000]
    return replace(before, status=told.status, slug=told.slug or before.slug, note=note or before.note)
