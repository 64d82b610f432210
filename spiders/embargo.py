"""Embargoes: until when a story is not to be shown, as a headline's mark or an advisory prints it."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from datetime import timezone as fixed_zone
from zoneinfo import ZoneInfo

from spiders import moment, printed_date

#: Characters of a mark or an advisory that tells of an embargo.
_LONGEST = 250
#: "Embargo on oil ends" is the news itself: what makes a mark of the word is an end, a number, or nothing else.
_EMBARGO = re.compile(
    r"(?:(?:ATTN|ATTENTION|Eds?\.?|Editors) ?[:–-] ?)?[\W_]{0,3}"
    r"(?:(?:(?:sous )?embargo(?:ed)?|embargad[oa]|sperrfrist|(?:под )?эмбарго|엠바고|エンバーゴ|解禁)"
    r"(?:[\W_]{0,3}$|[\W_]{1,3}(?:until\b|till\b|for (?:release|publication)\b|jusqu|hasta\b|bis\b|до\b|\d)|[:：](?=.{0,60}\d))"
    r"|not for (?:release|publication|use) (?:until|before)\b|hold for release\b)",
    re.IGNORECASE,
)
_LIFTED = re.compile(
    r"embargo (?:is |was |has been )?(?:lifted|over|broken)|sperrfrist (?:ist )?(?:aufgehoben|abgelaufen)|снято|снят", re.IGNORECASE
)
_CLOCK = re.compile(
    r"(?<![\d.:])(?:(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))|(?P<run>\d{4})|(?P<bare>\d{1,2}))(?!\d)"
    r"\s?(?P<half>[aApP]\.?[mM]\b\.?)?(?:\s?(?:Uhr|h)\b)?(?:\s?\(?(?P<zone>[A-Z]{2,4}|МСК)\b)?(?:\s?(?P<offset>[+-]\d{1,2}(?::?\d\d)?)(?!\d))?"
)
#: What is a time of day without a date beside it: 10:00 · 9 a.m. · 0900 GMT, not the year 2027.
_TIME_OF_DAY = re.compile(
    r"(?<![\d.:])\d{1,2}(?::\d\d|\.\d\d ?Uhr| ?[aApP]\.?[mM]\b| ?(?:Uhr|h)\b)|(?<!\d)\d{4} ?(?:GMT|UTC|МСК|[A-Z]{1,3}T)\b"
)
#: Hours from UTC of the zones that embargoes are told in.
_HOURS = {
    "GMT": 0,
    "UTC": 0,
    "BST": 1,
    "CET": 1,
    "MEZ": 1,
    "CEST": 2,
    "MESZ": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "МСК": 3,
    "TRT": 3,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "PST": -8,
    "PDT": -7,
    "KST": 9,
    "JST": 9,
    "HKT": 8,
    "SGT": 8,
    "WIB": 7,
}
_ZONES: dict[str, tzinfo] = {
    **{name: fixed_zone(timedelta(hours=hours)) for name, hours in _HOURS.items()},
    "ET": ZoneInfo("America/New_York"),
    "CT": ZoneInfo("America/Chicago"),
    "PT": ZoneInfo("America/Los_Angeles"),
}
#: EMBARGO UNTIL 2027 for oil · EMBARGO 2.0: "embargoed" is said of a story, an embargo may be laid on anything.
_OF_ANYTHING = re.compile(r"[\W_]{0,3}(?:(?:sous )?embargo(?!ed)|(?:под )?эмбарго)[\W_]{0,3}\w", re.IGNORECASE)
#: An embargo of a story ends within this.
_LONGEST_EMBARGO = timedelta(days=60)
#: 2026-07-28T09:00:00Z
_ISO = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, kw_only=True, slots=True)
class Embargo:
    """A story is not to be shown yet."""

    #: Aware; None where the text names no time that can be read: it ends when a later version says so.
    until: datetime | None


def read(text: str, *, near: datetime | None, timezone: tzinfo = UTC) -> Embargo | None:
    """The embargo that a mark or an advisory is; None for any other text.

    A date without a year is the one nearest to ``near``, the publication; without that no time is told. A time without a zone
    is taken in ``timezone``.
    """
    if len(text) > _LONGEST or not _EMBARGO.match(text) or _LIFTED.search(text):
        return None
    if not tells_an_end(text, near=near):
        return None
    iso = _ISO.search(text)
    full = moment.read(text[iso.start() :], timezone=timezone) if iso else None
    if full and full.precision == "minute":
        return Embargo(until=full.at)
    return Embargo(until=_printed(text, near, timezone))


def tells_an_end(text: str, *, near: datetime | None = None) -> bool:
    """Whether a text may tell of a story's embargo: the bare word, or with it a time of day, or a date not far from ``near``."""
    if not _OF_ANYTHING.match(text):
        return True
    _, printed = printed_date.search(text[:_LONGEST]) or (0, None)
    if printed is None or printed.month is None:
        return bool(_TIME_OF_DAY.search(text[:_LONGEST]))
    day = printed_date.nearest(printed.day, printed.month, near.date(), year=printed.year) if near else None
    return near is None or bool(day and abs(day - near.date()) <= _LONGEST_EMBARGO)


def _printed(text: str, near: datetime | None, timezone: tzinfo) -> datetime | None:
    at, printed = printed_date.search(text) or (0, None)
    if printed is None or printed.month is None or near is None:
        return None
    day = printed_date.nearest(printed.day, printed.month, near.date(), year=printed.year)
    # A date takes the time of day behind it along.
    clock = _clock(text[:at] + " " + text[printed.end :]) or _clock(text[at:], mark=":")
    return _at(day, clock, timezone) if day and clock else None


def _clock(text: str, mark: str = "") -> re.Match[str] | None:
    """The first number that is written as a time of day: with minutes, am or pm, or a zone."""
    told = (found for found in _CLOCK.finditer(text) if not found["bare"] or found["half"] or found["zone"] in _ZONES)
    return next((found for found in told if mark in found[0]), None)


def _at(day: date, clock: re.Match[str], timezone: tzinfo) -> datetime | None:
    run = clock["run"] or ""
    hour, minute = int(run[:2] or clock["hour"] or clock["bare"]), int(run[2:] or clock["minute"] or 0)
    if clock["half"]:
        hour = hour % 12 + 12 * (clock["half"][0] in "pP")
    zone = _zone(clock, timezone)
    if zone is None or hour > 24:
        return None
    try:
        # 24.00 is how an embargo of a whole day is told.
        at = datetime.combine(day, time(hour % 24, minute), tzinfo=zone)
        return at + timedelta(days=hour == 24)
    except (ValueError, OverflowError):
        return None


def _zone(clock: re.Match[str], timezone: tzinfo) -> tzinfo | None:
    """The zone of a time of day; None where it names one that is not known: a guess might end an embargo too early."""
    if clock["offset"]:
        hours, minutes = re.fullmatch(r"[+-](\d{1,2}):?(\d\d)?", clock["offset"]).groups()  # type: ignore[union-attr]
        shift = timedelta(hours=min(int(hours), 14), minutes=int(minutes or 0) % 60)
        return fixed_zone(-shift if clock["offset"][0] == "-" else shift)
    named = clock["zone"] or ""
    return _ZONES.get(named, None if named.endswith("T") else timezone)
