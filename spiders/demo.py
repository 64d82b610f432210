"""DemoWire: a small wire of invented stories, served over HTTP on loopback by the demo and the tests alike."""

import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from spiders.demowire.feeds import CONTENT_TYPES, feed
from spiders.demowire.outlets import Outlet, outlets
from spiders.demowire.pages import page
from spiders.source import Source
from spiders.story import SpiderError

HOST = "127.0.0.1"
EVERY = timedelta(minutes=5)


class DemoWireDown(SpiderError):
    """The demo wire cannot listen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the demo wire answers to one path."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain"
    #: Only feeds have one; an ETag goes with it.
    changed_at: datetime | None = None

    @property
    def etag(self) -> str:
        """A strong validator: it changes with any byte of the body."""
        return f'"{blake2b(self.body, digest_size=8).hexdigest()}"'

    def unchanged(self, *, etag: str | None, since: str | None) -> bool:
        """Whether a client with these validators has this answer already; an ETag outranks a date (RFC 9110, 13.2.2)."""
        if self.changed_at is None:
            return False
        if etag is not None:
            return self.etag in [tag.strip().removeprefix("W/") for tag in etag.split(",")]
        known = _date(since or "")
        return known is not None and self.changed_at.replace(microsecond=0) <= known


class DemoWire:
    """A wire of invented stories on 127.0.0.1 for as long as the ``with`` block lasts.

    ``began`` (aware) dates the stories: all but one archive item were published in the 20 hours before it. Raise
    DemoWireDown when ``port`` is taken; 0 takes a free one.
    """

    def __init__(self, began: datetime, *, port: int = 0) -> None:
        if began.utcoffset() is None:
            raise ValueError("began must be aware: give it a time zone")
        self.port = port
        #: 1, then 2: the corrections are out.
        self.edition: Literal[1, 2] = 1
        #: How often each path was asked for.
        self.hits: Counter[str] = Counter()
        #: Paths that answer 500.
        self.broken: set[str] = set()
        #: Seconds that each page takes to answer.
        self.slow = 0.0
        self._editions = {edition: outlets(began, edition=edition) for edition in (1, 2)}
        self._lock = Lock()

    @property
    def url(self) -> str:
        """The root of the wire, without a closing slash."""
        return f"http://{HOST}:{self.port}"

    @property
    def outlets(self) -> tuple[Outlet, ...]:
        """The outlets and their stories as they stand in this edition: what a crawl must find."""
        return self._editions[self.edition]

    @property
    def feeds(self) -> dict[str, str]:
        """The address of each outlet's feed, by source id."""
        return {outlet.id: self.url + outlet.path for outlet in self.outlets}

    def sources(self) -> tuple[Source, ...]:
        """The outlets as sources, ready to crawl."""
        return tuple(
            Source(
                id=outlet.id,
                name=outlet.name,
                feed=self.feeds[outlet.id],
                every=EVERY,
                timezone=outlet.zone,
                country=outlet.country,
                selectors=outlet.selectors,
            )
            for outlet in self.outlets
        )

    def answer(self, path: str) -> Answer:
        """Count the hit and say what is at a path."""
        with self._lock:
            self.hits[path] += 1
        if path in self.broken:
            return Answer(status=500, body=b"broken")
        for outlet in self.outlets:
            if path == outlet.path:
                return Answer(
                    status=200, body=feed(outlet, self.url), content_type=CONTENT_TYPES[outlet.feed], changed_at=outlet.changed_at
                )
        return self._page(path)

    def _page(self, path: str) -> Answer:
        time.sleep(self.slow)
        for outlet in self.outlets:
            for article in outlet.articles:
                if path == article.path and not article.missing:
                    return Answer(status=200, body=page(article, outlet, self.url), content_type="text/html; charset=utf-8")
        return Answer(status=404, body=b"not found")

    def __enter__(self) -> Self:
        try:
            self._server = _Server((HOST, self.port), self)
        except OSError as exc:
            raise DemoWireDown(f"demo wire: cannot listen on {HOST}:{self.port}: {exc.strerror}; use port=0 for a free one") from exc
        self.port = self._server.server_port
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="demo-wire", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    # As many crawlers as like may knock at once; the default of 5 makes the sixth wait a second.
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], wire: DemoWire) -> None:
        self.wire = wire
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that hangs up is part of its tests, not a fault of the wire.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.0, so that no kept-alive connection outlives the wire."""

    server: _Server

    def do_GET(self) -> None:
        answer = self.server.wire.answer(urlsplit(self.path).path)
        if answer.unchanged(etag=self.headers["If-None-Match"], since=self.headers["If-Modified-Since"]):
            self.send_response(304)
            self._validators(answer)
            self.end_headers()
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self._validators(answer)
        self.end_headers()
        self.wfile.write(answer.body)

    def _validators(self, answer: Answer) -> None:
        if answer.changed_at is not None:
            self.send_header("ETag", answer.etag)
            self.send_header("Last-Modified", format_datetime(answer.changed_at.astimezone(UTC), usegmt=True))

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: the demo prints its own table."""


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None
