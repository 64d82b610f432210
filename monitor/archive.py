"""The archive: rules asked of what was stored, by the engine that asks them of what comes in.

Postgres finds the newest versions that have a rule's words (``alerts.superset``); the rules then say of which of those they are true,
so that a search, a back-test and a mail never disagree.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, LiteralString

from psycopg.rows import class_row, scalar_row, tuple_row

from alerts.canon import words
from alerts.match import Match, RuleSet
from alerts.query import parse
from alerts.reading import PRINTED
from alerts.rules import Rule
from alerts.superset import superset
from alerts.tree import And, Or, Term, Within, joined
from monitor import stories
from monitor.database import Connection
from spiders.story import Status, Story

#: What a query that is no rule is called; no rule's id has a blank.
QUERY = "this query"
#: Stories in memory at once.
BATCH = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """The newest version of a story, and what rules were told of it when it came in."""

    id: int
    revision: int
    #: That brought this version, and that source's country.
    source: str
    country: str | None
    news_at: datetime
    read_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """A story that was looked at."""

    stored: Stored
    story: Story
    #: Of the rules that were asked.
    matches: tuple[Match, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Rules to be asked of the archive."""

    rules: RuleSet
    ids: frozenset[str]
    #: One of these is true of every story that can match; without any the rules have to be asked of all stories.
    tsqueries: tuple[str, ...] = ()

    @classmethod
    def of(cls, asked: Sequence[Rule], known: Iterable[Rule] = ()) -> "Question":
        """Ask these rules, which may name ``known`` ones, alias sets too. Raise RuleError as RuleSet does."""
        asked = [replace(rule, asked=True) for rule in asked]
        rules = RuleSet([*asked, *named(asked, {rule.id: rule for rule in known}).values()])
        query = superset(joined(Or, [rule.parsed.root for rule in asked]), lambda name: rules.named(name).parsed.root)
        return cls(rules=rules, ids=frozenset(rule.id for rule in asked), tsqueries=query)

    def ask(self, found: Iterable[tuple[Stored, Story]]) -> list[Looked]:
        """What the rules say of some stories."""
        return [Looked(stored=stored, story=story, matches=self._of(stored, story)) for stored, story in found]

    def _of(self, stored: Stored, story: Story) -> tuple[Match, ...]:
        matches = self.rules.match(story, country=stored.country, source=stored.source, now=stored.read_at)
        return tuple(match for match in matches if match.rule.id in self.ids)


def named(asked: Iterable[Rule], known: dict[str, Rule]) -> dict[str, Rule]:
    """The known rules that some rules name, and those that these name."""
    found: dict[str, Rule] = {}
    waiting, own = list(asked), {rule.id for rule in asked}
    while waiting:
        names = {node.name for node in waiting.pop().names} - own
        new = {name: known[name] for name in names if name in known and name not in found}
        found |= new
        waiting += new.values()
    return found


def query(text: str) -> Rule:
    """The rule that a text says in the rule language. Raise QueryError."""
    parse(text)  # it says what is wrong, and a rule says whose fault it is
    return Rule(id=QUERY, query=text)


def plainly(text: str) -> Rule | None:
    """The rule that a story, with what its agency printed around it, has all words of a text, whatever else they may mean.

    None where the text has none.
    """
    asked = [Term(word.translate(_NO_QUERY)) for word in text.split() if words(word)]
    anywhere = [Or((term, *(Within(field, term) for field in PRINTED))) for term in asked]
    return Rule(id=QUERY, query=str(joined(And, list(anywhere)))) if asked else None


#: What would make more of a word than itself.
_NO_QUERY = dict.fromkeys(map(ord, '"“”„‟«»*?\ue000\ue001'), "-")


async def look(
    connection: Connection, question: Question, *, since: datetime | None = None, until: datetime | None = None
) -> AsyncGenerator[list[Looked]]:
    """Ask of all stories that reached us from ``since`` on and before ``until``, newest first, some at a time.

    Every story that could match is there, with its matches or without any.
    """
    async with aclosing(_candidates(connection, question.tsqueries, since=since, until=until)) as batches:
        async for batch in batches:
            yield await asyncio.to_thread(question.ask, batch)


async def _candidates(
    connection: Connection, tsqueries: Sequence[str], *, since: datetime | None = None, until: datetime | None = None
) -> AsyncGenerator[list[tuple[Stored, Story]]]:
    """The newest versions that one of some tsqueries finds, or all where there are none, newest first, BATCH at a time."""
    conditions: dict[LiteralString, object] = {"news_at >= %(since)s": since, "news_at < %(until)s": until}
    where = " and ".join(["true", *(condition for condition, value in conditions.items() if value is not None)])
    async with connection.cursor("archive", row_factory=class_row(Stored)) as cursor:
        await connection.execute(_BY_INDEX, {"others": "off"})
        await cursor.execute(
            f"{_STORED} {_FOUND if tsqueries else ''} where {where} order by news_at desc, story.id desc",
            {"tsqueries": list(tsqueries), "since": since, "until": until},
        )
        await connection.execute(_BY_INDEX, {"others": "on"})
        while batch := await cursor.fetchmany(BATCH):
            told = await stories.versions(connection, {each.id: each.revision for each in batch})
            # What retention took meanwhile is no longer there.
            yield [(each, told[each.id]) for each in batch if each.id in told]


#: One by one: of many alternatives in one tsquery Postgres looks at each story that has a word of any.
_FOUND: LiteralString = """
join (
    select distinct id from unnest(%(tsqueries)s::tsquery[]) as asked (words), lateral (select id from story where search @@ words) as each
) as found on found.id = story.id"""
#: Postgres takes looking into the words of each story for as cheap as looking at a number, and would rather read all of them.
_BY_INDEX: LiteralString = """
select set_config(name, %(others)s, true) from unnest(array['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']) as name"""
_STORED: LiteralString = """
select story.id, number as revision, coalesce(revision.source, story.source) as source, country, news_at, read_at
from story join revision on revision.story = story.id and number = latest"""


async def newest(connection: Connection, id: int) -> tuple[Stored, Story] | None:
    """The newest version of one story; None where there is none."""
    return next(iter(await newest_of(connection, [id])), None)


async def newest_of(connection: Connection, ids: Sequence[int]) -> list[tuple[Stored, Story]]:
    """The newest versions of some stories; none of what is purged."""
    cursor = await connection.cursor(row_factory=class_row(Stored)).execute(f"{_STORED} where story.id = any(%s)", [list(ids)])
    found = await cursor.fetchall()
    told = await stories.versions(connection, {each.id: each.revision for each in found})
    return [(each, told[each.id]) for each in found if each.id in told]


async def oldest_at(connection: Connection) -> datetime | None:
    """When the oldest story reached us; None: there is none."""
    cursor = await connection.cursor(row_factory=scalar_row).execute("select min(news_at) from story where latest > 0")
    at: datetime | None = await cursor.fetchone()
    return at


async def search(connection: Connection, question: Question, *, limit: int, since: datetime | None = None) -> list[dict[str, Any]]:
    """The stories whose newest version the question's rules are true of, newest first, as ``--json`` prints them.

    But for those that were withdrawn: nobody is to find them.
    """
    found: list[Looked] = []
    async with aclosing(look(connection, question, since=since)) as batches:
        async for batch in batches:
            found += (each for each in batch if each.matches and each.story.status is not Status.WITHDRAWN)
            if len(found) >= limit:
                break
    found = found[:limit]
    rules = await told_under(connection, found)
    return [as_row(each, rules.get(each.stored.id, [])) for each in found]


async def told_under(connection: Connection, found: Iterable[Looked]) -> dict[int, list[str]]:
    """The rules that matched these versions when they came in, or since, by story."""
    cursor = await connection.cursor(row_factory=tuple_row).execute(
        """select story, array_agg(distinct rule order by rule)
           from unnest(%(stories)s::bigint[], %(revisions)s::integer[]) as wanted (story, revision) join match using (story, revision)
           group by story""",
        {"stories": [each.stored.id for each in found], "revisions": [each.stored.revision for each in found]},
    )
    return dict(await cursor.fetchall())


def as_row(looked: Looked, rules: Sequence[str]) -> dict[str, Any]:
    """A stored story as plain values that JSON can carry."""
    told = asdict(looked.story)
    return {
        "id": looked.stored.id,
        "url": told.pop("canonical_url"),
        "source": looked.stored.source,
        "revision": looked.stored.revision,
        "rules": rules,
        "spans": [span for match in looked.matches for span in match.spans],
        **{key: value.isoformat() if key.endswith("_at") and value else value for key, value in told.items()},
    }
