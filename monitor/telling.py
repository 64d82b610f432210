"""What goes into the mails: a recipient's digest out of what is due to them, and corrections of what they were told before."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from alerts import correction, mail
from alerts.calendar import coming
from alerts.correction import TAKEN_BACK, Correction, Corrections
from alerts.diff import changes
from alerts.digest import Digest, News
from alerts.match import RuleSet
from alerts.material import material
from alerts.recipient import Recipient, Versions
from alerts.unsubscribe import Unsubscribe
from monitor import absences, accounts, corrections, due, echoes, links, outbox, stories
from monitor.config import Settings
from monitor.copies import Member
from monitor.corrections import Behind
from monitor.due import Due
from monitor.echoes import Folded
from monitor.sources import Connection
from spiders.source import Source
from spiders.story import Status, Story


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """Writes the mails of one recipient at ``now``, in the transaction of ``connection``."""

    connection: Connection
    settings: Settings
    rules: RuleSet
    recipient: Recipient
    now: datetime

    async def write(self, run: int) -> tuple[int | None, int]:
        """Write the digest of a run: the mail's number, None when nothing was due; and how many stories it tells."""
        folded = await echoes.take(self.connection, self.recipient.email)
        number = None
        if folded.told:
            token = links.token()
            digest = replace(await self.digest(folded), unsubscribe=self._unsubscribe(token))
            data = await asyncio.to_thread(mail.build, digest, run=run, sender=self.settings.mail.sender)
            number = await outbox.put(self.connection, run, self.recipient.email, data, now=self.now)
            await links.note(self.connection, number, token)
            await due.tell(self.connection, self.recipient.email, folded.told, mail=number)
        await echoes.settle(self.connection, self.recipient.email, folded.echoes)
        return number, len(folded.told)

    async def digest(self, folded: Folded) -> Digest:
        """The digest that says these stories, each once."""
        told = folded.told
        shown = await stories.versions(self.connection, {each.story: each.revision for each in told})
        sources = self._sources()
        before = await outbox.last_digest_at(self.connection, self.recipient.email)
        since = before or self.now - stories.CATCH_UP
        reach = await absences.reach(self.connection, self.recipient, now=self.now)
        away = reach.away(before, self.now) if before else None
        next_slot = self.recipient.next_slot(self.now)
        return Digest(
            recipient=self.recipient,
            news=tuple(_news(each, shown[each.story], folded.also.get(each.story, ()), sources) for each in told),
            now=self.now,
            next_at=next_slot.at if next_slot else None,
            names={rule.id: rule.name for rule in self.settings.rules},
            coverage=await accounts.coverage(self.connection, since, self.now, self.settings.sources),
            away=away if away and any(each.seen_at < away[1] for each in told) else None,
            coming=coming(self.rules.days(self.recipient.rules), self.now.astimezone(self.recipient.timezone).date()),
        )

    async def correct(self, *, urgent: bool = False) -> list[int]:
        """Write what the recipient is to hear of stories they were told, each as an answer to the mail that told it; the mails' numbers.

        ``urgent``: only of those that the agency has taken back.
        """
        behind = await corrections.take(self.connection, self.recipient.email, statuses=TAKEN_BACK if urgent else None)
        if not behind:
            return []
        before = await stories.versions(self.connection, {each.story: each.told for each in behind})
        after = await stories.versions(self.connection, {each.story: each.latest for each in behind})
        after = {each.story: _as_said(after[each.story], each) for each in behind}
        # Of long texts comparing takes a while.
        worth = await asyncio.to_thread(lambda: [each for each in behind if self._is_worth(each, before[each.story], after[each.story])])
        rest = [each for each in behind if each not in worth]
        await corrections.pass_over(self.connection, self.recipient.email, rest)
        return [await self._answer(list(told), before, after) for _, told in groupby(worth, key=lambda each: each.mail)]

    def _is_worth(self, each: Behind, before: Story, after: Story) -> bool:
        return is_worth_telling(before, after, "first" if each.is_copy else self.recipient.versions)

    async def _answer(self, told: Sequence[Behind], before: Mapping[int, Story], after: Mapping[int, Story]) -> int:
        run = await outbox.open_run(self.connection, self.recipient.email, None, now=self.now)
        assert run, "only a run of a slot may exist already"
        token = links.token()
        data = await asyncio.to_thread(self._written, told, before, after, run, token)
        number = await outbox.put(self.connection, run, self.recipient.email, data, now=self.now, kind="correction")
        await links.note(self.connection, number, token)
        await corrections.tell(self.connection, self.recipient.email, told, mail=number)
        await outbox.close_run(self.connection, run, now=self.now)
        return number

    def _written(self, told: Sequence[Behind], before: Mapping[int, Story], after: Mapping[int, Story], run: int, token: str) -> bytes:
        sources = self._sources()
        found = Corrections(
            recipient=self.recipient,
            corrections=tuple(_correction(each, before[each.story], after[each.story], sources.get(each.source)) for each in told),
            answers=told[0].message_id,
            now=self.now,
            unsubscribe=self._unsubscribe(token),
        )
        return correction.build(found, run=run, sender=self.settings.mail.sender)

    def _unsubscribe(self, token: str) -> Unsubscribe:
        post = self.settings.mail
        return Unsubscribe.by(token, mailbox=mail.parse_sender(post.sender)[1], public_url=post.public_url)

    def _sources(self) -> Mapping[str, Source]:
        return {source.id: source for source in self.settings.sources}


def is_worth_telling(before: Story, after: Story, versions: Versions) -> bool:
    """Whether a reader of these ``versions`` who was told one is to hear of another.

    Always of what the agency says itself: that it corrected the story, took it back, or gave it back.
    """
    said = {before.status, after.status} - {Status.USABLE}
    if before.status is not after.status and (after.status is not Status.USABLE or before.status is not Status.CORRECTED):
        return True
    reasons = material(before, after)
    return bool(reasons) if said or versions == "material" else versions == "all" and before != after


def _as_said(after: Story, each: Behind) -> Story:
    """The newest version; corrected, if one since the one that was shown was: the next may not say it any more."""
    corrected = after.status is Status.USABLE and Status.CORRECTED in each.statuses
    return replace(after, status=Status.CORRECTED) if corrected else after


def _correction(each: Behind, before: Story, after: Story, source: Source | None) -> Correction:
    return Correction(
        before=before,
        after=after,
        passages=tuple(change.pieces for change in changes(before, after)),
        source=_name(source, each.source),
        told_at=each.told_at,
    )


def _news(each: Due, story: Story, copies: Sequence[Member], sources: Mapping[str, Source]) -> News:
    source = sources.get(each.source)
    rules = [rule for rule, _ in each.matches]
    first = rules[0] if rules else each.rule
    return News(
        story=story,
        revision=each.revision,
        rule=first,
        tags=tuple(rule for rule in rules if rule != first),
        spans=tuple((field, start, end, alias) for field, start, end, alias in (each.matches[0][1] if each.matches else [])),
        source=_name(source, each.source),
        also=tuple(dict.fromkeys(_name(sources.get(copy.source), copy.source) for copy in copies)),
        snippet=source.snippet if source else 0,
        headline_only=each.headline_only,
        seen_at=each.seen_at,
    )


def _name(source: Source | None, id: str) -> str:
    return (source.name or source.id) if source else id
