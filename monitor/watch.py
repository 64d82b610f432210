"""The whole program on one page: collect what the wires publish, tell each reader what is due to them.

    collect: claim sources → poll them → write the entries they list, with the validators of the list → where something may be
             missing climb to other lists → fetch the pages of pending entries
             → read the story → in ONE transaction: its version, what it matched, to whom it is now due
    tell:    open the run of a digest slot → take what is due, of copies one → write the digest → in ONE transaction: the mail's
             final bytes, who was told what → send
    alert:   of that what a rule asks to be told at once → as soon as quiet hours and the pace allow, in a run of its own
    correct: the agency took a story back → at once, or corrected it → with the next digest, or at once for who chose that:
             an answer to the mail that told it, to exactly those who were told; a mail that no server can have yet is recalled
             instead, and written anew without it

Nothing here asks "what came in since last time": a story is due to somebody until a mail names it. So a crash at any line loses
nothing, and a second process at any line doubles nothing: but for a mail whose server took it and could not say so any more.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from alerts import pace
from alerts.digest import Digest
from alerts.match import RuleSet
from alerts.plain import plain
from alerts.recipient import AlertError, Recipient, Slot, masked
from monitor import (
    absences,
    claims,
    copies,
    corrections,
    due,
    echoes,
    entries,
    outbox,
    runs,
    sending,
    sources,
    stories,
    subscriptions,
    unasked,
    unsent,
    upgrades,
)
from monitor.config import Settings
from monitor.correcting import Correcting
from monitor.corrections import Scope
from monitor.database import Connection, StoreError, StoreUnavailable
from monitor.lease import Lease, kept
from monitor.lists import Lists
from monitor.newcomers import Newcomers
from monitor.pageresult import without_page
from monitor.pages import Pages
from monitor.sources import Standing
from monitor.stall import Stall
from monitor.store import Store
from monitor.tally import Tally
from monitor.telling import Telling
from monitor.visit import Visiting, question
from spiders.order import FeedRead, FeedUnchanged, Order, PacketRefused, Page, PageFailed, PageRead, Poll, PollFailed, Result
from spiders.source import Source

if TYPE_CHECKING:  # most commands never crawl, and do without Scrapy
    from spiders.crawl import Crawler

log = logging.getLogger(__name__)


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
class Watch(Store):
    """The program over one store: what to watch may be replaced while it runs, as a whole."""

    #: Of what is listed, only what was published or changed since then is read; None: all. The rest stays pending.
    since: datetime | None = None
    rules: RuleSet = field(init=False)
    newcomers: Newcomers = field(init=False)
    #: What Postgres refuses to this process.
    stall: Stall = field(init=False, default_factory=Stall)
    #: Address → why the last correction to it could not be written: said once.
    _uncorrected: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.rules = RuleSet(self.settings.rules)
        self.newcomers = Newcomers(self.database, self.clock, lambda: (self.rules, self.settings))

    async def configure(self, settings: Settings | None = None) -> None:
        """Take up a configuration: from now on it is this one that collects and tells. Raise StoreError: then it is the old one."""
        before = self.rules, self.settings
        if settings:
            # Before the lock, which waits for stories matched with the old rules: those that come after it are matched with the new.
            # It is compiled aside: ten thousand rules take two seconds.
            self.rules, self.settings = await asyncio.to_thread(RuleSet, settings.rules), settings
        try:
            await self._configure()
        except BaseException:
            self.rules, self.settings = before
            raise

    async def _configure(self) -> None:
        async with self.database.connection() as connection:
            await self._configure_in(connection)

    async def _configure_in(self, connection: Connection) -> None:
        settings, now = self.settings, self.clock()
        await stories.hold_stories(connection)
        await sources.configure(connection, settings.sources, now=now)
        await subscriptions.configure(connection, settings.recipients, self.rules, settings.sources, now=now)
        await unasked.follow(connection, self.rules, now=now)
        while await unasked.ask(connection, self.rules, settings.sources, now=now):
            pass
        await upgrades.note(connection, self.rules, settings.rules, now=now)

    async def ask_again(self) -> None:
        """Match what others stored by other rules, where ours are those in force: those of the configuration that was taken up last."""
        again = 1
        while again:
            async with self.database.connection() as connection:
                await stories.let_store(connection)
                again = await unasked.ask(connection, self.rules, self.settings.sources, now=self.clock())
            if again:
                log.info("matched again stories=%d: somebody stored them by other rules than those in force", again)

    # -- collect

    async def collect(self, crawler: "Crawler", batch: str, tallies: dict[str, Tally] | None = None) -> dict[str, Tally]:
        """Poll the sources that ``batch`` has claimed, and read their pages; return when the last is stored.

        ``tallies`` may be handed in to watch the work proceed.
        """
        tallies = {} if tallies is None else tallies
        async with self.database.connection() as connection:
            asked_at = self.clock()
            ids = await claims.renew(connection, by=batch, now=asked_at)
            known = {each.id: each for each in await sources.standings(connection, ids, now=self.clock())}
        polls = [question(source, known[source.id], self.clock()) for source in self.settings.sources if source.id in known]
        tallies |= {poll.source.id: Tally() for poll in polls}
        lease = Lease(ids, at=asked_at)
        visiting = Visiting(crawler=crawler, database=self.database, clock=self.clock, lease=lease, keep=self.keep)
        async with kept(lease, self.database, batch, clock=self.clock) as over:

            async def visit(poll: Poll) -> None:
                source = poll.source
                over.append(await visiting.visit(poll, tallies[source.id], busy=self._is_busy(source, known[source.id])))

            for outcome in await asyncio.gather(*map(visit, polls), return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome
        async with self.database.connection() as connection:
            await copies.place(connection)
        return tallies

    def _is_busy(self, source: Source, known: Standing) -> bool:
        """Whether there is something to be done for a source whose list is as it was."""
        return known.pending or known.has_gap or bool(self._lists().audit(source, known))

    async def keep(self, result: Result, tally: Tally) -> Iterable[Order]:
        """Store what came of a poll or a page; what is to be asked next."""
        if isinstance(result, PageRead | PageFailed):
            await self._keep_page(result, tally)
            return ()
        lists = self._lists()
        if isinstance(result, PacketRefused):
            await lists.refused(result, tally)
            return ()
        climb: Iterable[Order]
        if isinstance(result, FeedUnchanged):
            climb = await lists.unchanged(result.order.source)
        else:
            climb = await (lists.read(result, tally) if isinstance(result, FeedRead) else lists.failed(result, tally))
        return [*climb, *await self._asked(result, tally)]

    async def _asked(self, result: FeedRead | FeedUnchanged | PollFailed, tally: Tally) -> list[Page]:
        """The pages to be fetched now; what needs none is kept at once."""
        asked = []
        for page in await self._pages().pending(result.order.source, tally, self.since):
            known = without_page(page, result.answer if isinstance(result, FeedRead) else None)
            if known:
                await self._keep_page(known, tally)
            else:
                asked.append(page)
        return asked

    async def _keep_page(self, result: PageRead | PageFailed, tally: Tally) -> None:
        try:
            if not await self.newcomers.keep(result, tally):
                await self._pages().keep(result, tally)
        except StoreUnavailable:
            raise
        except StoreError as exc:
            # One story that the store cannot take must not cost the others their poll.
            log.error("story not stored code=story-not-stored url=%s error=%s", plain(result.order.url), exc)
            await self._delay(result.order.key, str(exc))
            tally.headline_only += 1

    async def _delay(self, entry: entries.Pending, error: str) -> None:
        again_at = entry.try_again_at(self.clock(), None)
        async with self.database.connection() as connection:
            if again_at:
                await entries.delay(connection, entry.id, error=error, next_try_at=again_at)
            else:
                await entries.refuse(connection, entry.id, error=error, now=self.clock())

    def _lists(self) -> Lists:
        return Lists(database=self.database, settings=self.settings, clock=self.clock)

    def _pages(self) -> Pages:
        return Pages(database=self.database, clock=self.clock, rules=lambda: self.rules, settings=self.settings)

    # -- tell

    async def tell(self, run: int) -> int | None:
        """Write the digest of a run: all that is due to its recipient. The mail's number; None when there is none.

        What its recipient is to hear of stories they were told before is written with it, as mails of their own.
        """
        number, told = None, 0
        async with self.database.connection() as connection:
            email = await runs.lock(connection, run)
            recipient = self._recipient(email)
            if email and recipient is None and await subscriptions.is_open(connection, email):
                return None  # a configuration that this process has not read yet names them: the claim lapses
            if recipient and (await absences.reach(connection, recipient, now=self.clock())).is_open(self.clock()):
                await self._correcting(connection, recipient).write()
                number, told = await self._telling(connection, recipient).write(run)
            await runs.close(connection, run, now=self.clock())
        log.info("told run=%d recipient=%s stories=%d", run, recipient and masked(recipient.email), told)
        return number

    async def alert(self) -> int:
        """Tell at once what rules ask to be told at once, each recipient in one mail; how many mails were written."""
        written = 0
        async with self.database.connection() as connection:
            ready = await self.ready(connection)
        for recipient in ready:
            try:
                written += await self._alert(recipient)
            except AlertError as exc:
                # Not tried again each second: the digest carries it.
                log.error("alert not written code=alert-not-written recipient=%s error=%s", masked(recipient.email), plain(str(exc)))
                async with self.database.connection() as connection:
                    await due.calm(connection, recipient.email)
        return written

    async def _alert(self, recipient: Recipient) -> bool:
        async with self.database.connection() as connection:
            await due.hold(connection, recipient.email)
            # Somebody else may have told them meanwhile.
            told = await self._telling(connection, recipient).alert() if recipient in await self.ready(connection) else 0
        if told:
            log.info("alerted recipient=%s stories=%d", masked(recipient.email), told)
        return told > 0

    async def ready(self, connection: Connection) -> list[Recipient]:
        """The recipients to whom an alert mail may be written now, and is to be.

        What waits for somebody who is away is left to the digest that they find when they are back.
        """
        now = self.clock()
        waiting = await due.urgent(connection, since=now - pace.WINDOW, opened=now - runs.CLAIM_TIME, now=now)
        reaches = await absences.reaches(connection, self.settings.recipients, now=now) if waiting else {}
        for email in waiting:
            if email not in reaches or not reaches[email].is_open(now):
                await due.calm(connection, email)
        open_ones = [each for each in self.settings.recipients if each.email in waiting and reaches[each.email].is_open(now)]
        return [each for each in open_ones if pace.free_at(each, waiting[each.email], now) <= now]

    def awake(self) -> list[str]:
        """The recipients who hear of corrections at once, but for those who have their quiet hours now."""
        now = self.clock()
        return [each.email for each in self.settings.recipients if each.corrections == "instant" and not each.quiet_until(now)]

    async def correct(self) -> int:
        """Tell everybody at once of what the agency has taken back since they were told of it, and who chose so of all that it corrected;
        how many mails were written.

        What was taken back goes out in quiet hours, too: see ``corrections``.
        """
        written, awake = await self._recall(), self.awake()
        async with self.database.connection() as connection:
            reaches = await absences.reaches(connection, self.settings.recipients, now=self.clock())
            urgent = await corrections.urgent(connection, awake, now=self.clock())
        for email in urgent:
            if email in reaches and reaches[email].is_open(self.clock()):
                written += await self._correct(reaches[email].recipient, "said" if email in awake else "taken back")
        return written

    async def _correct(self, recipient: Recipient, scope: Scope) -> int:
        """Write one recipient's corrections in a transaction of their own: what fails for one must not cost the others theirs."""
        try:
            async with self.database.connection() as connection:
                written = await self._correcting(connection, recipient).write(scope)
        except StoreUnavailable:
            raise
        except Exception as exc:
            said = f"{type(exc).__name__}: {exc}"
            if self._uncorrected.get(recipient.email) != said:  # it is tried again each second
                log.exception("correction not written code=correction-not-written recipient=%s", masked(recipient.email))
            self._uncorrected[recipient.email] = said
            return 0
        self._uncorrected.pop(recipient.email, None)
        return len(written)

    async def tell_now(self, recipient: Recipient, slot: Slot | None = None) -> Told:
        """Tell a recipient now what is due to them, as a run of its own, or as that of ``slot``."""
        async with self.database.connection() as connection:
            run = await runs.begin(connection, recipient.email, slot, now=self.clock())
        mail = await self.tell(run) if run else None
        sent = await self.send(only=mail) if mail else 0
        return Told(taken=run is None, mail=mail, sent=bool(sent))

    async def preview(self, recipient: Recipient, *, at: datetime | None = None) -> Digest:
        """The digest a recipient would get now of what is due by this configuration, as it would be written ``at`` that moment.

        The store is then as it was before.
        """
        async with self.database.connection() as connection:
            await self._configure_in(connection)
            telling = replace(self._telling(connection, recipient), now=at or self.clock())
            digest = await telling.digest(await echoes.take(connection, recipient.email, reads=recipient.reads, now=telling.now))
            await connection.rollback()
        return digest

    async def send(self, only: int | None = None, *, to: str | None = None, untried: bool = False) -> int:
        """Send the mails that are to be sent now, or ``only`` that one, or all that wait for ``to``; how many went out.

        ``untried``: of these, what nobody tried to send so far.
        """
        await self._recall()
        async with self.database.connection() as connection:
            mails = await outbox.claim(connection, now=self.clock(), only=only, to=to, untried=untried)
        sends = (sending.send(self.database, self.settings, each, clock=self.clock) for each in mails)
        # Whatever becomes of one, the others come to their end.
        outcomes = await asyncio.gather(*sends, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return sum(outcome is True for outcome in outcomes)

    async def _recall(self) -> int:
        """Take what must not or need not go out any more out of the outbox, and write those digests anew; how many were."""
        async with self.database.connection() as connection:
            reopened = await unsent.recall(connection, now=self.clock())
            await self._withhold(connection)
            await unsent.expire(connection, now=self.clock())
        return sum([await self.tell(run) is not None for run in reopened])

    async def _withhold(self, connection: Connection) -> None:
        """Let nothing go out to who paused or left since it was written."""
        known = {each.email: each for each in self.settings.recipients}
        waiting = [known.get(email, Recipient(email=email, rules=())) for email in await unsent.waited_for(connection)]
        if waiting:
            reaches = await absences.reaches(connection, waiting, now=self.clock())
            away = [email for email, reach in reaches.items() if not reach.is_open(self.clock())]
            await unsent.withhold(connection, away, error=unsent.AWAY, now=self.clock())

    def _telling(self, connection: Connection, recipient: Recipient) -> Telling:
        return Telling(connection=connection, settings=self.settings, rules=self.rules, recipient=recipient, now=self.clock())

    def _correcting(self, connection: Connection, recipient: Recipient) -> Correcting:
        return Correcting(connection=connection, settings=self.settings, recipient=recipient, now=self.clock())

    def _recipient(self, email: str | None) -> Recipient | None:
        """The recipient as configured; None for one who left, whose run is then closed with nothing told."""
        return next((each for each in self.settings.recipients if each.email == email), None)
