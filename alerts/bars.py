"""Bars: how many stories a rule found on each of the last days, as small columns with their numbers. Pure."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from alerts.clock import Clock

#: Days that are shown, today among them.
DAYS = 14
#: Pixels of the highest column.
HEIGHT = 28
#: Rules that get columns; each costs some three kilobytes of a mail.
MOST = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Volume:
    """What one rule found on consecutive days, which are the reader's."""

    rule: str
    #: The first of the days.
    first: date
    #: Stories on each.
    counts: tuple[int, ...]


def bars(volumes: Iterable[Volume], *, told: Collection[str], names: Callable[[str], str], clock: Clock) -> list[dict[str, Any]]:
    """What the templates see of the rules that found anything: their names, days, and each day's count with its column's height.

    Drawn are the first of the rules under which something is ``told``: a mail of one story fits a phone. All have their numbers.
    """
    found = [volume for volume in volumes if any(volume.counts)]
    drawn = [volume for volume in found if volume.rule in told][:MOST]
    return [_bars(volume, names(volume.rule), clock, is_drawn=volume in drawn) for volume in found]


def _bars(volume: Volume, name: str, clock: Clock, *, is_drawn: bool) -> dict[str, Any]:
    last = volume.first + timedelta(days=len(volume.counts) - 1)
    most = max(volume.counts)
    return {
        "rule": name,
        "start": clock.day(volume.first),
        "end": clock.day(last),
        "drawn": is_drawn,
        "days": [{"count": count, "label": _short(count), "height": -(-count * HEIGHT // most)} for count in volume.counts],
    }


def _short(count: int) -> str:
    """A number as it fits a column of a phone: 1234 is "1k"."""
    return str(count) if count < 1000 else f"{count // 1000}k"
