"""The whole program on one page: collect what the wires publish, tell each reader what is due to them.

    collect: claim sources → poll their feeds → write entries with the feed's validators → fetch the pages of pending entries
             → read the story → in ONE transaction: its version, what it matched, to whom it is now due
    tell:    open the run of a digest slot → take what is due → write the digest → in ONE transaction: the mail's final bytes,
             who was told what → send

Nothing here asks "what came in since last time": a story is due to somebody until a mail names it. So a crash at any line loses
nothing, and a second process at any line doubles nothing: but for a mail whose server took it and could not say so any more.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from alerts import mail
from alerts.deliver import DeliveryError, Folder, Smtp
from alerts.digest import Digest, News
from alerts.match import RuleSet
from alerts.plain import plain
from alerts.recipient import Recipient, Slot
from monitor import due, entries, outbox, sources, stories, subscriptions
from monitor.config import Settings
from monitor.database import Database, StoreError, StoreUnavailable
from spiders.crawl import CrawlBroken, Crawler, CrawlStopped
from spiders.extract import NotAStory, from_entry
from spiders.source import Source
from spiders.story import Story
from spiders.wire import FeedRead, FeedUnchanged, Page, PageFailed, PageRead, Poll, PollFailed, Result

log = logging.getLogger(__name__)

#: How far a wire's clock may be ahead of ours.
AHEAD = timedelta(hours=1)


@dataclass(kw_only=True, slots=True)
class Tally:
    """What one crawl of one source came to, in stories and entries."""

    #: Entries: never seen before, changed since, seen before.
    new: int = 0
    changed: int = 0
    seen: int = 0
    #: Pages: fetched of how many that were asked for, read, left on the feed's text, no story at all.
    asked: int = 0
    read: int = 0
    headline_only: int = 0
    refused: int = 0
    #: Stories that matched a rule, and those newly due to somebody.
    matched: int = 0
    due: int = 0
    error: str | None = None

    @property
    def finished(self) -> int:
        """Pages dealt with."""
        return self.read + self.headline_only + self.refused


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What became of a digest that was asked for."""

    #: The slot had its run before, so nothing was done.
    taken: bool
    #: Number of the mail that was written; None when nothing was due.
    mail: int | None
    #: It is out; otherwise it lies in the outbox and is tried again.
    sent: bool


@dataclass(kw_only=True)
class Watch:
    """The program over one store: what to watch may be replaced while it runs, as a whole."""

    database: Database
    settings: Settings
    clock: Callable[[], datetime]
    rules: RuleSet = field(init=False)

    def __post_init__(self) -> None:
        self.rules = RuleSet(self.settings.rules)

    async def configure(self, settings: Settings | None = None) -> None:
        """Take up a configuration: from now on it is this one that collects and tells. Raise StoreError: then it is the old one."""
        before = self.rules, self.settings
        if settings:
            # Before the lock, which waits for stories matched with the old rules: those that come after it are matched with the new.
            self.rules, self.settings = RuleSet(settings.rules), settings
        try:
            await self._configure()
        except BaseException:
            self.rules, self.settings = before
            raise

    async def _configure(self) -> None:
        settings, now = self.settings, self.clock()
        async with self.database.connection() as connection:
            await stories.hold_stories(connection)
            await sources.configure(connection, settings.sources, now=now)
            await subscriptions.configure(connection, settings.recipients, self.rules, settings.sources, now=now)

    async def recover(self) -> None:
        """Take up at once what a process that is gone was working on; for when we know that nobody else is at work."""
        async with self.database.connection() as connection:
            await sources.abandon(connection, by=None)
            await outbox.abandon(connection, now=self.clock())

    # -- collect

    async def collect(self, crawler: Crawler, batch: str, tallies: dict[str, Tally] | None = None) -> dict[str, Tally]:
        """Poll the sources that ``batch`` has claimed, and read their pages; return when the last is stored.

        ``tallies`` may be handed in to watch the work proceed.
        """
        tallies = {} if tallies is None else tallies
        async with self.database.connection() as connection:
            ids = await sources.renew(connection, by=batch, now=self.clock())
            known = {each.id: each for each in await sources.validators(connection, ids)}
        polls = [
            Poll(source=source, etag=known[source.id].etag, modified=known[source.id].modified)
            for source in self.settings.sources
            if source.id in known
        ]
        tallies |= {poll.source.id: Tally() for poll in polls}
        async with self._claiming(batch):
            work = (self._poll(crawler, poll, batch, tallies[poll.source.id]) for poll in polls)
            for outcome in await asyncio.gather(*work, return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome
        return tallies

    async def _poll(self, crawler: Crawler, poll: Poll, batch: str, tally: Tally) -> None:
        began = self.clock()
        try:
            await crawler.poll(poll, lambda result: self.keep(result, tally))
        except (StoreUnavailable, CrawlStopped, CrawlBroken):
            raise
        except Exception as exc:
            # What the store cannot take it cannot take in a second either: it counts as a failure, shows, and backs off.
            log.exception("poll failed code=poll-failed source=%s", poll.source.id)
            tally.error = f"{type(exc).__name__}: {exc}"
            async with self.database.connection() as connection:
                await sources.failed(connection, poll.source.id, error=tally.error, now=self.clock())
        async with self.database.connection() as connection:
            await sources.release(connection, poll.source.id, by=batch, now=self.clock())
        log.log(
            logging.INFO if tally.new or tally.changed or tally.error else logging.DEBUG,
            "crawled source=%s new=%d changed=%d seen=%d read=%d headline_only=%d refused=%d due=%d took=%.1fs%s",
            *(poll.source.id, tally.new, tally.changed, tally.seen, tally.read, tally.headline_only, tally.refused, tally.due),
            *((self.clock() - began).total_seconds(), f" error={plain(tally.error)!r}" if tally.error else ""),
        )

    async def keep(self, result: Result, tally: Tally) -> Iterable[Page]:
        """Store what came of a poll or a page; the pages that are to be fetched next."""
        if isinstance(result, PageRead | PageFailed):
            try:
                await self._keep_page(result, tally)
            except StoreUnavailable:
                raise
            except StoreError as exc:
                # One story that the store cannot take must not cost the others their poll.
                log.error("story not stored code=story-not-stored url=%s error=%s", plain(result.order.url), exc)
                async with self.database.connection() as connection:
                    await entries.postpone(connection, result.order.key, story=None, error=str(exc), now=self.clock())
                tally.headline_only += 1
            return ()
        await self._keep_poll(result, tally)
        return await self._pages(result.order.source, tally)

    async def _keep_poll(self, result: FeedRead | FeedUnchanged | PollFailed, tally: Tally) -> None:
        source, now = result.order.source.id, self.clock()
        async with self.database.connection() as connection:
            if isinstance(result, PollFailed):
                tally.error = result.error
                await sources.failed(connection, source, error=result.error, now=now)
                return
            if isinstance(result, FeedRead):
                listed = await entries.store(connection, source, result.entries, now=now)
                tally.new, tally.changed, tally.seen = listed.new, listed.changed, listed.seen
                await sources.listed(connection, source, any=bool(result.entries), etag=result.etag, modified=result.modified, now=now)
            await sources.answered(connection, source, now=now)

    async def _pages(self, source: Source, tally: Tally) -> list[Page]:
        """The pages of a source that are pending, those included that an earlier poll left so when it died."""
        async with self.database.connection() as connection:
            pending = await entries.pending(connection, source.id, now=self.clock())
        tally.asked += len(pending)
        return [Page(source=source, entry=each.entry, key=each.id) for each in pending]

    async def _keep_page(self, result: PageRead | PageFailed, tally: Tally) -> None:
        page = result.order
        async with self.database.connection() as connection:
            error = result.error if isinstance(result, PageFailed) else "the page shows no body"
            if isinstance(result, PageRead) and result.story.paragraphs:
                story = await self._store_page(connection, page, result.story, tally)
                if story:
                    await entries.finish(connection, page.key, story=story)
                    tally.read += 1
                    return
                error = "it leads to the page of another entry"
            try:
                told = from_entry(page.entry, source=page.source)
            except NotAStory as exc:
                await entries.refuse(connection, page.key, error=f"{error}; {exc}")
                tally.refused += 1
                return
            story = await self._store_entry(connection, page, told, tally)
            await entries.postpone(connection, page.key, story=story, error=error, now=self.clock())
            tally.headline_only += 1

    async def _store_page(self, connection: sources.Connection, page: Page, story: Story, tally: Tally) -> int | None:
        """Store what a page says; its story, or None when the page turns out to be that of other entries."""
        arrival = await stories.arrival(connection, page.key)
        told = _believed(told_by_both(page, story), arrival)
        known = await stories.know(connection, told, arrival)
        if known.source != arrival.source and await stories.full_text(connection, known):
            return known.id
        led_away = not arrival.story and known.latest and story.canonical_url != page.entry.url
        if led_away and await stories.is_other_pages(connection, known, page.key, page.entry.title):
            return None
        return await self._revise(connection, page, known, told, tally, headline_only=False)

    async def _store_entry(self, connection: sources.Connection, page: Page, story: Story, tally: Tally) -> int:
        """Store what the feed alone says, over the text that was read from the page before, if it was."""
        arrival = await stories.arrival(connection, page.key)
        story = _believed(story, arrival)
        known = await stories.know(connection, story, arrival)
        if known.latest and known.source != arrival.source:
            return known.id
        before = await stories.full_text(connection, known) if known.latest else None
        if before:
            story = stories.on_old_text(story, before) if arrival.story else before
        return await self._revise(connection, page, known, story, tally, headline_only=before is None)

    async def _revise(
        self, connection: sources.Connection, page: Page, known: stories.Known, story: Story, tally: Tally, *, headline_only: bool
    ) -> int:
        if known.fingerprint == stories.story_fingerprint(story):
            return known.id
        matches = self.rules.match(story, country=page.source.country, source=page.source.id)
        told = await stories.revise(connection, known, story, matches, headline_only=headline_only, now=self.clock())
        tally.matched += bool(matches)
        tally.due += bool(told)
        return known.id

    @asynccontextmanager
    async def _claiming(self, batch: str) -> AsyncIterator[None]:
        """Keep the claims of a batch while the block works, however slow a wire is; give back what it did not finish."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(sources.CLAIM_TIME.total_seconds() / 3)
                try:
                    async with self.database.connection() as connection:
                        await sources.renew(connection, by=batch, now=self.clock())
                except StoreError as exc:
                    log.warning("claims not renewed code=claims-not-renewed error=%s", exc)

        task = asyncio.create_task(renew())
        try:
            yield
        finally:
            task.cancel()
            async with self.database.connection() as connection:
                await sources.abandon(connection, by=batch)

    # -- tell

    async def tell(self, run: int) -> int | None:
        """Write the digest of a run: all that is due to its recipient. The mail's number; None when nothing was due."""
        async with self.database.connection() as connection:
            email = await outbox.lock_run(connection, run)
            recipient = self._recipient(email)
            if email and recipient is None and await subscriptions.is_open(connection, email):
                return None  # a configuration that this process has not read yet names them: the claim lapses
            told = await due.take(connection, recipient.email) if recipient else []
            number = None
            if recipient and told:
                digest = await self._digest(connection, recipient, told)
                data = await asyncio.to_thread(mail.build, digest, run=run, sender=self.settings.mail.sender)
                number = await outbox.put(connection, run, recipient.email, data, now=self.clock())
                await due.tell(connection, recipient.email, told, mail=number)
            await outbox.close_run(connection, run, now=self.clock())
        log.info("told run=%d recipient=%s stories=%d", run, recipient and masked(recipient.email), len(told))
        return number

    async def tell_now(self, recipient: Recipient, slot: Slot | None = None) -> Told:
        """Tell a recipient now what is due to them, as a run of its own, or as that of ``slot``."""
        async with self.database.connection() as connection:
            run = await outbox.open_run(connection, recipient.email, slot, now=self.clock())
        mail = await self.tell(run) if run else None
        sent = await self.send(only=mail) if mail else 0
        return Told(taken=run is None, mail=mail, sent=bool(sent))

    async def preview(self, recipient: Recipient) -> Digest:
        """The digest a recipient would get now; nothing is written."""
        async with self.database.connection() as connection:
            return await self._digest(connection, recipient, await due.take(connection, recipient.email))

    async def send(self, only: int | None = None, *, to: str | None = None) -> int:
        """Send the mails that are to be sent now, or ``only`` that one, or all that wait for ``to``; how many went out."""
        async with self.database.connection() as connection:
            mails = await outbox.claim(connection, now=self.clock(), only=only, to=to)
        return sum(await asyncio.gather(*(self._send(each) for each in mails)))

    async def _send(self, each: outbox.Mail) -> bool:
        try:
            await deliverer(self.settings).send(each.bytes, to=each.recipient, sender=self.settings.mail.sender)
        except DeliveryError as exc:
            said = each.id, masked(each.recipient), exc.permanent, exc
            log.error("mail not sent code=mail-not-sent mail=%d recipient=%s permanent=%s error=%s", *said)
            async with self.database.connection() as connection:
                await outbox.failed(connection, each, error=str(exc), permanent=exc.permanent, now=self.clock())
            return False
        async with self.database.connection() as connection:
            await outbox.sent(connection, each, now=self.clock())
        log.info("sent mail=%d recipient=%s", each.id, masked(each.recipient))
        return True

    async def _digest(self, connection: sources.Connection, recipient: Recipient, told: Sequence[due.Due]) -> Digest:
        shown = await stories.versions(connection, {each.story: each.revision for each in told})
        known = {source.id: source for source in self.settings.sources}
        news = tuple(_news(each, shown[each.story], known.get(each.source)) for each in told)
        now = self.clock()
        next_slot = recipient.next_slot(now)
        names = {rule.id: rule.name for rule in self.settings.rules}
        return Digest(recipient=recipient, news=news, now=now, next_at=next_slot.at if next_slot else None, names=names)

    def _recipient(self, email: str | None) -> Recipient | None:
        """The recipient as configured; None for one who left, whose run is then closed with nothing told."""
        return next((each for each in self.settings.recipients if each.email == email), None)


def told_by_both(page: Page, story: Story) -> Story:
    """A page's story with what only its feed says: a headline of its own, which rules read too; the time of day."""
    entry, title = page.entry, page.entry.title
    if title and title not in (story.headline, *story.other_headlines):
        story = replace(story, headline=story.headline or title, other_headlines=(*story.other_headlines, title))
    if entry.published_at and _is_day_of(story, entry.published_at):
        story = replace(story, published_at=entry.published_at, published_precision="minute")
    return story


def _believed(story: Story, arrival: stories.Arrival) -> Story:
    """A story without a date that was still to come when it was seen: it would lead every digest as if it had happened."""
    if story.published_at and story.published_at > arrival.seen_at + AHEAD:
        return replace(story, published_at=None, published_precision="minute")
    return story


def _is_day_of(story: Story, moment: datetime) -> bool:
    """Whether a story names no moment, or only the day of this one."""
    if story.published_at is None:
        return True
    return story.published_precision == "day" and moment.astimezone(story.published_at.tzinfo).date() == story.published_at.date()


def deliverer(settings: Settings) -> Folder | Smtp:
    """Where mails go: the configured SMTP server, or a folder."""
    post = settings.mail
    if post.smtp:
        return Smtp(post.smtp, password=post.password, ca_file=post.ca_file)
    return Folder(settings.outbox)


def masked(email: str) -> str:
    """An address as a log may show it: a…@example.org."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}…@{domain}"


def _news(each: due.Due, story: Story, source: Source | None) -> News:
    rules = [rule for rule, _ in each.matches]
    first = rules[0] if rules else each.rule
    return News(
        story=story,
        revision=each.revision,
        rule=first,
        tags=tuple(rule for rule in rules if rule != first),
        spans=tuple((field, start, end, alias) for field, start, end, alias in (each.matches[0][1] if each.matches else [])),
        source=(source.name or source.id) if source else each.source,
        snippet=source.snippet if source else 0,
        headline_only=each.headline_only,
        seen_at=each.seen_at,
    )
