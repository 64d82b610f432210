"""Embargoes: until when a story is not to be shown, as a headline's mark or an advisory prints it."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from datetime import timezone as fixed_zone

from spiders import moment, printed_date

_EMBARGO = re.compile(
    r"^[\W_]{0,3}(?:embargo(?:ed)?\b|sperrfrist\b|not for (?:release|publication|use) (?:until|before)\b"
    r"|hold for release\b|под эмбарго|эмбарго|sous embargo|embargado|엠바고|エンバーゴ|解禁)",
    re.IGNORECASE,
)
_LIFTED = re.compile(
    r"embargo (?:is |was |has been )?(?:lifted|over|broken)|sperrfrist (?:ist )?(?:aufgehoben|abgelaufen)|снято|снят", re.IGNORECASE
)
_CLOCK = re.compile(
    r"(?<![\d.:])(?:(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))|(?P<run>\d{4})|(?P<bare>\d{1,2}))(?!\d)"
    r"\s?(?P<half>[aApP]\.?[mM]\b\.?)?(?:\s?(?:Uhr|h)\b)?(?:\s?\(?(?P<zone>[A-Z]{2,4}|МСК)\b)?(?:\s?(?P<offset>[+-]\d{1,2}(?::?\d\d)?)(?!\d))?"
)
#: Hours from UTC of the zones that embargoes are told in.
_ZONES = {
    "GMT": 0, "UTC": 0, "Z": 0, "BST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3, "МСК": 3, "TRT": 3,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "PST": -8, "PDT": -7, "KST": 9, "JST": 9, "HKT": 8, "SGT": 8, "WIB": 7,
}  # fmt: skip


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
    text = text[:300]
    if not _EMBARGO.search(text) or _LIFTED.search(text):
        return None
    full = moment.read(re.sub(r"^\D*", "", text), timezone=timezone)
    if full and full.precision == "minute":
        return Embargo(until=full.at)
    return Embargo(until=_printed(text, near, timezone))


def _printed(text: str, near: datetime | None, timezone: tzinfo) -> datetime | None:
    dated = printed_date.search(text)
    day = _day(dated[1], near) if dated else None
    if dated is None or day is None:
        return None
    # A date takes the time of day behind it along.
    clock = _clock(text[: dated[0]] + " " + text[dated[1].end :]) or _clock(text[dated[0] :], mark=":")
    return _at(day, clock, timezone) if clock else None


def _day(printed: printed_date.PrintedDate, near: datetime | None) -> date | None:
    if printed.month is None or (near is None and printed.year is None):
        return None
    years = [printed.year] if printed.year else [near.year + by for by in (0, 1, -1)] if near else []
    days = []
    for year in years:
        try:
            days.append(date(year, printed.month, printed.day))
        except ValueError:
            continue
    return min(days, key=lambda day: abs(day - near.date()) if near else timedelta(), default=None)


def _clock(text: str, mark: str = "") -> re.Match[str] | None:
    """The first number that is written as a time of day: with minutes, am or pm, or a zone."""
    told = (found for found in _CLOCK.finditer(text) if not found["bare"] or found["half"] or found["zone"] in _ZONES)
    return next((found for found in told if mark in found[0]), None)


def _at(day: date, clock: re.Match[str], timezone: tzinfo) -> datetime | None:
    run = clock["run"] or ""
    hour, minute = int(run[:2] or clock["hour"] or clock["bare"]), int(run[2:] or clock["minute"] or 0)
    if clock["half"]:
        hour = hour % 12 + 12 * (clock["half"][0] in "pP")
    try:
        # 24.00 is how an embargo of a whole day is told.
        at = datetime.combine(day, time(hour % 24, minute), tzinfo=_zone(clock, timezone))
        return at + timedelta(days=hour == 24)
    except (ValueError, OverflowError):
        return None


def _zone(clock: re.Match[str], timezone: tzinfo) -> tzinfo:
    if clock["offset"]:
        hours, minutes = int(re.findall(r"\d+", clock["offset"])[0][:2]), clock["offset"][-2:] if len(clock["offset"]) > 3 else "0"
        shift = timedelta(hours=min(hours, 14), minutes=int(minutes))
        return fixed_zone(-shift if clock["offset"][0] == "-" else shift)
    return fixed_zone(timedelta(hours=_ZONES[clock["zone"]])) if clock["zone"] in _ZONES else timezone
