"""The SQL of what is due: what somebody is still to be told, and that they were told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString

from psycopg.rows import class_row, scalar_row

from monitor.database import Connection
from spiders.story import Status

#: What the agency took back is no news: it stays due, and is told only if the wire lets it be shown again.
UNTOLD = (Status.HELD, Status.WITHDRAWN, Status.GONE)
#: Whether a subscription is one under which something is ``due``: of the rule that made it so, or one that matched any version.
_ASKS: LiteralString = """subscription.recipient = due.recipient and (subscription.rule = due.rule
    or exists (select from match where match.story = due.story and match.rule = subscription.rule))"""
#: So long the operator has to say which story a kill or hold means; until then none is told that it may mean.
DOUBT = timedelta(hours=24)
#: Of what was sent as an item of its own; a bare word may be news.
_IN_DOUBT: LiteralString = """
exists (select from advisory join entry on entry.id = advisory.entry and entry.story is null
    where advisory.settled_at is null and story.id = any(likely) and advisory.at > %(doubted)s)"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """A story that a recipient is to be told, with everything that its newest version matched for them."""

    story: int
    #: The newest version.
    revision: int
    source: str
    headline_only: bool
    seen_at: datetime
    #: Of the rules that they follow the one that made it due, or else the first that matched any version.
    rule: str
    #: [rule, spans] of the newest version, in the recipient's order.
    matches: list[tuple[str, list[tuple[str, int, int, str]]]]


async def take(connection: Connection, recipient: str, *, at_once: bool = False, now: datetime) -> list[Due]:
    """What a recipient is to be told and nobody else tells them now, but for what was taken back; locked until the transaction ends.

    What may have been taken back waits up to a day for the operator. Nor are they told what was due under no rule that they still follow.
    ``at_once``: only what is to be told at once.
    """
    cursor = await connection.cursor(row_factory=class_row(Due)).execute(
        f"""with taken as (
               select story, rule from due
               where recipient = %(recipient)s and mail is null and (instant or not %(at_once)s) order by story for update
           ), named as (
               select story, rule from taken union select story, match.rule from taken join match using (story)
           ), asked as (
               select distinct on (taken.story) taken.story, subscription.rule
               from taken join named using (story)
               join subscription on subscription.rule = named.rule and recipient = %(recipient)s and ended_at is null
               order by taken.story, subscription.rule <> taken.rule, position
           )
           select story.id as story, story.latest as revision, story.source, story.seen_at, revision.headline_only, asked.rule,
               coalesce((
                   select jsonb_agg(jsonb_build_array(rule, spans) order by position) from (
                       select distinct on (match.rule) match.rule, spans, position from match
                       join subscription on subscription.rule = match.rule and recipient = %(recipient)s and ended_at is null
                       where match.story = story.id and match.revision = story.latest order by match.rule, matched_at desc
                   ) as matched
               ), '[]') as matches
           from asked join story on story.id = asked.story
           join revision on revision.story = story.id and revision.number = story.latest and revision.status <> all(%(untold)s)
           where not {_IN_DOUBT}""",
        {"recipient": recipient, "at_once": at_once, "untold": list(UNTOLD), "doubted": now - DOUBT},
    )
    return await cursor.fetchall()


async def tell(connection: Connection, recipient: str, told: Sequence[Due], *, mail: int) -> None:
    """Note which mail tells a recipient of these stories, and which version it shows."""
    await connection.execute(
        """update due set mail = %(mail)s, told = shown.revision, shown = null, behind = shown.revision < latest, instant = false,
               named = null, later = null
           from unnest(%(stories)s::bigint[], %(revisions)s::integer[]) as shown (story, revision) join story on story.id = shown.story
           where due.recipient = %(recipient)s and due.story = shown.story""",
        {
            "recipient": recipient,
            "mail": mail,
            "stories": [each.story for each in told],
            "revisions": [each.revision for each in told],
        },
    )


async def urgent(connection: Connection, *, since: datetime, opened: datetime, now: datetime) -> dict[str, list[datetime]]:
    """Whoever is to be told something at once: recipient → when the alert mails since then were written to them.

    Not who has a run that was ``opened`` after that and is not written yet: its digest carries all.
    """
    cursor = await connection.execute(
        f"""select email, array(select created_at from mail where recipient = email and kind = 'instant' and created_at > %(since)s)
           from recipient where exists (
               select from due join story on story.id = due.story
               join revision on revision.story = story.id and revision.number = story.latest and revision.status <> all(%(untold)s)
               where recipient = email and instant and not {_IN_DOUBT}
           ) and not exists (select from run where run.recipient = email and closed_at is null and run.created_at > %(opened)s)""",
        {"since": since, "opened": opened, "untold": list(UNTOLD), "doubted": now - DOUBT},
    )
    return dict(await cursor.fetchall())


async def hold(connection: Connection, recipient: str) -> None:
    """Until the transaction ends nobody else tells a recipient anything at once: two who did would not know of each other's mail."""
    await connection.execute("select from recipient where email = %s for no key update", [recipient])


async def calm(connection: Connection, recipient: str | None = None) -> None:
    """Let wait for the digest what need not be told at once any more: all of a recipient's, or what no rule asks for now."""
    await connection.execute(
        """update due set instant = false where instant and (recipient = %(recipient)s or not exists (
               select from match join subscription on subscription.rule = match.rule and subscription.recipient = due.recipient
               where match.story = due.story and subscription.instant and ended_at is null))""",
        {"recipient": recipient},
    )


async def let_go(connection: Connection, *, before: datetime) -> None:
    """Forget what was due under rules that its recipient took out ``before`` that moment: who follows them again begins anew."""
    await connection.execute(
        f"""delete from due where mail is null and named is null
               and not exists (select from subscription where (ended_at is null or ended_at >= %s) and {_ASKS})""",
        [before],
    )


async def told_at_once(connection: Connection, recipient: str, *, since: datetime) -> int:
    """How many stories the alert mails after ``since`` told a recipient."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """select count(*) from mail join due on due.mail = mail.id and due.recipient = mail.recipient and copy_of is null
           where mail.recipient = %(recipient)s and kind = 'instant' and mail.created_at > %(since)s""",
        {"recipient": recipient, "since": since},
    )
    return await cursor.fetchone() or 0


async def open_count(connection: Connection) -> dict[str, int]:
    """How much each recipient is still to be told."""
    cursor = await connection.execute(
        f"""select recipient, count(*) from due join story on story.id = due.story
           join revision on revision.story = story.id and revision.number = story.latest and revision.status <> all(%(untold)s)
           where mail is null and exists (select from subscription where ended_at is null and {_ASKS})
           group by recipient""",
        {"untold": list(UNTOLD)},
    )
    return dict(await cursor.fetchall())
