"""What may be fetched: the addresses a name may resolve to, checked between resolving and connecting.

The check sits there, and not on the URL, so that neither a redirect, nor another spelling of an address, nor a name that
resolves to something else the second time (DNS rebinding) gets past it.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Self

from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: Hosts whose refusal is remembered for its reason: a hostile page may name any number.
MOST_REFUSED = 1000

#: ``is_global`` of Python 3.11 lets these through, though they lead to private or non-unicast addresses
#: (IANA special-purpose registries): IPv4 in disguise (NAT64, 6to4, Teredo, mapped, compatible), deprecated site-local, SRv6.
DISGUISES: tuple[Network, ...] = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)


def may_fetch(address: Address, allow: Iterable[Network] = ()) -> bool:
    """Whether a story may be fetched from this address: a public unicast one, or one in a network of ``allow``."""
    if any(address in network for network in allow):
        return True
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in DISGUISES)


@implementer(IHostnameResolver)
class GuardedResolver:
    """A reactor's resolver without the addresses that may not be fetched; it is asked for hosts written as an address too.

    Not Scrapy's setting TWISTED_DNS_RESOLVER: only a CrawlerProcess obeys that one, a CrawlerRunner passes over it in silence.
    """

    def __init__(self, resolver: Any, allow: Iterable[Network]) -> None:
        self.resolver, self.allow = resolver, tuple(allow)
        #: Host → the address for which it was refused last. Twisted says "no results" for those and for unknown names alike.
        self._refused: dict[str, str] = {}

    @classmethod
    def install(cls, allow: Iterable[Network]) -> Self:
        """Put a guard into the reactor, in place of one that is already there."""
        from twisted.internet import reactor

        resolver = reactor.nameResolver
        guard = cls(resolver.resolver if isinstance(resolver, cls) else resolver, allow)
        reactor.installNameResolver(guard)
        return guard

    def resolveHostName(self, resolutionReceiver: Any, hostName: str, *rest: Any, **named: Any) -> Any:
        """Resolve as the reactor does; the names are Twisted's."""
        return self.resolver.resolveHostName(_Guarded(resolutionReceiver, hostName, self), hostName, *rest, **named)

    def reason(self, host: str) -> str | None:
        """Why ``host`` did not resolve, if it was the guard."""
        address = self._refused.get(host.lower())
        return address and f'{host} is at {address}, which is not public; put its network into "allow" of [fetch] if it is yours'

    def note(self, host: str, refused: str) -> None:
        """Remember the address for which a host is refused; "" forgets it."""
        self._refused.pop(host.lower(), None)
        if refused:
            self._refused[host.lower()] = refused
        if len(self._refused) > MOST_REFUSED:
            del self._refused[next(iter(self._refused))]


@implementer(IResolutionReceiver)
class _Guarded:
    """Hands on to ``receiver`` the addresses that may be fetched."""

    def __init__(self, receiver: Any, host: str, guard: GuardedResolver) -> None:
        self.receiver, self.host, self.guard = receiver, host, guard
        self.refused = ""
        self.passed = False

    def resolutionBegan(self, resolution: Any) -> None:
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:
        if may_fetch(ip_address(str(address.host).partition("%")[0]), self.guard.allow):
            self.passed = True
            self.receiver.addressResolved(address)
        else:
            self.refused = str(address.host)

    def resolutionComplete(self) -> None:
        self.guard.note(self.host, "" if self.passed else self.refused)
        self.receiver.resolutionComplete()
