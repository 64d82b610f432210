"""What the pages say, kept: each story in ONE transaction, its version, what it matched, to whom it is now due."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.canon import words
from alerts.match import RuleSet
from monitor import copies, corrections, disk, entries, evidence, identity, pageresult, sources, stories
from monitor.config import Settings
from monitor.database import Connection, Database
from monitor.entries import Pending, Settled
from monitor.identity import Arrival
from monitor.marking import Marking, bare
from monitor.standing import WITHHELD
from monitor.stories import Known, Version
from monitor.tally import Tally
from spiders.extract import NotAStory, from_entry
from spiders.order import Answer, Page, PageFailed, PageRead
from spiders.source import Source
from spiders.story import Status, Story
from spiders.target import NOTICES

#: What a server answers for a page that it has no more.
NOT_THERE = (404, 410)
PURGED = "purged: it is older than [retention] keeps"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pages:
    """Keeps what became of one source's pages."""

    database: Database
    clock: Callable[[], datetime]
    #: Asked for only when a story is locked: whoever changes the rules then waits for it, or it is matched with the new ones.
    rules: Callable[[], RuleSet]
    settings: Settings

    async def pending(self, source: Source, tally: Tally, since: datetime | None = None) -> list[Page]:
        """The pages of a source that are to be fetched, those included that an earlier poll left so when it died.

        ``since``: only those of what was published or changed then or later (``entries.pending``).
        """
        async with self.database.connection() as connection:
            waiting = await entries.pending(connection, source.id, now=self.clock(), since=since)
        tally.asked += len(waiting)
        return [Page(source=source, entry=each.entry, key=each) for each in waiting]

    async def keep(self, result: PageRead | PageFailed, tally: Tally) -> None:
        """Store what a page says, or what its list says of it."""
        error = pageresult.strangeness(result)
        # A pipeline whose buffers are full on both sides stands still: what is large is sent statement by statement.
        async with (self.database.connection if _is_large(result) else self.database.pipeline)() as connection:
            await self._keep(connection, result, tally, error)
            if error and pageresult.counts(result):
                # After the story: everybody locks a story before its source.
                await self._note(connection, result, error)

    async def _keep(self, connection: Connection, result: PageRead | PageFailed, tally: Tally, error: str) -> None:
        if isinstance(result, PageRead) and (result.story.paragraphs or result.order.key.item is not None):
            if await self._read(connection, result, tally):
                return
            error = "it leads to the page of another entry"
        if result.order.key.is_look:
            await self._looked(connection, result, tally, error)
            tally.read += 1
            return
        wait = result.retry_after if isinstance(result, PageFailed) else None
        again_at = result.order.key.try_again_at(self.clock(), wait) if pageresult.is_asked(result.order) else None
        await self._on_list(connection, result.order, tally, error=error, next_try_at=again_at, tried=wait is None)

    async def _note(self, connection: Connection, result: PageRead | PageFailed, error: str) -> None:
        """Note on its source that a page could not be read; the first of a row is kept."""
        source = result.order.source.id
        failures = await sources.page_failed(connection, source, error=error, now=self.clock())
        if failures == 1 and result.answer:
            await evidence.first_bad(connection, source, result.answer, now=self.clock(), keep=disk.keeps_bytes(self.settings))

    async def _read(self, connection: Connection, result: PageRead, tally: Tally) -> bool:
        """Store what a page says; False when the page turns out to be that of other entries."""
        page, pending = result.order, _pending(result.order)
        told = result.story if pending.item is not None else pageresult.told_by_both(page, result.story, self.settings.sources)
        await _wait_for_turn(connection, page.source, told)
        before = await stories.of_entry(connection, pending.id) if pending.is_look else None
        if before and before[0].url != told.canonical_url and not identity.is_version(before[1], told):
            return False
        arrival, known = await self._know(connection, page, told)
        told = pageresult.believed(told, arrival)
        led_away = not arrival.story and known.latest and told.canonical_url != page.entry.url
        buried = known.purged_at and known.fingerprint == stories.story_fingerprint(told)
        if led_away and not buried and await identity.is_other_pages(connection, known, pending.id, page.entry.title):
            return False
        if await self._is_embargoed(connection, pending, told, arrival, known):
            return True
        if not known.latest and await self._is_advisory(connection, page, told, known, tally):
            return True
        sibling = await self._marking(connection).sibling(told, page.source) if not known.latest and pending.item is None else None
        if sibling:
            await identity.forget(connection, known)
            known = sibling.known
        if sibling and not sibling.is_later:
            await entries.finish(connection, pending.id, Settled(outcome="seen", story=known.id), readable=True, now=self.clock())
            tally.read += 1
            return True
        if sibling:
            await entries.supersede(connection, known.id, by=pending.id)
        told = told if known.latest else await self._as_announced(connection, page, told, known)
        if known.purged_at:
            await self._refuse(connection, pending, PURGED, tally)
            return True
        known = await self._of_its_publisher(connection, page, known)
        if known.source != arrival.source and await stories.full_text(connection, known):
            settled = Settled(outcome="seen", story=known.id, merged=True)
        else:
            settled = await self._revise(connection, page, known, told, tally, headline_only=False, answer=result.answer)
        await entries.finish(connection, pending.id, settled, readable=not result.strange, now=self.clock())
        tally.read += 1
        return True

    async def _on_list(
        self, connection: Connection, page: Page, tally: Tally, *, error: str, next_try_at: datetime | None, tried: bool
    ) -> None:
        """Store what the list alone says."""
        pending = _pending(page)
        try:
            told = from_entry(page.entry, source=page.source)
        except NotAStory as exc:
            await self._refuse(connection, pending, f"{error}; {exc}", tally)
            return
        await _wait_for_turn(connection, page.source, told)
        arrival, known = await self._know(connection, page, told)
        if known.purged_at:
            await self._refuse(connection, pending, PURGED, tally)
            return
        if await self._is_embargoed(connection, pending, told, arrival, known):
            return
        if not known.latest and await self._is_advisory(connection, page, told, known, tally):
            return
        told = told if known.latest else await self._as_announced(connection, page, told, known)
        settled = await self._store_entry(connection, page, pageresult.believed(told, arrival), arrival, known, tally)
        await entries.postpone(connection, pending.id, settled, error=error, next_try_at=next_try_at, tried=tried, now=self.clock())
        tally.headline_only += 1

    async def _store_entry(self, connection: Connection, page: Page, story: Story, arrival: Arrival, known: Known, tally: Tally) -> Settled:
        """Store what the list says, over the text that was read from the page before, if it was."""
        known = await self._of_its_publisher(connection, page, known)
        if known.latest and known.source != arrival.source:
            return Settled(outcome="seen", story=known.id, merged=True)
        before = await stories.full_text(connection, known) if known.latest else None
        if before:
            story = stories.on_old_text(story, before) if arrival.story else before
        return await self._revise(connection, page, known, story, tally, headline_only=before is None)

    async def _is_embargoed(self, connection: Connection, pending: Pending, told: Story, arrival: Arrival, known: Known) -> bool:
        """Whether a story is not to be shown yet: then its entry waits. An embargo holds back news, never that a story is taken back.

        Of a story that is stored already nothing more is told until then: who was told of it hears that it is held.
        """
        if told.embargoed_until is None or told.embargoed_until <= self.clock() or told.status in WITHHELD:
            return False
        if known.latest and known.source == arrival.source:
            await self._marking(connection).hold(known.id)
        await identity.forget(connection, known)
        await entries.hold_back(connection, pending.id, until=told.embargoed_until)
        return True

    async def _is_advisory(self, connection: Connection, page: Page, told: Story, known: Known, tally: Tally) -> bool:
        """Whether an item that is new to us only speaks of another story; that one is then marked, if it is certain which."""
        if told.status not in NOTICES and not told.releases and not bare(told):
            return False
        pending = _pending(page)
        marked = await self._marking(connection).mark(pending.id, told, page.source)
        if marked is None and told.status not in WITHHELD:
            return False
        await identity.forget(connection, known)
        if marked is None:
            await self._refuse(connection, pending, f"the agency sent it as {told.status}", tally)
        else:
            settled = Settled(outcome="changed", story=marked)
            await entries.finish(connection, pending.id, settled, readable=True, now=self.clock())
            tally.read += 1
        return True

    async def _know(self, connection: Connection, page: Page, told: Story) -> tuple[Arrival, Known]:
        """As ``identity.know``; what another source said at an address that is not its own keeps nobody from hearing what stands there."""
        arrival, known = await identity.know(connection, _pending(page).id, told)
        if not (known.latest and self._is_publishers(page, known)) or await stories.full_text(connection, known):
            return arrival, known
        before = await stories.newest(connection, known.id)
        if before is None or identity.is_version(before[1], told):
            return arrival, known
        await identity.give_way(connection, known)
        return await identity.know(connection, _pending(page).id, told)

    def _is_publishers(self, page: Page, known: Known) -> bool:
        """Whether the page is its publisher's own, and the story so far that of somebody who only linked to it."""
        if known.source == page.source.id or not page.source.publishes(known.url):
            return False
        first = self.settings.source(known.source)
        return not (first and first.publishes(known.url))

    async def _of_its_publisher(self, connection: Connection, page: Page, known: Known) -> Known:
        """A story as its publisher's own: whoever linked to it before may not keep it, nor what is said in it."""
        if not self._is_publishers(page, known):
            return known
        await identity.take_over(connection, known, page.source.id)
        return replace(known, source=page.source.id)

    async def _as_announced(self, connection: Connection, page: Page, told: Story, known: Known) -> Story:
        """A new story, with what an advisory said of it that came before it did."""
        marking = self._marking(connection)
        return await marking.announced(told, page.source, entry=page.key.id, guid=page.entry.guid, story=known.id)

    def _marking(self, connection: Connection) -> Marking:
        return Marking(connection=connection, settings=self.settings, rules=self.rules(), now=self.clock())

    async def _refuse(self, connection: Connection, pending: Pending, error: str, tally: Tally) -> None:
        await entries.refuse(connection, pending.id, error=error, now=self.clock())
        tally.refused += 1

    async def _revise(
        self,
        connection: Connection,
        page: Page,
        known: Known,
        story: Story,
        tally: Tally,
        *,
        headline_only: bool,
        answer: Answer | None = None,
    ) -> Settled:
        canonical = words(stories.searched(story))
        fingerprint = stories.story_fingerprint(story, canonical)
        if known.latest and known.fingerprint != fingerprint:
            story = await self._marking(connection).still_marked(known, story)
            canonical = words(stories.searched(story))
            fingerprint = stories.story_fingerprint(story, canonical)
        if known.fingerprint == fingerprint:
            return Settled(outcome="seen", story=known.id)
        now = self.clock()
        rules = self.rules()
        matches = rules.match(story, country=page.source.country, source=page.source.id, now=now)
        version = Version(
            story=story,
            canonical=canonical,
            fingerprint=fingerprint,
            headline_only=headline_only,
            source=page.source.id,
            country=page.source.country,
            asked=rules.fingerprint,
        )
        told = await stories.revise(connection, known, version, matches, now=now)
        if matches or known.latest:
            await copies.note(connection, known.id, story, canonical, page.source, now=now)
        if known.latest:
            await corrections.note(connection, known.id)
        if answer:
            keep = disk.keeps_bytes(self.settings) and await evidence.wanted(connection, self.settings.retention, known.id)
            of = {"story": known.id, "revision": known.latest + 1}
            await evidence.put(connection, page.source.id, answer, **of, now=now, keep=keep)
        tally.matched += bool(matches)
        tally.due += bool(told)
        return Settled(outcome="changed" if known.latest else "new", story=known.id, matched=bool(matches))

    async def _looked(self, connection: Connection, result: PageRead | PageFailed, tally: Tally, error: str) -> None:
        """The page of a story was not to be had again: it stands; gone twice, it is gone."""
        pending, page = _pending(result.order), result.order
        is_gone = isinstance(result, PageFailed) and result.answer is not None and result.answer.status in NOT_THERE
        before = await stories.of_entry(connection, pending.id) if is_gone and pending.gone + 1 >= entries.GONE else None
        if before:
            known, story, headline_only = before
            await self._revise(connection, page, known, replace(story, status=Status.GONE), tally, headline_only=headline_only)
            await entries.give_up(connection, pending.id, error=error)
        else:
            await entries.look_again(connection, pending.id, error=error, gone=is_gone, now=self.clock())


async def _wait_for_turn(connection: Connection, source: Source, told: Story) -> None:
    """Let what an agency says of its stories be stored one after the other, and a kill while no other story is: it may be the one meant."""
    if told.status in WITHHELD or bare(told):
        await stories.hold_stories(connection)
    elif told.slug:
        await stories.hold_marked(connection, source.agency or source.id)


def _is_large(result: PageRead | PageFailed) -> bool:
    body = len(result.answer.body) if result.answer else 0
    return max(body, sum(map(len, result.story.paragraphs)) if isinstance(result, PageRead) else 0) > evidence.LARGE


def _pending(page: Page) -> Pending:
    assert isinstance(page.key, Pending)
    return page.key
