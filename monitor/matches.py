"""The SQL of matches that are made after a story was stored: a new rule's, and those that were missed."""

from collections.abc import Iterable
from datetime import datetime

from psycopg.types.json import Jsonb

from alerts.canon import words
from monitor import copies, stories
from monitor.archive import Looked
from monitor.database import Connection
from monitor.stories import MOST_SPANS
from spiders.source import Source


async def put(connection: Connection, looked: Iterable[Looked], sources: Iterable[Source], *, now: datetime) -> None:
    """Write down what stories match, where that is not written yet and retention has not taken the story meanwhile."""
    matched, known = [each for each in looked if each.matches], {source.id: source for source in sources}
    found = [(each.stored, match) for each in matched for match in each.matches]
    await connection.execute(
        """insert into match (story, revision, rule, version, spans, matched_at)
           select story, number, matched.rule, matched.version, matched.spans, %(now)s
           from unnest(%(stories)s::bigint[], %(revisions)s::integer[], %(rules)s::text[], %(versions)s::text[], %(spans)s::jsonb[])
               as matched (story, number, rule, version, spans)
           join revision using (story, number)
           on conflict do nothing""",
        {
            "stories": [stored.id for stored, _ in found],
            "revisions": [stored.revision for stored, _ in found],
            "rules": [match.rule.id for _, match in found],
            "versions": [match.version for _, match in found],
            "spans": [Jsonb(match.spans[:MOST_SPANS]) for _, match in found],
            "now": now,
        },
    )
    for each in matched:
        if source := known.get(each.stored.source):
            await copies.note(connection, each.stored.id, each.story, words(stories.searched(each.story)), source, now=now)


async def owe(connection: Connection, looked: Iterable[Looked], *, now: datetime) -> None:
    """Make what newest versions match due to whoever would have been told as they came in, and was not by another rule.

    At once, if a rule asks for that and it is not too late.
    """
    found = [(each.stored, match) for each in looked for match in each.matches]
    await connection.execute(
        """insert into due (recipient, story, revision, rule, created_at, instant)
           select distinct on (subscription.recipient, story.id)
               subscription.recipient, story.id, matched.revision, matched.rule, %(now)s,
               coalesce(fresh_until >= %(now)s, false) and bool_or(instant) over (partition by subscription.recipient, story.id)
           from unnest(%(stories)s::bigint[], %(revisions)s::integer[], %(rules)s::text[]) as matched (story, revision, rule)
           join story on story.id = matched.story and story.latest = matched.revision
           join source on source.id = story.source and story.news_at >= source.began_at - %(catch_up)s
           join subscription on subscription.rule = matched.rule and ended_at is null
               and story.news_at >= subscription.began_at - %(catch_up)s
           order by subscription.recipient, story.id, subscription.position
           on conflict (recipient, story) do nothing""",
        {
            "stories": [stored.id for stored, _ in found],
            "revisions": [stored.revision for stored, _ in found],
            "rules": [match.rule.id for _, match in found],
            "catch_up": stories.CATCH_UP,
            "now": now,
        },
    )
