"""What a source brings along goes to its own hosts and to no other."""

from dataclasses import replace
from email.message import Message
from urllib.parse import urlsplit

import pytest
from hostile import Answer, Hostile, a_source, hostile, page, redirect, rss, text
from keeper import polled
from scrapy import Request
from scrapy.exceptions import IgnoreRequest

from spiders.crawl import Crawler
from spiders.credentials import SourceMiddleware, is_own
from spiders.order import FeedRead, PollFailed
from spiders.rung import Rung
from spiders.source import Source

crawls = pytest.mark.asyncio(loop_scope="session")
SECRETS = (("Authorization", "Bearer s3cret"), ("X-Key", "s3cret"), ("Cookie", "id=s3cret"), ("User-Agent", "s3cret reader"))


def sent(headers: Message) -> list[str | None]:
    return [headers[name] for name, _ in SECRETS]


ALL = [value for _, value in SECRETS]
NONE = [None, None, None, "wirewatch/0.1.0 (+desk@example.org)"]


def a_subscriber(feed: str) -> Source:
    return replace(a_source(feed), headers=SECRETS)


@crawls
async def test_headers_of_a_source_go_to_its_feed_its_pages_and_its_robots_txt(crawler: Crawler, wire: Hostile) -> None:
    source = a_subscriber(wire.on("/rss", rss([wire.on("/one", page())])))

    await polled(crawler, source)

    assert [path for path, _ in wire.requests] == ["/robots.txt", "/rss", "/one"]
    assert [sent(headers) for _, headers in wire.requests] == [ALL] * 3


@crawls
async def test_another_source_of_the_same_host_sends_none_of_them(crawler: Crawler, wire: Hostile) -> None:
    await polled(crawler, a_subscriber(wire.on("/rss", rss([]))))
    await polled(crawler, a_source(wire.on("/other", rss([]))))

    assert sent(wire.headers("/other")[0]) == NONE


@crawls
async def test_a_page_at_another_host_gets_none_of_them(crawler: Crawler, wire: Hostile) -> None:
    with hostile() as other:
        await polled(crawler, a_subscriber(wire.on("/rss", rss([other.on("/one", page())]))))

        assert [sent(headers) for _, headers in other.requests] == [NONE, NONE]


def refresh(url: str) -> Answer:
    return text(f"<html><head><meta http-equiv='refresh' content='0; url={url}'></head></html>")


@crawls
@pytest.mark.parametrize("lead", [redirect, refresh, lambda url: redirect(url, 301), lambda url: redirect(url, 307)])
async def test_a_redirect_to_another_host_loses_them_and_one_back_finds_them(crawler: Crawler, wire: Hostile, lead: type[Answer]) -> None:
    with hostile() as other:
        source = a_subscriber(wire.on("/rss", lead(other.on("/hop", lead(wire.on("/moved", rss([])))))))

        assert [type(result) for result in await polled(crawler, source)] == [FeedRead]

        assert {path: sent(headers) for path, headers in other.requests} == {"/robots.txt": NONE, "/hop": NONE}
        assert sent(wire.headers("/moved")[0]) == ALL


def test_a_post_is_not_sent_on_to_another_host() -> None:
    """Its body may hold a key; a 307 asks for just that."""
    source = Source(id="wire", json=Rung(kind="json", url="https://example.org/api", method="POST", body='{"key": "s3cret"}'))
    part = SourceMiddleware()

    part.process_request(Request("https://example.org/moved", method="POST", meta={"source": source}))
    with pytest.raises(IgnoreRequest, match="not sent to another host"):
        part.process_request(Request("https://example.net/api", method="POST", meta={"source": source}))


@pytest.mark.parametrize(
    ("feed", "url", "own"),
    [
        ("https://example.org/rss", "https://example.org/one", True),
        ("https://example.org/rss", "https://EXAMPLE.org:443/one", True),
        ("https://example.org/rss", "https://www.example.org/one", True),
        ("https://www.example.org/rss", "https://example.org/one", True),
        ("http://example.org/rss", "https://example.org/one", True),
        ("http://example.org/rss", "http://example.org:80/one", True),
        ("https://example.org/rss", "http://example.org/one", False),
        ("https://example.org/rss", "https://news.example.org/one", False),
        ("https://news.example.org/rss", "https://example.org/one", False),
        ("https://example.org/rss", "https://example.org:8443/one", False),
        ("http://example.org:8080/rss", "http://example.org/one", False),
        ("https://example.org/rss", "https://example.org.evil.example/one", False),
        ("https://example.org/rss", "https://example.org@evil.example/one", False),
        ("https://example.org/rss", "https://evil.example/example.org", False),
        ("https://example.org/rss", "https://www.www.example.org/one", False),
        ("https://example.org/rss", "https://example.org:x/one", False),
    ],
)
def test_a_source_owns_its_hosts_with_and_without_www_and_never_what_is_less_secure(feed: str, url: str, own: bool) -> None:
    assert is_own(a_source(feed), urlsplit(url)) is own


def test_each_rung_has_a_host() -> None:
    source = replace(a_source("https://example.org/rss"), sitemap="https://static.example.net/news.xml")

    assert [is_own(source, urlsplit(url)) for url in ("https://static.example.net/x", "https://example.net/x")] == [True, False]


@crawls
async def test_the_secrets_stand_in_no_error(crawler: Crawler, wire: Hostile) -> None:
    (result,) = await polled(crawler, a_subscriber(wire.on("/rss", text("", status=401))))

    assert isinstance(result, PollFailed)
    assert "s3cret" not in repr(result)
