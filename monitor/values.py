"""The values of the configuration: each function reads one of TOML's, or says what to write instead. Pure."""

import json
import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from alerts.recipient import PAUSE, BadDigestTime, BadPause, BadQuietHours, DigestTime, Pause, Quiet
from monitor import pattern
from monitor.faults import closest, shown
from spiders import jsonlist, page

#: Takes what TOML gave, returns what the program uses; raises BadValue.
Parser = Callable[[object], Any]

SHORTEST_PACE = timedelta(seconds=1)
LONGEST_PACE = timedelta(days=31)
#: A hundred years.
LONGEST_SPAN = timedelta(days=36_500)

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_PACE = re.compile(r"([0-9]{1,6})([smhd])")
_SPAN = re.compile(r"([0-9]{1,5})d")
_PACE_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
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
    """The zones that somebody may have meant: who writes CEST does not mean EST, which is UTC-5 all year."""
    return tuple(sorted(name for name in available_timezones() if "/" in name))


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


def schema(value: object) -> str:
    """The name of a Postgres schema."""
    if not isinstance(value, str) or not _SCHEMA.fullmatch(value):
        raise BadValue('use small letters, digits and _, such as "wirewatch"')
    return value


def secret(value: object) -> str:
    """A password."""
    if not isinstance(value, str):
        raise BadSecret("is no password; use text in quotes")
    if not value or any(unicodedata.category(char) == "Cc" for char in value):
        raise BadSecret("is no password; use one line of text")
    return value
