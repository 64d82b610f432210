"""What goes into the mails that tell news: a recipient's digest or alert, out of what is due to them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from alerts import mail
from alerts.calendar import coming
from alerts.digest import Digest, News
from alerts.match import RuleSet
from alerts.recipient import Recipient
from monitor import absences, accounts, due, echoes, links, outbox, overrides, runs, stories, volume
from monitor.config import Settings
from monitor.database import Connection
from monitor.due import Due
from monitor.echoes import Folded
from monitor.outbox import Kind
from spiders.source import Source
from spiders.story import Story

#: After so long without any mail who asked for "weekly" hears that all is quiet.
A_WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """Writes the digests and alerts of one recipient at ``now``, in the transaction of ``connection``."""

    connection: Connection
    settings: Settings
    rules: RuleSet
    recipient: Recipient
    now: datetime

    async def write(self, run: int) -> tuple[int | None, int]:
        """Write the digest of a run: the mail's number, None when nothing was due and that is not told; how many stories it tells."""
        folded = await self._taken()
        tells = folded.told or await self._tells_of_nothing(run)
        number = await self._put(run, await self.digest(folded), folded, "digest") if tells else None
        await self._settle(folded)
        return number, len(folded.told)

    async def alert(self) -> int:
        """Write all that the recipient is to be told at once as one mail, in a run of its own; how many stories it tells.

        None is written where all of it are copies of what they were told.
        """
        folded = await self._taken(at_once=True)
        if folded.told:
            run = await runs.begin_alone(self.connection, self.recipient.email, now=self.now)
            await self._put(run, await self._alert(folded), folded, "instant")
            await runs.close(self.connection, run, now=self.now)
        await self._settle(folded)
        return len(folded.told)

    async def _taken(self, *, at_once: bool = False) -> Folded:
        return await echoes.take(self.connection, self.recipient.email, reads=self.recipient.reads, at_once=at_once, now=self.now)

    async def _put(self, run: int, digest: Digest, folded: Folded, kind: Kind) -> int:
        token = links.token()
        linked = replace(digest, unsubscribe=self.settings.mail.unsubscribe(token))
        maker = partial(mail.build, linked, run=run, sender=self.settings.mail.sender)
        data = await overrides.made(self.connection, self.settings, "digest", maker, now=self.now)
        number = await outbox.put(self.connection, run, self.recipient.email, data, now=self.now, kind=kind)
        await links.note(self.connection, number, token)
        await due.tell(self.connection, self.recipient.email, folded.told, mail=number)
        return number

    async def _settle(self, folded: Folded) -> None:
        agencies = [source.id for source in self.settings.sources if source.agency]
        await echoes.settle(self.connection, self.recipient.email, folded, agencies=agencies)

    async def _tells_of_nothing(self, run: int) -> bool:
        """Whether the recipient is to hear that a run has nothing for them; of one that was asked for by hand whoever asked is told."""
        if self.recipient.when_empty == "skip" or not await runs.is_of_slot(self.connection, run):
            return False
        if self.recipient.when_empty == "send":
            return True
        return not await outbox.wrote_since(self.connection, self.recipient.email, self.now - A_WEEK)

    async def digest(self, folded: Folded) -> Digest:
        """The digest that says these stories, each once."""
        recipient = self.recipient
        before = await outbox.last_digest_at(self.connection, recipient.email)
        since = before or self.now - stories.CATCH_UP
        today = self.now.astimezone(recipient.timezone).date()
        return Digest(
            recipient=recipient,
            news=await self._news(folded),
            now=self.now,
            next_at=self._next_at(),
            names={rule.id: rule.name for rule in self.settings.rules},
            coverage=await accounts.coverage(self.connection, since, self.now, self.settings.sources, rules=recipient.rules),
            coming=coming(self.rules.days(recipient.rules), today),
            since=before,
            most={rule.id: rule.max for rule in self.settings.rules if rule.max is not None},
            volumes=await volume.volumes(self.connection, recipient.rules, today, recipient.timezone) if folded.told else (),
            at_once=await due.told_at_once(self.connection, recipient.email, since=since),
            # Before their first digest they may have had alerts.
            away=await self._away(before or self.now - absences.PAST, folded),
        )

    async def _away(self, since: datetime, folded: Folded) -> tuple[datetime, datetime] | None:
        """The time away that ended since then, if some of what is told came in during it."""
        reach = await absences.reach(self.connection, self.recipient, now=self.now)
        away = reach.away(since, self.now)
        return away if away and any(each.seen_at < away[1] for each in folded.told) else None

    async def _alert(self, folded: Folded) -> Digest:
        """What is told at once, each story under the rule for which it is."""
        told = tuple(replace(each, matches=sorted(each.matches, key=self._waits)) for each in folded.told)
        return Digest(
            recipient=self.recipient,
            news=await self._news(replace(folded, told=told)),
            now=self.now,
            next_at=self._next_at(),
            names={rule.id: rule.name for rule in self.settings.rules},
            is_alert=True,
        )

    def _next_at(self) -> datetime | None:
        slot = self.recipient.next_slot(self.now)
        return slot.at if slot else None

    def _waits(self, match: tuple[str, object]) -> bool:
        return match[0] not in self.recipient.instant

    async def _news(self, folded: Folded) -> tuple[News, ...]:
        shown = await stories.versions(self.connection, {each.story: each.revision for each in folded.told})
        sources = self._sources()
        return tuple(_news(each, shown[each.story], folded, sources) for each in folded.told)

    def _sources(self) -> Mapping[str, Source]:
        return {source.id: source for source in self.settings.sources}


def _news(each: Due, story: Story, folded: Folded, sources: Mapping[str, Source]) -> News:
    source = sources.get(each.source)
    rules = [rule for rule, _ in each.matches]
    first = rules[0] if rules else each.rule
    copies, dead = folded.also.get(each.story, ()), folded.withdrawn.get(each.story)
    return News(
        story=story,
        revision=each.revision,
        rule=first,
        tags=tuple(rule for rule in rules if rule != first),
        spans=tuple((field, start, end, alias) for field, start, end, alias in (each.matches[0][1] if each.matches else [])),
        source=_name(source, each.source),
        timezone=source.timezone if source else UTC,
        also=tuple(dict.fromkeys(_name(sources.get(copy.source), copy.source) for copy in copies)),
        snippet=source.snippet if source else 0,
        headline_only=each.headline_only,
        seen_at=each.seen_at,
        told_at=folded.told_at.get(each.story),
        withdrawn=(_name(sources.get(dead.source), dead.source), dead.at) if dead else None,
    )


def _name(source: Source | None, id: str) -> str:
    return source.label if source else id
