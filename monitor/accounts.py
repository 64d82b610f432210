"""The SQL of the coverage account: what each source was asked and listed in a period, and what became of every entry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from psycopg.rows import class_row, dict_row

from alerts.coverage import Coverage, Silence
from alerts.coverage import Gap as ToldGap
from monitor import outbox, slots
from monitor.database import Connection
from monitor.judgement import judge
from monitor.slots import Outcome
from spiders.source import Source

HOUR = timedelta(hours=1)
#: What became of sightings, as columns. A story is headline-only where neither an earlier version nor another source has its text.
FATES = """count(*) filter (where outcome = 'new') as new, count(*) filter (where outcome = 'changed') as changed,
           count(*) filter (where outcome = 'seen') as seen, count(*) filter (where outcome = 'refused') as refused,
           count(*) filter (where outcome is null) as pending,
           count(distinct story) filter (where outcome in ('new', 'changed')) as read,
           count(distinct story) filter (where headline_only and exists (
               select from story join revision on revision.story = story.id and number = latest
               where story.id = sighting.story and revision.headline_only)) as headline_only,
           count(distinct story) filter (where merged) as merged,
           count(distinct story) filter (where outcome in ('new', 'changed') and not merged and exists (
               select from copy join copy as mate using (cluster)
               where copy.story = sighting.story and mate.story < copy.story)) as copies,
           count(distinct story) filter (where matched) as matched"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fates:
    """What became of what one source listed, or all of them."""

    #: "": all of them.
    source: str
    #: Entries, each as often as it was listed.
    listed: int
    #: Of these: together they are all of them.
    new: int
    changed: int
    seen: int
    refused: int
    pending: int
    #: Stories of the new and changed; of these on the list's text alone, first brought by another source at the same address, or in
    #: the same words at another, matched by a rule. A digest counts both as merged.
    read: int
    headline_only: int
    merged: int
    copies: int
    matched: int

    @property
    def difference(self) -> int:
        """Entries whose fate is unknown; anything but 0 is a fault of ours."""
        return self.listed - self.new - self.changed - self.seen - self.refused - self.pending


@dataclass(frozen=True, kw_only=True, slots=True)
class Line(Fates):
    """What one source was asked, or all of them, and what became of what they listed."""

    #: Its state at the end of the period; "ok" for the sum.
    state: str
    polls: int
    #: Of the polls.
    unchanged: int
    failed: int
    #: Polls that were due while the one before still ran.
    skipped: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A time of which a source's list may have lost something before we read it."""

    source: str
    from_at: datetime
    to_at: datetime
    noticed_at: datetime
    #: Entries that the source's other lists brought.
    stories: int
    #: "sitemap"; None: not (yet).
    filled_by: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Recall:
    """How much of what another list of a source had on one day we had, before we looked."""

    source: str
    day: date
    rung: str
    listed: int
    known: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """The coverage account from one full hour to another."""

    since: datetime
    until: datetime
    lines: tuple[Line, ...]
    total: Line
    #: Source → why entries were refused → how many.
    refusals: Mapping[str, Mapping[str, int]]
    gaps: tuple[Gap, ...]
    recalls: tuple[Recall, ...]
    #: By recipient: what became of the digest slots that came up.
    slots: tuple[Outcome, ...]
    #: As ``outbox.posted`` counts them.
    mails: Mapping[str, int]

    @property
    def healthy(self) -> int:
        """Sources that are ok at its end."""
        return sum(line.state == "ok" for line in self.lines)

    @property
    def adds_up(self) -> bool:
        """Whether the fate of every entry is known, source by source."""
        return not any(line.difference for line in (*self.lines, self.total))


async def account(connection: Connection, since: datetime, until: datetime, *, states: Mapping[str, str] | None = None) -> Account:
    """The account of a period, which is widened to full hours: polls are counted by the hour. One moment for all its figures.

    ``states`` are those of the sources as they are judged now, for a period that lasts until now; else those that were written down.
    """
    since, until = _hour(since), _hour(until + HOUR - timedelta(microseconds=1))
    found = await _lines(connection, since, until)
    return Account(
        since=since,
        until=until,
        lines=tuple(replace(line, state=(states or {}).get(line.source, line.state)) for line in found if line.source),
        total=next(line for line in found if not line.source),
        refusals=await _refusals(connection, since, until),
        gaps=tuple(await gaps(connection, since=since, until=until)),
        recalls=tuple(await _recalls(connection, since, until)),
        slots=tuple(await slots.outcomes(connection, since, until)),
        mails=await outbox.posted(connection, since, until),
    )


async def coverage(connection: Connection, since: datetime, now: datetime, sources: Sequence[Source], *, rules: Sequence[str]) -> Coverage:
    """What a digest says of all that was collected from ``since`` to ``now``, to the second; matches of its reader's ``rules``."""
    names = {source.id: source.label for source in sources}
    values = {"since": since, "until": now, "rules": list(rules)}
    count = await (await connection.cursor(row_factory=dict_row).execute(_COUNTS, values)).fetchone()
    assert count
    judgement = await judge(connection, sources, now=now)
    return Coverage(
        sources=len(judgement.facts),
        silences=tuple(Silence(source=names.get(id, id), state=each.state, since=each.since) for id, each in judgement.worst.items()),
        read=count["read"],
        headline_only=count["headline_only"],
        matched=count["asked"],
        merged=count["folded"],
        dropped=count["refused"],
        gaps=tuple(
            ToldGap(source=names.get(gap.source, gap.source), from_at=gap.from_at, to_at=gap.to_at, filled=bool(gap.filled_by))
            for gap in await gaps(connection, since=since, until=now)
        ),
    )


async def gaps(connection: Connection, *, since: datetime, until: datetime, sources: Sequence[str] | None = None) -> list[Gap]:
    """The gaps that were noticed or filled from ``since`` to ``until``, oldest first; of these sources, or all."""
    cursor = await connection.cursor(row_factory=class_row(Gap)).execute(
        """select source, from_at, to_at, noticed_at, stories, filled_by from gap
           where (noticed_at between %(since)s and %(until)s or filled_by is not null and closed_at between %(since)s and %(until)s)
               and (%(sources)s::text[] is null or source = any(%(sources)s))
           order by noticed_at, source""",
        {"since": since, "until": until, "sources": None if sources is None else list(sources)},
    )
    return await cursor.fetchall()


async def _lines(connection: Connection, since: datetime, until: datetime) -> list[Line]:
    cursor = await connection.cursor(row_factory=class_row(Line)).execute(_LINES, {"since": since, "until": until})
    return await cursor.fetchall()


#: One statement, so that no poll that ends meanwhile is in one sum and not in the other. '' is the sum of all.
_LINES = f"""
with asked as (
    select coalesce(source, '') as source, sum(polls) as polls, sum(unchanged) as unchanged, sum(failed) as failed,
           sum(skipped) as skipped, sum(listed) as listed, sum(seen) as seen
    from account where hour >= %(since)s and hour < %(until)s group by grouping sets ((source), ())
), became as (
    select coalesce(source, '') as source, {FATES}
    from sighting where at >= %(since)s and at < %(until)s group by grouping sets ((source), ())
), known as (
    select id from source where active and began_at < %(until)s union select source from asked union select source from became
)
select id as source,
       coalesce((
           select outage.state from outage
           where outage.source = known.id and noticed_at <= %(until)s and (ended_at is null or ended_at > %(until)s)
           order by array_position(array['failing', 'unreadable', 'quiet'], outage.state) limit 1), 'ok') as state,
       coalesce(polls, 0)::integer as polls, coalesce(unchanged, 0)::integer as unchanged, coalesce(failed, 0)::integer as failed,
       coalesce(skipped, 0)::integer as skipped, coalesce(listed, 0)::integer as listed, coalesce(new, 0)::integer as new,
       coalesce(changed, 0)::integer as changed, (coalesce(asked.seen, 0) + coalesce(became.seen, 0))::integer as seen,
       coalesce(refused, 0)::integer as refused, coalesce(pending, 0)::integer as pending,
       coalesce(read, 0)::integer as read, coalesce(headline_only, 0)::integer as headline_only, coalesce(merged, 0)::integer as merged,
       coalesce(copies, 0)::integer as copies, coalesce(matched, 0)::integer as matched
from known left join asked on asked.source = id left join became on became.source = id order by id
"""


async def _refusals(connection: Connection, since: datetime, until: datetime) -> dict[str, dict[str, int]]:
    cursor = await connection.execute(
        """select source, coalesce(reason, ''), count(*) from sighting
           where outcome = 'refused' and at >= %(since)s and at < %(until)s group by 1, 2 order by source, count(*) desc, 2""",
        {"since": since, "until": until},
    )
    found: dict[str, dict[str, int]] = {}
    for source, reason, count in await cursor.fetchall():
        found.setdefault(source, {})[reason] = count
    return found


async def _recalls(connection: Connection, since: datetime, until: datetime) -> list[Recall]:
    cursor = await connection.cursor(row_factory=class_row(Recall)).execute(
        """select source, day, rung, listed, known from recall
           where at >= %(since)s and at < %(until)s order by source, day""",
        {"since": since, "until": until},
    )
    return await cursor.fetchall()


#: A reader is told of theirs: what other rules matched would look as if it were missing, and so would copies that nobody counts.
_COUNTS = f"""
with sighting as (
    select * from sighting where at > %(since)s and at <= %(until)s
), asked as (
    select distinct story, merged from sighting
    where (outcome in ('new', 'changed') or merged)
        and exists (select from match where match.story = sighting.story and rule = any(%(rules)s))
), counted as (
    select count(distinct story) as asked, count(distinct story) filter (where merged or exists (
        select from copy join copy as mate using (cluster) where copy.story = asked.story and mate.story < copy.story)) as folded from asked
)
select fates.*, asked, folded from (select {FATES} from sighting) as fates, counted
"""


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
