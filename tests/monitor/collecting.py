"""A watch that really crawls in this process, over a wire of the test's own, by a clock that is set."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import psutil
from desk import Clock, a_watch

from monitor import claims, health
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
        ids = await claims.take_due(connection, by="batch", now=watch.clock())
    await watch.collect(crawler, "batch")
    return ids


@contextmanager
def memory() -> Iterator[Callable[[], int]]:
    """Asks by how many bytes this process and its readers grew at most while the block works."""
    before, most, is_over = _held(), [0], threading.Event()

    def look() -> None:
        while not is_over.wait(0.01):
            most[0] = max(most[0], _held() - before)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield lambda: most[0]
    finally:
        is_over.set()
        looking.join()


def _held() -> int:
    me, held = psutil.Process(), 0
    for each in (me, *me.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            held += each.memory_info().rss
    return held


@asynccontextmanager
async def asked_how_all_is(watch: Watch) -> AsyncIterator[list[float]]:
    """Ask for the state of everything again and again while the block works; the seconds that each answer took."""
    took, is_over = list[float](), asyncio.Event()

    async def ask() -> None:
        while not is_over.is_set():
            began = time.monotonic()
            await asyncio.sleep(0.02)
            await health.report(watch)
            took.append(time.monotonic() - began)

    asking = asyncio.create_task(ask())
    try:
        yield took
    finally:
        is_over.set()
        await asking
