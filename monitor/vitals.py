"""The SQL of how sources do: the facts their state is judged by, and the figures that ``wirewatch status`` shows for a day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from psycopg.rows import class_row, dict_row

from monitor.database import Connection
from monitor.states import HISTORY, LAST, NO_STUB, PAST, SHORTEST_QUIET, Facts

DAY = timedelta(days=1)
#: What the share of stories with body, date and dateline is taken from.
WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Vitals:
    """How a source did in the day that ends at some moment, beside the days before."""

    id: str
    #: New entries of each of the 15 days, the newest last; fewer for a source that began later.
    days: tuple[int, ...]
    #: Of the entries listed in the day: those that were known already; None when none were listed.
    overlap: float | None
    #: Of the stories of the week before: how many; the share with a body, a date, a dateline; characters of the middle body.
    stories: int
    body: float | None
    date: float | None
    dateline: float | None
    length: int | None

    @property
    def usual(self) -> float | None:
        """Entries of its middle day; None while there is no day before this one."""
        return median(self.days[:-1]) if len(self.days) > 1 else None


async def facts(connection: Connection) -> list[Facts]:
    """What the states of all configured sources are judged by.

    What they listed is asked only of those that have been silent for a while, so that a check a minute costs next to nothing.
    """
    cursor = await connection.cursor(row_factory=dict_row).execute(
        _FACTS, {"history": HISTORY, "shortest": SHORTEST_QUIET, "last": LAST, "past": PAST, "no_stub": NO_STUB}
    )
    return [Facts(**row | {"open": frozenset(row["open"])}) for row in await cursor.fetchall()]


# ``at`` of its newest entry that was no backlog; its last bodies; those before them, or before it became unreadable.
_FACTS = """
select source.id, source.began_at, every, polled_at, succeeded_at, failures, error, page_failures, page_failed_at, page_error, newest_at,
       arrived.at as arrived_at, last.since as bodies_since, coalesce(last.lengths, '{}') as bodies,
       case when longest < %(no_stub)s then array(
           select characters from sighting
           join story on story.id = sighting.story join revision on revision.story = story.id and number = latest
           where sighting.source = source.id and at < coalesce(unreadable.began_at, last.since)
               and outcome in ('new', 'changed') and not sighting.headline_only and not merged
           order by at desc limit %(past)s) else '{}' end as past_bodies,
       case when succeeded_at - arrived.at > %(shortest)s then array(
           select distinct at from sighting
           where sighting.source = source.id and at > arrived.at - %(history)s and (outcome is null or outcome = 'new')
           order by at) else '{}' end as arrivals,
       array(select state from outage where outage.source = source.id and ended_at is null) as open
from source
left join outage as unreadable on unreadable.source = source.id and unreadable.state = 'unreadable' and ended_at is null
left join lateral (
    select at from sighting join entry on entry.id = sighting.entry
    where sighting.source = source.id and (outcome is null or outcome = 'new') and not backlog order by at desc limit 1) as arrived on true
cross join lateral (
    select array_agg(length) as lengths, max(length) as longest, min(at) as since from (
        select at, characters as length from sighting
        join story on story.id = sighting.story join revision on revision.story = story.id and number = latest
        where sighting.source = source.id and outcome in ('new', 'changed') and not sighting.headline_only and not merged
        order by at desc limit %(last)s) as newest) as last
where active order by source.id
"""


async def vitals(connection: Connection, *, now: datetime) -> list[Vitals]:
    """How all configured sources did in the day before ``now``, which may be any moment."""
    cursor = await connection.cursor(row_factory=class_row(_Row)).execute(
        _VITALS, {"now": now, "day": DAY, "week": WEEK, "history": HISTORY}
    )
    return [each.vitals() for each in await cursor.fetchall()]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    id: str
    #: Whole days since it was first asked.
    age: int
    #: Days ago → new entries.
    days: dict[str, int]
    listed: int
    seen: int
    stories: int
    bodies: int
    dates: int
    datelines: int
    length: float | None

    def vitals(self) -> Vitals:
        def share(count: int) -> float | None:
            return count / self.stories if self.stories else None

        return Vitals(
            id=self.id,
            days=tuple(self.days.get(str(ago), 0) for ago in range(min(self.age, HISTORY // DAY), -1, -1)),
            overlap=self.seen / self.listed if self.listed else None,
            stories=self.stories,
            body=share(self.bodies),
            date=share(self.dates),
            dateline=share(self.datelines),
            length=None if self.length is None else round(self.length),
        )


_VITALS = """
with came as (
    select sighting.source, floor(extract(epoch from %(now)s - at) / 86400)::integer as ago, count(*) as entries
    from sighting join entry on entry.id = sighting.entry
    where at > %(now)s - %(history)s - %(day)s and at <= %(now)s and (outcome is null or outcome = 'new') and not backlog group by 1, 2
), brought as (
    select source, jsonb_object_agg(ago, entries) as days from came group by source
), polled as (
    select source, sum(listed) as listed, sum(seen) as seen from account where hour > %(now)s - %(day)s and hour <= %(now)s group by source
), told as (
    select distinct on (sighting.story) sighting.source, published_at, dateline, characters as length
    from sighting join revision on revision.story = sighting.story
    where at > %(now)s - %(week)s and at <= %(now)s and outcome in ('new', 'changed') and not merged and read_at <= %(now)s
    order by sighting.story, number desc
), filled as (
    select source, count(*) as stories, count(*) filter (where length > 0) as bodies, count(published_at) as dates,
           count(dateline) as datelines, percentile_cont(0.5) within group (order by length) filter (where length > 0) as length
    from told group by source
)
select id, greatest(floor(extract(epoch from %(now)s - began_at) / 86400), 0)::integer as age,
       coalesce(days, '{}') as days,
       coalesce(listed, 0)::integer as listed, coalesce(seen, 0)::integer as seen, coalesce(stories, 0)::integer as stories,
       coalesce(bodies, 0)::integer as bodies, coalesce(dates, 0)::integer as dates, coalesce(datelines, 0)::integer as datelines, length
from source left join brought on brought.source = id left join polled on polled.source = id left join filled on filled.source = id
where active order by id
"""
