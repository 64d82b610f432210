"""The addresses of a configuration, of pages, mails, servers and networks: each function reads one, or says what to write instead. Pure."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from alerts.deliver import BadMailUrl, parse_url
from monitor.values import BadSecret, BadValue, text
from spiders.story import canonical_url

Network = IPv4Network | IPv6Network

# The address of HTML's <input type=email>: no quotes, commas or brackets, so that it stays one address in a header.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_MAILBOX = re.compile(r"(?P<name>[^<>]*?) *<(?P<address>[^<>]*)>")
_PRINTABLE = re.compile(r"[!#-;=?-~]{1,300}")
_LISTEN = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]{2,45})\]|(?P<host>[A-Za-z0-9.-]{1,253})):(?P<port>[0-9]{1,5})")


def web_address(value: object) -> str:
    """An http or https address, as written."""
    read = text(value)
    hidden = BadSecret if "@" in read else BadValue
    try:
        canonical_url(read)
    except ValueError as exc:
        raise hidden('use an http or https address, such as "https://news.example.org/rss.xml"') from exc
    if " " in read:
        raise hidden("write a space in an address as %20")
    if "@" in urlsplit(read).netloc:
        raise BadSecret("leave out user and password; wires behind a login are not built yet")
    return read


def heartbeat_url(value: object) -> str:
    """An address that is pinged; "" is none. Most hold the key of a check."""
    try:
        return "" if value == "" else web_address(value)
    except BadValue:
        raise BadSecret('cannot be used; write "https://monitor.example.org/ping/…", or "" for none') from None


def address(value: object) -> str:
    """One e-mail address, without a name."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value) or ".." in value:
        raise BadValue('use one e-mail address, such as "desk@example.org"')
    return value


def mailbox(value: object) -> str:
    """An e-mail address, with or without a name before it."""
    read = text(value)
    form = _MAILBOX.fullmatch(read)
    try:
        address(form["address"] if form else read)
    except BadValue as exc:
        raise BadValue('use "wirewatch <desk@example.org>"') from exc
    return read


def contact(value: object) -> str:
    """Where a site's owner reaches us: an e-mail address or a web page, in characters that a header may carry."""
    for parse in (address, web_address):
        try:
            read = str(parse(value))
        except BadValue:
            continue
        if read.isascii():
            return read
    raise BadValue('use an e-mail address or the address of a page, such as "desk@example.org"')


def public_url(value: object) -> str:
    """Where `wirewatch serve` is reached from outside; "" is nowhere. One click to unsubscribe is for https only (RFC 8058)."""
    if value == "":
        return ""
    try:
        read = text(value)
        parts = urlsplit(read)
        usable = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0 and not f"{parts.query}{parts.fragment}"
    except ValueError:  # BadValue is one
        usable = False
    # It stands in a header between < and >, on a line of at most 998 bytes.
    if not usable or "@" in parts.netloc or not _PRINTABLE.fullmatch(read):
        raise BadValue('use the https address of `wirewatch serve` behind your web server, such as "https://wire.example.org"')
    return read.rstrip("/")


def listen(value: object) -> tuple[str, int]:
    """A host and a port to listen on."""
    form = _LISTEN.fullmatch(value) if isinstance(value, str) else None
    if form is None or int(form["port"]) > 65535:
        raise BadValue('use a host and a port, such as "127.0.0.1:8080" or "[::1]:8080"')
    return form["six"] or form["host"], int(form["port"])


def address_or_table(value: object) -> object:
    """A web address, or a table that says more, which is read by whoever opens it."""
    if isinstance(value, str):
        return web_address(value)
    if not isinstance(value, dict):
        raise BadValue('use an address, such as "https://news.example.org/latest", or a table')
    return value


def network(value: object) -> Network:
    """A range of addresses in CIDR notation."""
    read = text(value)
    try:
        return ip_network(read)
    except ValueError as exc:
        raise BadValue(f'use ranges such as "10.0.0.0/8" or "fd00::/8" ({exc})') from exc


def database_url(value: object) -> str:
    """Where Postgres listens, as libpq reads it."""
    try:
        read = text(value)
        conninfo_to_dict(read)
    except (BadValue, ProgrammingError):
        read = ""
    if not read.startswith(("postgresql://", "postgres://")):
        # "from None": libpq's message repeats the value.
        raise BadSecret('is no Postgres address; use "postgresql://user@host:5432/database"') from None
    return read


def proxy(value: object) -> str:
    """What requests go through; "" is nothing."""
    if value == "":
        return ""
    try:
        read = text(value)
        parts = urlsplit(read)
        usable = parts.scheme == "http" and parts.hostname and parts.port != 0 and f"{parts.path}{parts.query}{parts.fragment}" in ("", "/")
    except ValueError:  # BadValue is one; brackets that hold no address, a port that is no number
        usable = False
    if not usable or " " in read:
        # "from None": the message may repeat the password.
        raise BadSecret('is no proxy; use "http://proxy.example.org:3128"') from None
    return read


def smtp_url(value: object) -> str:
    """A mail server, with the user who signs in there."""
    try:
        read = text(value)
        parse_url(read)
    except (BadValue, BadMailUrl) as exc:
        raise BadSecret(f"cannot be used; {exc}") from exc
    return read
