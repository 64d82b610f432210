"""The wire of the benchmark: stories of invented words, served from a process of its own until its standard input closes.

``/<any>/<how many>/rss`` lists the pages ``/<any>/<how many>/0``, ``/<any>/<how many>/1`` …; a page has the same words in every
run, and no other page has them. ``/<any>/still`` is a feed of one entry that never changes.
"""

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from spiders.source import Selectors

#: Of what never changes.
ETAG = '"still"'
SELECTORS = Selectors(headline="h1", body="div.story")
SYLLABLES = ("ka", "lo", "mi", "ren", "ta", "shu", "vo", "pel", "gra", "nis", "dor", "em", "ul", "fe", "zan", "bri")
#: By these a reader of unknown pages knows a language.
COMMON = ("the", "of", "and", "to", "in", "a", "that", "was", "for", "on", "with", "as", "by", "at", "from", "said", "has", "been")
#: One story in ten has a sentence that the presets match.
NEWS = "Pyongyang marked the 80th anniversary of the friendship treaty with North Korea's neighbours. "
STILL = b"<rss version='2.0'><channel><title>Still</title><item><guid>one</guid><title>All is calm</title></item></channel></rss>"
MENU = "".join(f"<li><a href='/section/{number}'>Section {number}</a></li>" for number in range(60))


@cache
def vocabulary() -> list[str]:
    some = random.Random(1)
    return ["".join(some.choices(SYLLABLES, k=some.randint(1, 4))) for _ in range(3000)]


def sentence(some: random.Random, words: int) -> str:
    return " ".join(some.choice(COMMON if some.random() < 0.4 else vocabulary()) for _ in range(words)).capitalize()


def headline(path: str) -> str:
    return sentence(random.Random(path), 8)


@lru_cache(1000)
def page(path: str) -> bytes:
    """A story of some 1,300 words between menus, about 20 KB."""
    some, title = random.Random(f"{path} body"), headline(path)
    paragraphs = [". ".join(sentence(some, some.randint(8, 20)) for _ in range(3)) + "." for _ in range(31)]
    paragraphs[0] = f"MOSCOW, July 27. /TASS/. {NEWS if some.random() < 0.1 else ''}{paragraphs[0]}"
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    teasers = "".join(f"<div class='teaser'><a href='/x/{number}'><h3>{sentence(some, 6)}</h3></a></div>" for number in range(60))
    text = f"""<!doctype html><html lang="en"><head><title>{title} - Bench Wire</title>
<meta property="og:title" content="{title}"><meta property="article:published_time" content="2026-11-23T06:00:00Z"></head>
<body><nav><ul>{MENU}</ul></nav><main><h1>{title}</h1><div class="story">{body}</div></main>
<aside>{teasers}</aside><footer><ul>{MENU}</ul></footer></body></html>"""
    return text.encode()


def rss(folder: str) -> bytes:
    items = "".join(
        f"<item><title>{headline(f'{folder}/{number}')}</title><link>{folder}/{number}</link></item>"
        for number in range(int(folder.rpartition("/")[2]))
    )
    return f"<rss version='2.0'><channel><title>Bench Wire</title>{items}</channel></rss>".encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # one packet: or the body waits 40 ms for the acknowledgement of the headers

    def do_GET(self) -> None:
        folder, _, name = self.path.rpartition("/")
        if self.headers["If-None-Match"] == ETAG:
            self.send_response(304)
            self.end_headers()
            return
        body = rss(folder) if name == "rss" else STILL if name == "still" else page(self.path) if folder else b""
        self.send_response(200 if folder else 404)  # robots.txt is in none
        if name == "still":
            self.send_header("ETag", ETAG)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128  # at its 5 a connection is dropped now and then, and tried again a second later


@contextmanager
def served() -> Iterator[str]:
    """The URL of the wire, for as long as the block lasts."""
    with subprocess.Popen([sys.executable, "-m", "tests.bench.wire"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        yield server.stdout.readline().strip()
        server.stdin.close()


def main() -> None:
    import threading

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
