"""monitor.newcomers: new stories that come together are stored by one statement, as each would be by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from desk import NOON, WIRE, Clock, a_reader, a_rule, a_story, a_watch, an_entry, lists, rows, shows

from alerts.match import RuleSet
from monitor import stories
from monitor.config import Retention
from monitor.database import Database, StoreUnavailable
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.order import Answer, Page, PageRead
from spiders.source import Source
from spiders.story import Dateline, Story

NAMES = tuple(f"{number:02}" for number in range(20))
OTHER = Source(id="other", feed="https://other.example.org/rss.xml")
POISON = a_story("13", lead="a\0b", dateline=Dateline(raw="LON\0DON", places=("LONDON",)))


@pytest.fixture
async def watch(database: Database, tmp_path: Path) -> Watch:
    return await a_watch(database, tmp_path, sources=(WIRE, OTHER), rules=(a_rule("strike"), a_rule("owls")))


async def listed(watch: Watch, *names: str, source: Source = WIRE, **given: Any) -> dict[str, Page]:
    return {page.entry.guid: page for page in await lists(watch, *(an_entry(name, **given) for name in names), source=source)}


async def all_show(watch: Watch, pages: dict[str, Page], **stories: Story) -> Tally:
    """All pages come at once."""
    tally = Tally()
    await asyncio.gather(*(shows(watch, page, stories.get(name, a_story(name)), tally) for name, page in pages.items()))
    return tally


async def transactions(watch: Watch, table: str) -> int:
    """How many transactions wrote what is in a table."""
    return int(str((await rows(watch, f"select count(distinct xmin::text) from {table}"))[0][0]))


async def stored(watch: Watch) -> list[tuple[object, ...]]:
    """All that is noted of each story, beside its numbers."""
    return await rows(
        watch,
        """select story.url, latest, encode(fingerprint, 'hex'), search::text, story.seen_at, news_at, purged_at,
                  headline, other_headlines, lead, paragraphs, byline, agency, section, dateline, language, revision.published_at,
                  published_precision, updated_at, revision.status, keywords, revision.headline_only, read_at, characters,
                  match.rule, match.version, spans, matched_at, due.recipient, due.rule, due.created_at,
                  evidence.url as fetched, evidence.status as answered, headers, fetched_at, sha256, size, bytes,
                  entry.state, entry.error, body, item, gone, rechecks, next_try_at,
                  outcome, reason, sighting.headline_only, merged, sighting.matched, sighting.story = story.id, settled_at, page_failures
           from story join revision on revision.story = story.id join entry on entry.story = story.id join source
             on source.id = story.source
           join sighting on sighting.entry = entry.id left join match on match.story = story.id left join due on due.story = story.id
           left join evidence on evidence.story = story.id order by story.url, match.rule""",
    )


async def test_stories_that_come_together_are_one_transaction_and_each_is_told(watch: Watch) -> None:
    tally = await all_show(watch, await listed(watch, *NAMES))

    assert (tally.read, tally.matched, tally.due) == (20, 20, 20)
    assert await rows(watch, "select count(*), count(distinct story) from due") == [(20, 20)]
    assert await transactions(watch, "revision") == 2, "sixteen, and four"


@pytest.mark.parametrize("half", ["", "\ud800"], ids=["text", "a lone surrogate"])
async def test_a_new_story_is_stored_as_it_would_be_singly(watch: Watch, half: str) -> None:
    said = a_story(
        other_headlines=("Docks «still»",),
        lead='It says "no"\\u0000',
        byline=("A B",),
        agency="TASS",
        section="World",
        language="en",
        keywords=("docks", "owls"),
        dateline=Dateline(raw="LONDON, Nov 23 -", places=("LONDON",), month=11, day=23),
        published_at=NOON + timedelta(days=3),
        published_precision="day",
        updated_at=NOON,
        body=f"Owls \U0001f989 on strike {{}} \\ {half}.\nМосква.",
    )
    answer = Answer(url="https://wire.example.org/one", status=200, headers=(("Set-Cookie", "a"), ("Server", "b")), body=b"bytes")
    (page,) = await lists(watch, an_entry(published_at=None))
    await rows(watch, "update source set page_failures = 2, page_error = 'x' returning id")
    await watch.keep(PageRead(order=page, story=said, answer=answer), Tally())
    together = await stored(watch)
    await rows(
        watch,
        """with e as (delete from evidence), d as (delete from due), m as (delete from match), r as (delete from revision)
           update entry set state = 'pending', story = null returning id""",
    )
    await rows(
        watch,
        "with s as (delete from sighting where entry > 0), c as (delete from copy), k as (delete from mark) delete from story returning id",
    )
    await rows(watch, "delete from entry returning id")
    (page,) = await lists(watch, an_entry(published_at=None))

    # Where the address is known the way leads through pages.py: here, by a story of no version yet.
    await rows(
        watch,
        "insert into story (source, url, seen_at, news_at) values ('wire', %s, %s, %s) returning id",
        *(said.canonical_url, watch.clock(), watch.clock()),
    )
    await rows(watch, "update source set page_failures = 2, page_error = 'x' returning id")
    await watch.keep(PageRead(order=page, story=said, answer=answer), Tally())

    assert len(together) == 2, "it matched both rules"
    assert await stored(watch) == together


async def test_one_story_that_the_store_refuses_costs_no_other_its_place(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    tally = await all_show(watch, await listed(watch, *NAMES), **{"13": POISON})

    assert await rows(watch, "select guid, state from entry where story is null") == [("13", "pending")]
    assert (tally.read, tally.headline_only) == (19, 1)
    assert await rows(watch, "select count(*) from due") == [(19,)]
    assert await rows(watch, "select count(*) from sighting where outcome is null") == [(1,)]
    assert {"stored-singly", "story-not-stored"} == {word[5:] for each in caplog.messages for word in each.split() if word[:5] == "code="}


async def test_two_entries_of_one_address_become_one_story(watch: Watch) -> None:
    pages = await listed(watch, "a", "b")
    tally = await all_show(watch, pages, a=a_story("a"), b=a_story("a"))

    assert (tally.read, tally.due) == (2, 1)
    assert await rows(watch, "select outcome from sighting order by outcome") == [("new",), ("seen",)]
    assert await rows(watch, "select count(*) from revision") == [(1,)]


async def test_two_processes_whose_groups_cross_store_each_story_once(
    watch: Watch, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(database_url) as another:
        twin = Watch(database=another, settings=watch.settings, clock=watch.clock)
        for turn in range(10):
            names = [f"{turn}-{name}" for name in NAMES[:16]]
            mine, theirs = await listed(watch, *names), await listed(twin, *reversed(names), source=OTHER)
            await asyncio.gather(all_show(watch, mine), all_show(twin, dict(reversed(theirs.items()))))

    assert await rows(watch, "select count(*), count(distinct url) from story join revision on story = id") == [(160, 160)]
    assert await rows(watch, "select count(*) from due") == [(160,)]
    assert await rows(watch, "select state, count(*) from entry group by state") == [("read", 320)]
    assert "stored-singly" not in caplog.text, "no group waited for the other that waited for it"


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = await Database.open(url)
    try:
        yield database
    finally:
        await database.close()


async def test_a_group_that_is_cut_leaves_nothing_and_is_read_again(watch: Watch, database_url: str) -> None:
    pages = await listed(watch, *NAMES[:8])
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as admin:
        await admin.execute("set search_path = wirewatch")
        async with admin.transaction():
            await admin.execute("lock table due in exclusive mode")  # they are let store, match, and then wait in the statement
            keeping = asyncio.create_task(all_show(watch, pages))
            waiting = "select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
            pid = None
            for _ in range(1000):
                pid = pid or await (await admin.execute(waiting)).fetchone()
                await asyncio.sleep(0 if pid else 0.01)
            await admin.execute("select pg_terminate_backend(%s)", pid)
        with pytest.raises(StoreUnavailable):
            await keeping

    assert await rows(watch, "select (select count(*) from story), (select count(*) from entry where state = 'pending')") == [(0, 8)]
    assert (await all_show(watch, pages)).due == 8


async def test_a_story_that_comes_while_subscriptions_change_is_due_by_the_new_ones(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, rules=(a_rule("strike"), a_rule("owls")), readers=(a_reader(rules=("owls",)),))
    (page,) = await lists(watch, an_entry())
    async with database.connection() as connection:
        await stories.hold_stories(connection)
        keeping = asyncio.create_task(shows(watch, page, a_story()))
        await asyncio.sleep(0.1)
        assert not keeping.done()
        watch.rules = RuleSet([a_rule("strike", id="dockers")])
        await connection.execute(
            "insert into subscription (recipient, rule, position, began_at) values (%s, 'dockers', 1, %s)", ["ann@example.org", NOON]
        )
    await keeping

    assert await rows(watch, "select match.rule, due.rule from match join due using (story)") == [("dockers", "dockers")]


@pytest.mark.parametrize(("all_bytes", "kept"), [(timedelta(days=30), [True, True]), (None, [True, False])])
async def test_bytes_are_kept_as_retention_says(watch: Watch, all_bytes: timedelta | None, kept: list[bool]) -> None:
    watch.settings = replace(watch.settings, retention=Retention(bytes=all_bytes))
    for name, headline in (("a", "Dockers strike"), ("b", "Calm")):
        for page in (await listed(watch, name, title=headline)).values():
            story = a_story(name, headline=headline, body="No news.")
            await watch.keep(PageRead(order=page, story=story, answer=Answer(url=page.url, status=200, body=b"x")), Tally())

    assert await rows(watch, "select bytes is not null from evidence order by url") == [(each,) for each in kept]


async def test_what_is_to_come_is_no_date(watch: Watch) -> None:
    clock = watch.clock
    assert isinstance(clock, Clock)
    await all_show(watch, await listed(watch, "a", published_at=None), a=a_story("a", published_at=NOON + timedelta(hours=2)))

    assert await rows(watch, "select published_at, news_at from revision join story on id = story") == [(None, NOON)]
