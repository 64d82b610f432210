"""Site: whether two addresses are of one publisher, by their hosts. Pure."""

from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from tldextract import TLDExtract


def site(url: str) -> str:
    """What a publisher registered of an address's host: "yna.co.kr" of "https://en.yna.co.kr/view/1"; "" without a host.

    On a host of many, a.blogspot.com, each is a publisher. An IP address, or a host of one name, stands for itself, with its port.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    labels = host.split(".")
    if len(labels) < 2 or labels[-1].isdecimal() or ":" in host:
        return f"{host}:{port}" if port else host
    found = _public_suffixes()(host)
    if not found.suffix:  # a network's own names
        return ".".join(labels[-2:])
    return found.top_domain_under_public_suffix or host


@cache
def _public_suffixes() -> "TLDExtract":
    """The list as it came with its package: nothing is asked for over the network, and nothing is written."""
    # Here, for it costs half a second and most commands ask for no site.
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
