"""The SQL of back-tests that are jobs: asked for once, done by whoever is there, kept for a while.

Who works on one claims it for CLAIM_TIME at a time and writes down how far it is. When they die the next begins it anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb

from alerts.rules import Rule
from monitor import archive
from monitor.database import Connection

CLAIM_TIME = timedelta(seconds=30)
_FREE = "ended_at is null and (claimed_until is null or claimed_until < %(now)s)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A back-test that was asked for, how far it is, and what came of it."""

    id: int
    #: As ``place`` wrote it.
    rules: Mapping[str, Any]
    since: datetime
    until: datetime
    asked_at: datetime
    claimed_until: datetime | None
    #: The share of the time that is read, and hits so far.
    done: float
    hits: int
    ended_at: datetime | None
    #: As ``outcome.as_row`` made it.
    result: Mapping[str, Any] | None
    error: str | None

    @property
    def rule(self) -> str:
        """The id of the rule."""
        return str(self.rules["rule"]["id"])


async def place(
    connection: Connection,
    rule: Rule,
    known: Iterable[Rule],
    *,
    now: datetime,
    edited: Rule | None = None,
    since: datetime | None = None,
) -> int:
    """Ask for a back-test of what reached us ``since`` then, or of all that is stored; its number.

    ``known`` are the rules that these may name.
    """
    asked = [rule, edited] if edited else [rule]
    named = archive.named(asked, {each.id: each for each in known})
    rules = {"rule": as_said(rule), "edited": as_said(edited) if edited else None, "known": list(map(as_said, named.values()))}
    cursor = await connection.execute(
        """insert into backtest (rules, since, until, asked_at)
           values (%(rules)s, coalesce(%(since)s, (select min(news_at) from story where latest > 0), %(now)s), %(now)s, %(now)s)
           returning id""",
        {"rules": Jsonb(rules), "since": since, "now": now},
    )
    (id,) = await cursor.fetchone() or (0,)
    return int(id)


async def find(connection: Connection, id: int | None = None) -> list[Placed]:
    """The back-test of a number, or all that are kept, the newest first."""
    cursor = await connection.cursor(row_factory=class_row(Placed)).execute(
        "select * from backtest where %(id)s::bigint is null or id = %(id)s order by id desc", {"id": id}
    )
    return await cursor.fetchall()


async def next_due(connection: Connection, *, now: datetime) -> int | None:
    """The number of the oldest one that nobody is at; None: there is none."""
    cursor = connection.cursor(row_factory=scalar_row)
    id: int | None = await (await cursor.execute(f"select min(id) from backtest where {_FREE}", {"now": now})).fetchone()
    return id


async def claim(connection: Connection, id: int, *, now: datetime) -> Placed | None:
    """Take a back-test, unless it has ended or somebody is at it."""
    cursor = await connection.cursor(row_factory=class_row(Placed)).execute(
        f"update backtest set claimed_until = %(until)s, done = 0, hits = 0 where id = %(id)s and {_FREE} returning *",
        {"id": id, "now": now, "until": now + CLAIM_TIME},
    )
    return await cursor.fetchone()


async def go_on(connection: Connection, id: int, done: float, hits: int, *, now: datetime) -> None:
    """Keep a back-test, and write down how far it is."""
    await connection.execute(
        "update backtest set claimed_until = %(until)s, done = %(done)s, hits = %(hits)s where id = %(id)s and ended_at is null",
        {"id": id, "until": now + CLAIM_TIME, "done": done, "hits": hits},
    )


async def end(connection: Connection, id: int, result: Mapping[str, Any] | None, *, error: str | None = None, now: datetime) -> None:
    """Write down what came of a back-test, or why nothing did."""
    await connection.execute(
        """update backtest set ended_at = %(now)s, done = 1, result = %(result)s, hits = coalesce(%(hits)s, hits), error = %(error)s
           where id = %(id)s""",
        {"id": id, "now": now, "result": Jsonb(result) if result else None, "hits": result and result["hits"], "error": error},
    )


def as_said(rule: Rule) -> dict[str, Any]:
    """A rule as plain values that JSON can carry: all that it says, not what follows from that."""
    return {key: getattr(rule, key) for key in ("id", "query", "any", "asked", "name", "own")}


def of_said(said: Mapping[str, Any]) -> Rule:
    """The rule that ``as_said`` made plain values of. Raise RuleError where it can no longer be used."""
    return Rule(**{**said, "any": tuple(said["any"]), "own": tuple(said["own"])})
