"""A watch that really crawls in this process, over a wire of the test's own, by a clock that is set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from desk import Clock, a_watch

from monitor import sources
from monitor.database import Database
from monitor.watch import Watch
from spiders.crawl import Crawler, crawling
from spiders.source import Selectors, Source


def a_source(id: str, feed: str, minutes: float = 30) -> Source:
    return Source(id=id, feed=feed, every=timedelta(minutes=minutes), selectors=Selectors(body="article"))


@asynccontextmanager
async def watching(url: str, folder: Path, *watched: Source, clock: Clock) -> AsyncIterator[tuple[Watch, Crawler]]:
    """A watch over these sources and the crawler for it, on the loop of the reactor."""
    database = await Database.open(url)
    try:
        async with crawling(contact="desk@example.org", allow=[ip_network("127.0.0.1/32")], time_limit=5) as crawler:
            yield await a_watch(database, folder, clock=clock, readers=(), sources=watched), crawler
    finally:
        await database.close()


async def poll_what_is_due(watch: Watch, crawler: Crawler) -> list[str]:
    """One batch, as the schedule claims it and a worker does it; the sources in it."""
    async with watch.database.connection() as connection:
        ids = await sources.claim_due(connection, by="batch", now=watch.clock())
    await watch.collect(crawler, "batch")
    return ids
