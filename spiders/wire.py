"""The one long-lived spider: takes polls and pages from a queue, yields what came of them.

One spider for a whole day costs 2 ms of CPU a poll; a crawl of its own for each costs five times that, a process five hundred.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from spiders import feed, guard
from spiders.reading import Reading
from spiders.source import Source
from spiders.story import SpiderError, Story

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Poll:
    """Ask a source what is new; the validators are those of its last answer."""

    source: Source
    etag: str | None = None
    modified: str | None = None

    @property
    def url(self) -> str:
        return self.source.feed


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Fetch the page of one entry."""

    source: Source
    entry: feed.Entry
    #: Whatever the keeper knows the entry by.
    key: Any = None

    @property
    def url(self) -> str:
        return self.entry.url


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedRead:
    """A source answered with its entries."""

    order: Poll
    entries: tuple[feed.Entry, ...]
    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedUnchanged:
    """A source answered that nothing changed since its last answer (304)."""

    order: Poll


@dataclass(frozen=True, kw_only=True, slots=True)
class PollFailed:
    """A source did not answer, or not with a feed."""

    order: Poll
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PageRead:
    """A page told its story."""

    order: Page
    story: Story


@dataclass(frozen=True, kw_only=True, slots=True)
class PageFailed:
    """A page was not fetched or tells no story; its entry is still there."""

    order: Page
    error: str


Order = Poll | Page
Result = FeedRead | FeedUnchanged | PollFailed | PageRead | PageFailed
#: Takes what came of an order and says which pages to fetch next.
Keep = Callable[[Result], Awaitable[Iterable[Page]]]


@dataclass(kw_only=True, slots=True, eq=False)
class Ticket:
    """One poll and all the pages that follow from it, until the last is kept."""

    keep: Keep
    open: int = 0
    #: What ``keep`` raised first; the rest of the poll still goes on.
    error: Exception | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def close_one(self) -> None:
        self.open -= 1
        if self.open == 0:
            self.done.set()


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """The Scrapy item: a result on its way to its ticket's keeper."""

    ticket: Ticket
    result: Result


class WireSpider(Spider):
    """Fetches what the queue ``orders`` asks for, until it takes None from it."""

    name = "wire"

    def __init__(self, *, orders: "asyncio.Queue[tuple[Order, Ticket] | None]", reading: Reading, **named: Any) -> None:
        super().__init__(**named)
        self.orders = orders
        self.reading = reading

    async def start(self) -> AsyncIterator[Any]:
        while (order := await self.orders.get()) is not None:
            yield self.ask(*order)

    def ask(self, order: Order, ticket: Ticket) -> Request | Kept:
        """The request for an order; or at once the failure of one that cannot even be asked."""
        try:
            return Request(
                order.url,
                callback=self.read_feed if isinstance(order, Poll) else self.read_page,
                errback=self.fail,
                cb_kwargs={"order": order, "ticket": ticket},
                headers=_conditions(order) if isinstance(order, Poll) else None,
                meta={"handle_httpstatus_list": [304]} if isinstance(order, Poll) else {},
                # The duplicate filter would drop the second poll, and grow with each page.
                dont_filter=True,
            )
        except ValueError as exc:
            return Kept(ticket=ticket, result=_failed(order, str(exc)))

    async def read_feed(self, response: Response, order: Poll, ticket: Ticket) -> AsyncIterator[Kept]:
        yield Kept(ticket=ticket, result=_feed(response, order))

    async def read_page(self, response: Response, order: Page, ticket: Ticket) -> AsyncIterator[Kept]:
        yield Kept(ticket=ticket, result=await self._page(response, order))

    async def fail(self, failure: Failure) -> AsyncIterator[Kept]:
        order, ticket = (failure.request.cb_kwargs[key] for key in ("order", "ticket"))
        yield Kept(ticket=ticket, result=_failed(order, _why(failure)))

    async def _page(self, response: Response, page: Page) -> PageRead | PageFailed:
        body = response.text if isinstance(response, TextResponse) else response.body
        try:
            story = await self.reading.story(body, url=response.url, source=page.source)
        except SpiderError as exc:
            return PageFailed(order=page, error=str(exc))
        except Exception as exc:
            log.exception("reader failed url=%s", response.url)
            return PageFailed(order=page, error=f"{type(exc).__name__}: {exc}")
        return PageRead(order=page, story=story)


class KeepPipeline:
    """Hands each result to its keeper, and queues the pages it asks for.

    A pipeline, because Scrapy waits for one; an error inside its signal ``item_scraped`` still counts the item as scraped.
    """

    def __init__(self, orders: "asyncio.Queue[tuple[Order, Ticket] | None]") -> None:
        self.orders = orders

    @classmethod
    def from_crawler(cls, crawler: Any) -> "KeepPipeline":
        return cls(crawler.spider.orders)

    async def process_item(self, item: Kept) -> Kept:
        ticket = item.ticket
        try:
            for page in await ticket.keep(item.result):
                ticket.open += 1
                self.orders.put_nowait((page, ticket))
        except Exception as exc:
            ticket.error = ticket.error or exc
        finally:
            ticket.close_one()
        return item


def _conditions(poll: Poll) -> dict[str, str]:
    headers = {"If-None-Match": poll.etag, "If-Modified-Since": poll.modified}
    return {name: value for name, value in headers.items() if value}


def _feed(response: Response, poll: Poll) -> FeedRead | FeedUnchanged | PollFailed:
    if response.status == 304:
        return FeedUnchanged(order=poll)
    try:
        entries = feed.read(response.body, url=response.url, timezone=poll.source.timezone).entries
    except SpiderError as exc:
        return PollFailed(order=poll, error=str(exc))
    except Exception as exc:
        log.exception("feed reader failed source=%s", poll.source.id)
        return PollFailed(order=poll, error=f"{type(exc).__name__}: {exc}")
    return FeedRead(order=poll, entries=entries, etag=_header(response, "ETag"), modified=_header(response, "Last-Modified"))


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def _failed(order: Order, error: str) -> PollFailed | PageFailed:
    return PollFailed(order=order, error=error) if isinstance(order, Poll) else PageFailed(order=order, error=error)


def _why(failure: Failure) -> str:
    error = failure.value
    if isinstance(error, HttpError):
        return f"the server answered {error.response.status}"
    if isinstance(error, IgnoreRequest):
        return str(error) or "robots.txt refuses it"
    host = urlsplit(failure.request.url).hostname or ""
    return guard.reason(host) or f"{type(error).__name__}: {error}"
