"""Dates as datelines print them: a month and a day, seldom a year, in the languages of months.py and in numbers."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import product

from spiders.months import MONTHS

_YEAR = r"(?:,?\s*(?P<year>(?:19|20)\d\d)(?!\d)(?:\s*(?:г\.|года|г))?)?"
_CLOCK = r"(?:,?\s+\d{1,2}:\d\d(?:\s*(?:GMT|UTC|KST|MSK))?)?"
#: Day and month as numbers, or the month by its name. A month without a day is no date.
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?:on\s+|am\s+|el\s+|le\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?\s*(?:de\s+|of\s+)?(?P<name>[^\W\d_]{{2,}})\.?(?:\s+de)?{_YEAR}{_CLOCK}",
        rf"(?:on\s+)?(?P<name>[^\W\d_]{{2,}})\.?\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d){_YEAR}{_CLOCK}",
        r"(?P<year>(?:19|20)\d\d)[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2})(?!\d)",
        r"(?P<year>(?:19|20)\d\d)-(?P<name>[^\W\d_]{3,})-(?P<day>\d{1,2})(?!\d)",
        r"(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>(?:19|20)\d\d)(?!\d)",
        r"(?:(?P<year>\d{4})\s*[年년]\s*)?(?:(?P<month>\d{1,2})\s*[月월]\s*)?(?P<day>\d{1,2})\s*[日일](?:[电電讯訊発发發]|\s?발(?!\w)|\s?자(?!\w))?",
    )
)
#: No date begins otherwise: two words at most, and a number.
_BEGINNING = re.compile(r"(?:[^\W\d_]++\.?\s*+){0,2}+\d")


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedDate:
    """A date at one place of a text."""

    day: int
    #: None where only the day is printed: ソウル 10日.
    month: int | None
    year: int | None
    end: int


def match(text: str, at: int) -> PrintedDate | None:
    """The date that begins at an offset of a text, or None."""
    if not _BEGINNING.match(text, at):
        return None
    for form in _FORMS:
        found = form.match(text, at)
        date = found and _date(found)
        if date:
            return date
    return None


def search(text: str) -> tuple[int, PrintedDate] | None:
    """The first date of a short text and where it begins."""
    starts = (found.start() for found in re.finditer(r"\d+|[^\W\d_]+", text))
    return next(((start, date) for start in starts if (date := match(text, start))), None)


def nearest(day: int, month: int | None, near: date, *, year: int | None = None) -> date | None:
    """The day of a calendar that a printed date means: where it leaves out the year or the month, the one nearest to ``near``."""
    years = (year,) if year else (near.year - 1, near.year, near.year + 1)
    days = []
    for at in product(years, (month,) if month else range(1, 13)):
        try:
            days.append(date(*at, day))
        except ValueError:
            continue
    return min(days, key=lambda one: abs(one - near), default=None)


def _date(found: re.Match[str]) -> PrintedDate | None:
    parts = found.groupdict()
    day, month = int(parts["day"]), parts.get("month")
    number = MONTHS.get(parts["name"].casefold()) if "name" in parts else int(month) if month else None
    if not 1 <= day <= 31 or ("name" in parts and not number) or not 1 <= (number or 1) <= 12:
        return None
    return PrintedDate(day=day, month=number, year=int(parts["year"]) if parts.get("year") else None, end=found.end())
