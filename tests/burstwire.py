"""A wire of many hosts on loopback that publishes in bursts, served from a process of its own.

Each host has ``/rss``, which lists its newest stories, and their pages, ``/<number>-<published, ms>``. When a story is published is a
matter of its number alone: every PAUSE seconds one of each host, RATE a second. One in MARKED_EACH has a word that no other has, one
in NEWS_EACH a word for the minute in which it came.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial

from tests.bench.wire import headline, page
from tests.manyhosts import address

HOSTS, RATE, PAUSE, LISTED = 200, 50, 20, 20
#: One story in so many has a word of its own; there are so many of these words, and then they come again.
MARKED_EACH, WORDS = 40, 100
NEWS_EACH = 10


def published_at(number: int, began: float) -> float:
    """When the story of this number is published."""
    burst, place = divmod(number, HOSTS)
    return began + burst * PAUSE + place / RATE


def words(number: int) -> str:
    """What a story has of such words; "" for most."""
    own = f"zulu{number // MARKED_EACH % WORDS} " if number % MARKED_EACH == 0 else ""
    return own + (f"minute{number // HOSTS * PAUSE // 60} " if number % NEWS_EACH == 0 else "")


async def talk(began: float, host: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            status, body = answer(head.split()[1].decode("latin-1"), host, began)
            kind = "application/rss+xml" if body[:4] == b"<rss" else "text/html; charset=utf-8"
            writer.write(f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def answer(path: str, host: int, began: float) -> tuple[str, bytes]:
    if path == "/robots.txt":
        return "404 Not Found", b""
    return "200 OK", rss(host, began) if path == "/rss" else story(path)


def rss(host: int, began: float) -> bytes:
    bursts = int((time.time() - began) / PAUSE) + 1
    numbers = [host + HOSTS * burst for burst in range(max(bursts - LISTED, 0), bursts)]
    items = "".join(_item(number, at) for number in reversed(numbers) if (at := published_at(number, began)) <= time.time())
    return f"<rss version='2.0'><channel><title>Bursts</title>{items}</channel></rss>".encode()


def _item(number: int, at: float) -> str:
    path = f"/{number}-{at * 1000:.0f}"
    said = format_datetime(datetime.fromtimestamp(at, UTC))
    return f"<item><title>{headline(path)}</title><link>{path}</link><guid>{path}</guid><pubDate>{said}</pubDate></item>"


def story(path: str) -> bytes:
    number, _, at = path[1:].partition("-")
    said = datetime.fromtimestamp(int(at) / 1000, UTC).isoformat()
    body = page(path).replace(b"2026-11-23T06:00:00Z", said.encode())
    marks = words(int(number))
    return body.replace(b'<div class="story">', f'<div class="story"><p>The {marks}committee met.</p>'.encode()) if marks else body


@contextmanager
def bursts() -> Iterator[tuple[int, float]]:
    """The port at which the hosts answer, and when the first story is published, for as long as the block lasts."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-m", "tests.burstwire"], stdin=pipe, stdout=pipe, text=True) as server:
        assert server.stdin
        assert server.stdout
        try:
            port, began = server.stdout.readline().split()
            yield int(port), float(began)
        finally:
            server.stdin.close()


async def main() -> None:
    began = time.time() + PAUSE
    first = await asyncio.start_server(partial(talk, began, 0), address(0), 0)
    port = first.sockets[0].getsockname()[1]
    for host in range(1, HOSTS):
        await asyncio.start_server(partial(talk, began, host), address(host), port)
    print(port, began, flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
