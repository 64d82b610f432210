"""The times of a configuration: paces, spans, hours and days; each function reads one, or says what to write instead. Pure."""

import re
from datetime import timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from alerts.recipient import PAUSE, BadDigestTime, BadPause, BadQuietHours, DigestTime, Pause, Quiet
from monitor.faults import closest
from monitor.values import BadValue, Parser, text

SHORTEST_PACE = timedelta(seconds=1)
LONGEST_PACE = timedelta(days=31)
#: A hundred years.
LONGEST_SPAN = timedelta(days=36_500)

_PACE = re.compile(r"([0-9]{1,6})([smhd])")
_SPAN = re.compile(r"([0-9]{1,5})d")
_PACE_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


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
