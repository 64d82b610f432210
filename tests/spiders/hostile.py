"""A server that really misbehaves, on loopback, and the little vocabulary of feeds and pages that the crawler's tests share."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from spiders.feed import Entry
from spiders.source import Selectors, Source

#: Writes what a request is answered.
Answer = Callable[[BaseHTTPRequestHandler], None]
#: A page that states no date is searched for one by a reader of unknown pages.
DATED = "<meta property='article:published_time' content='2026-03-04T09:15:00Z'>"
PARAGRAPHS = ("MOSCOW, July 27. /TASS/. Delegations arrived on Sunday.", "They were met at the station.")


class Hostile:
    """Answers each path as it was told, anything else with 404, and remembers what it was asked."""

    def __init__(self, host: str, port: int) -> None:
        self.port = port
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, Message]] = []

    def on(self, path: str, answer: Answer) -> str:
        """Answer ``path`` like this from now on; its URL."""
        self.answers[path] = answer
        return self.url + path

    @property
    def asked(self) -> list[str]:
        """The paths asked for, in order, but for robots.txt, which each host is asked for first."""
        return [path for path, _ in self.requests if path != "/robots.txt"]

    def headers(self, path: str) -> list[Message]:
        """The headers of each request for ``path``."""
        return [headers for asked, headers in self.requests if asked == path]


@contextmanager
def hostile(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Hostile]:
    """A hostile server on a port of its own for as long as the block lasts; of https where ``tls`` is given."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            # A body that is not taken makes the answer a reset connection.
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            wire.requests.append((self.path, self.headers))
            with suppress(ConnectionError):  # the crawler hangs up on the worst
                wire.answers.get(self.path, text("not here", status=404))(self)

        do_CONNECT = do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        request_queue_size = 128

    server = Server((host, 0), Handler)
    wire = Hostile(host, server.server_port)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        wire.url = wire.url.replace("http:", "https:")
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield wire
    finally:
        server.shutdown()
        server.server_close()


def text(body: str | bytes, *, status: int = 200, **headers: str) -> Answer:
    """An ordinary answer; ``Content_Type="…"`` is a header."""
    content = body.encode() if isinstance(body, str) else body

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content_Type": "text/html; charset=utf-8", "Content_Length": str(len(content)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def redirect(location: str, status: int = 302) -> Answer:
    return text("", status=status, Location=location)


def rss(urls: Iterable[str], **headers: str) -> Answer:
    """A feed that lists these pages, titled by their addresses."""
    items = "".join(f"<item><title>{escape(url)}</title><link>{escape(url)}</link></item>" for url in urls)
    return text(f"<rss version='2.0'><channel><title>Wire</title>{items}</channel></rss>", Content_Type="application/rss+xml", **headers)


def page(headline: str = "Delegations arrive") -> Answer:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    head = f"<title>{headline}</title>{DATED}"
    return text(f"<html><head>{head}</head><body><h1>{headline}</h1><article>{body}</article></body></html>")


def a_source(feed: str, id: str = "wire") -> Source:
    """With a selector, so that no reader of unknown pages has to be loaded."""
    return Source(id=id, feed=feed, selectors=Selectors(body="article"))


def an_entry(url: str) -> Entry:
    """As a feed of ``rss()`` lists it."""
    return Entry(url=url, guid=url, title=url)
