"""The SQL of volumes: how many stories each rule found on each of the last days."""

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from psycopg.rows import kwargs_row

from alerts.bars import DAYS, Volume
from monitor.database import Connection


async def volumes(connection: Connection, rules: Sequence[str], today: date, zone: ZoneInfo) -> tuple[Volume, ...]:
    """What rules found on each of the days up to ``today``, which are days of ``zone``, in the order of the rules.

    A story counts once for a rule, on the day on which it reached us, whichever of its versions matched.
    """
    cursor = await connection.cursor(row_factory=kwargs_row(_volume)).execute(
        """with found as (
               select match.rule, (news_at at time zone %(zone)s)::date as day, count(distinct story.id) as stories
               from story join match on match.story = story.id
               where news_at >= %(first)s::timestamp at time zone %(zone)s and match.rule = any(%(rules)s) group by 1, 2
           )
           select told.rule, %(first)s::date as first, array_agg(coalesce(stories, 0)::integer order by day.day) as counts
           from unnest(%(rules)s::text[]) with ordinality as told (rule, place)
           cross join generate_series(%(first)s::timestamp, %(last)s, '1 day') as day (day)
           left join found on found.rule = told.rule and found.day = day.day::date group by told.rule, place order by place""",
        {"rules": list(rules), "first": today - timedelta(days=DAYS - 1), "last": today, "zone": zone.key},
    )
    return tuple(await cursor.fetchall())


def _volume(*, rule: str, first: date, counts: list[int]) -> Volume:
    return Volume(rule=rule, first=first, counts=tuple(counts))
