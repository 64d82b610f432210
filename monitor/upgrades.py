"""Upgrades: a preset that says something else than when it was last in use is asked of the archive beside what it said then."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from psycopg.rows import tuple_row
from psycopg.types.json import Jsonb

from alerts.match import RuleSet
from alerts.rules import Rule, is_packaged
from monitor import backtests
from monitor.database import Connection

log = logging.getLogger(__name__)

#: Of the archive, for what an upgrade gains and loses.
BACK = timedelta(days=90)


async def note(connection: Connection, rules: RuleSet, known: Iterable[Rule], *, now: datetime) -> None:
    """Write down what the rules that are in use say, and place a back-test for each preset that began ``now`` and said something else.

    ``known`` are the rules that they may name. Needs ``subscriptions.configure`` before.
    """
    await _write_down(connection, rules)
    said = {rule.id: rule for rule in rules.rules if is_packaged(rule)}
    for former in await _former(connection, list(said), now=now):
        rule = said[former.id]
        if former == rule:
            continue
        id = await backtests.place(connection, former, known, edited=rule, since=now - BACK, now=now)
        log.warning("preset upgraded code=preset-upgraded preset=%s shown by: wirewatch rules results %d", rule.id, id)


async def _write_down(connection: Connection, rules: RuleSet) -> None:
    await connection.execute(
        """update rule set said = configured.said
           from unnest(%(ids)s::text[], %(versions)s::text[], %(said)s::jsonb[]) as configured (id, version, said)
           where rule.id = configured.id and rule.version = configured.version and rule.said is null""",
        {
            "ids": [rule.id for rule in rules.rules],
            "versions": [rules.version(rule.id) for rule in rules.rules],
            "said": [Jsonb(backtests.as_said(rule)) for rule in rules.rules],
        },
    )


async def _former(connection: Connection, ids: list[str], *, now: datetime) -> list[Rule]:
    """What the rules of which a version began now said before, as far as that is known."""
    cursor = await connection.cursor(row_factory=tuple_row).execute(
        """select distinct on (former.id) former.said
           from rule join rule as former on former.id = rule.id and former.ended_at is not null and former.said is not null
           where rule.id = any(%(ids)s) and rule.began_at = %(now)s and rule.ended_at is null
           order by former.id, former.ended_at desc""",
        {"ids": ids, "now": now},
    )
    return [backtests.of_said(said) for (said,) in await cursor.fetchall()]
