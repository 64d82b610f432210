"""On demand: crawl and digest now, in a process of their own, beside a daemon or without one."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from difflib import get_close_matches
from functools import partial
from uuid import uuid4

from alerts.digest import Rendered, render
from alerts.recipient import Recipient, masked
from monitor import absences, crawls, disk, health, outbox, sources
from monitor.config import ConfigError, Fault, Settings
from monitor.crawls import Crawl
from monitor.overrides import tried
from monitor.program import fetching, opened
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.crawl import Crawler, crawl
from spiders.source import Source
from spiders.story import Story
from spiders.wire import PageRead, Result

#: Of what there is, so many are named to somebody who wrote something else.
NAMED = 12

#: Shows the work proceed while it is done.
Progress = Callable[[Mapping[str, Tally]], AbstractAsyncContextManager[None]]


async def crawl_now(settings: Settings, ids: Sequence[str], progress: Progress, since: datetime | None = None) -> Crawl:
    """Poll these sources, or all, due or not; what each came to. Where no daemon runs nobody else judges them and tells the operator.

    ``since``: of what they list only what was published or changed then or later is read now; a later poll reads the rest.
    """
    wanted = [source.id for source in _chosen(settings, ids)]
    async with (
        opened(settings) as watch,
        fetching(settings) as crawler,
    ):
        began, watch.since = watch.clock(), since
        tallies = await collect_now(watch, crawler, wanted, progress)
        await health.check(watch, disk.look(settings))
        await watch.send(to=settings.operator)
        async with watch.database.connection() as connection:
            return await crawls.crawl(connection, tallies, since=began, until=watch.clock())


async def collect_now(watch: Watch, crawler: Crawler, ids: Sequence[str], progress: Progress) -> dict[str, Tally]:
    """Claim these sources and collect; one that another process polls at this moment is left to it."""
    batch, tallies = uuid4().hex, dict[str, Tally]()
    async with watch.database.connection() as connection:
        await sources.hold_claims(connection)
        claimed = await sources.claim(connection, ids, by=batch, now=watch.clock())
    async with progress(tallies):
        await watch.collect(crawler, batch, tallies)
    busy = {id: Tally(error="it, or another source of its host, is being polled by another process") for id in ids if id not in claimed}
    return tallies | busy


async def dry_crawl(
    settings: Settings, ids: Sequence[str], show: Callable[[str, Story], None], since: datetime | None = None
) -> Mapping[str, Sequence[str]]:
    """Poll and read these sources, or all, without a store; source id → what went wrong there.

    ``since``: only what was published then or later, or names no time.
    """

    async def keep(result: Result) -> None:
        if isinstance(result, PageRead):
            show(result.order.source.id, result.story)

    report = await crawl(
        _chosen(settings, ids),
        keep,
        contact=settings.contact,
        allow=settings.allow,
        proxy=settings.proxy,
        ca_file=settings.ca_file,
        since=since,
    )
    return report.errors


async def digest_now(settings: Settings, readers: Sequence[Recipient], moment: datetime | None, say: Callable[[str], object]) -> int:
    """Tell these recipients what is due, in a run of its own or in the slot at ``moment``; how many mails are not out.

    What waited for them from before is tried again first.
    """
    unsent = 0
    async with opened(settings) as watch:
        for reader in readers:
            async with watch.database.connection() as connection:
                absence = (await absences.reach(connection, reader, now=watch.clock())).absence(watch.clock())
            if absence:
                say(f"{masked(reader.email)}: {absence.kind}, nothing is sent; wirewatch recipients list shows until when")
                continue
            waited = await watch.send(to=reader.email)
            slot = reader.digest.last(moment, reader.timezone) if moment else None
            told = await watch.tell_now(reader, slot)
            corrected = await watch.send(to=reader.email)
            async with watch.database.connection() as connection:
                waiting = await outbox.unsent(connection, reader.email)
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
    """The digest a recipient would get now, or at ``moment``. Nothing is sent and nothing is written."""
    async with opened(settings, configure=False) as watch:
        digest = await watch.preview(reader, at=moment)
    page, _ = await asyncio.to_thread(tried, settings, partial(render, digest))
    return page


def _chosen(settings: Settings, ids: Sequence[str]) -> list[Source]:
    known = {source.id: source for source in settings.sources}
    faults = [
        Fault(file=settings.path.name, message=f'there is no source "{id}"; {meant(id, list(known))}') for id in ids if id not in known
    ]
    if faults:
        raise ConfigError(faults)
    return [known[id] for id in ids or known]


def meant(name: str, known: Sequence[str]) -> str:
    """What somebody who wrote an unknown ``name`` may have meant: "did you mean …?", or what there is, the first NAMED."""
    close = get_close_matches(name, known, n=1)
    if close:
        return f'did you mean "{close[0]}"?'
    each = list(dict.fromkeys(known))
    more = f" and {len(each) - NAMED} more" if len(each) > NAMED else ""
    return f"there are: {', '.join(each[:NAMED]) or 'none'}{more}"
