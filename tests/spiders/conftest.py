"""The crawler under test: one for the whole run, since each has a spider and a reader process to start."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network

import pytest
import pytest_asyncio
from hostile import Hostile, hostile

from spiders.crawl import Crawler, crawling
from spiders.wire import FeedRead, Page, Poll, Result
from tests.reactor import reactor

__all__ = ["reactor"]

#: Seconds; long enough for a busy machine, short enough to wait for.
TIME_LIMIT = 2.0


@pytest.fixture
def wire() -> Iterator[Hostile]:
    with hostile() as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def crawler(reactor: None) -> AsyncIterator[Crawler]:
    """May fetch from 127.0.0.1 and nothing else, not even the rest of loopback."""
    async with crawling(contact="desk@example.org", allow=[ip_network("127.0.0.1/32")], time_limit=TIME_LIMIT) as crawler:
        yield crawler


@dataclass
class Desk:
    """A keeper that asks for every page and remembers what came."""

    results: list[Result] = field(default_factory=list)
    #: Called with each result before it is remembered; may raise.
    look: Callable[[Result], object] = lambda result: None

    async def keep(self, result: Result) -> Iterable[Page]:
        self.look(result)
        self.results.append(result)
        entries = result.entries if isinstance(result, FeedRead) else ()
        return [Page(source=result.order.source, entry=entry) for entry in entries]


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def polled(crawler: Crawler, desk: Desk, poll: Poll) -> list[Result]:
    await crawler.poll(poll, desk.keep)
    return desk.results
