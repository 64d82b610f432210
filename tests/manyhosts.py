"""Many hosts on loopback, served from a process of its own, that count who asks them: never two at once, and how long ago the last.

``/<any>`` is a feed of one entry that never changes. ``http://127.0.0.1:<port>/figures`` says what was counted since it was asked last.
"""

import asyncio
import json
import random
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

#: Of what never changes.
ETAG = '"still"'
STILL = b"<rss version='2.0'><channel><title>Still</title><item><guid>one</guid><title>All is calm</title></item></channel></rss>"


@dataclass
class Figures:
    """What the hosts saw since they were asked last."""

    polls: int = 0
    #: Polls that came while the same source, or another of its host, was being answered.
    twice: int = 0
    host_twice: int = 0
    #: Seconds between two polls of a source, at most, the time since the last one among them; 0 for one that was never polled.
    longest: float = 0
    sources: int = 0
    last: dict[str, float] = field(default_factory=dict, repr=False)


class Hosts:
    """The servers: what they count, and how long they take to answer."""

    def __init__(self) -> None:
        self.figures = Figures()
        self.asked: Counter[str] = Counter()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = writer.get_extra_info("sockname")[0]
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
                writer.write(await self.answer(host, head.split()[1], knows=ETAG in head))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(self, host: str, path: str, *, knows: bool) -> bytes:
        if path == "/figures":
            return _http("200 OK", self.told())
        if path == "/robots.txt":
            return _http("404 Not Found", b"")
        source = host + path
        self.figures.twice += self.asked[source] > 0
        self.figures.host_twice += self.asked[host] > 0
        self.note(source)
        self.asked.update((source, host))
        await asyncio.sleep(random.uniform(0.05, 0.2))
        self.asked.subtract((source, host))
        return _http("304 Not Modified", b"") if knows else _http("200 OK", STILL)

    def note(self, source: str) -> None:
        now, figures = time.monotonic(), self.figures
        figures.polls += 1
        figures.longest = max(figures.longest, now - figures.last.get(source, now))
        figures.last[source] = now

    def told(self) -> bytes:
        told, now = self.figures, time.monotonic()
        told.longest = max([told.longest, *(now - at for at in told.last.values())])
        told.sources = len(told.last)
        self.figures = Figures(last=told.last)
        return json.dumps({name: value for name, value in asdict(told).items() if name != "last"}).encode()


def _http(status: str, body: bytes) -> bytes:
    length = "" if status.startswith("304") else f"Content-Length: {len(body)}\r\n"
    return f"HTTP/1.1 {status}\r\nETag: {ETAG}\r\nContent-Type: application/rss+xml\r\n{length}\r\n".encode() + body


def address(number: int) -> str:
    """Of the host with this number: 127.0.1.0 and up, each a host of its own for whoever asks."""
    return f"127.0.{1 + number // 250}.{1 + number % 250}"


def figures(port: int) -> Figures:
    """What was counted since this was asked last."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/figures") as answer:
        return Figures(**json.load(answer))


@contextmanager
def many_hosts(count: int) -> Iterator[tuple[int, int]]:
    """The port at which so many hosts answer, and the process they live in, for as long as the block lasts."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-m", "tests.manyhosts", str(count)], stdin=pipe, stdout=pipe, text=True) as server:
        assert server.stdin
        assert server.stdout
        try:
            yield int(server.stdout.readline()), server.pid
        finally:
            server.stdin.close()


async def main(count: int) -> None:
    hosts = Hosts()
    first = await asyncio.start_server(hosts.talk, "127.0.0.1", 0, backlog=256)
    port = first.sockets[0].getsockname()[1]
    for number in range(count):
        await asyncio.start_server(hosts.talk, address(number), port, backlog=256)
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
