"""Clock: moments as one reader reads them, in their language and zone. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton

#: Days before today of which the name alone says which is meant.
NAMED = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """The reader's clock, standing at ``now``."""

    language: str
    timezone: ZoneInfo
    #: Aware.
    now: datetime

    def moment(self, at: datetime, *, after: datetime | None = None) -> str:
        """ "14:05" on the reader's own day, or on that of ``after``, which was named just before; else "Mon, Jul 27, 14:05"."""
        local = at.astimezone(self.timezone)
        hour = f"{local.hour:02}:{local.minute:02}"
        named = after.astimezone(self.timezone).date() if after else self._today()
        return hour if local.date() == named else f"{self.day(local.date())}, {hour}"

    def recent(self, at: datetime) -> str:
        """Of what lies behind: "14:05" on the reader's own day, "Mon 14:05" in the six days before; else as ``moment`` says it."""
        local = at.astimezone(self.timezone)
        hour, day = f"{local.hour:02}:{local.minute:02}", self.weekday(local.date())
        return f"{day} {hour}" if day else self.moment(at)

    def weekday(self, day: date) -> str:
        """The name of one of the six days before the reader's own, "Mon"; "" of another."""
        ago = (self._today() - day).days
        return str(format_skeleton("E", datetime.combine(day, time()), locale=self.language)) if 0 < ago <= NAMED else ""

    def day(self, day: date) -> str:
        """ "Mon, Jul 27"; another year is named."""
        skeleton = "MMMEd" if day.year == self._today().year else "yMMMEd"
        return str(format_skeleton(skeleton, datetime.combine(day, time()), locale=self.language))

    def _today(self) -> date:
        return self.now.astimezone(self.timezone).date()


def published_day(midnight: datetime) -> date:
    """The date that a midnight of its source's zone means, though the database gave it back in UTC.

    Midnight of UTC-12 to UTC+12 lies within twelve hours of the UTC day's start.
    """
    if midnight.timetz().replace(tzinfo=None) == time():
        return midnight.date()
    return (midnight.astimezone(UTC) + timedelta(hours=12)).date()
