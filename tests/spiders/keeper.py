"""A keeper for crawls under test."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from spiders.crawl import Crawler
from spiders.order import FeedRead, Page, Poll, Result
from spiders.source import Source


@dataclass
class Keeper:
    """Asks for every page that a feed lists, and remembers what came."""

    results: list[Result] = field(default_factory=list)
    #: Sees each result first; may raise.
    look: Callable[[Result], object] = lambda result: None

    async def keep(self, result: Result) -> Iterable[Page]:
        self.look(result)
        self.results.append(result)
        entries = result.entries if isinstance(result, FeedRead) else ()
        return [Page(source=result.order.source, entry=entry) for entry in entries]


async def polled(crawler: Crawler, source: Source | Poll) -> list[Result]:
    """Poll once and fetch every page; what came of it, in the order it was kept."""
    keeper = Keeper()
    await crawler.poll(source if isinstance(source, Poll) else Poll(source=source), keeper.keep)
    return keeper.results
