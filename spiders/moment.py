"""Moments: the dates that feeds and pages print become aware datetimes, with their precision."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import timezone as fixed_zone
from email.utils import parsedate_to_datetime
from typing import Literal

from spiders.months import MONTHS

_ISO = re.compile(
    r"(\d{4}-?\d\d-?\d\d)(?:[T ]+(\d\d?:\d\d(?::\d\d?)?(?:[.,]\d+)?|\d{6}|\d{4}))?"
    r"\s*(Z|[A-Z]{3,4}|(?:GMT|UTC)?[+-]\d\d:?(?:\d\d)?)?(?![\d:])"
)
_TIME = re.compile(
    r"(?<!\d)(?P<hour>\d{1,2})[:時시时h](?P<minute>\d\d)?(?::(?P<second>\d\d))?(?:\s*[분分]?)?\s*(?P<half>[ap]\.?m\.?)?", re.IGNORECASE
)
_ZONE = re.compile(r"(?:GMT|UTC|\s)(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d\d)?(?!\d)|(?<![A-Z])(?P<name>UTC|GMT|Z)(?![A-Z\d])")
_NUMERIC = (
    re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)\s*[-./年년]\s*(?P<month>\d{1,2})\s*[-./月월]\s*(?P<day>\d{1,2})(?!\d)"),
    # Day first, as every wire but the American ones prints it; those write the month in letters.
    re.compile(r"(?<!\d)(?P<day>\d{1,2})[./-](?P<month>\d{1,2})[./-](?P<year>(?:19|20)\d\d)(?!\d)"),
)
_WORDED = (
    re.compile(
        r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th|er)?[.,]?\s+(?:de\s+|of\s+)?(?P<name>[^\W\d_]{3,})\.?,?\s+(?:de\s+)?(?P<year>(?:19|20)\d\d)(?!\d)"
    ),
    re.compile(r"(?P<name>[^\W\d_]{3,})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d\d)(?!\d)"),
)
_URL = re.compile(r"[/_-](?P<year>(?:19|20)\d\d)[/_-]?(?P<month>0[1-9]|1[0-2])[/_-]?(?P<day>0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """A point in time as exactly as it was printed."""

    #: Aware; a "day" is midnight of its zone.
    at: datetime
    precision: Literal["minute", "day"] = "minute"


def read(text: str, *, timezone: tzinfo = UTC) -> Moment | None:
    """Read a printed date: ISO 8601, RFC 822, or as people write it in the languages of months.py.

    A date without a zone is taken in ``timezone``. None where there is no full date, or an impossible one.
    """
    text = text.strip()[:200]
    for reader in (_iso, _rfc822, _printed):
        try:
            found = reader(text)
        except (ValueError, OverflowError):
            continue
        if found and 1900 <= found.at.year <= 2200:
            return _aware(found, timezone)
    return None


def in_url(url: str, *, timezone: tzinfo = UTC) -> Moment | None:
    """The day that an address carries, /2023/07/27/ or -20230727; none of a wire's numbers that only look like one."""
    for found in _URL.finditer(url):
        try:
            day = datetime(int(found["year"]), int(found["month"]), int(found["day"]))
        except ValueError:
            continue
        return _aware(Moment(at=day, precision="day"), timezone)
    return None


def first(texts: Iterable[str], *, timezone: tzinfo = UTC) -> Moment | None:
    """The first of the texts that is a date; one that names the minute goes before one that names the day."""
    found = [moment for text in texts if (moment := read(text, timezone=timezone))]
    return next((moment for moment in found if moment.precision == "minute"), found[0] if found else None)


def _iso(text: str) -> Moment | None:
    found = _ISO.match(text)
    if not found:
        return None
    day, clock, zone = found.groups()
    if not clock or len(clock) < 4:
        return Moment(at=datetime.fromisoformat(day), precision="day")
    hour = clock.replace(",", ".").zfill(5) if ":" in clock else clock
    at = datetime.fromisoformat(f"{day}T{hour[:15]}")
    return Moment(at=at.replace(tzinfo=_zone(f" {zone}")) if zone else at)


def _rfc822(text: str) -> Moment | None:
    if not re.match(r"(?:\w{3,9},\s*)?\d{1,2}[\s-]\w{3,9}[\s-]\d{2,4}\s+\d", text):
        return None
    return Moment(at=parsedate_to_datetime(text))


def _printed(text: str) -> Moment | None:
    for pattern in (*_NUMERIC, *_WORDED):
        for found in pattern.finditer(text):
            parts = found.groupdict()
            month = MONTHS.get(parts["name"].casefold()) if "name" in parts else int(parts["month"])
            if month:
                return _with_clock(
                    datetime(int(parts["year"]), month, int(parts["day"])), text[: found.start()] + " " + text[found.end() :]
                )
    return None


def _with_clock(day: datetime, rest: str) -> Moment:
    clock = _TIME.search(rest)
    if not clock or not (clock["minute"] or clock["half"]):
        return Moment(at=day, precision="day")
    hour = int(clock["hour"])
    if clock["half"]:
        hour = hour % 12 + (12 if clock["half"][0] in "pP" else 0)
    zone = _zone(rest[clock.end() :])
    return Moment(at=day.replace(hour=hour, minute=int(clock["minute"] or 0), second=int(clock["second"] or 0), tzinfo=zone))


def _zone(text: str) -> tzinfo | None:
    found = _ZONE.search(text)
    if not found:
        return None
    if found["name"]:
        return UTC
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    return fixed_zone(-offset if found["sign"] == "-" else offset)


def _aware(moment: Moment, timezone: tzinfo) -> Moment:
    at = moment.at if moment.at.tzinfo else moment.at.replace(tzinfo=timezone)
    return Moment(at=at, precision=moment.precision)
