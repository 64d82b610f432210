"""Recipient: who is told, about which rules, in which language and zone; the digest slots and quiet hours that follow from it."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

#: The first only, what says something else than before, or each.
Versions = Literal["first", "material", "all"]
#: Of a digest in which nothing is: it is sent, it is not, or only where nothing at all was sent for a week.
WhenEmpty = Literal["send", "skip", "weekly"]
#: Count, top rule and top headline, or the count alone.
Subject = Literal["full", "count"]
#: When they hear that an agency corrected what they were told: with the next digest, or at once.
CorrectionTime = Literal["digest", "instant"]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UTC_ZONE = ZoneInfo("UTC")
EVERY_DAY = frozenset(range(7))
#: How a time away is written.
PAUSE = '"2026-12-22..2027-01-06", the first and the last day away'
_PAUSE = re.compile(r"(?P<first>20\d\d-\d\d-\d\d) ?\.\. ?(?P<last>20\d\d-\d\d-\d\d)", re.ASCII)
_FORM = re.compile(r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)(?: +(?P<days>[a-z,-]+))?")
_QUIET_FORM = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d) ?- ?((?:[01]\d|2[0-3]):[0-5]\d)")


class AlertError(Exception):
    """Anything the room ``alerts`` refuses: its message says what, and what to write instead."""


class BadDigestTime(AlertError):
    """A digest time that cannot be read."""

    def __init__(self, text: str) -> None:
        super().__init__(f'digest time {text!r} cannot be read; use "07:00", "07:00 mon-fri", "07:00 mon,wed" or "hourly"')
        self.text = text


class BadQuietHours(AlertError):
    """Quiet hours that cannot be read."""

    def __init__(self, text: str) -> None:
        super().__init__(f'quiet hours {text!r} cannot be read; use "22:00-06:30"')
        self.text = text


class BadPause(AlertError):
    """A time away that cannot be read, or ends before it begins."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(f"pause {text!r} {reason}; use {PAUSE}")
        self.text = text
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """Days on which a recipient is away, in their own zone; the first and the last are part of it."""

    first: date
    last: date

    @classmethod
    def parse(cls, text: str) -> "Pause":
        """Read "2026-12-22..2027-01-06". Raise BadPause."""
        form = _PAUSE.fullmatch(text.strip())
        if form is None:
            raise BadPause(text, "cannot be read")
        try:
            first, last = date.fromisoformat(form["first"]), date.fromisoformat(form["last"])
        except ValueError as exc:
            raise BadPause(text, "names a day that there is not") from exc
        if last < first:
            raise BadPause(text, "ends before it begins")
        return cls(first=first, last=last)

    def period(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Its first moment and the first one after it, in UTC."""
        return _midnight(self.first, zone), _midnight(self.last + timedelta(days=1), zone)


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """One moment at which a digest is due, and the name under which it exists once."""

    #: Aware UTC.
    at: datetime
    #: The local date of a daily digest, "2026-11-23"; the UTC hour of an hourly one, "2026-11-23T07Z".
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestTime:
    """When a digest goes out: each full hour, or at a local time on some days of the week."""

    #: None: at each full hour.
    at: time | None = time(7, 0)
    #: 0 is Monday.
    days: frozenset[int] = EVERY_DAY

    @classmethod
    def parse(cls, text: str) -> "DigestTime":
        """Read "hourly", "07:00", "07:00 mon-fri" or "07:00 mon,wed". Raise BadDigestTime."""
        if text.strip() == "hourly":
            return cls(at=None)
        form = _FORM.fullmatch(text.strip())
        if form is None:
            raise BadDigestTime(text)
        at = time(int(form["hour"]), int(form["minute"]))
        return cls(at=at, days=_days(form["days"], text) if form["days"] else EVERY_DAY)

    def last(self, now: datetime, zone: ZoneInfo) -> Slot | None:
        """The newest slot at or before ``now``."""
        if self.at is None:
            return _hour(now)
        local = now.astimezone(zone).date()
        slots = (self._slot(local - timedelta(days=back), zone) for back in range(-1, 8))
        return next((slot for slot in slots if slot and slot.at <= now), None)

    def next(self, now: datetime, zone: ZoneInfo) -> Slot | None:
        """The first slot after ``now``."""
        if self.at is None:
            return _hour(now + timedelta(hours=1))
        local = now.astimezone(zone).date()
        slots = (self._slot(local + timedelta(days=ahead), zone) for ahead in range(-1, 9))
        return next((slot for slot in slots if slot and slot.at > now), None)

    def _slot(self, day: date, zone: ZoneInfo) -> Slot | None:
        if self.at is None or day.weekday() not in self.days:
            return None
        # fold=0 takes the first of two 01:30 on the autumn day, and reads the 02:30 that the
        # spring day lacks with the offset from before: 03:30 on the new clock. Once either way.
        at = datetime.combine(day, self.at, tzinfo=zone).astimezone(UTC)
        return Slot(at=at, name=day.isoformat())


@dataclass(frozen=True, kw_only=True, slots=True)
class Quiet:
    """The hours of each day, by the recipient's clock, in which they want to hear nothing that can wait."""

    start: time
    #: Of the next day where it is the earlier one.
    end: time

    @classmethod
    def parse(cls, text: str) -> "Quiet":
        """Read "22:00-06:30". Raise BadQuietHours; also where both times are one: that could mean all day, or never."""
        form = _QUIET_FORM.fullmatch(text.strip())
        if form is None or form[1] == form[2]:
            raise BadQuietHours(text)
        return cls(start=time.fromisoformat(form[1]), end=time.fromisoformat(form[2]))

    def until(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When the quiet hours in which ``now`` lies end, aware UTC; None outside of them."""
        local = now.astimezone(zone).date()
        nights = (self._night(local + timedelta(days=days), zone) for days in (-1, 0))
        return max((end for start, end in nights if start <= now < end), default=None)

    def _night(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From when to when it is quiet in the hours that begin on ``day``."""
        last = day if self.end > self.start else day + timedelta(days=1)
        # Where a clock is put forward or back a time of day comes not at all, or twice: it is quiet as long as it may be meant.
        return min(_moments(day, self.start, zone)), max(_moments(last, self.end, zone))

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """One address, as one ``[[recipient]]`` table says it."""

    email: str
    #: Rule ids; the order decides under which one a story of several is told.
    rules: tuple[str, ...]
    name: str = ""
    timezone: ZoneInfo = UTC_ZONE
    #: Of the mail itself, not of the stories: en, de or ko.
    language: str = "en"
    digest: DigestTime = DigestTime()
    #: Which later versions of a story they hear of; what an agency corrects or takes back everybody hears of.
    versions: Versions = "material"
    #: Languages, the one that is read best first: of several copies of one story the first of these leads.
    reads: tuple[str, ...] = ()
    when_empty: WhenEmpty = "send"
    subject: Subject = "full"
    #: Those of ``rules`` whose stories they are told at once.
    instant: tuple[str, ...] = ()
    #: When no alert goes to them.
    quiet: Quiet | None = None
    corrections: CorrectionTime = "digest"
    #: Where messages go instead of the mailbox, as apprise writes it: "slack://…". Holds a key. "": to the mailbox.
    channel: str = field(default="", repr=False)
    #: When nothing is sent to them; what is due meanwhile waits.
    pause: tuple[Pause, ...] = ()

    def last_slot(self, now: datetime) -> Slot | None:
        """The newest digest slot at or before ``now``."""
        return self.digest.last(now, self.timezone)

    def next_slot(self, now: datetime) -> Slot | None:
        """The first digest slot after ``now``."""
        return self.digest.next(now, self.timezone)

    def slots(self, since: datetime, until: datetime) -> list[Slot]:
        """The digest slots after ``since``, up to and with one at ``until``, oldest first."""
        found, at = list[Slot](), since
        while (slot := self.next_slot(at)) and slot.at <= until:
            found.append(slot)
            at = slot.at
        return found

    def quiet_until(self, now: datetime) -> datetime | None:
        """When the quiet hours in which ``now`` lies end; None outside of them."""
        return self.quiet.until(now, self.timezone) if self.quiet else None


def _moments(day: date, at: time, zone: ZoneInfo) -> list[datetime]:
    """The one or two moments, aware UTC, at which a clock may be said to show this."""
    return [datetime.combine(day, at.replace(fold=fold), tzinfo=zone).astimezone(UTC) for fold in (0, 1)]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def masked(email: str) -> str:
    """An address as a log may show it: a…@example.org."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}…@{domain}"


def _hour(now: datetime) -> Slot:
    at = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return Slot(at=at, name=at.strftime("%Y-%m-%dT%HZ"))


def _days(words: str, text: str) -> frozenset[int]:
    try:
        return frozenset(day for part in words.split(",") for day in _span(part))
    except ValueError as exc:
        raise BadDigestTime(text) from exc


def _span(part: str) -> list[int]:
    first, dash, last = part.partition("-")
    start, end = WEEKDAYS.index(first), WEEKDAYS.index(last if dash else first)
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)]
