"""However an answer is encoded, it ends at the cap."""

import asyncio
import gzip
import os
import zlib
from collections.abc import Callable
from itertools import product

import brotli
import psutil
import pytest
from hostile import Hostile, a_source, rss, text
from keeper import polled
from scrapy.utils._compression import zstd

from spiders.crawl import Crawler
from spiders.order import FeedRead, PageRead, PollFailed

pytestmark = pytest.mark.asyncio(loop_scope="session")

Encode = Callable[[bytes], bytes]


def raw_deflate(body: bytes) -> bytes:
    """Without its header, as some servers send it."""
    encoder = zlib.compressobj(wbits=-15)
    return encoder.compress(body) + encoder.flush()


ENCODINGS: dict[str, Encode] = {
    "gzip": lambda body: gzip.compress(body, 1),
    "x-gzip": lambda body: gzip.compress(body, 1),
    "deflate": lambda body: zlib.compress(body, 1),
    "br": lambda body: brotli.compress(body, quality=1),
    "zstd": zstd.compress,
}
BOMBS = {(name,): encode(bytes(64 << 20)) for name, encode in ENCODINGS.items()}
BOMBS |= {(one, two): ENCODINGS[two](BOMBS[one,]) for one, two in product(("gzip", "deflate", "br", "zstd"), repeat=2)}
FEED = b"<rss version='2.0'><channel><title>Wire</title></channel></rss>"


@pytest.mark.parametrize("names", BOMBS, ids="+".join)
async def test_crawl_07_a_bomb_is_refused_at_the_cap(crawler: Crawler, wire: Hostile, names: tuple[str, ...]) -> None:
    source = a_source(wire.on("/rss", text(BOMBS[names], Content_Encoding=", ".join(names))))

    memory = psutil.Process().memory_info().rss
    (result,) = await polled(crawler, source)

    assert isinstance(result, PollFailed)
    assert "exceeded DOWNLOAD_MAXSIZE (16777216 B)" in result.error
    assert psutil.Process().memory_info().rss - memory < 64 << 20


@pytest.mark.parametrize("names", BOMBS, ids="+".join)
async def test_an_ordinary_answer_is_read(crawler: Crawler, wire: Hostile, names: tuple[str, ...]) -> None:
    body = FEED
    for name in names:
        body = ENCODINGS[name](body)

    (result,) = await polled(crawler, a_source(wire.on("/rss", text(body, Content_Encoding=", ".join(names)))))

    assert isinstance(result, FeedRead)


async def test_deflate_without_its_header_is_read_and_ends_at_the_cap_too(crawler: Crawler, wire: Hostile) -> None:
    (read,) = await polled(crawler, a_source(wire.on("/rss", text(raw_deflate(FEED), Content_Encoding="deflate"))))
    (bomb,) = await polled(crawler, a_source(wire.on("/rss", text(raw_deflate(bytes(64 << 20)), Content_Encoding="deflate"))))

    assert [type(read), type(bomb)] == [FeedRead, PollFailed]


@pytest.mark.parametrize("header", ["gzip, gzip, gzip", ",".join(["gzip"] * 500), "gzip, identity, br"])
async def test_crawl_07_more_than_two_encodings_are_not_undone(crawler: Crawler, wire: Hostile, header: str) -> None:
    (result,) = await polled(crawler, a_source(wire.on("/rss", text(os.urandom(100), Content_Encoding=header))))

    assert isinstance(result, PollFailed)
    assert result.error == "the answer is encoded more than 2 times over"


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
async def test_what_is_not_encoded_as_it_says_is_a_failed_poll(crawler: Crawler, wire: Hostile, name: str) -> None:
    (result,) = await polled(crawler, a_source(wire.on("/rss", text(b"\xff" * 100, Content_Encoding=name))))

    assert isinstance(result, PollFailed)


@pytest.mark.parametrize("header", ["", "identity", "utf-8", "none"])
async def test_an_encoding_that_is_none_leaves_the_answer_as_it_is(crawler: Crawler, wire: Hostile, header: str) -> None:
    (result,) = await polled(crawler, a_source(wire.on("/rss", rss([], Content_Encoding=header))))

    assert isinstance(result, FeedRead)


@pytest.mark.parametrize("where", ["header", "page"])
async def test_a_charset_that_takes_quadratic_time_is_not_believed(crawler: Crawler, wire: Hostile, where: str) -> None:
    body = "<p>" + "Delegations arrived. " * 40_000 + "</p>"
    declared = "punycode" if where == "header" else "utf-8"
    inside = "<meta charset='punycode'>" if where == "page" else ""
    wire.on(
        "/rss",
        rss([wire.on("/one", text(f"{inside}<h1>One</h1><article>{body}</article>", Content_Type=f"text/html; charset={declared}"))]),
    )

    async with asyncio.timeout(15):  # it would take minutes
        results = await polled(crawler, a_source(f"{wire.url}/rss"))

    assert [type(result) for result in results] == [FeedRead, PageRead]
