"""The SQL of subscriptions: who is told of which rule, since when, and what the last 24 hours hold for a new one."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from psycopg.rows import tuple_row

from alerts.match import RuleSet
from alerts.recipient import Recipient
from monitor import absences, archive, due, matches, stories, unasked
from monitor.archive import Question
from monitor.database import Connection
from spiders.source import Source


async def configure(
    connection: Connection, recipients: Sequence[Recipient], rules: RuleSet, sources: Sequence[Source], *, now: datetime
) -> None:
    """Make the tables say what the configuration says. What begins now begins with the last 24 hours, none of which is told at once.

    Who left by themselves is not taken up again by a file that still names them. Needs ``stories.hold_stories``, and ``unasked.ask`` then.
    """
    await _respell(connection, [each.email for each in recipients])
    await _know(connection, [each.email for each in recipients], now=now)
    await absences.follow(connection, [each.email for each in recipients], now=now)
    stopped = await absences.stopped(connection)
    recipients = [each for each in recipients if each.email not in stopped]
    await _return(connection, [each.email for each in recipients], now=now)
    await due.let_go(connection, before=now - stories.CATCH_UP)
    begun = await _subscribe(connection, recipients, now=now)
    await due.calm(connection)
    new = await _new_rules(connection, rules, now=now)
    if new:
        await _match_again(connection, rules, new, sources, now=now)
    if begun or new:
        await _owe(connection, rules, now=now)
        await unasked.add_untold(connection)


async def is_open(connection: Connection, recipient: str) -> bool:
    """Whether a recipient is to be told of anything."""
    cursor = await connection.execute("select exists (select from subscription where recipient = %s and ended_at is null)", [recipient])
    return await cursor.fetchone() == (True,)


async def stop(connection: Connection, recipient: str, *, now: datetime) -> None:
    """End all that a recipient follows: from now on nothing becomes due to them."""
    await connection.execute(
        "update subscription set ended_at = %(now)s where recipient = %(recipient)s and ended_at is null",
        {"recipient": recipient, "now": now},
    )


async def _respell(connection: Connection, emails: Sequence[str]) -> None:
    """Let those whose address changed in nothing but capitals be who they were."""
    await connection.execute(
        """with respelt as (
               select distinct on (wanted.email) recipient.email as old, wanted.email as new
               from recipient join unnest(%s::text[]) as wanted (email) on lower(recipient.email) = lower(wanted.email)
               where not exists (select from recipient as same where same.email = wanted.email)
               order by wanted.email, recipient.began_at desc
           ), addressed as (
               update mail set recipient = new from respelt where mail.recipient = old
           )
           update recipient set email = new from respelt where email = old""",
        [list(emails)],
    )


async def _know(connection: Connection, emails: Sequence[str], *, now: datetime) -> None:
    await connection.execute(
        "insert into recipient (email, began_at) select distinct unnest(%s::text[]), %s::timestamptz on conflict do nothing",
        [list(emails), now],
    )


async def _return(connection: Connection, emails: Sequence[str], *, now: datetime) -> None:
    """Let those who had left begin anew: no slot of before is owed to them, and nothing older than what a new reader begins with.

    What a mail named to them stays: they are to hear when it is taken back.
    """
    await connection.execute(
        """with back as (
               update recipient set began_at = %(now)s
               where email = any(%(emails)s) and exists (select from subscription where recipient = email)
                   and not exists (select from subscription where recipient = email and ended_at is null)
               returning email
           )
           delete from due using back, story
           where due.recipient = email and mail is null and named is null and story.id = due.story and news_at < %(now)s - %(catch_up)s""",
        {"emails": list(emails), "now": now, "catch_up": stories.CATCH_UP},
    )


async def _subscribe(connection: Connection, recipients: Iterable[Recipient], *, now: datetime) -> bool:
    wanted = [(each.email, rule, position, rule in each.instant) for each in recipients for position, rule in enumerate(each.rules)]
    columns = {name: [row[at] for row in wanted] for at, name in enumerate(("recipient", "rule", "position", "instant"))}
    await connection.execute(
        """update subscription set ended_at = %(now)s
           where ended_at is null and (recipient, rule) not in (select * from unnest(%(recipient)s::text[], %(rule)s::text[]))""",
        columns | {"now": now},
    )
    cursor = await connection.cursor(row_factory=tuple_row).execute(
        """insert into subscription (recipient, rule, position, instant, began_at)
           select recipient, rule, position, instant, %(now)s
           from unnest(%(recipient)s::text[], %(rule)s::text[], %(position)s::integer[], %(instant)s::boolean[])
               as wanted (recipient, rule, position, instant)
           on conflict (recipient, rule) do update set position = excluded.position, instant = excluded.instant, ended_at = null,
               began_at = case when subscription.ended_at is null then subscription.began_at else excluded.began_at end
           returning began_at = %(now)s""",
        columns | {"now": now},
    )
    return any(new for (new,) in await cursor.fetchall())


async def _new_rules(connection: Connection, rules: RuleSet, *, now: datetime) -> set[str]:
    versions = {rule.id: rules.version(rule.id) for rule in rules.rules}
    values = {"ids": list(versions), "versions": list(versions.values()), "now": now}
    await connection.execute(
        """update rule set ended_at = %(now)s
           where ended_at is null and (id, version) not in (select * from unnest(%(ids)s::text[], %(versions)s::text[]))""",
        values,
    )
    # A version that was out of use missed what came in meanwhile: it is new again.
    cursor = await connection.cursor(row_factory=tuple_row).execute(
        """insert into rule (id, version, began_at) select id, version, %(now)s
           from unnest(%(ids)s::text[], %(versions)s::text[]) as configured (id, version)
           on conflict (id, version) do update set ended_at = null, began_at = excluded.began_at where rule.ended_at is not null
           returning id""",
        values,
    )
    return {id for (id,) in await cursor.fetchall()}


async def _match_again(connection: Connection, rules: RuleSet, new: set[str], sources: Sequence[Source], *, now: datetime) -> None:
    question = Question(rules=rules, ids=frozenset(new))
    async for batch in archive.look(connection, question, since=now - stories.CATCH_UP):
        await matches.put(connection, batch, sources, now=now)


async def _owe(connection: Connection, rules: RuleSet, *, now: datetime) -> None:
    await connection.execute(
        """insert into due (recipient, story, revision, rule, created_at)
           select distinct on (subscription.recipient, story.id) subscription.recipient, story.id, match.revision, match.rule, %(now)s
           from story
           join match on match.story = story.id and match.revision = story.latest
           join unnest(%(ids)s::text[], %(versions)s::text[]) as current (id, version)
               on current.id = match.rule and current.version = match.version
           join subscription on subscription.rule = match.rule and ended_at is null
           join source on source.id = story.source and story.news_at >= source.began_at - %(catch_up)s
           where story.news_at >= %(now)s - %(catch_up)s
           order by subscription.recipient, story.id, subscription.position
           on conflict (recipient, story) do nothing""",
        {
            "ids": [rule.id for rule in rules.rules],
            "versions": [rules.version(rule.id) for rule in rules.rules],
            "catch_up": stories.CATCH_UP,
            "now": now,
        },
    )
