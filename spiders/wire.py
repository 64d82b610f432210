"""The one long-lived spider: takes polls and pages from a queue, hands over what came of them.

One spider for a whole day costs 2 ms of CPU a poll; a crawl of its own for each costs five times that, a process five hundred.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.exceptions import CannotResolveHostError, DownloadCancelledError, IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from spiders import ladder
from spiders.guard import GuardedResolver
from spiders.held import NotHeld
from spiders.order import Answer, FeedRead, FeedUnchanged, Keep, Order, Page, PageFailed, PageRead, Poll, PollFailed, Result
from spiders.reading import Reading
from spiders.rest import HostResting
from spiders.settings import MAX_SIZE
from spiders.story import SpiderError

log = logging.getLogger(__name__)

#: Requests of one poll under way at once. A hostile list may lead to two thousand hosts that never answer: the downloader, which
#: holds a hundred requests, would have no room for any other source.
MOST_AT_ONCE = 16


@dataclass(kw_only=True, slots=True, eq=False)
class Ticket:
    """One poll and all the pages that follow from it, until the last is kept."""

    keep: Keep
    #: Whether its requests may still be sent.
    held: Callable[[], bool] = lambda: True
    #: Orders not yet kept; the first is the poll itself.
    open: int = 1
    #: Those of them whose turn is still to come.
    waiting: "deque[Order]" = field(default_factory=deque)
    #: What ``keep`` raised first; the rest of the poll still goes on.
    error: Exception | None = None
    done: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def add(self, order: Order) -> None:
        self.open += 1
        self.waiting.append(order)

    def next(self) -> Iterator[Order]:
        """The orders whose turn it is."""
        while self.waiting and self.open - len(self.waiting) < MOST_AT_ONCE:
            yield self.waiting.popleft()

    def close_one(self) -> None:
        self.open -= 1
        if self.open == 0:
            self.done.set_result(None)


#: What is still to be asked; None ends the spider.
Orders = asyncio.Queue[tuple[Order, Ticket] | None]


class WireSpider(Spider):
    """Fetches what the queue ``orders`` asks for, until it takes None from it or is told to leave."""

    name = "wire"

    def __init__(self, *, orders: Orders, reading: Reading, guard: GuardedResolver, **named: Any) -> None:
        super().__init__(**named)
        self.orders, self.reading, self.guard = orders, reading, guard
        self.leaving = False

    async def start(self) -> AsyncIterator[Any]:
        while (taken := await self.orders.get()) is not None and not self.leaving:
            order, ticket = taken
            try:
                request = self.ask(order, ticket)
            except ValueError as exc:
                await self._hand_over(_failed(order, str(exc)), ticket)
            else:
                yield request

    def ask(self, order: Order, ticket: Ticket) -> Request:
        """The request for an order. Raise ValueError for one that cannot even be asked."""
        return Request(
            order.url,
            **(_asked(order) if isinstance(order, Poll) else {}),
            callback=self.answered,
            errback=self.fail,
            cb_kwargs={"order": order, "ticket": ticket},
            meta={"source": order.source, "handle_httpstatus_list": [304] if isinstance(order, Poll) else []},
            # The duplicate filter would drop the second poll, and grow with each page.
            dont_filter=True,
        )

    async def answered(self, response: Response, order: Order, ticket: Ticket) -> None:
        result: Result
        try:
            result = await (self._feed(response, order) if isinstance(order, Poll) else self._page(response, order))
        except SpiderError as exc:
            result = _failed(order, str(exc), response)
        except Exception as exc:  # a callback that raises would leave its ticket open for ever
            log.exception("reader failed code=reader-failed url=%s", response.url)
            result = _failed(order, f"{type(exc).__name__}: {exc}", response)
        await self._hand_over(result, ticket)

    async def fail(self, failure: Failure) -> None:
        if self.leaving:
            return  # dropped by us, perhaps: its entry is still to be fetched
        order, ticket = (failure.request.cb_kwargs[key] for key in ("order", "ticket"))
        if isinstance(failure.value, NotHeld):
            ticket.error = ticket.error or failure.value
            self._close_one(ticket)
            return
        response = failure.value.response if isinstance(failure.value, HttpError) else None
        wait = failure.value.retry_after if isinstance(failure.value, HostResting) else None
        await self._hand_over(_failed(order, self._why(failure), response, wait), ticket)

    def leave(self) -> None:
        """Ask nothing more and drop what waits for its turn at a host; downloads in flight go on. Call until the spider has ended."""
        self.leaving = True
        engine = self.crawler.engine
        while engine.scheduler and engine.scheduler.next_request():
            pass
        # Scrapy's own stop lets these wait for their turns: 32 pages of one slow host would take minutes.
        for slot in engine.downloader.slots.values():
            while slot.queue:
                _, waiting = slot.queue.popleft()
                waiting.errback(Failure(IgnoreRequest("leaving")))

    async def _hand_over(self, result: Result, ticket: Ticket) -> None:
        """Hand a result to its keeper, and queue what that asks for.

        Scrapy waits for a callback, and takes on no more pages than it can hold meanwhile. Items, and a pipeline for them, would cost
        a page a tenth more.
        """
        try:
            for order in await ticket.keep(result):
                ticket.add(order)
        except Exception as exc:
            ticket.error = ticket.error or exc
        finally:
            self._close_one(ticket)

    def _close_one(self, ticket: Ticket) -> None:
        ticket.close_one()
        for order in ticket.next():
            self.orders.put_nowait((order, ticket))

    async def _feed(self, response: Response, poll: Poll) -> FeedRead | FeedUnchanged:
        if response.status == 304:
            return FeedUnchanged(order=poll)
        digest = sha256(response.body).digest()
        if digest == poll.digest:
            return FeedUnchanged(order=poll, whole=True)
        read = await self.reading.listed(poll.asked, response.body, url=response.url, source=poll.source)
        return FeedRead(
            order=poll,
            entries=read.entries,
            etag=_header(response, "ETag"),
            modified=_header(response, "Last-Modified"),
            digest=digest,
            charset=read.charset,
            further=ladder.further(read, poll.asked),
            answer=_answer(response),
        )

    async def _page(self, response: Response, page: Page) -> PageRead:
        body = response.text if isinstance(response, TextResponse) else response.body
        read = await self.reading.story(body, url=response.url, source=page.source)
        return PageRead(order=page, story=read.story, answer=_answer(response), strange=read.strange)

    def _why(self, failure: Failure) -> str:
        error = failure.value
        if isinstance(error, HttpError):
            return _status(error.response)
        if isinstance(error, IgnoreRequest) and str(error):
            return str(error)
        if isinstance(error, DownloadCancelledError):
            return f"the answer is larger than {MAX_SIZE >> 20} MiB"
        if isinstance(error, ValueError) and str(error).startswith("Missing scheme"):  # Scrapy's word for javascript: and mailto:
            return f"the server points to {str(error).partition(': ')[2][:200]!r}, which is not fetched"
        refused = isinstance(error, CannotResolveHostError) and self.guard.reason(urlsplit(failure.request.url).hostname or "")
        return refused or f"{type(error).__name__}: {error}"


def _asked(poll: Poll) -> dict[str, Any]:
    """What the request of a poll carries; a body only where it begins its list: further pages are addresses of their own."""
    headers = {"If-None-Match": poll.etag, "If-Modified-Since": poll.modified}
    asked = {"headers": {name: value for name, value in headers.items() if value}}
    if poll.asked.method == "GET" or poll.at:
        return asked
    kind = "application/json" if poll.asked.body[:1] in ("{", "[") else "application/x-www-form-urlencoded"
    return {"method": "POST", "body": poll.asked.body, "headers": asked["headers"] | {"Content-Type": kind}}


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def _failed(order: Order, error: str, response: Response | None = None, wait: timedelta | None = None) -> PollFailed | PageFailed:
    answer = _answer(response) if response else None
    if isinstance(order, Poll):
        return PollFailed(order=order, error=error, retry_after=wait, answer=answer)
    return PageFailed(order=order, error=error, retry_after=wait, answer=answer)


def _answer(response: Response) -> Answer:
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, values in response.headers.items() for value in values)
    return Answer(url=response.url, status=response.status, headers=headers, body=response.body)


def _status(response: Response) -> str:
    location = _header(response, "Location")
    if location and 300 <= response.status < 400:
        return f"the server answered {response.status} and points to {location[:200]!r}, which is not fetched"
    return f"the server answered {response.status}"
