"""A host that asks to be left alone, by 429 or 503 with Retry-After, is: until then no request reaches it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Self

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached
from twisted.python.failure import Failure

#: A server that asks for more is asked again after this; its rest begins anew if it still says so.
LONGEST_REST = timedelta(days=1)
#: Nobody means more than this: a slip, a wrong clock, or a wish to be rid of us for good.
ABSURD = timedelta(days=7)
#: Hosts at rest that are remembered: a hostile feed may lead to any number.
MOST_AT_REST = 1000


class HostResting(IgnoreRequest):
    """A request was not sent, or its answer says that no other is to be sent for ``retry_after``."""

    def __init__(self, told: str, retry_after: timedelta) -> None:
        super().__init__(told)
        self.retry_after = retry_after


def retry_after(value: str, *, now: datetime) -> timedelta | None:
    """How long a Retry-After header (RFC 9110, 10.2.3: seconds or an HTTP-date) asks us to wait, at most LONGEST_REST.

    None for what is garbage, past or absurd: the caller then backs off as it does from any error.
    """
    wait = _seconds(value.strip()) or _until(value, now)
    return min(wait, LONGEST_REST) if wait and timedelta(0) < wait <= ABSURD else None


def _seconds(value: str) -> timedelta | None:
    # Nine digits are thirty years, and few enough for a timedelta.
    return timedelta(seconds=int(value)) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _until(value: str, now: datetime) -> timedelta | None:
    try:
        moment = parsedate_to_datetime(value[:64])
        # "-0000" is read as a time without a zone; an HTTP-date is always in UTC.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


class RestMiddleware:
    """Fails each request to a resting host at once, with HostResting. Comes last before the downloader."""

    def __init__(self, crawler: Any, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.crawler, self.clock = crawler, clock
        self._until: dict[str, datetime] = {}

    @classmethod
    def from_crawler(cls, crawler: Any) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        if not self._until:
            return
        host = _host(request)
        left = self._until[host] - self.clock() if host in self._until else timedelta(0)
        if left > timedelta(0):
            raise HostResting(f"{host} asked to be left alone for another {_written(left)}", left)
        self._until.pop(host, None)

    def process_response(self, request: Request, response: Response) -> Response:
        if response.status not in (429, 503):
            return response
        header = response.headers.get("Retry-After")
        wait = retry_after(header.decode("latin-1"), now=self.clock()) if header else None
        if wait is None:
            return response
        self._rest(_host(request), wait)
        self._drop_waiting(request)
        raise HostResting(f"the server answered {response.status} and asks to be left alone for {_written(wait)}", wait)

    def _rest(self, host: str, wait: timedelta) -> None:
        self._until.pop(host, None)
        self._until[host] = self.clock() + wait
        if len(self._until) > MOST_AT_REST:
            del self._until[next(iter(self._until))]

    def _drop_waiting(self, request: Request) -> None:
        """Fail what passed us before and waits for its turn at the host."""
        slot = self.crawler.engine.downloader.slots.get(request.meta.get("download_slot"))
        for waiting in tuple(slot.queue) if slot else ():
            try:
                self.process_request(waiting[0])
            except HostResting as exc:
                slot.queue.remove(waiting)
                waiting[1].errback(Failure(exc))


def _host(request: Request) -> str:
    """Its name, with the port where the address gives one: http and https of one name rest together."""
    url = urlparse_cached(request)
    return f"{url.hostname}:{url.port}" if url.port else url.hostname or ""


def _written(wait: timedelta) -> str:
    return f"{max(1, round(wait.total_seconds()))} s"
