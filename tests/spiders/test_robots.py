"""robots.txt: how long it is believed, what becomes of one that cannot be had, and the pace that it asks for."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network

import psutil
import pytest
from hostile import Answer, Hostile, a_source, hostile, redirect, rss, text
from keeper import polled
from protego import Protego

from spiders.crawl import Crawler, crawling
from spiders.order import PollFailed
from spiders.robots import AGAIN, FRESH, LONGEST, MOST_BYTES, MOST_HOSTS, RobotsMiddleware, Rules, ours

crawls = pytest.mark.asyncio(loop_scope="session")
FORBIDDEN = text("User-agent: *\nDisallow: /\n", Content_Type="text/plain")


def robots(crawler: Crawler) -> RobotsMiddleware:
    part = crawler._turn.scrapy.get_downloader_middleware(RobotsMiddleware)
    assert isinstance(part, RobotsMiddleware)
    return part


class Clock:
    def __init__(self) -> None:
        self.now = time.monotonic()

    def __call__(self) -> float:
        return self.now


@contextmanager
def at_our_time(crawler: Crawler) -> Iterator[Clock]:
    part = robots(crawler)
    usual, clock = part.clock, Clock()
    part.clock = clock
    try:
        yield clock
    finally:
        part.clock = usual


async def outcome(crawler: Crawler, wire: Hostile) -> str:
    """Whether a poll went through; else why not."""
    (result,) = await polled(crawler, a_source(wire.on("/rss", rss([]))))
    return result.error if isinstance(result, PollFailed) else "read"


def asked_for(wire: Hostile) -> int:
    return len(wire.headers("/robots.txt"))


@crawls
async def test_rules_are_fetched_again_after_an_hour(crawler: Crawler, wire: Hostile) -> None:
    with at_our_time(crawler) as clock:
        assert [await outcome(crawler, wire) for _ in range(3)] == ["read"] * 3
        assert asked_for(wire) == 1

        wire.on("/robots.txt", FORBIDDEN)
        clock.now += FRESH - 1
        assert await outcome(crawler, wire) == "read"
        clock.now += 2
        assert await outcome(crawler, wire) == "Forbidden by robots.txt"
        assert asked_for(wire) == 2


@crawls
@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_robots_txt_that_is_not_there_allows_everything_for_an_hour(crawler: Crawler, wire: Hostile, status: int) -> None:
    """Whatever the page says that comes with the status."""
    wire.on("/robots.txt", text("User-agent: *\nDisallow: /\n", status=status))
    with at_our_time(crawler) as clock:
        assert await outcome(crawler, wire) == "read"
        clock.now += FRESH - 1
        assert await outcome(crawler, wire) == "read"
        assert asked_for(wire) == 1


def hang_up(handler: object) -> None:
    raise ConnectionError


def hang(handler: object) -> None:
    time.sleep(1.5)  # the crawler's limit is 1 s


@crawls
@pytest.mark.parametrize(
    "answer", [text("", status=500), text("", status=503), text("", status=429), hang_up, hang, redirect("/robots.txt")]
)
async def test_a_robots_txt_that_cannot_be_had_is_asked_for_again_soon(crawler: Crawler, wire: Hostile, answer: Answer) -> None:
    wire.on("/robots.txt", answer)
    with at_our_time(crawler) as clock:
        assert [await outcome(crawler, wire) for _ in range(2)] == ["read"] * 2
        before = asked_for(wire)

        wire.on("/robots.txt", FORBIDDEN)
        clock.now += AGAIN - 1
        assert await outcome(crawler, wire) == "read"
        assert asked_for(wire) == before
        clock.now += 2
        assert await outcome(crawler, wire) == "Forbidden by robots.txt"


@crawls
async def test_rules_stay_in_force_for_a_day_while_their_robots_txt_cannot_be_had(crawler: Crawler, wire: Hostile) -> None:
    wire.on("/robots.txt", FORBIDDEN)
    with at_our_time(crawler) as clock:
        assert await outcome(crawler, wire) == "Forbidden by robots.txt"

        wire.on("/robots.txt", text("", status=500))
        for _ in range(3):
            clock.now += FRESH + 1
            assert await outcome(crawler, wire) == "Forbidden by robots.txt"
        clock.now += LONGEST
        assert await outcome(crawler, wire) == "read"


@crawls
async def test_many_polls_of_a_host_ask_for_its_rules_once(crawler: Crawler, wire: Hostile) -> None:
    assert set(await asyncio.gather(*(outcome(crawler, wire) for _ in range(8)))) == {"read"}

    assert asked_for(wire) == 1


@crawls
async def test_a_crawl_delay_is_the_pause_between_two_requests(reactor: None) -> None:
    """Of this machine, which otherwise has none; our jitter does not shorten it."""
    with hostile() as wire:
        times: list[float] = []

        def note(handler: object) -> None:
            times.append(time.monotonic())
            rss([])(handler)  # type: ignore[arg-type]

        wire.on("/robots.txt", text("User-agent: *\nCrawl-delay: 0.3\n"))
        source = a_source(wire.on("/rss", note))
        async with crawling(contact="desk@example.org", allow=[ip_network("127.0.0.1")]) as crawler:
            await asyncio.gather(*(polled(crawler, source) for _ in range(4)))

    assert times[-1] - times[0] > 0.8


@crawls
@pytest.mark.parametrize(
    ("told", "delay", "jitter"),
    [
        ("10", 10, 0),
        ("86400", 30, 0),
        ("0.01", 0.5, 0),
        ("0", 0.5, 0.5),
        ("-1", 0.5, 0.5),
        ("nan", 0.5, 0.5),
        ("inf", 0.5, 0.5),
        ("x", 0.5, 0.5),
    ],
)
async def test_a_crawl_delay_lengthens_our_own_up_to_a_cap(reactor: None, told: str, delay: float, jitter: float) -> None:
    with hostile("127.0.0.2") as wire:
        wire.on("/robots.txt", text(f"User-agent: wirewatch\nCrawl-delay: {told}\n"))
        async with crawling(contact="desk@example.org", allow=[ip_network("127.0.0.2")]) as crawler:
            open_poll = asyncio.create_task(polled(crawler, a_source(wire.on("/rss", rss([])))))
            async with asyncio.timeout(5):
                while not (wire.requests and robots(crawler)._rules):  # noqa: ASYNC110 (another thread is asked)
                    await asyncio.sleep(0.01)
            slot = crawler._turn.scrapy.engine.downloader.slots["127.0.0.2"]
            await crawler.stop()
            await asyncio.wait((open_poll,))
            open_poll.exception()

    assert (slot.delay, slot.jitter, slot.concurrency) == (delay, jitter, 1)


@crawls
async def test_a_crawl_delay_that_is_gone_is_forgotten_and_endless_hosts_too(crawler: Crawler) -> None:
    part = robots(crawler)
    known, part._rules = part._rules, {}
    paces = crawler._turn.scrapy.engine.downloader.per_slot_settings
    try:
        for number in range(MOST_HOSTS + 1):
            part._remember(f"http://{number}.example", Rules(parser=None, until=0, read_at=0, host=f"{number}.example", delay=9))
        assert len(part._rules) == MOST_HOSTS
        assert ("0.example" in paces, paces["1.example"]["delay"]) == (False, 9)

        for origin, rules in list(part._rules.items()):
            del part._rules[origin]
            part._pace(rules.host)
        assert set(paces) == {"127.0.0.1", "localhost", "::1"}
    finally:
        part._rules = known


@crawls
async def test_a_stop_does_not_wait_for_a_robots_txt_and_then_for_the_page(reactor: None, wire: Hostile) -> None:
    wire.on("/robots.txt", lambda handler: time.sleep(1))
    async with crawling(contact="desk@example.org", allow=[ip_network("127.0.0.1")], time_limit=2) as crawler:
        poll = asyncio.create_task(polled(crawler, a_source(wire.on("/rss", rss([])))))
        async with asyncio.timeout(5):
            while not wire.requests:  # noqa: ASYNC110 (another thread is asked)
                await asyncio.sleep(0.01)

    await asyncio.wait((poll,))
    assert poll.exception()
    assert wire.asked == []


TEXT = """\ufeffSitemap: https://example.org/news.xml
User-agent: BadBot
User-agent: OtherBot/2.0
Disallow: /
Crawl-delay: 99

User-agent: GoodBot   # and us
user agent: WireWatch/1.0
Disallow: /private/
Allow: /private/feed

USER-AGENT: *
User-agent: badbot
Disallow: /all/ # really
Crawl-delay: 2
"""


def test_only_rules_for_us_and_for_everybody_are_kept() -> None:
    assert ours(TEXT.encode()).decode().splitlines() == [
        *("User-agent: wirewatch", "Disallow: /private/", "Allow: /private/feed"),
        *("User-agent: *", "Disallow: /all/", "Crawl-delay: 2"),
    ]


@pytest.mark.parametrize("path", ["/", "/private/x", "/private/feed", "/all/x"])
@pytest.mark.parametrize("agents", ["*", "wirewatch", "WIREWATCH", "other", "other\nUser-agent: wirewatch", "wirewatch\nUser-agent: other"])
def test_what_is_left_says_to_us_what_the_whole_said(agents: str, path: str) -> None:
    whole = f"User-agent: *\nDisallow: /all/\n\nUser-agent: {agents}\nDisallow: /private/\nAllow: /private/feed\nCrawl-delay: 7\n"
    left, full = Protego.parse(ours(whole.encode()).decode()), Protego.parse(whole)

    assert left.can_fetch(path, "wirewatch") == full.can_fetch(path, "wirewatch")
    assert left.crawl_delay("wirewatch") == full.crawl_delay("wirewatch")


def test_half_a_megabyte_of_names_and_rules_is_read_in_no_time() -> None:
    """As it stands the parser would keep 15,000 × 30,000 rules of it."""
    body = b"".join(b"User-agent:a%d\n" % number for number in range(15_000)) + b"User-agent:*\n" + b"Allow:/a\n" * 30_000
    began, memory = time.process_time(), psutil.Process().memory_info().rss

    Protego.parse(ours(body).decode())

    assert time.process_time() - began < 2
    assert psutil.Process().memory_info().rss - memory < 64 << 20


def test_of_a_robots_txt_without_end_the_first_half_megabyte_is_read() -> None:
    line = b"Disallow: /0123456789\n"
    body = b"User-agent: *\n" + line * (MOST_BYTES // len(line)) + b"Disallow: /cut"

    kept = ours(body).splitlines()

    assert set(kept[1:]) == {line.strip()}
    assert MOST_BYTES - 100 < len(b"\n".join(kept)) < MOST_BYTES
