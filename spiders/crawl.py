"""Run polls in Scrapy and hand what comes of them to a keeper; own the reactor that Scrapy needs."""

import asyncio
import gc
import signal
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from scrapy.crawler import AsyncCrawlerRunner
from twisted.internet import asyncioreactor

from spiders.addresses import Network
from spiders.entry import Entry
from spiders.folder import Dropped, FolderFailed, complete, put_away, taken
from spiders.guard import GuardedResolver
from spiders.held import NotHeld
from spiders.order import (
    Answer,
    CrawlBroken,
    CrawlLapsed,
    CrawlStopped,
    FeedRead,
    FeedUnchanged,
    Keep,
    PacketRefused,
    Page,
    PageFailed,
    PageRead,
    Poll,
    PollFailed,
    Result,
)
from spiders.proxy import Proxy
from spiders.reading import Reading
from spiders.settings import TIME_LIMIT, settings
from spiders.source import Source
from spiders.story import SpiderError
from spiders.tls import certificates
from spiders.wire import Orders, Ticket, WireSpider

T = TypeVar("T")

#: Objects that come to be before Python looks for garbage among them.
GARBAGE = 5000


@dataclass(frozen=True, kw_only=True, slots=True)
class CrawlReport:
    """What a crawl came to, source by source."""

    #: Source id → stories read.
    read: Mapping[str, int]
    #: Source id → what went wrong, in order.
    errors: Mapping[str, Sequence[str]]


class Turn:
    """One life of the spider, with the queue that it takes its orders from."""

    def __init__(self, runner: AsyncCrawlerRunner, reading: Reading, guard: GuardedResolver) -> None:
        self.orders = Orders()
        #: No poll is under way.
        self.idle = asyncio.Event()
        self.idle.set()
        self._open = 0
        self.scrapy = runner.create_crawler(WireSpider)
        self.ended = runner.crawl(self.scrapy, orders=self.orders, reading=reading, guard=guard)

    async def poll(self, poll: Poll, ticket: Ticket) -> bool:
        """Ask one source and fetch its pages; whether that came to its end, not the spider."""
        self._open += 1
        self.idle.clear()
        self.orders.put_nowait((poll, ticket))
        try:
            await asyncio.wait((ticket.done, self.ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open -= 1
            if not self._open:
                self.idle.set()
        return ticket.done.done()

    async def stop(self) -> None:
        """Ask nothing more, and let downloads in flight end."""
        self.orders.put_nowait(None)
        while not self.ended.done():
            if isinstance(self.scrapy.spider, WireSpider):
                self.scrapy.spider.leave()
            await asyncio.wait((self.ended,), timeout=0.1)


class Crawler:
    """The one long-lived spider and its queue. Use ``crawling()`` to have one."""

    def __init__(self, *, contact: str, allow: Iterable[Network], time_limit: float, proxy: str, ca_file: Path | None) -> None:
        if ca_file:
            certificates(ca_file)  # Scrapy would look at it with the first request for https, and say "unsupported scheme"
        self._reading = Reading()
        self._stopping = False
        self._guard = GuardedResolver.install(allow, proxy=Proxy.parse(proxy).host if proxy else "")
        self._runner = AsyncCrawlerRunner(settings(contact=contact, time_limit=time_limit, proxy=proxy, ca_file=ca_file))
        self._turn = Turn(self._runner, self._reading, self._guard)
        #: The spider before, while what it was asked is not over.
        self._last: Turn | None = None

    async def poll(self, poll: Poll, keep: Keep, held: Callable[[], bool] = lambda: True) -> None:
        """Ask one source and fetch the pages that ``keep`` asks for, while it is ``held``; return when the last is kept.

        Raise what ``keep`` raised first, after the rest went on; CrawlLapsed when it was held no longer, CrawlStopped when the crawler
        was stopped before; CrawlBroken when it ended by itself.
        """
        if poll.asked.kind == "folder":
            await self._look(poll, keep)
            return
        ticket, turn = Ticket(keep=keep, held=held), self._turn
        if not await turn.poll(poll, ticket):
            told = f"source {poll.source.id}: {ticket.open} requests open"
            raise CrawlStopped(told) if self._stopping else CrawlBroken(told) from turn.ended.exception()
        if isinstance(ticket.error, NotHeld):
            raise CrawlLapsed(f"source {poll.source.id}: {ticket.error}")
        if ticket.error:
            raise ticket.error

    async def rests(self, patience: float) -> bool:
        """Wait until no poll is under way, at most so many seconds; whether that came to be."""
        try:
            return await asyncio.wait_for(self._turn.idle.wait(), patience)
        except TimeoutError:
            return False

    async def renew(self) -> None:
        """Let a new spider take what is asked from now on, and the old one end when all that it was asked is kept."""
        self._last, self._turn = self._turn, Turn(self._runner, self._reading, self._guard)
        await self._last.idle.wait()
        await self._last.stop()
        self._last = None

    async def _look(self, poll: Poll, keep: Keep) -> None:
        """Read what lies in a folder, file by file; each is put away once it is kept. One that cannot be read holds up no other."""
        errors, files = list[str](), list[Path]()
        try:
            files = await asyncio.to_thread(complete, Path(poll.asked.url))
        except FolderFailed as exc:
            errors.append(str(exc))
        for path in files:
            try:
                await self._take(await asyncio.to_thread(taken, path), poll, keep)
            except SpiderError as exc:
                errors.append(str(exc))
        if errors:
            await keep(PollFailed(order=poll, error=errors[0] if len(errors) == 1 else f"{errors[0]} (and {len(errors) - 1} more)"))
        elif not files:
            await keep(FeedUnchanged(order=poll))

    async def _take(self, file: Dropped, poll: Poll, keep: Keep) -> None:
        try:
            read = await self._reading.listed(poll.asked, file.body, url=file.url, source=poll.source)
        except SpiderError as exc:
            await keep(PacketRefused(order=poll, url=file.url, error=str(exc)))
            await asyncio.to_thread(put_away, file, refused=str(exc))
            raise
        await keep(FeedRead(order=poll, entries=read.entries, answer=Answer(url=file.url, status=200, body=file.body)))
        await asyncio.to_thread(put_away, file)

    async def lasts(self) -> None:
        """Return when the crawler was stopped. Raise CrawlBroken when it ended by itself: it would fail every poll from then on."""
        turn = None
        while turn is not self._turn:  # one that was renewed ends, too
            turn = self._turn
            await asyncio.wait((turn.ended,))
        if not self._stopping:
            raise CrawlBroken("the spider ended by itself") from turn.ended.exception()

    async def stop(self) -> None:
        """Stop asking, let downloads in flight end (at most their time limit), end the reader processes. May be called twice."""
        self._stopping = True
        await asyncio.gather(*(turn.stop() for turn in (self._last, self._turn) if turn))
        await asyncio.to_thread(self._reading.close)


@asynccontextmanager
async def crawling(
    *, contact: str, allow: Iterable[Network] = (), time_limit: float = TIME_LIMIT, proxy: str = "", ca_file: Path | None = None
) -> AsyncIterator[Crawler]:
    """A crawler that ends with the block. Needs the reactor that ``run`` brings.

    It fetches from public addresses and the networks of ``allow``; a download may take ``time_limit`` seconds. All goes through
    ``proxy``, where one is given; the certificates of ``ca_file`` are trusted besides the system's. Raise BadProxy, BadCertificates.
    """
    crawler = Crawler(contact=contact, allow=allow, time_limit=time_limit, proxy=proxy, ca_file=ca_file)
    try:
        yield crawler
    finally:
        await crawler.stop()


async def crawl(
    sources: Iterable[Source],
    keep: Callable[[Result], Awaitable[None]],
    *,
    contact: str,
    allow: Iterable[Network] = (),
    proxy: str = "",
    ca_file: Path | None = None,
    since: datetime | None = None,
) -> CrawlReport:
    """Poll each source once and read every page it lists, without a store; ``keep`` sees each result.

    ``since``: only the pages of what was published then or later, or names no time.
    """
    read: Counter[str] = Counter()
    errors: defaultdict[str, list[str]] = defaultdict(list)

    async def follow(result: Result) -> Iterable[Page]:
        await keep(result)
        source = result.order.source
        if isinstance(result, PollFailed | PageFailed):
            errors[source.id].append(result.error)
        read[source.id] += isinstance(result, PageRead)
        entries = result.entries if isinstance(result, FeedRead) else ()
        return [Page(source=source, entry=entry) for entry in entries if entry.url and _is_of(entry, since)]

    async with crawling(contact=contact, allow=allow, proxy=proxy, ca_file=ca_file) as crawler:
        await asyncio.gather(*(crawler.poll(Poll(source=source), follow) for source in sources))
    return CrawlReport(read=read, errors=errors)


def _is_of(entry: Entry, since: datetime | None) -> bool:
    return not since or not entry.published_at or entry.published_at >= since


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` on an event loop that is Twisted's reactor too, as Scrapy needs it. Once per process.

    SIGINT and SIGTERM cancel ``main``, unless it installs handlers of its own; then asyncio.CancelledError is raised.
    """
    # The program itself is never garbage; to look through it with every few pages took a tenth of their time.
    gc.freeze()
    gc.set_threshold(GARBAGE, 10, 10)
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        asyncio.set_event_loop(loop)
        asyncioreactor.install(loop)
        from twisted.internet import reactor

        task = loop.create_task(main)
        for signum in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signum, task.cancel)
        reactor.callWhenRunning(task.add_done_callback, lambda _: reactor.stop())
        reactor.run(installSignalHandlers=False)
        return task.result()
