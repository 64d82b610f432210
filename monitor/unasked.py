"""The SQL of what is to be asked again: what a process stored by other rules than those in force.

Machines differ for a while: a configuration is edited on one after the other, or one has not looked at it yet. What is stored then is
matched by the rules of whoever stores it, and within seconds by those in force, and is told as if it had been so at once.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime

from psycopg.rows import scalar_row

from alerts.match import RuleSet
from monitor import archive, matches
from monitor.archive import BATCH, Question
from monitor.database import Connection
from spiders.source import Source


async def follow(connection: Connection, rules: RuleSet, *, now: datetime) -> None:
    """Let these rules be those in force. Needs ``stories.hold_stories``."""
    await connection.execute(
        """insert into ruleset (fingerprint, began_at) values (%s, %s)
           on conflict (single) do update set fingerprint = excluded.fingerprint, began_at = excluded.began_at
               where ruleset.fingerprint <> excluded.fingerprint""",
        [rules.fingerprint, now],
    )


async def add_untold(connection: Connection) -> None:
    """Let be asked again what waits for somebody who took its rule out: that may have been renamed, and stories be older than a day."""
    await connection.execute(
        """insert into unasked (story) select distinct story from due
           where mail is null and exists (select from subscription where subscription.recipient = due.recipient and ended_at is null)
               and not exists (
                   select from match join subscription on subscription.rule = match.rule and subscription.recipient = due.recipient
                   where match.story = due.story and ended_at is null)
           on conflict do nothing"""
    )


async def ask(connection: Connection, rules: RuleSet, sources: Iterable[Source], *, now: datetime) -> int:
    """Ask these rules, if they are in force, of some of what waits, and make it due to whoever is to be told; of how many stories.

    Needs ``stories.let_store``.
    """
    waiting = await _waiting(connection, rules)
    if waiting:
        question = Question(rules=rules, ids=frozenset(rule.id for rule in rules.rules))
        found = await asyncio.to_thread(question.ask, await archive.newest_of(connection, waiting))
        await matches.put(connection, found, sources, now=now)
        await matches.owe(connection, found, now=now)
        await connection.execute("delete from unasked where story = any(%s)", [waiting])
    return len(waiting)


async def _waiting(connection: Connection, rules: RuleSet) -> list[int]:
    """Some stories that wait, locked; none where these rules are not in force."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        # Who stores a story locks it before it waits here. What is locked now is asked the next time.
        """select story.id from unasked join story on story.id = unasked.story join ruleset on ruleset.fingerprint = %(rules)s
           order by story.id limit %(batch)s for update of story skip locked""",
        {"rules": rules.fingerprint, "batch": BATCH},
    )
    return await cursor.fetchall()
