"""The values of the configuration: each function reads one of TOML's, or says what to write instead. Pure."""

import json
import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from alerts.deliver import BadMailUrl, parse_url
from alerts.recipient import PAUSE, BadDigestTime, BadPause, BadQuietHours, DigestTime, Pause, Quiet
from monitor import pattern
from monitor.faults import closest, shown
from spiders import jsonlist, page
from spiders.story import canonical_url

#: Takes what TOML gave, returns what the program uses; raises BadValue.
Parser = Callable[[object], Any]
Network = IPv4Network | IPv6Network

SHORTEST_PACE = timedelta(seconds=1)
LONGEST_PACE = timedelta(days=31)
#: A hundred years.
LONGEST_SPAN = timedelta(days=36_500)

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_PACE = re.compile(r"([0-9]{1,6})([smhd])")
_SPAN = re.compile(r"([0-9]{1,5})d")
_PACE_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
# The address of HTML's <input type=email>: no quotes, commas or brackets, so that it stays one address in a header.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_MAILBOX = re.compile(r"(?P<name>[^<>]*?) *<(?P<address>[^<>]*)>")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_PRINTABLE = re.compile(r"[!#-;=?-~]{1,300}")
_LISTEN = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]{2,45})\]|(?P<host>[A-Za-z0-9.-]{1,253})):(?P<port>[0-9]{1,5})")
_SCHEMA = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")


class BadValue(ValueError):
    """A value that is refused; the message says what to write instead."""


class BadSecret(BadValue):
    """The same of a value that may hold a password: no message repeats it."""


def text(value: object) -> str:
    """Words on one line."""
    if not isinstance(value, str):
        raise BadValue("use text in quotes")
    if not value.strip():
        raise BadValue("write something, or leave the key out")
    if any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in value):
        raise BadValue("use one line, without control characters")
    return value.strip()


def query(value: object) -> str:
    """A query in the rule language, on as many lines as it takes; what it says is read later."""
    if not isinstance(value, str):
        raise BadValue("use text in quotes")
    return value


def one_of(*words: str) -> Parser:
    """One word of a few."""

    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            near = closest(value, words) if isinstance(value, str) else ""
            known = f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]
            raise BadValue(f"use {known}{near}")
        return value

    return parse


def list_of(parse: Parser, *, least: int = 1) -> Parser:
    """A list of values, none twice."""

    def parse_all(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) < least:
            raise BadValue('use a list, such as ["…", "…"]' if least == 0 else 'use a list that holds at least one, such as ["…"]')
        read = tuple(_entry(parse, number, each) for number, each in enumerate(value, 1))
        if len(set(read)) < len(read):
            raise BadValue("holds the same twice; keep one")
        return read

    return parse_all


def _entry(parse: Parser, number: int, value: object) -> Any:
    try:
        return parse(value)
    except BadValue as exc:
        raise BadValue(f"entry {number} is {shown(value)}; {exc}") from exc


def whole_number(least: int, most: int) -> Parser:
    """A count."""

    def parse(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise BadValue(f"use a whole number from {least} to {most}")
        return value

    return parse


def switch(value: object) -> bool:
    """On or off."""
    if not isinstance(value, bool):
        raise BadValue("use true or false, without quotes")
    return value


def identifier(value: object) -> str:
    """The id of a source or rule: it stands in logs, commands and queries."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise BadValue('use small letters, digits and hyphens, such as "city-desk"')
    return value


def pace(value: object) -> timedelta:
    """How often a source is polled."""
    form = _PACE.fullmatch(value) if isinstance(value, str) else None
    every = timedelta(**{_PACE_UNITS[form[2]]: int(form[1])}) if form else None
    if every is None or not SHORTEST_PACE <= every <= LONGEST_PACE:
        raise BadValue('use a number and s, m, h or d, from "1s" to "31d", such as "5m"')
    return every


def span(value: object) -> timedelta:
    """How long something is kept: whole days."""
    form = _SPAN.fullmatch(value) if isinstance(value, str) else None
    days = timedelta(days=int(form[1])) if form else timedelta()
    if not timedelta() < days <= LONGEST_SPAN:
        raise BadValue(f'use a number of days, from "1d" to "{written(LONGEST_SPAN)}", such as "400d"')
    return days


def span_or(word: str) -> Parser:
    """A span, or one word in its place, which is read as None."""

    def parse(value: object) -> timedelta | None:
        if value == word:
            return None
        try:
            return span(value)
        except BadValue as exc:
            raise BadValue(f'{exc}, or "{word}"') from exc

    return parse


def written(pace: timedelta) -> str:
    """A pace as its owner writes it: "5m"."""
    seconds = int(pace.total_seconds())
    unit, size = next((unit, size) for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)) if seconds % size == 0)
    return f"{seconds // size}{unit}"


def zone(value: object) -> ZoneInfo:
    """A time zone by its IANA name."""
    if not isinstance(value, str):
        raise BadValue('use a name such as "Europe/Berlin"')
    try:
        return ZoneInfo(value)
    except (ValueError, KeyError, OSError) as exc:  # a path out of the database, an unknown name, a folder in it
        raise BadValue(f'use a name such as "Europe/Berlin"{closest(value, _zones())}') from exc


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


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


def digest_time(value: object) -> DigestTime:
    """When a digest goes out."""
    try:
        return DigestTime.parse(text(value))
    except (BadValue, BadDigestTime) as exc:
        raise BadValue('use "07:00", "07:00 mon-fri", "07:00 mon,wed" or "hourly"') from exc


def quiet_hours(value: object) -> Quiet:
    """From when to when, by their own clock, a recipient is left in peace."""
    try:
        return Quiet.parse(text(value))
    except (BadValue, BadQuietHours) as exc:
        raise BadValue('use two times of day that differ, such as "22:00-06:30"') from exc


def pauses(value: object) -> tuple[Pause, ...]:
    """A time away, or a list of several."""
    try:
        return tuple(Pause.parse(text(each)) for each in (value if isinstance(value, list) else [value]))
    except (BadValue, BadPause) as exc:
        reason = f"{exc.reason}; " if isinstance(exc, BadPause) and isinstance(value, str) else ""
        raise BadValue(f"{reason}use {PAUSE}, or a list of such") from exc


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


def language(value: object) -> str:
    """A BCP 47 tag, in small letters as stories carry it."""
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise BadValue('use a language tag, such as "en" or "zh-hant"')
    return value.lower()


def country(value: object) -> str:
    """An ISO 3166-1 alpha-2 code, in capitals."""
    if not isinstance(value, str) or not _COUNTRY.fullmatch(value):
        raise BadValue('use two letters, such as "KP"')
    return value.upper()


def selector(value: object) -> str:
    """A CSS selector of elements."""
    read = text(value)
    try:
        page.compiled(read)
    except page.BadSelector as exc:
        raise BadValue(f'use a CSS selector, such as "article h1" ({_cause(exc)})') from exc
    return read


def story_url(value: object) -> re.Pattern[str]:
    """A regular expression that the addresses of stories match somewhere."""
    read = text(value)
    try:
        return pattern.compiled(read)
    except pattern.BadPattern as exc:
        raise BadValue(
            f"use a regular expression, such as '/news/\\d+$', in which no repeat can take what another one takes: "
            f"[^/]+ in place of .* ({exc})"
        ) from exc


def path(value: object) -> str:
    """A JMESPath expression."""
    read = text(value)
    try:
        jsonlist.compiled(read)
    except jsonlist.BadPath as exc:
        raise BadValue(f'use a JMESPath expression, such as "data.items" ({_cause(exc)})') from exc
    return read


def _cause(error: Exception) -> str:
    """What its reader says of an expression, on one line."""
    return next(iter(str(error.__cause__).splitlines()), "") or "it is nested too deeply"


def post_body(value: object) -> str:
    """What is posted: text as it is, a table as JSON."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        raise BadValue("use text in quotes, or a table, which is posted as JSON")
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as exc:
        raise BadValue("write dates in it as text: JSON has no word for them") from exc


def table(head: str) -> Parser:
    """A table that cannot be left empty; what it holds is read by whoever opens it."""

    def parse(value: object) -> object:
        if not isinstance(value, dict):
            raise BadValue(f"use a table, {head}")
        return value

    return parse


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


def schema(value: object) -> str:
    """The name of a Postgres schema."""
    if not isinstance(value, str) or not _SCHEMA.fullmatch(value):
        raise BadValue('use small letters, digits and _, such as "wirewatch"')
    return value


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


def secret(value: object) -> str:
    """A password."""
    if not isinstance(value, str):
        raise BadSecret("is no password; use text in quotes")
    if not value or any(unicodedata.category(char) == "Cc" for char in value):
        raise BadSecret("is no password; use one line of text")
    return value


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
