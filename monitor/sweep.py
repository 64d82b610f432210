"""The nightly sweep: the last days are matched again, by today's rules and the same engine, so that a match that was missed is noticed.

What the same version of a rule missed is told late. What another version of it said, or would have said, is no fault: an edited
rule tells from its start.
"""

import logging
from collections.abc import Collection, Iterable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from psycopg.rows import tuple_row

from monitor import archive, matches, stories
from monitor.archive import Looked, Question
from monitor.database import Connection
from monitor.watch import Watch
from spiders.source import Source

log = logging.getLogger(__name__)

#: What is looked at again.
BACK = timedelta(days=7)
#: The hour, in UTC, from which the sweep of a day is due.
HOUR = 3
#: After that, one that did not end was cut short.
LAPSE = timedelta(hours=6)
#: Faults of one kind in one sweep that get a line of their own.
LINES = 20


class Said(NamedTuple):
    """That a version of a rule is true of a version of a story."""

    story: int
    revision: int
    rule: str
    version: str


@dataclass(kw_only=True, slots=True)
class Swept:
    """What a sweep came to."""

    #: Looked at.
    stories: int = 0
    #: Matches that should have been made when the stories came in, and are made now.
    missed: int = 0
    #: Matches that were made and should not have been.
    wrong: int = 0


async def is_due(connection: Connection, *, now: datetime) -> bool:
    """Whether nobody has swept today, or is at it. On the day on which a store begins there is nothing to look at again."""
    cursor = await connection.execute(
        f"""select exists (select from rule where began_at < %(day)s)
               and not exists (select from sweep where day = %(day)s and not ({_CUT_SHORT}))""",
        _moment(now),
    )
    return now.hour >= HOUR and await cursor.fetchone() == (True,)


async def sweep(watch: Watch) -> Swept | None:
    """Match the last days again; None where somebody has today."""
    now, found = watch.clock(), Swept()
    async with watch.database.connection() as connection:
        if not await _begin(connection, now=now):
            return None
    rules = watch.rules
    question = Question(rules=rules, ids=frozenset(rule.id for rule in rules.rules))
    async with (
        watch.database.connection() as connection,
        aclosing(archive.look(connection, question, since=now - BACK)) as batches,
    ):
        async for batch in batches:
            async with watch.database.connection() as writing:
                await _compare(writing, batch, watch.settings.sources, found, now=now)
    async with watch.database.connection() as connection:
        await _end(connection, found, now=now, ended_at=watch.clock())
    log.info("swept stories=%d missed=%d wrong=%d", found.stories, found.missed, found.wrong)
    return found


async def _compare(connection: Connection, batch: Sequence[Looked], sources: Sequence[Source], found: Swept, *, now: datetime) -> None:
    """Note where what is said now is not what was said then, and tell what was missed."""
    await connection.execute("select pg_advisory_xact_lock_shared(%s)", [stories.SUBSCRIPTIONS])
    began = await _in_use(connection)
    before = await _said(connection, batch)
    again = {said: looked for looked in batch for said in _of(looked)}
    missed = [said for said, looked in again.items() if said not in before and _was_asked(looked, began.get(said[2:]))]
    wrong = [said for said in before - again.keys() if said[2:] in began]
    for said in missed[: max(LINES - found.missed, 0)]:
        log.error("match missed code=match-missed story=%d revision=%d rule=%s version=%s", *said)
    for said in wrong[: max(LINES - found.wrong, 0)]:
        log.error("match wrong code=match-wrong story=%d revision=%d rule=%s version=%s", *said)
    if missed:
        told = list(_only(again, missed))
        await matches.put(connection, told, sources, now=now)
        await matches.owe(connection, told, now=now)
    found.stories += len(batch)
    found.missed += len(missed)
    found.wrong += len(wrong)


def _of(looked: Looked) -> list[Said]:
    return [Said(looked.stored.id, looked.stored.revision, match.rule.id, match.version) for match in looked.matches]


def _was_asked(looked: Looked, began_at: datetime | None) -> bool:
    """Whether a version of a rule that is in use since then was asked of this story, when it came in or when the rule began."""
    if began_at is None:
        return False
    return looked.stored.read_at >= began_at or looked.stored.news_at >= began_at - stories.CATCH_UP


def _only(again: dict[Said, Looked], wanted: Collection[Said]) -> Iterable[Looked]:
    for said in wanted:
        looked = again[said]
        yield replace(looked, matches=tuple(match for match in looked.matches if match.rule.id == said.rule))


async def _begin(connection: Connection, *, now: datetime) -> bool:
    """Begin today's sweep; False when it was begun."""
    cursor = await connection.execute(
        f"""insert into sweep (day, began_at) values (%(day)s, %(now)s)
            on conflict (day) do update set began_at = excluded.began_at where {_CUT_SHORT}""",
        _moment(now),
    )
    return cursor.rowcount == 1


def _moment(now: datetime) -> dict[str, object]:
    return {"day": now.date(), "now": now, "lapse": LAPSE}


_CUT_SHORT = "sweep.ended_at is null and sweep.began_at < %(now)s - %(lapse)s"


async def _end(connection: Connection, found: Swept, *, now: datetime, ended_at: datetime) -> None:
    await connection.execute(
        """update sweep set ended_at = %(ended_at)s, stories = %(stories)s, missed = %(missed)s, wrong = %(wrong)s where day = %(day)s""",
        asdict(found) | {"day": now.date(), "ended_at": ended_at},
    )


async def _in_use(connection: Connection) -> dict[tuple[str, ...], datetime]:
    """The versions of rules that are in use: (rule, version) → since when."""
    cursor = await connection.cursor(row_factory=tuple_row).execute("select id, version, began_at from rule where ended_at is null")
    return {(id, version): began_at for id, version, began_at in await cursor.fetchall()}


async def _said(connection: Connection, batch: Iterable[Looked]) -> set[Said]:
    """What is written of these versions of stories."""
    wanted = [(each.stored.id, each.stored.revision) for each in batch]
    cursor = await connection.cursor(row_factory=tuple_row).execute(
        """select story, revision, rule, version
           from unnest(%(stories)s::bigint[], %(revisions)s::integer[]) as wanted (story, revision) join match using (story, revision)""",
        {"stories": [story for story, _ in wanted], "revisions": [revision for _, revision in wanted]},
    )
    return {Said(*row) for row in await cursor.fetchall()}
