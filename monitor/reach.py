"""Reach: whether mail may be written to somebody at a moment. The file and the database say when they are away; this decides. Pure.

Everything that writes mail asks here: digests, corrections, and what is told at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from alerts.recipient import Recipient, Slot

#: paused and suspended: what is due waits for them. stopped, by themselves, and removed from the file: nothing is due.
Kind = Literal["paused", "stopped", "suspended", "removed"]
By = Literal["recipient", "operator", "bounces", "file"]
#: Who comes back after having left is told of so much of the time.
CATCH_UP = timedelta(hours=24)
_INSTANT = timedelta(microseconds=1)
_FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """A time in which nothing is sent to somebody."""

    kind: Kind
    by: By
    #: Aware UTC.
    began_at: datetime
    #: The first moment after it; None: when somebody ends it.
    over_at: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        """Whether they are away at a moment."""
        return self.began_at <= moment < (self.over_at or _FOREVER)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """When one recipient can be told something."""

    recipient: Recipient
    #: What the database says; that of the file is added.
    absences: tuple[Absence, ...] = ()

    def absence(self, moment: datetime) -> Absence | None:
        """Why nothing may be written to them at a moment: of several reasons the one that lasts longest; None when it may."""
        covering = [each for each in self._all() if each.covers(moment)]
        return max(covering, key=lambda each: each.over_at or _FOREVER, default=None)

    def is_open(self, moment: datetime) -> bool:
        """Whether mail may be written to them at a moment."""
        return self.absence(moment) is None

    def slot(self, now: datetime) -> Slot | None:
        """The newest digest slot at or before ``now``, if they may be told now and were not away then: that one is over for them."""
        slot = self.recipient.last_slot(now)
        return slot if slot and self.is_open(now) and self.is_open(slot.at) else None

    def next_slot(self, now: datetime) -> Slot | None:
        """The first digest slot after ``now`` at which they are not away; None while nobody knows when they return."""
        slot = self.recipient.next_slot(now)
        while slot and (absence := self.absence(slot.at)):
            # A slot at the very moment of their return is theirs.
            slot = self.recipient.next_slot(absence.over_at - _INSTANT) if absence.over_at else None
        return slot

    def away(self, since: datetime, now: datetime) -> tuple[datetime, datetime] | None:
        """The time away that cost them a digest and ended after ``since``: from when on it is told, and its end; None: there was none."""
        over = [
            (_told_from(each), each.over_at) for each in self._all() if each.over_at and since < each.over_at <= now and self._cost(each)
        ]
        return (min(began for began, _ in over), max(end for _, end in over)) if over else None

    def _cost(self, over: Absence) -> bool:
        slot = self.recipient.last_slot(over.over_at - _INSTANT) if over.over_at else None
        return slot is not None and slot.at >= over.began_at

    def _all(self) -> Iterator[Absence]:
        yield from self.absences
        for pause in self.recipient.pause:
            began_at, over_at = pause.period(self.recipient.timezone)
            yield Absence(kind="paused", by="file", began_at=began_at, over_at=over_at)


def _told_from(over: Absence) -> datetime:
    """From when on what came in is told after an absence."""
    left = over.kind in ("stopped", "removed") and over.over_at
    return max(over.began_at, left - CATCH_UP) if left else over.began_at
