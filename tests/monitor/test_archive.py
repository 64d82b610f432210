"""monitor.archive: search in what was stored."""

from pathlib import Path

import pytest
from desk import NOON, a_rule, a_story, a_watch, comes_in

from alerts.recipient import AlertError
from monitor import archive
from monitor.archive import Question
from monitor.database import Database
from monitor.watch import Watch
from spiders.story import Dateline


async def found(watch: Watch, query: str) -> list[str]:
    async with watch.database.connection() as connection:
        rule = archive.plainly(query)
        return [row["headline"] for row in await archive.search(connection, Question.of([rule]), limit=10)] if rule else []


async def asked(watch: Watch, query: str) -> list[str]:
    """The same in the rule language."""
    async with watch.database.connection() as connection:
        return [row["headline"] for row in await archive.search(connection, Question.of([archive.query(query)]), limit=10)]


async def test_stories_are_found_by_words_in_any_script_and_case(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    for name, headline in enumerate(("Café opens in Pyongyang", "КНДР провела парад", "북한이 발사했다", "朝鲜举行阅兵式")):
        await comes_in(watch, a_story(f"{name}", headline=headline, body="."))

    assert await found(watch, "cafe PYONGYANG") == ["Café opens in Pyongyang"]
    assert await found(watch, "кндр") == ["КНДР провела парад"]
    assert await found(watch, "阅兵") == ["朝鲜举行阅兵式"]
    assert await found(watch, "nothing") == []


async def test_a_story_is_found_by_what_its_agency_printed_around_it(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("lead", headline="Dockers strike", slug="2nd LD", version=2))
    await comes_in(watch, a_story("plain", headline="Miners strike", body="A 2nd day of it."))
    await comes_in(watch, a_story("noted", headline="Pilots strike", note="Repeats to fix the day.\nAn advisory."))

    assert await found(watch, "2nd ld strike") == ["Dockers strike"]
    assert await found(watch, "advisory") == ["Pilots strike"]
    assert await asked(watch, 'slug:"2nd LD"') == ["Dockers strike"]
    assert await asked(watch, "strike AND version:2") == ["Dockers strike"]
    assert await asked(watch, 'note:"repeats to fix"') == ["Pilots strike"]
    assert await asked(watch, 'note:"day an"') == []
    assert await asked(watch, "ld") == []


async def test_only_the_newest_version_is_found(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story(headline="First words"))
    await comes_in(watch, a_story(headline="Second words"))

    assert await found(watch, "first") == []
    assert await found(watch, "words") == ["Second words"]


async def test_no_query_breaks_the_search(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story())

    for query in ("' OR 1=1 --", "foo & | !", "%00", "\\", "strike:*", "\x00", "a" * 1_000, ""):
        assert await found(watch, query) in ([], ["Dockers strike"])
    with pytest.raises(AlertError, match="a word or phrase has at most 1,000 characters"):
        await found(watch, "a" * 10_000)


async def test_a_found_story_carries_what_the_contract_names(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    line = Dateline(raw="MOSCOW, July 27. /TASS/.", places=("MOSCOW",), month=7, day=27, agency="TASS")
    await comes_in(watch, a_story(dateline=line, agency="TASS", language="en", lead="Lead."))

    async with database.connection() as connection:
        (row,) = await archive.search(connection, Question.of([a_rule("strike")]), limit=1)

    assert row["dateline"] == {
        "raw": "MOSCOW, July 27. /TASS/.",
        "places": ("MOSCOW",),
        "month": 7,
        "day": 27,
        "agency": "TASS",
        "author": None,
    }
    wanted = ("url", "source", "lead", "agency", "language", "published_at", "status", "revision", "rules")
    assert [row[key] for key in wanted] == [
        "https://wire.example.org/one",
        "wire",
        "Lead.",
        "TASS",
        "en",
        NOON.isoformat(),
        "usable",
        1,
        ["strike"],
    ]
