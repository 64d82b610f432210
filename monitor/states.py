"""States: what is wrong with a source, judged from what the store knows of it. Pure.

    failing     three polls in a row failed, an empty answer among them, or the first of a source that never answered; over with the
                first that succeeds
    unreadable  five pages in a row could not be read, or the last five bodies are far shorter than those before
    quiet       it answers, and lists nothing new for longer than it should

But for the source that never answered, each begins only after a run of bad signs, and ends when the signs have been good for
``hold()``: a source that comes and goes stays in its state. Nothing is remembered but what stands in the store.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from statistics import median, quantiles
from typing import Literal, get_args
from zoneinfo import ZoneInfo

State = Literal["network", "disk", "configuration", "templates", "unreachable", "failing", "unreadable", "quiet"]
#: The worst first.
ORDER: tuple[State, ...] = get_args(State)

#: Polls that fail in a row; one is weather.
FAILING = 3
#: Pages in a row that could not be read.
UNREADABLE = 5
#: Bodies that count as the last, and as the past that they are measured by; fewer than FEW of the past say nothing.
LAST, PAST, FEW = 5, 50, 20
#: A body below this share of the past's median is a stub: a login, a consent page, a template that has changed.
STUB = 0.2
#: A body of as many characters is none, whatever was usual before; so the past of most sources need not be read.
NO_STUB = 2000
#: Silence shorter than this is never an alarm, unless the configuration says so.
SHORTEST_QUIET = timedelta(hours=6)
#: With this little history, or less than LITTLE gaps between arrivals, a source may be silent for as long.
UNKNOWN_QUIET = timedelta(days=7)
LITTLE = 10
#: What is looked back on to learn a source's pattern.
HISTORY = timedelta(days=14)
#: How long, at least, all must look well before it is called recovered.
HOLD = timedelta(minutes=15)
#: Polls within this say how the machine's own network does; fewer sources than this say nothing.
RECENT, SEVERAL = timedelta(minutes=15), 3

SATURDAY = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What the store knows of one source. All times are aware UTC."""

    id: str
    began_at: datetime
    every: timedelta
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    #: Polls in a row, and what the last one said.
    failures: int = 0
    error: str | None = None
    #: Pages in a row, the first of them, and what the last one said.
    page_failures: int = 0
    page_failed_at: datetime | None = None
    page_error: str | None = None
    #: Publication of the newest entry it ever listed, as the wire says it: perhaps a day only, perhaps still to come.
    newest_at: datetime | None = None
    #: When it last listed an entry that was new.
    arrived_at: datetime | None = None
    #: When new entries arrived within HISTORY, oldest first; empty while the silence is too short to ask.
    arrivals: Sequence[datetime] = ()
    #: Characters of the newest bodies, and of those before them, or before it became unreadable; no past where no body is a stub.
    bodies: Sequence[int] = ()
    past_bodies: Sequence[int] = ()
    #: When the oldest of ``bodies`` was listed.
    bodies_since: datetime | None = None
    #: Its outages that are not over.
    open: frozenset[str] = frozenset()

    @property
    def silent_since(self) -> datetime:
        """When it last had something new: a list may give only the day, and a new source's first list may be old."""
        told = self.newest_at if self.newest_at and self.succeeded_at and self.newest_at <= self.succeeded_at else None
        return max((moment for moment in (told, self.arrived_at) if moment), default=self.began_at)

    @property
    def silence(self) -> timedelta:
        """For how long its answers have brought nothing new. While nobody asks, or it does not answer, that does not grow."""
        return max((self.succeeded_at or self.silent_since) - self.silent_since, timedelta())


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """A state that a source, or the machine, is in."""

    state: State
    since: datetime
    #: What it was judged by.
    detail: str


def judge(facts: Facts, *, quiet: timedelta | None = None, zone: ZoneInfo) -> tuple[Trouble, ...]:
    """What is wrong with a source, the worst first; nothing when it is ok.

    ``quiet`` is the configured limit, None to learn it; ``zone`` says when its weekends are.
    """
    found = (_failing(facts), _unreadable(facts) or _stubs(facts), _quiet(facts, quiet, zone))
    return tuple(each for each in found if each)


def network(sources: Sequence[Facts], *, now: datetime, open: bool) -> Trouble | None:
    """Whether the machine's own network is away: of the sources polled just now, most fail, and for some it is no accident.

    ``open``: it was away already; then it stays so until fewer than half of them fail, or while nothing was polled.
    """
    polled = [each for each in sources if each.polled_at and each.polled_at > now - RECENT]
    failing = [each for each in polled if each.failures]
    since = min((each.succeeded_at or each.began_at for each in failing), default=now)
    detail = f"{len(failing)} of {len(polled)} sources polled within {RECENT // timedelta(minutes=1)} min failed"
    detail += f": {failing[0].error}" if failing else ""
    if open:
        away = not polled or 2 * len(failing) >= len(polled)
    else:
        many = len(polled) >= SEVERAL and 4 * len(failing) >= 3 * len(polled)
        away = many and any(map(_failing, failing))
    return Trouble(state="network", since=since, detail=detail) if away else None


def hold(every: timedelta) -> timedelta:
    """For how long a source must look well before it is called recovered: two of its polls, and a while."""
    return max(HOLD, 2 * every)


def quiet_limit(arrivals: Sequence[datetime], *, zone: ZoneInfo) -> timedelta:
    """How long a source may list nothing new, by its own pattern.

    Three times the gap that 95 of 100 stay below, and one and a half times the third longest: a night comes fourteen times in
    HISTORY and a holiday once. Weekends do not count for a source that rests then.
    """
    rests = _rests(arrivals, zone)
    gaps = sorted(_counted(one, two, zone, rests=rests) for one, two in pairwise(arrivals))
    if len(gaps) < LITTLE or arrivals[-1] - arrivals[0] < UNKNOWN_QUIET:
        return UNKNOWN_QUIET
    usual = timedelta(seconds=quantiles((gap.total_seconds() for gap in gaps), n=20, method="inclusive")[-1])
    return max(SHORTEST_QUIET, 3 * usual, 1.5 * gaps[-3])


def _failing(facts: Facts) -> Trouble | None:
    is_known = facts.succeeded_at is None or "failing" in facts.open
    if facts.failures < (1 if is_known else FAILING):
        return None
    polls = "1 poll failed" if facts.failures == 1 else f"{facts.failures} polls failed in a row"
    detail = f"{polls}{', it never answered' if facts.succeeded_at is None else ''}: {facts.error}"
    return Trouble(state="failing", since=facts.succeeded_at or facts.began_at, detail=detail)


def _unreadable(facts: Facts) -> Trouble | None:
    if facts.page_failures < (1 if "unreadable" in facts.open else UNREADABLE):
        return None
    detail = f"{facts.page_failures} pages in a row could not be read: {facts.page_error}"
    return Trouble(state="unreadable", since=facts.page_failed_at or facts.began_at, detail=detail)


def _stubs(facts: Facts) -> Trouble | None:
    if len(facts.bodies) < LAST or len(facts.past_bodies) < FEW:
        return None
    longest, usual = max(facts.bodies), median(facts.past_bodies)
    if longest >= min(STUB * usual, NO_STUB):
        return None
    detail = f"its last {LAST} bodies have at most {longest} characters, those before had {usual:.0f}"
    return Trouble(state="unreadable", since=facts.bodies_since or facts.began_at, detail=detail)


def _quiet(facts: Facts, told: timedelta | None, zone: ZoneInfo) -> Trouble | None:
    limit = told or quiet_limit(facts.arrivals, zone=zone)
    rests = told is None and _rests(facts.arrivals, zone)
    if _counted(facts.silent_since, facts.silent_since + facts.silence, zone, rests=rests) <= limit:
        return None
    pattern = "it is told to have" if told else "its own pattern says"
    detail = f"nothing new for {_span(facts.silence)}; {pattern} {_span(limit)} at most"
    return Trouble(state="quiet", since=facts.silent_since, detail=detail)


def _counted(start: datetime, end: datetime, zone: ZoneInfo, *, rests: bool) -> timedelta:
    """The time from ``start`` to ``end``, less the weekends of a source that rests on them."""
    return end - start - sum(_weekends(start, end, zone), timedelta()) if rests else end - start


def _rests(arrivals: Sequence[datetime], zone: ZoneInfo) -> bool:
    """Whether a day of the weekend brings less than a quarter of what a working day does."""
    off = sum(moment.astimezone(zone).weekday() >= SATURDAY for moment in arrivals)
    return len(arrivals) >= LITTLE and off / 2 < (len(arrivals) - off) / 5 / 4


def _weekends(start: datetime, end: datetime, zone: ZoneInfo) -> Iterable[timedelta]:
    """How much of each weekend lies between two moments."""
    first = start.astimezone(zone).date()
    monday = first - timedelta(days=first.weekday())
    while _midnight(monday, zone) < end:
        opens, monday = _midnight(monday + timedelta(days=SATURDAY), zone), monday + timedelta(days=7)
        yield max(min(end, _midnight(monday, zone)) - max(start, opens), timedelta())


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # In UTC, where a difference is time that has passed.
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _span(length: timedelta) -> str:
    """A length of time as people say it: "3 d", "7 h", "20 min"."""
    minutes = length / timedelta(minutes=1)
    for size, unit in ((60 * 24, "d"), (60, "h")):
        if minutes >= 2 * size:
            return f"{minutes / size:.0f} {unit}"
    return f"{minutes:.0f} min"
