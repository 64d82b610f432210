"""Run polls in Scrapy and hand what comes of them to a keeper; own the reactor that Scrapy needs."""

import asyncio
import signal
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from scrapy.crawler import AsyncCrawlerRunner
from twisted.internet import asyncioreactor

from spiders.guard import GuardedResolver, Network
from spiders.reading import Reading
from spiders.settings import settings
from spiders.source import Source
from spiders.story import SpiderError
from spiders.wire import FeedRead, Keep, Order, Page, PageFailed, PageRead, Poll, PollFailed, Result, Ticket, WireSpider

T = TypeVar("T")


class CrawlStopped(SpiderError):
    """The crawler was stopped before the poll was done; what is not kept is still to be fetched."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CrawlReport:
    """What a crawl came to, source by source."""

    #: Source id → stories read.
    read: Mapping[str, int]
    #: Source id → what went wrong, in order.
    errors: Mapping[str, Sequence[str]]


class Crawler:
    """The one long-lived spider and its queue. Use ``crawling()`` to have one."""

    def __init__(self, *, contact: str, allow: Iterable[Network]) -> None:
        self._orders: asyncio.Queue[tuple[Order, Ticket] | None] = asyncio.Queue()
        self._reading = Reading()
        self._runner = AsyncCrawlerRunner(settings(contact=contact))
        GuardedResolver.install(allow)
        self._ended = self._runner.crawl(WireSpider, orders=self._orders, reading=self._reading)

    async def poll(self, poll: Poll, keep: Keep) -> None:
        """Ask one source and fetch the pages that ``keep`` asks for; return when the last is kept.

        Raise what ``keep`` raised first, after the rest went on; CrawlStopped when the spider ended before.
        """
        ticket = Ticket(keep=keep, open=1)
        self._orders.put_nowait((poll, ticket))
        done = asyncio.ensure_future(ticket.done.wait())
        await asyncio.wait((done, self._ended), return_when=asyncio.FIRST_COMPLETED)
        if not ticket.done.is_set():
            done.cancel()
            raise CrawlStopped(f"source {poll.source.id}: stopped with {ticket.open} requests open")
        if ticket.error:
            raise ticket.error

    async def stop(self) -> None:
        """Stop asking, let downloads in flight end (at most their time limit), end the reader processes. May be called twice."""
        self._orders.put_nowait(None)
        await self._runner.stop()
        await self._runner.join()
        await asyncio.to_thread(self._reading.close)


@asynccontextmanager
async def crawling(*, contact: str, allow: Iterable[Network] = ()) -> AsyncIterator[Crawler]:
    """A crawler that ends with the block. Needs the reactor that ``run`` brings."""
    crawler = Crawler(contact=contact, allow=allow)
    try:
        yield crawler
    finally:
        await crawler.stop()


async def crawl(
    sources: Iterable[Source], keep: Callable[[Result], Awaitable[None]], *, contact: str, allow: Iterable[Network] = ()
) -> CrawlReport:
    """Poll each source once and read every page it lists, without a store; ``keep`` sees each result."""
    read: Counter[str] = Counter()
    errors: defaultdict[str, list[str]] = defaultdict(list)

    async def follow(result: Result) -> Iterable[Page]:
        await keep(result)
        source = result.order.source
        if isinstance(result, PollFailed | PageFailed):
            errors[source.id].append(result.error)
        read[source.id] += isinstance(result, PageRead)
        entries = result.entries if isinstance(result, FeedRead) else ()
        return [Page(source=source, entry=entry) for entry in entries if entry.url]

    async with crawling(contact=contact, allow=allow) as crawler:
        await asyncio.gather(*(crawler.poll(Poll(source=source), follow) for source in sources))
    return CrawlReport(read=read, errors=errors)


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` on an event loop that is Twisted's reactor too, as Scrapy needs it. Once per process.

    SIGINT and SIGTERM cancel ``main``, unless it installs handlers of its own; then asyncio.CancelledError is raised.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    asyncioreactor.install(loop)
    from twisted.internet import reactor

    task = loop.create_task(main)
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, task.cancel)
    reactor.callWhenRunning(task.add_done_callback, lambda _: reactor.stop())
    reactor.run(installSignalHandlers=False)
    loop.run_until_complete(loop.shutdown_default_executor())
    return task.result()
