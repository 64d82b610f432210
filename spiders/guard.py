"""What may be fetched: the ports that may be asked and the addresses a name may have, checked between resolving and connecting.

The check sits there, and not on the URL, so that neither a redirect, nor another spelling of an address, nor a name that
resolves to something else the second time (DNS rebinding) gets past it.
"""

import asyncio
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any, Self

from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer

from spiders.addresses import Network, may_fetch

#: Hosts whose refusal is remembered for its reason: a hostile page may name any number.
MOST_REFUSED = 1000

#: Ports of servers that take a line of HTTP for a line of their own: the list of the Fetch standard, "port blocking"; then databases
#: and caches, which an allowed network may hold.
BAD_PORTS = frozenset(
    (
        *(*range(1, 26), 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139),
        *(143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993),
        *(995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, *range(6665, 6670), 6679, 6697, 10080),
        *(3306, 5432, 6379, 11211),
    )
)


@implementer(IHostnameResolver)
class GuardedResolver:
    """A reactor's resolver without the addresses that may not be fetched; it is asked for hosts written as an address too.

    Not Scrapy's setting TWISTED_DNS_RESOLVER: only a CrawlerProcess obeys that one, a CrawlerRunner passes over it in silence.
    """

    def __init__(self, resolver: Any, allow: Iterable[Network], proxy: str = "") -> None:
        self.resolver, self.allow = resolver, tuple(allow)
        #: The host of our own proxy, wherever it is; nobody else is connected to then, but first looked up by ``admits``.
        self.proxy = proxy
        #: Host → why it was refused last. Twisted says "no results" for those and for unknown names alike.
        self._refused: dict[str, str] = {}

    @classmethod
    def install(cls, allow: Iterable[Network], proxy: str = "") -> Self:
        """Put a guard into the reactor, in place of one that is already there."""
        from twisted.internet import reactor

        resolver = reactor.nameResolver
        guard = cls(resolver.resolver if isinstance(resolver, cls) else resolver, allow, proxy)
        reactor.installNameResolver(guard)
        return guard

    def resolveHostName(self, resolutionReceiver: Any, hostName: str, portNumber: int = 0, *rest: Any, **named: Any) -> Any:
        """Resolve as the reactor does, to connect; the names are Twisted's."""
        guarded = resolutionReceiver if self.proxy and hostName == self.proxy else _Guarded(resolutionReceiver, hostName, portNumber, self)
        return self.resolver.resolveHostName(guarded, hostName, portNumber, *rest, **named)

    async def admits(self, host: str, port: int) -> bool:
        """Whether a request to ``host`` may be handed to the proxy: it has an address, and one that may be fetched."""
        admitted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.resolver.resolveHostName(_Guarded(_Asked(admitted), host, port, self), host, port)
        return await admitted

    def reason(self, host: str) -> str | None:
        """Why ``host`` did not resolve, if it was the guard."""
        return self._refused.get(host.lower())

    def note(self, host: str, refused: str) -> None:
        """Remember why a host is refused; "" forgets it."""
        self._refused.pop(host, None)
        if refused:
            self._refused[host] = refused
        if len(self._refused) > MOST_REFUSED:
            del self._refused[next(iter(self._refused))]


@implementer(IResolutionReceiver)
class _Guarded:
    """Hands on to ``receiver`` the addresses that may be fetched."""

    def __init__(self, receiver: Any, host: str, port: int, guard: GuardedResolver) -> None:
        self.receiver, self.host, self.port, self.guard = receiver, host.lower(), port, guard
        self.refused = ""
        self.passed = False

    def resolutionBegan(self, resolution: Any) -> None:
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:
        if self.port in BAD_PORTS:
            self.refused = f"{self.host}: port {self.port} is not one of the web's"
        elif may_fetch(ip_address(str(address.host).partition("%")[0]), self.guard.allow):
            self.passed = True
            self.receiver.addressResolved(address)
        else:
            why = 'which is not public; put its network into "allow" of [fetch] if it is yours'
            self.refused = f"{self.host} is at {address.host}, {why}"

    def resolutionComplete(self) -> None:
        self.guard.note(self.host, "" if self.passed else self.refused)
        self.receiver.resolutionComplete()


@implementer(IResolutionReceiver)
class _Asked:
    """Says whether any address came."""

    def __init__(self, admitted: "asyncio.Future[bool]") -> None:
        self.admitted = admitted
        self.any = False

    def resolutionBegan(self, resolution: Any) -> None:
        pass

    def addressResolved(self, address: Any) -> None:
        self.any = True

    def resolutionComplete(self) -> None:
        if not self.admitted.done():
            self.admitted.set_result(self.any)
