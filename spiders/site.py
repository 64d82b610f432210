"""Site: whether two addresses are of one publisher, by their hosts. Pure."""

from urllib.parse import urlsplit

#: Second-level names below which a country's sites are registered: co.kr, com.tr, gov.ua.
_SHARED = frozenset(["ac", "co", "com", "edu", "go", "gob", "gov", "gouv", "mil", "ne", "net", "or", "org"])


def site(url: str) -> str:
    """What a publisher registered of an address's host: "yna.co.kr" of "https://en.yna.co.kr/view/1"; "" without a host.

    An IP address, or a host of one name, stands for itself, with its port.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    labels = host.split(".")
    if len(labels) < 2 or labels[-1].isdecimal() or ":" in host:
        return f"{host}:{port}" if port else host
    is_shared = len(labels[-1]) == 2 and labels[-2] in _SHARED
    return ".".join(labels[-3:] if is_shared else labels[-2:])
