"""Archive search returns exactly what live matching matched; at full size by `make agrees`."""

import os
import random
from dataclasses import replace
from pathlib import Path

from desk import a_watch, comes_in

from alerts.match import RuleSet
from alerts.rules import Rule
from monitor import archive
from monitor.archive import Question
from monitor.database import Database
from monitor.watch import Watch
from spiders.source import Source
from tests import varied

STORIES, RULES = map(int, os.environ.get("WIREWATCH_AGREES", "100 80").split())
SOURCES = tuple(Source(id=id, feed=f"https://{id}.example.org/rss.xml", country=country) for id, country in varied.SOURCES.items())
Hits = set[tuple[str, int, str, tuple[object, ...]]]


async def live(watch: Watch) -> Hits:
    """(story, revision, version of the rule, spans) as they were matched when they came in; of newest versions."""
    async with watch.database.connection() as connection:
        cursor = await connection.execute(
            """select story.id, revision, match.rule, version, spans from match join story on story.id = story and revision = latest"""
        )
        return {(rule, id, f"{revision} {version}", _frozen(spans)) for id, revision, rule, version, spans in await cursor.fetchall()}


async def searched(watch: Watch, rules: list[Rule]) -> Hits:
    """The same of each rule by itself, from the archive."""
    found: Hits = set()
    async with watch.database.connection() as connection:
        for rule in rules:
            async for batch in archive.look(connection, Question.of([rule], rules)):
                found |= {
                    (rule.id, each.stored.id, f"{each.stored.revision} {match.version}", _frozen(match.spans[:500]))
                    for each in batch
                    for match in each.matches
                }
    return found


def _frozen(spans: object) -> tuple[object, ...]:
    return tuple(tuple(span) for span in spans)  # type: ignore[attr-defined]


async def test_archive_search_returns_exactly_what_live_matching_matched(database: Database, tmp_path: Path) -> None:
    chance = random.Random(5)
    rules = list(varied.rules(chance, RULES))
    watch = await a_watch(database, tmp_path, rules=rules, readers=(), sources=SOURCES)
    for number in range(STORIES):
        source = chance.choice(SOURCES)
        await comes_in(watch, varied.a_story(chance, number), source=source)
        if number % 10 == 0:
            await comes_in(watch, varied.a_story(chance, number), source=source)

    matched = await live(watch)

    assert len({rule for rule, *_ in matched}) > RULES / 2
    assert await searched(watch, rules) == matched


async def test_hostile_documents_are_found_as_live_matching_finds_them(database: Database, tmp_path: Path) -> None:
    many = " ".join(f"w{number}" for number in range(17_000))
    longest = " ".join(f"x{number:06}y" for number in range(150_000))
    documents = {
        "past position 16 383": f"{many} grain deal",
        "after 300 repeats": f"{'朝 ' * 300}朝鮮半島 peninsula",
        "over 1 MB": f"{longest} corridor closed",
        "a word of 900 letters": f"{'q' * 900}z harbour",
    }
    queries = ['"grain deal"', "朝鮮半島", '"corridor closed"', f"{'q' * 900}z", f"{'q' * 100}*", "w16999 NEAR/3 grain", "x149999y"]
    rules = [Rule(id=f"r{number}", query=query) for number, query in enumerate(queries)]
    watch = await a_watch(database, tmp_path, rules=rules, readers=(), sources=SOURCES)
    for number, body in enumerate(documents.values()):
        story = replace(varied.a_story(random.Random(number), number), paragraphs=(body,))
        await comes_in(watch, story, source=SOURCES[1])

    matched = await live(watch)

    assert {rule for rule, *_ in matched} == {rule.id for rule in rules}
    assert await searched(watch, rules) == matched


def test_the_rules_of_this_test_can_stand_beside_one_another() -> None:
    assert len(RuleSet(list(varied.rules(random.Random(1), 50))).rules) == 50
