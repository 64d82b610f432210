"""On demand: crawl now, in a process of its own, beside a daemon or without one; digests: digestnow.py."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from uuid import uuid4

from monitor import claims, crawls, disk, health
from monitor.config import ConfigError, Fault, Settings
from monitor.crawls import Crawl
from monitor.faults import meant
from monitor.fetching import fetching
from monitor.program import opened
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.crawl import Crawler, crawl
from spiders.order import PageRead, Result
from spiders.source import Source
from spiders.story import Story

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
        await health.check(watch, disk.look(settings), told=("network",))
        await watch.send(to=settings.operator)
        async with watch.database.connection() as connection:
            return await crawls.crawl(connection, tallies, since=began, until=watch.clock())


async def collect_now(watch: Watch, crawler: Crawler, ids: Sequence[str], progress: Progress) -> dict[str, Tally]:
    """Claim these sources and collect; one that another process polls at this moment is left to it."""
    batch, tallies = uuid4().hex, dict[str, Tally]()
    async with watch.database.connection() as connection:
        await claims.hold(connection)
        claimed = await claims.take(connection, ids, by=batch, now=watch.clock())
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


def _chosen(settings: Settings, ids: Sequence[str]) -> list[Source]:
    known = {source.id: source for source in settings.sources}
    faults = [
        Fault(file=settings.path.name, message=f'there is no source "{id}"; {meant(id, list(known))}') for id in ids if id not in known
    ]
    if faults:
        raise ConfigError(faults)
    return [known[id] for id in ids or known]
