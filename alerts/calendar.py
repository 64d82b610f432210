"""The calendar of a desk: days that come back each year, how many years it is since one, and which are coming. Pure."""

from calendar import isleap
from datetime import date, timedelta

from alerts.tree import Around


def occurrence(year: int, month: int, day: int) -> date:
    """The day of one year; 29 February falls on the 28th where there is none."""
    return date(year, month, 28 if (month, day) == (2, 29) and not isleap(year) else day)


def last_and_next(month: int, day: int, today: date) -> tuple[date, date]:
    """When a day was last and when it will be next; on the day itself both are today."""
    years = range(max(today.year - 1, date.min.year), min(today.year + 1, date.max.year) + 1)
    days = [occurrence(year, month, day) for year in years]
    return max((one for one in days if one <= today), default=days[0]), min((one for one in days if one >= today), default=days[-1])


def counts(since: date, today: date) -> frozenset[int]:
    """How many years a story of ``today`` may count: those of the last anniversary and of the next."""
    return frozenset(one.year - since.year for one in last_and_next(since.month, since.day, today)) - {0}


def is_around(around: Around, today: date) -> bool:
    """Whether a day is near enough to one that comes back each year, over the end of a year too."""
    last, following = last_and_next(around.month, around.day, today)
    return following - today <= timedelta(days=around.before) or today - last <= timedelta(days=around.after)
