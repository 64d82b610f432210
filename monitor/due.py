"""The SQL of what is due: what somebody is still to be told, and that they were told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from monitor.sources import Connection
from spiders.story import Status

#: What the agency took back is no news: it stays due, and is told only if the wire lets it be shown again.
UNTOLD = (Status.HELD, Status.WITHDRAWN, Status.GONE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """A story that a recipient is to be told, with everything that its newest version matched for them."""

    story: int
    #: The newest version.
    revision: int
    source: str
    headline_only: bool
    seen_at: datetime
    #: The rule that made it due.
    rule: str
    #: [rule, spans] of the newest version, in the recipient's order.
    matches: list[tuple[str, list[tuple[str, int, int, str]]]]


async def take(connection: Connection, recipient: str) -> list[Due]:
    """What a recipient is to be told and nobody else tells them now, but for what was taken back; locked until the transaction ends."""
    cursor = await connection.cursor(row_factory=class_row(Due)).execute(
        """with taken as (select story, rule from due where recipient = %(recipient)s and mail is null order by story for update)
           select story.id as story, story.latest as revision, story.source, story.seen_at, revision.headline_only, taken.rule,
               coalesce((
                   select jsonb_agg(jsonb_build_array(rule, spans) order by position) from (
                       select distinct on (match.rule) match.rule, spans, position from match
                       join subscription on subscription.rule = match.rule and recipient = %(recipient)s and ended_at is null
                       where match.story = story.id and match.revision = story.latest order by match.rule, matched_at desc
                   ) as matched
               ), '[]') as matches
           from taken join story on story.id = taken.story
           join revision on revision.story = story.id and revision.number = story.latest and revision.status <> all(%(untold)s)""",
        {"recipient": recipient, "untold": list(UNTOLD)},
    )
    return await cursor.fetchall()


async def tell(connection: Connection, recipient: str, told: Sequence[Due], *, mail: int) -> None:
    """Note which mail tells a recipient of these stories, and which version it shows."""
    await connection.execute(
        """update due set mail = %(mail)s, told = shown.revision, behind = shown.revision < latest
           from unnest(%(stories)s::bigint[], %(revisions)s::integer[]) as shown (story, revision) join story on story.id = shown.story
           where due.recipient = %(recipient)s and due.story = shown.story""",
        {
            "recipient": recipient,
            "mail": mail,
            "stories": [each.story for each in told],
            "revisions": [each.revision for each in told],
        },
    )


async def open_count(connection: Connection) -> dict[str, int]:
    """How much each recipient is still to be told."""
    cursor = await connection.execute(
        """select recipient, count(*) from due join story on story.id = due.story
           join revision on revision.story = story.id and revision.number = story.latest and revision.status <> all(%(untold)s)
           where mail is null group by recipient""",
        {"untold": list(UNTOLD)},
    )
    return dict(await cursor.fetchall())
