"""Digestnow: a digest now, sent or only shown, beside a daemon or without one."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from alerts.digest import Rendered, render
from alerts.recipient import Recipient, Slot, masked
from monitor import absences, outbox
from monitor.config import Settings
from monitor.overrides import tried
from monitor.program import opened
from monitor.reach import Absence
from monitor.store import demand
from monitor.watch import Told, Watch


@dataclass(frozen=True, kw_only=True, slots=True)
class _Done:
    """What was done for one recipient."""

    slot: Slot | None
    told: Told
    #: Mails that went out: of those that waited from before, and corrections that were written now.
    waited: int
    corrected: int
    #: Why the others are not out.
    errors: list[str]


async def digest_now(
    settings: Settings, readers: Sequence[Recipient], moment: datetime | None, say: Callable[[str], object], leave: asyncio.Event
) -> int:
    """Tell these recipients what is due, in a run of its own or in the slot at ``moment``; how many mails are not out.

    What waited for them from before is tried again first, and nothing is tried twice. Once ``leave`` is set no further recipient is told.
    """
    unsent, where = 0, _where(settings)
    async with opened(settings) as watch:
        began = watch.clock()
        for reader in readers:
            if leave.is_set():
                break
            if absence := await _absence(watch, reader):
                lines = [f"{absence.kind}, nothing is sent; wirewatch recipients list shows until when"]
            else:
                done = await _told(watch, reader, moment, since=began)
                unsent += len(done.errors)
                lines = [*_lines(done, where)]
            for line in lines:
                say(f"{masked(reader.email)}: {line}")
    return unsent


async def _absence(watch: Watch, reader: Recipient) -> Absence | None:
    async with watch.database.connection() as connection:
        return (await absences.reach(connection, reader, now=watch.clock())).absence(watch.clock())


async def _told(watch: Watch, reader: Recipient, moment: datetime | None, *, since: datetime) -> _Done:
    waited = await watch.send(to=reader.email)
    slot = reader.digest.last(moment, reader.timezone) if moment else None
    told = await watch.tell_now(reader, slot)
    corrected = await watch.send(to=reader.email, untried=True)
    async with watch.database.connection() as connection:
        errors = await outbox.unsent(connection, reader.email, since=since)
    return _Done(slot=slot, told=told, waited=waited, corrected=corrected, errors=errors)


def _lines(done: _Done, where: str) -> Iterator[str]:
    if done.waited:
        yield f"{done.waited} that waited: sent {where}"
    if done.told.taken:
        yield f"the digest of {done.slot and done.slot.name} was written before, or is older than this reader"
    elif done.told.sent:
        yield f"sent {where}"
    elif not done.told.mail:
        yield "nothing is due"
    if done.corrected:
        yield f"{done.corrected} with corrections: sent {where}"
    for error in done.errors:
        yield f"not sent: {error}"


def _where(settings: Settings) -> str:
    return "by mail" if settings.mail.smtp else f"to {settings.outbox}"


async def preview(settings: Settings, reader: Recipient, moment: datetime | None = None) -> Rendered:
    """The digest a recipient would get now, or at ``moment``. Nothing is sent and nothing is written. Raise StoreError."""
    demand(settings)
    async with opened(settings, configure=False) as watch:
        digest = await watch.preview(reader, at=moment)
    page, _ = await asyncio.to_thread(tried, settings, partial(render, digest))
    return page
