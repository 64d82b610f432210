"""A folder of bytes served over real HTTP on loopback, for tests that bring their own pages."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from spiders.feed import Entry


@dataclass
class Served:
    """What a path answers; the rest is 404. Answers may be added while it runs."""

    url: str
    answers: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    hits: Counter[str] = field(default_factory=Counter)
    #: For how many seconds a path lets its reader wait.
    waits: dict[str, float] = field(default_factory=dict)

    def put(self, path: str, body: bytes | str, kind: str = "text/html; charset=utf-8") -> str:
        """Serve these bytes; their URL."""
        self.answers[path] = (kind, body.encode() if isinstance(body, str) else body)
        return self.url + path


@contextmanager
def served(pages: Mapping[str, bytes] | None = None) -> Iterator[Served]:
    """A server on 127.0.0.1 for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wire.hits[self.path] += 1
            time.sleep(wire.waits.get(self.path, 0))
            kind, body = wire.answers.get(self.path, ("text/plain", b"not here"))
            self.send_response(200 if self.path in wire.answers else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    wire = Served(f"http://127.0.0.1:{server.server_port}")
    for path, body in (pages or {}).items():
        wire.put(path, body)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield wire
    finally:
        server.shutdown()
        server.server_close()


def rss(entries: list[Entry]) -> str:
    """An RSS feed of these entries."""
    items = "".join(
        f"<item><title>{escape(entry.title)}</title><link>{escape(entry.url)}</link><guid isPermaLink='false'>{escape(entry.guid)}</guid>"
        f"<description>{escape(entry.summary)}</description>"
        + (f"<pubDate>{format_datetime(entry.published_at)}</pubDate>" if entry.published_at else "")
        + "</item>"
        for entry in entries
    )
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>wire</title>{items}</channel></rss>'
