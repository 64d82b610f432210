"""Everything goes through the proxy that is given, and nothing that could not be fetched without it."""

from base64 import b64encode
from ipaddress import ip_network
from pathlib import Path

import pytest
from certificates import serving, write_certificate
from hostile import Hostile, a_source, hostile, page, redirect, rss
from keeper import polled
from proxying import Proxying, proxying

from spiders.crawl import crawling
from spiders.order import FeedRead, PageFailed, PageRead, PollFailed
from spiders.proxy import BadProxy, Proxy

crawls = pytest.mark.asyncio(loop_scope="session")
WHO = "desk@example.org"
#: Not the proxy's own, 127.0.0.3.
ALLOWED = [ip_network("127.0.0.1")]
SIGNED = "Basic " + b64encode(b"desk:pass word").decode()


def through(proxy: Proxying, host: str = "127.0.0.3") -> str:
    return f"http://desk:pass%20word@{host}:{proxy.port}"


@crawls
async def test_feeds_pages_and_robots_txt_are_asked_of_the_proxy_which_alone_sees_its_password(reactor: None, wire: Hostile) -> None:
    source = a_source(wire.on("/rss", rss([wire.on("/one", redirect(wire.on("/two", page())))])))
    with proxying() as proxy:
        async with crawling(contact=WHO, allow=ALLOWED, proxy=through(proxy)) as crawler:
            results = await polled(crawler, source)

        assert [type(result) for result in results] == [FeedRead, PageRead]
        assert proxy.lines == [f"GET {wire.url}{path}" for path in ("/robots.txt", "/rss", "/one", "/two")]
        assert {headers["Proxy-Authorization"] for _, headers in proxy.requests} == {SIGNED}
        assert [headers["Proxy-Authorization"] for _, headers in wire.requests] == [None] * 4


@crawls
async def test_https_goes_through_a_tunnel_whose_far_end_proves_who_it_is(reactor: None, tmp_path: Path) -> None:
    file = write_certificate(tmp_path, "127.0.0.1")
    with hostile(tls=serving(file)) as wire, proxying() as proxy:
        source = a_source(wire.on("/rss", rss([])))
        async with crawling(contact=WHO, allow=ALLOWED, proxy=through(proxy), ca_file=file) as crawler:
            assert [type(result) for result in await polled(crawler, source)] == [FeedRead]
        async with crawling(contact=WHO, allow=ALLOWED, proxy=through(proxy)) as crawler:
            (refused,) = await polled(crawler, source)

        assert isinstance(refused, PollFailed)
        assert "certificate verify failed" in refused.error
        assert set(proxy.lines) == {f"CONNECT 127.0.0.1:{wire.port}"}
        assert {headers["Proxy-Authorization"] for _, headers in proxy.requests} == {SIGNED}
        assert [headers["Proxy-Authorization"] for _, headers in wire.requests] == [None] * 2


@crawls
async def test_crawl_11_a_host_that_may_not_be_fetched_is_not_handed_to_the_proxy(reactor: None, wire: Hostile) -> None:
    """Nor the proxy's own."""
    with hostile("127.0.0.2") as other, proxying() as proxy:
        private = [
            f"{other.url}/x",
            f"https://127.0.0.2:{other.port}/x",
            f"http://127.0.0.3:{proxy.port}/x",
            f"http://0x7f.2:{other.port}/x",
        ]
        wire.on("/hop", redirect(private[0]))
        source = a_source(wire.on("/rss", rss([*private, f"{wire.url}/hop"])))
        async with crawling(contact=WHO, allow=ALLOWED, proxy=through(proxy)) as crawler:
            feed, *pages = await polled(crawler, source)

        assert isinstance(feed, FeedRead)
        assert len(pages) == 5
        assert [page.error for page in pages if isinstance(page, PageFailed) and "which is not public" not in page.error] == []
        assert other.requests == []
        assert proxy.lines == [f"GET {wire.url}{path}" for path in ("/robots.txt", "/rss", "/hop")]


@crawls
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_name_that_is_unknown_here_is_not_handed_to_the_proxy(reactor: None, scheme: str) -> None:
    with proxying() as proxy:
        async with crawling(contact=WHO, proxy=through(proxy)) as crawler:
            (result,) = await polled(crawler, a_source(f"{scheme}://wire.invalid/rss"))

        assert isinstance(result, PollFailed)
        assert "wire.invalid was not found here, and is not handed to the proxy unchecked" in result.error
        assert proxy.requests == []


@crawls
async def test_the_proxy_may_have_a_name_whose_address_is_private(reactor: None, tmp_path: Path) -> None:
    file = write_certificate(tmp_path, "127.0.0.2")
    with hostile("127.0.0.2") as plain, hostile("127.0.0.2", tls=serving(file)) as secure, proxying("127.0.0.1") as proxy:
        there = [ip_network("127.0.0.2")]
        async with crawling(contact=WHO, allow=there, proxy=through(proxy, "LocalHost"), ca_file=file) as crawler:
            for server in (plain, secure):
                assert [type(result) for result in await polled(crawler, a_source(server.on("/rss", rss([]))))] == [FeedRead]
            (own,) = await polled(crawler, a_source(f"http://localhost:{proxy.port}/rss"))

        assert isinstance(own, PollFailed)
        assert "which is not public" in own.error


@crawls
async def test_a_proxy_that_is_down_is_not_gone_around(reactor: None, wire: Hostile) -> None:
    with proxying() as proxy:
        url = through(proxy)
    async with crawling(contact=WHO, allow=ALLOWED, proxy=url) as crawler:
        (result,) = await polled(crawler, a_source(wire.on("/rss", rss([]))))

    assert isinstance(result, PollFailed)
    assert "pass" not in result.error
    assert wire.requests == []


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://proxy.example:3128", Proxy(host="proxy.example", port=3128)),
        (
            "http://desk:p%40ss%3A@[fd00::1]:8080/",
            Proxy(host="fd00::1", port=8080, authorization="Basic " + b64encode(b"desk:p@ss:").decode()),
        ),
    ],
)
def test_a_proxy_is_read_from_its_address(url: str, proxy: Proxy) -> None:
    assert Proxy.parse(url) == proxy
    assert "p%40ss" not in repr(Proxy.parse(url)) + Proxy.parse(url).url


@pytest.mark.parametrize(
    "url",
    ["proxy:3128", "https://proxy:3128", "socks5://proxy:1080", "http://proxy", "http://:3128", "http://u:s3cret@proxy:x", "http://[::1"],
)
def test_an_address_that_is_no_proxys_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(BadProxy) as bad:
        Proxy.parse(url)

    assert str(bad.value) == 'the proxy cannot be used; write "http://host:3128" or "http://user:password@host:3128"'
