"""Addresses: those that a story may be fetched from. Pure."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: All public unicast addresses of IPv6 are here. Outside are those that hide an IPv4 address (mapped, compatible, NAT64),
#: the local ones, multicast, and what was never given to anybody.
PUBLIC_6 = IPv6Network("2000::/3")
#: ``is_global`` of Python 3.11 lets these through, though they lead to private addresses or to none (IANA special-purpose
#: registries): protocol assignments, 6to4 and its relays, Teredo and the rest of 2001::/23, documentation.
SPECIAL: tuple[Network, ...] = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")))


def may_fetch(address: Address, allow: Iterable[Network] = ()) -> bool:
    """Whether a story may be fetched from this address: a public unicast one, or one in a network of ``allow``."""
    if any(address in network for network in allow):
        return True
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return (address.version == 4 or address in PUBLIC_6) and not any(address in network for network in SPECIAL)
