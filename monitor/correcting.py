"""What goes into the mails that correct: what a recipient was told before, each as an answer to the mail that told it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path

from alerts import correction
from alerts.correction import TAKEN_BACK, Correction, Corrections
from alerts.diff import changes
from alerts.material import material
from alerts.recipient import Recipient, Versions
from monitor import corrections, links, outbox, overrides, runs, stories
from monitor.config import Settings
from monitor.corrections import Behind, Scope
from monitor.database import Connection
from spiders.source import Source
from spiders.story import Status, Story


@dataclass(frozen=True, kw_only=True, slots=True)
class Correcting:
    """Writes the corrections of one recipient at ``now``, in the transaction of ``connection``."""

    connection: Connection
    settings: Settings
    recipient: Recipient
    now: datetime

    async def write(self, scope: Scope = "all") -> list[int]:
        """Write what the recipient is to hear of stories they were told, each as an answer to the mail that told it; the mails' numbers."""
        behind = await corrections.take(self.connection, self.recipient.email, scope, now=self.now)
        if not behind:
            return []
        before = await self._as_heard(behind)
        after = await stories.versions(self.connection, {each.story: each.latest for each in behind})
        after = {each.story: _as_said(after[each.story], each) for each in behind}
        # Of long texts comparing takes a while.
        worth = await asyncio.to_thread(lambda: [each for each in behind if self._is_worth(each, before[each.story], after[each.story])])
        rest = [each for each in behind if each not in worth]
        await corrections.pass_over(self.connection, self.recipient.email, rest)
        return [await self._answer(list(told), before, after) for _, told in groupby(worth, key=lambda each: each.mail)]

    async def _as_heard(self, behind: Sequence[Behind]) -> dict[int, Story]:
        """Each story in the words that the recipient read last, with the status that they heard of last."""
        read = await stories.versions(self.connection, {each.story: each.read for each in behind})
        return {each.story: replace(read[each.story], status=each.status) for each in behind}

    def _is_worth(self, each: Behind, before: Story, after: Story) -> bool:
        return _is_worth_telling(before, after, "first" if each.is_copy else self.recipient.versions)

    async def _answer(self, told: Sequence[Behind], before: Mapping[int, Story], after: Mapping[int, Story]) -> int:
        run, token = await runs.begin_alone(self.connection, self.recipient.email, now=self.now), links.token()
        maker = partial(self._written, told, before, after, run, token)
        data = await overrides.made(self.connection, self.settings, "correction", maker, now=self.now)
        number = await outbox.put(self.connection, run, self.recipient.email, data, now=self.now, kind="correction")
        await links.note(self.connection, number, token)
        await corrections.tell(self.connection, self.recipient.email, told, mail=number)
        if any(after[each.story].status in TAKEN_BACK for each in told):
            await outbox.hasten(self.connection, number, now=self.now)
        await runs.close(self.connection, run, now=self.now)
        return number

    def _written(
        self,
        told: Sequence[Behind],
        before: Mapping[int, Story],
        after: Mapping[int, Story],
        run: int,
        token: str,
        *,
        overrides: Path | None,
    ) -> bytes:
        found = Corrections(
            recipient=self.recipient,
            corrections=tuple(_correction(each, before[each.story], after[each.story], self.settings.source(each.source)) for each in told),
            answers=told[0].message_id,
            now=self.now,
            unsubscribe=self.settings.mail.unsubscribe(token),
        )
        return correction.build(found, run=run, sender=self.settings.mail.sender, overrides=overrides)


def _is_worth_telling(before: Story, after: Story, versions: Versions) -> bool:
    """Whether a reader of these ``versions`` who was told one is to hear of another.

    Always of what the agency says itself: that it corrected the story, took it back, or gave it back; once, in whatever words.
    """
    if after.status in TAKEN_BACK:
        return before.status is not after.status
    if before.status in TAKEN_BACK or (before.status, after.status) == (Status.USABLE, Status.CORRECTED):
        return True
    # That a correction is not marked any more is no news.
    as_then = replace(before, status=after.status)
    if after.status is Status.CORRECTED or versions == "material":
        return bool(material(as_then, after))
    return versions == "all" and as_then != after


def _as_said(after: Story, each: Behind) -> Story:
    """The newest version; corrected, if one since the one that they heard of was: the next may not say it any more."""
    corrected = after.status is Status.USABLE and Status.CORRECTED in each.statuses
    return replace(after, status=Status.CORRECTED) if corrected else after


def _correction(each: Behind, before: Story, after: Story, source: Source | None) -> Correction:
    return Correction(
        before=before,
        after=after,
        passages=() if after.status in TAKEN_BACK else tuple(change.pieces for change in changes(before, after)),
        source=source.label if source else each.source,
        revision=each.latest,
        told_at=each.told_at,
        seen_at=each.latest_at,
    )
