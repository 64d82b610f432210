"""A host that asks to be left alone is."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network

import pytest
from hostile import Hostile, a_source, hostile, page, rss, text
from hypothesis import example, given
from hypothesis import strategies as st
from keeper import Keeper, polled
from scrapy import Request

from spiders.crawl import Crawler, crawling
from spiders.order import FeedRead, Poll, PollFailed
from spiders.rest import LONGEST_REST, MOST_AT_REST, HostResting, RestMiddleware, retry_after

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
GARBAGE = (
    "",
    "soon",
    "-120",
    "0",
    "1.5",
    "1e3",
    "+60",
    "٣",
    "120, 60",
    "999999999",
    "9" * 5000,
    "Mon, 23 Nov 2026",
    "Mon, 99 Nov 2026 07:00:00 GMT",
)


def in_(**time: float) -> str:
    return format_datetime(NOW + timedelta(**time), usegmt=True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", timedelta(seconds=120)),
        (" 120 ", timedelta(seconds=120)),
        ("172800", LONGEST_REST),
        (in_(minutes=2), timedelta(minutes=2)),
        (in_(days=2), LONGEST_REST),
        ("Monday, 23-Nov-26 06:02:00 GMT", timedelta(minutes=2)),
        ("Mon Nov 23 06:02:00 2026", timedelta(minutes=2)),
        ("Mon, 23 Nov 2026 06:02:00 -0000", timedelta(minutes=2)),
        ("Mon, 23 Nov 2026 15:02:00 +0900", timedelta(minutes=2)),
    ],
)
def test_crawl_02_a_usable_retry_after_is_a_time_up_to_the_cap(value: str, expected: timedelta) -> None:
    assert retry_after(value, now=NOW) == expected


@pytest.mark.parametrize("value", [*GARBAGE, in_(seconds=0), in_(hours=-1), in_(days=8)])
def test_crawl_02_garbage_past_and_absurd_are_none(value: str) -> None:
    assert retry_after(value, now=NOW) is None


@given(st.one_of(st.text(), st.text("0123456789:+-, GMTNov"), st.datetimes().map(format_datetime)))
@example("Mon, 23 Nov 2026 06:02:00 +9999")
@example("Mon, 23 Nov 0000 06:02:00 GMT")
@example("Fri, 31 Dec 9999 23:59:59 -2359")
def test_whatever_a_server_sends_is_none_or_a_time_up_to_the_cap(value: str) -> None:
    wait = retry_after(value, now=NOW)

    assert wait is None or timedelta(0) < wait <= LONGEST_REST


def resting(crawler: Crawler) -> RestMiddleware:
    """The part of a crawler that says who rests."""
    part = crawler._turn.scrapy.get_downloader_middleware(RestMiddleware)
    assert isinstance(part, RestMiddleware)
    return part


def a_date() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=120), usegmt=True)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_crawl_02_a_resting_host_is_asked_nothing_until_its_time_is_over(
    crawler: Crawler, wire: Hostile, status: int, form: str
) -> None:
    after = "120" if form == "seconds" else a_date()
    source = a_source(wire.on("/rss", text("later", status=status, Retry_After=after)))
    (first,) = await polled(crawler, source)
    assert isinstance(first, PollFailed)
    assert first.error.startswith(f"the server answered {status} and asks to be left alone for 1")
    hits = len(wire.requests)

    for _ in range(3):
        (again,) = await polled(crawler, source)
        assert isinstance(again, PollFailed)
        assert again.error.startswith(f"127.0.0.1:{wire.port} asked to be left alone for another 1")
    assert len(wire.requests) == hits == 2  # robots.txt and the feed

    wire.on("/rss", rss([]))
    part = resting(crawler)
    usual, part.clock = part.clock, lambda: datetime.now(UTC) + timedelta(seconds=121)
    try:
        assert [type(result) for result in await polled(crawler, source)] == [FeedRead]
    finally:
        part.clock = usual


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("after", [None, "999999999", "garbage", "0", "-5"])
async def test_crawl_02_without_a_usable_retry_after_no_host_rests_and_nobody_hurries(
    crawler: Crawler, wire: Hostile, after: str | None
) -> None:
    source = a_source(wire.on("/rss", text("later", status=429, **({"Retry_After": after} if after else {}))))

    first, again = (await polled(crawler, source), await polled(crawler, source))

    assert first == again == [PollFailed(order=Poll(source=source), error="the server answered 429")]
    assert wire.asked == ["/rss", "/rss"]  # once a poll: the pace is the keeper's


@pytest.mark.asyncio(loop_scope="session")
async def test_the_other_servers_of_a_machine_do_not_rest(crawler: Crawler, wire: Hostile) -> None:
    await polled(crawler, a_source(wire.on("/rss", text("later", status=429, Retry_After="120"))))

    with hostile() as other:
        assert [type(result) for result in await polled(crawler, a_source(other.on("/rss", rss([]))))] == [FeedRead]


@pytest.mark.asyncio(loop_scope="session")
async def test_pages_that_wait_for_their_turn_at_a_host_that_goes_to_rest_are_not_asked(reactor: None) -> None:
    """Of a host with a pause between two requests."""
    with hostile("127.0.0.2") as wire:
        pages = [wire.on("/first", text("later", status=429, Retry_After="60")), *(wire.on(f"/{number}", page()) for number in range(5))]
        keeper = Keeper()
        async with crawling(contact="desk@example.org", allow=[ip_network("127.0.0.0/8")]) as crawler, asyncio.timeout(10):
            await crawler.poll(Poll(source=a_source(wire.on("/rss", rss(pages)))), keeper.keep)

        assert wire.asked == ["/rss", "/first"]
        assert len(keeper.results) == 7


@pytest.mark.asyncio(loop_scope="session")
async def test_a_robots_txt_that_asks_for_rest_is_obeyed_by_all(crawler: Crawler, wire: Hostile) -> None:
    wire.on("/robots.txt", text("later", status=503, Retry_After="60"))
    source = a_source(wire.on("/rss", rss([])))

    results = [*await polled(crawler, source), *await polled(crawler, source)]

    assert [type(result) for result in results] == [PollFailed, PollFailed]
    assert [path for path, _ in wire.requests] == ["/robots.txt"]


def test_of_endless_hosts_at_rest_only_the_last_are_remembered() -> None:
    part = RestMiddleware(None, clock=lambda: NOW)
    for number in range(MOST_AT_REST + 1):
        part._rest(f"{number}.example", timedelta(seconds=60))

    part.process_request(Request("http://0.example/"))
    with pytest.raises(HostResting) as resting:
        part.process_request(Request("https://1.example/"))
    assert resting.value.retry_after == timedelta(seconds=60)
    assert len(part._until) == MOST_AT_REST
