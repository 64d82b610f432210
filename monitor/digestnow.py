"""Digestnow: a digest now, sent or only shown, beside a daemon or without one."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from alerts.digest import Rendered, render
from alerts.recipient import Recipient, masked
from monitor import absences, outbox
from monitor.config import Settings
from monitor.overrides import tried
from monitor.program import opened
from monitor.store import demand


async def digest_now(
    settings: Settings, readers: Sequence[Recipient], moment: datetime | None, say: Callable[[str], object], leave: asyncio.Event
) -> int:
    """Tell these recipients what is due, in a run of its own or in the slot at ``moment``; how many mails are not out.

    What waited for them from before is tried again first, and nothing is tried twice. Once ``leave`` is set no further recipient is told.
    """
    unsent = 0
    async with opened(settings) as watch:
        began = watch.clock()
        for reader in readers:
            if leave.is_set():
                break
            async with watch.database.connection() as connection:
                absence = (await absences.reach(connection, reader, now=watch.clock())).absence(watch.clock())
            if absence:
                say(f"{masked(reader.email)}: {absence.kind}, nothing is sent; wirewatch recipients list shows until when")
                continue
            waited = await watch.send(to=reader.email)
            slot = reader.digest.last(moment, reader.timezone) if moment else None
            told = await watch.tell_now(reader, slot)
            corrected = await watch.send(to=reader.email, untried=True)
            async with watch.database.connection() as connection:
                waiting = await outbox.unsent(connection, reader.email, since=began)
            unsent += len(waiting)
            if waited:
                say(f"{masked(reader.email)}: {waited} that waited: sent {_where(settings)}")
            if told.taken:
                say(f"{masked(reader.email)}: the digest of {slot and slot.name} was written before, or is older than this reader")
            elif told.sent:
                say(f"{masked(reader.email)}: sent {_where(settings)}")
            elif not told.mail:
                say(f"{masked(reader.email)}: nothing is due")
            if corrected:
                say(f"{masked(reader.email)}: {corrected} with corrections: sent {_where(settings)}")
            for error in waiting:
                say(f"{masked(reader.email)}: not sent: {error}")
    return unsent


def _where(settings: Settings) -> str:
    return "by mail" if settings.mail.smtp else f"to {settings.outbox}"


async def preview(settings: Settings, reader: Recipient, moment: datetime | None = None) -> Rendered:
    """The digest a recipient would get now, or at ``moment``. Nothing is sent and nothing is written. Raise StoreError."""
    demand(settings)
    async with opened(settings, configure=False) as watch:
        digest = await watch.preview(reader, at=moment)
    page, _ = await asyncio.to_thread(tried, settings, partial(render, digest))
    return page
