"""The calendar of a desk: days that come back each year, how many years it is since one, and which are coming. Pure."""

import tomllib
from calendar import isleap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from alerts.ordinal import ANNIVERSARY
from alerts.tree import Around
from spiders.story import Story

#: How far ahead a digest looks.
WITHIN = timedelta(days=14)
#: Words between an event and the word for its anniversary.
APART = 12
#: Days around a packaged day in which its years, counted, name it in a story of its topic.
NEARLY = 30


def _occurrence(year: int, month: int, day: int) -> date:
    """The day of one year; 29 February falls on the 28th where there is none."""
    return date(year, month, 28 if (month, day) == (2, 29) and not isleap(year) else day)


def last_and_next(month: int, day: int, today: date) -> tuple[date, date]:
    """When a day was last and when it will be next; on the day itself both are today."""
    years = range(max(today.year - 1, date.min.year), min(today.year + 1, date.max.year) + 1)
    days = [_occurrence(year, month, day) for year in years]
    return max((one for one in days if one <= today), default=days[0]), min((one for one in days if one >= today), default=days[-1])


def counts(since: date, today: date) -> frozenset[int]:
    """How many years a story of ``today`` may count: those of the last anniversary and of the next."""
    return frozenset(one.year - since.year for one in last_and_next(since.month, since.day, today)) - {0}


def is_around(around: Around, today: date) -> bool:
    """Whether a day is near enough to one that comes back each year, over the end of a year too."""
    last, following = last_and_next(around.month, around.day, today)
    return following - today <= timedelta(days=around.before) or today - last <= timedelta(days=around.after)


def day_of(story: Story, now: datetime | None) -> date | None:
    """The day a story is of: of its dateline, where it was filed; else of its publication, or of ``now``, when it came in. None: unknown.

    A dateline says the day as they count it in Pyongyang, where 9 September begins when in UTC it is 3 p.m. of the 8th. Without one
    it is the day in UTC, not in a desk's or a page's own zone: a rule is true of a story or not, whoever asks and whenever.
    """
    # A date to come is not stored either, and what is matched again has to go by the same day.
    is_told = story.published_at and (now is None or story.published_at <= now)
    came_at = story.published_at if is_told else now
    if came_at is None:
        return None
    # A day without a time is its midnight in the wire's zone: noon of it is the same day nearly everywhere.
    noon = timedelta(hours=12 * (bool(is_told) and story.published_precision == "day"))
    day = (came_at.astimezone(UTC) + noon).date()
    line = story.dateline
    # Some print the day without its month.
    return next((near for near in _beside(day) if line and line.day == near.day and line.month in (near.month, None)), day)


def _beside(day: date) -> Iterator[date]:
    """A day, the one before it and the one after it, as far as there are any."""
    return map(date.fromordinal, range(max(day.toordinal() - 1, 1), min(day.toordinal() + 1, date.max.toordinal()) + 1))


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """A day that comes back each year."""

    #: Of the packaged day, or of the rule that counts from it.
    id: str
    #: For people, by the language of the mail; English where it has no other.
    name: Mapping[str, str]
    month: int
    day: int
    #: When it was first; None: no years are counted.
    year: int | None = None
    #: Who keeps the day, or set it.
    source: str = ""
    #: A rule in the rule language: what a story of this day says.
    query: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Coming:
    """A day that is coming."""

    day: Day
    on: date
    #: How many years it will be; None: not counted.
    years: int | None


def coming(days: Iterable[Day], today: date) -> tuple[Coming, ...]:
    """The days from ``today`` on that are near enough, today's among them, soonest first."""
    dates = {day.id: (day, last_and_next(day.month, day.day, today)[1]) for day in days}
    soon = (Coming(day=day, on=on, years=on.year - day.year if day.year else None) for day, on in dates.values() if on - today <= WITHIN)
    return tuple(sorted(soon, key=lambda one: (one.on, one.day.id)))


@cache
def days() -> Mapping[str, Day]:
    """The packaged days by their ids."""
    tables = tomllib.loads((files("alerts") / "dates.toml").read_text(encoding="utf-8"))
    return {name: _day(name, table) for name, table in tables.items()}


def _day(name: str, table: Mapping[str, Any]) -> Day:
    year, month, day = ([0, *map(int, table["day"].split("-"))])[-3:]
    return Day(
        id=name,
        name=table["name"],
        month=month,
        day=day,
        year=year or None,
        source=table["source"],
        query=_query(table, f"{month:02}-{day:02}", table["day"] if year else None),
    )


def _query(table: Mapping[str, Any], around: str, since: str | None) -> str:
    """The day by its name; what happened near a word for an anniversary; its years counted in a story of its topic at its time."""
    marks = " OR ".join([*(f'"{mark}"' for mark in ANNIVERSARY), *([f"since:{since}"] if since else [])])
    ways = [f'"{name}"' for name in table["names"]]
    if table["events"]:
        events = " OR ".join(f'"{event}"' for event in table["events"])
        ways.append(f"({events}) NEAR/{APART} ({marks})")
    if "about" in table and since:
        ways.append(f"(@{table['about']} AND since:{since} AND around:{around}/{NEARLY})")
    return " OR ".join(ways)
