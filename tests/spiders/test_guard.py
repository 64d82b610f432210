"""Which addresses may be fetched, however they are spelt, and whatever leads to them."""

import asyncio
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import pytest
from hostile import a_source, hostile, redirect, rss, text
from hypothesis import given
from hypothesis import strategies as st
from keeper import polled

from spiders.addresses import may_fetch
from spiders.crawl import crawling
from spiders.guard import BAD_PORTS, MOST_REFUSED, GuardedResolver
from spiders.order import FeedRead, PollFailed

REFUSED = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"),
    *("172.31.255.254", "192.0.0.1", "192.0.0.9", "192.0.0.10", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.254"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *(
        "::",
        "::1",
        "::127.0.0.1",
        "::8.8.8.8",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
    ),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1"),
    *("3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "ff0e::1"),
)
PUBLIC = ("8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1111", "2a00:1450:4001:830::200e", "2400:cb00::1")
#: IANA's special-purpose registries of IPv4 and IPv6, as of 2025, and what is no unicast. Those that "globally reachable" says yes to
#: hold no server of news; they are kept out or let in as they come.
SPECIAL = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24"),
    *("192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    *("::/128", "::1/128", "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23"),
    *("2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    # Never given to anybody.
    *("200::/7", "400::/6", "800::/5", "1000::/4", "4000::/3", "6000::/3", "8000::/3", "a000::/3", "c000::/3", "e000::/4", "f000::/5"),
)
#: All of them lead to a server that listens on 127.0.0.1 or [::1].
LOOPBACK = (
    *("127.0.0.1", "127.1", "127.0.1", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "017700000001", "0", "0.0.0.0", "localhost"),
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
)
LOOPBACK_6 = ("[::1]", "[0:0:0:0:0:0:0:1]")
#: Some lead there, some nowhere: it is up to the system's resolver.
DISGUISED = (
    *("127.0.0.1.", "localhost.", "LOCALHOST", "wire.localhost", "127.0.0.1%00", "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "localhos%74"),
    *("１２７.0.0.1", "127。0。0。1", "ⓛocalhost", "ｌｏｃａｌｈｏｓｔ", "①②⑦.⓪.⓪.①", "0x7f.0x0.0x0.0x1", "0X7F000001", "0177.0x0.1"),
    *("127.000.000.001", "127.65537", "4294967297", "0x17f000001", "00000000000000000000177.1"),
    *("[::]", "[::%lo]", "[::1%lo]", "[::1%25lo]", "[::1%251]", "[0::1]", "[::127.0.0.1]", "[::ffff:127.1]", "[0:0:0:0:0:ffff:7f00:0001]"),
    *(
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1%lo]",
        "example.org@127.0.0.1",
        "example.org:80@localhost",
        "127.0.0.1\\@example.org",
    ),
)
octets = st.integers(min_value=0, max_value=2**32 - 1).map(IPv4Address)


@pytest.mark.parametrize("address", REFUSED)
def test_crawl_11_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not may_fetch(ip_address(address))


@pytest.mark.parametrize("network", SPECIAL)
def test_crawl_11_no_address_of_a_special_network_may_be_fetched(network: str) -> None:
    whole = ip_network(network)

    assert [
        str(whole[place]) for place in (0, 1, whole.num_addresses // 2, -1) if whole.num_addresses > 1 and may_fetch(whole[place])
    ] == []
    assert not may_fetch(whole[0])


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_fetched(address: str) -> None:
    assert may_fetch(ip_address(address))


@given(octets)
def test_an_ipv4_address_in_the_clothes_of_ipv6_is_refused(address: IPv4Address) -> None:
    inside = int(address)

    for prefix in ("::", "::ffff:0:0", "64:ff9b::"):
        assert not may_fetch(IPv6Address(int(IPv6Address(prefix)) + inside))
    assert not may_fetch(IPv6Address(int(IPv6Address("2002::")) + (inside << 80)))


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_refused_may_be_fetched_where_its_network_is_allowed(address: str) -> None:
    assert may_fetch(ip_address(address), allow=[ip_network("192.0.2.0/30"), ip_network(address)])


class Names:
    """A resolver whose every name has these addresses."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    def resolveHostName(self, receiver: Any, host: str, *rest: Any, **named: Any) -> None:
        receiver.resolutionBegan(None)
        for address in self.addresses:
            receiver.addressResolved(Resolved(address))
        receiver.resolutionComplete()


class Resolved:
    def __init__(self, host: str) -> None:
        self.host = host


class Heard:
    """What came of a resolution."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.complete = False

    def resolutionBegan(self, resolution: Any) -> None:
        pass

    def addressResolved(self, address: Any) -> None:
        self.addresses.append(address.host)

    def resolutionComplete(self) -> None:
        self.complete = True


def resolve(guard: GuardedResolver, host: str) -> list[str]:
    heard = Heard()
    guard.resolveHostName(heard, host)
    assert heard.complete
    return heard.addresses


def test_of_a_name_with_several_addresses_only_the_public_ones_are_left() -> None:
    guard = GuardedResolver(Names("10.0.0.1", "8.8.8.8", "fe80::1%eth0", "127.0.0.1"), allow=())

    assert resolve(guard, "mixed.example") == ["8.8.8.8"]
    assert guard.reason("mixed.example") is None


def test_the_reason_for_a_refusal_is_known_until_the_name_leads_elsewhere() -> None:
    names = Names("10.0.0.1")
    guard = GuardedResolver(names, allow=())

    assert resolve(guard, "Rebound.example") == []
    expected = 'rebound.example is at 10.0.0.1, which is not public; put its network into "allow" of [fetch] if it is yours'
    assert [guard.reason("rebound.example"), guard.reason("rebound.example")] == [expected, expected]

    names.addresses = ()  # an unknown name has none
    assert resolve(guard, "rebound.example") == []
    assert guard.reason("rebound.example") is None


def test_of_endless_refusals_only_the_last_are_remembered() -> None:
    guard = GuardedResolver(Names("10.0.0.1"), allow=())

    for number in range(MOST_REFUSED + 1):
        resolve(guard, f"{number}.example")

    assert guard.reason("0.example") is None
    assert guard.reason("1.example")
    assert guard.reason(f"{MOST_REFUSED}.example")


@pytest.mark.asyncio(loop_scope="session")
async def test_crawl_11_no_spelling_of_loopback_is_fetched_unless_it_is_allowed(reactor: None) -> None:
    with hostile() as four, hostile("::1") as six:
        urls = [*(f"http://{host}:{four.port}/rss" for host in LOOPBACK), *(f"http://{host}:{six.port}/rss" for host in LOOPBACK_6)]
        async with crawling(contact="desk@example.org") as walled:
            results = await asyncio.gather(*(polled(walled, a_source(url)) for url in urls))

        assert [
            result.order.url for (result,) in results if isinstance(result, PollFailed) and "which is not public" in result.error
        ] == urls
        assert (four.requests, six.requests) == ([], [])


@pytest.mark.asyncio(loop_scope="session")
async def test_the_spellings_above_do_lead_to_loopback(reactor: None) -> None:
    """Without the guard: or the test above could not fail."""
    with hostile() as four:
        four.on("/rss", rss([]))
        everything = [ip_network("127.0.0.0/8"), ip_network("0.0.0.0"), ip_network("::1"), ip_network("::ffff:127.0.0.0/104")]
        urls = [f"http://{host}:{four.port}/rss" for host in LOOPBACK]
        async with crawling(contact="desk@example.org", allow=everything) as open_hearted:
            results = await asyncio.gather(*(polled(open_hearted, a_source(url)) for url in urls))

        assert [result.order.url for (result,) in results if isinstance(result, FeedRead)] == urls


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("six", "lure"), [(False, "::1"), (True, "127.0.0.1")])
async def test_crawl_11_no_disguise_of_loopback_is_fetched_be_it_by_a_poll_a_redirect_or_a_refresh(
    reactor: None, six: bool, lure: str
) -> None:
    """Those of one family are led to by a server of the other, which may be fetched."""
    hosts = [host for host in (*LOOPBACK, *LOOPBACK_6, *DISGUISED) if ("[" in host) == six]
    with hostile("::1" if six else "127.0.0.1") as goal, hostile(lure) as wire:
        sources = []
        for number, host in enumerate(hosts):
            url = f"http://{host}:{goal.port}/x"
            refresh = f"<html><head><meta charset=utf-8><meta http-equiv='refresh' content='0; url={url}'></head></html>"
            lead = wire.on(f"/redirect/{number}", redirect(url.encode().decode("latin-1"))), wire.on(f"/refresh/{number}", text(refresh))
            sources += map(a_source, (url, *lead))
        async with crawling(contact="desk@example.org", allow=[ip_network(lure)]) as crawler:
            results = await asyncio.gather(*(polled(crawler, source) for source in sources))

        assert [result.order.url for (result,) in results if not isinstance(result, PollFailed)] == []
        assert (goal.requests, len(wire.asked)) == ([], 2 * len(hosts))


@pytest.mark.parametrize("port", [22, 25, 110, 465, 587, 3306, 5432, 6379, 6667, 11211])
def test_no_server_that_might_take_a_request_for_its_own_language_is_asked(port: int) -> None:
    guard = GuardedResolver(Names("8.8.8.8"), allow=[ip_network("8.8.8.8")])
    heard = Heard()

    guard.resolveHostName(heard, "Mail.example", port)

    assert (heard.addresses, heard.complete) == ([], True)
    assert guard.reason("mail.example") == f"mail.example: port {port} is not one of the web's"


def test_the_ports_of_the_web_are_asked() -> None:
    assert {80, 81, 443, 591, 3000, 5000, 7001, 8000, 8008, 8080, 8443, 8888, 9000} & BAD_PORTS == set()


@pytest.mark.asyncio(loop_scope="session")
async def test_crawl_11_a_name_that_leads_elsewhere_the_second_time_is_refused(reactor: None) -> None:
    names = Names("8.8.8.8")
    guard = GuardedResolver(names, allow=(), proxy="proxy.example")
    assert await guard.admits("rebound.example", 80)

    names.addresses = ("127.0.0.1",)

    assert not await guard.admits("rebound.example", 80)
    assert resolve(guard, "rebound.example") == []
    assert resolve(guard, "proxy.example") == ["127.0.0.1"]
    assert not await guard.admits("proxy.example", 80)
