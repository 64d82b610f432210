"""monitor.identity: one story is one story, at whatever address and whoever lists it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import (
    NOON,
    WIRE,
    a_story,
    a_watch,
    an_entry,
    comes_in,
    fails,
    lists,
    rows,
    shows,
    told_now,
)

from monitor.database import Database
from spiders.source import Source


async def test_store_08_two_crawlers_that_store_one_story_at_once_make_one(database: Database, tmp_path: Path) -> None:
    other = Source(id="other", feed="https://other.example.org/rss.xml")
    watch = await a_watch(database, tmp_path, sources=(WIRE, other))
    for number in range(20):
        pages = [
            *await lists(watch, an_entry(f"{number}"), source=WIRE),
            *await lists(watch, an_entry(f"{number}"), source=other),
        ]
        await asyncio.gather(*(shows(watch, page, a_story(f"{number}")) for page in pages))

    assert await rows(watch, "select count(*) from story") == [(20,)]
    assert await rows(watch, "select count(*) from revision") == [(20,)]
    assert await rows(watch, "select count(*) from match") == [(20,)]
    assert await rows(watch, "select count(*) from due") == [(20,)]
    assert await rows(watch, "select count(*) from entry where story is not null") == [(40,)]


async def test_a_moved_page_is_the_same_story(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("one"))
    (page,) = await lists(watch, an_entry("one", url="https://wire.example.org/moved", summary="moved"))
    await shows(watch, page, a_story("moved", body="The strike goes on."))

    assert await rows(watch, "select count(*) from story") == [(1,)]
    assert len(await told_now(watch)) == 1
    assert await told_now(watch) == []


OTHER = Source(id="other", feed="https://other.example.org/rss.xml")
HIS = a_story(headline="Dockers strike", body="The strike began at noon.")


@pytest.mark.parametrize("redirected", [True, False])
async def test_no_source_changes_what_anothers_story_says(database: Database, tmp_path: Path, redirected: bool) -> None:
    watch = await a_watch(database, tmp_path, sources=(WIRE, OTHER))
    await comes_in(watch, HIS)
    mine = an_entry("mine", "Strike!", url="https://other.example.org/x" if redirected else HIS.canonical_url)
    (page,) = await lists(watch, mine, source=OTHER)
    await shows(watch, page, HIS)
    (page,) = await lists(watch, replace(mine, title="Evil headline"), source=OTHER)
    if redirected:
        await shows(watch, page, replace(HIS, headline="Evil headline", canonical_url="https://other.example.org/x"))
    else:
        await fails(watch, page)

    assert await rows(watch, "select headline from revision join story on story.id = story where story.source = 'wire'") == [
        ("Dockers strike",)
    ]


async def test_entries_that_all_lead_to_one_page_are_told_on_the_feeds_text(database: Database, tmp_path: Path) -> None:
    """A consent page, or a homepage, in place of each story."""
    watch = await a_watch(database, tmp_path)
    pages = await lists(watch, *(an_entry(f"{number}", f"Strike {number}") for number in range(3)))
    consent = a_story("consent", headline="Before you continue", body="We value your privacy.")
    for page in pages:
        await shows(watch, page, consent)

    (mail,) = await told_now(watch)

    assert await rows(watch, "select count(*) from due") == [(3,)]
    assert [f"Strike {number}" in mail for number in range(3)] == [True, True, False], "the oldest, which a list has last, was read first"


async def test_a_guid_that_is_used_for_another_story_hides_neither(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    for number, body in enumerate(
        ("Dockers in the east began their strike at noon on Monday.", "Miners ended the strike of the winter today.")
    ):
        (page,) = await lists(watch, an_entry(f"{number}", f"Strike {number}", guid="top"))
        await shows(watch, page, a_story(f"{number}", headline=f"Strike number {number}", body=body))

    assert await rows(watch, "select url, latest from story order by url") == [
        ("https://wire.example.org/0", 1),
        ("https://wire.example.org/1", 1),
    ]
    assert await rows(watch, "select count(*) from due") == [(2,)]


async def test_a_story_with_a_new_headline_at_a_new_address_is_the_same(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    body = "Dockers in the east began their strike at noon on Monday, their union said."
    for number in range(2):
        (page,) = await lists(watch, an_entry(f"{number}", f"Strike {number}", guid="same"))
        await shows(watch, page, a_story(f"{number}", headline=f"Strike number {number}", body=f"{body} It is day {number}."))

    assert await rows(watch, "select latest from story") == [(2,)]


OTHERS = Source(id="others", feed="https://aggregator.example.com/rss.xml")
LONG_TRUTH = "Owls nest in the park. They were counted at noon."


async def test_who_lists_another_sources_page_first_owns_neither_its_story_nor_its_headline(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, sources=(OTHERS, WIRE))
    (page,) = await lists(watch, an_entry(title="strike FORGED strike"), source=OTHERS)
    await shows(watch, page, a_story(headline="Owls", body=LONG_TRUTH))
    forged = await rows(watch, "select headline, other_headlines from revision"), await rows(watch, "select count(*) from due")

    tally = await comes_in(watch, a_story(headline="Dockers strike", body="The strike began."))

    assert forged == ([("Owls", [])], [(0,)])
    assert tally.due == 1
    assert await rows(watch, "select story.source, headline from story join revision on story = id order by number") == [
        ("wire", "Owls"),
        ("wire", "Dockers strike"),
    ]


async def test_what_another_list_said_of_a_page_that_nobody_could_read_gives_way_to_its_publisher(
    database: Database, tmp_path: Path
) -> None:
    watch = await a_watch(database, tmp_path, sources=(OTHERS, WIRE))
    whose = "select source from due join story on id = story"
    (page,) = await lists(watch, an_entry(title="FORGED strike"), source=OTHERS)
    await fails(watch, page)
    assert await rows(watch, whose) == [("others",)]

    (own,) = await lists(watch, an_entry(title="Dockers walk out in a strike"))
    await fails(watch, own)

    assert await rows(watch, "select story.source, headline from story join revision on story = id and number = latest order by id") == [
        ("others", "FORGED strike"),
        ("wire", "Dockers walk out in a strike"),
    ]
    assert await rows(watch, whose) == [("wire",)]


@pytest.mark.parametrize("is_read", [True, False])
@pytest.mark.parametrize("age", [timedelta(0), timedelta(days=9)])
async def test_nobody_silences_a_story_by_listing_its_address_before_it_is_there(
    database: Database, tmp_path: Path, age: timedelta, is_read: bool
) -> None:
    watch = await a_watch(database, tmp_path, sources=(OTHERS, WIRE))
    (page,) = await lists(watch, an_entry(title="No strike anywhere", published_at=NOON - age), source=OTHERS)
    await fails(watch, page)
    await told_now(watch)

    own = a_story(headline="Dockers strike", body="Nine dockers were hurt in the port of Hamburg.")
    (page,) = await lists(watch, an_entry(title=own.headline))
    await (shows(watch, page, own) if is_read else fails(watch, page))

    (mail,) = await told_now(watch)
    assert "Dockers strike" in mail
    assert await rows(watch, "select source from story where url = %s", own.canonical_url) == [("wire",)]


async def test_who_listed_a_page_before_its_publisher_under_its_own_headline_told_the_story(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, sources=(OTHERS, WIRE))
    (page,) = await lists(watch, an_entry(), source=OTHERS)
    await fails(watch, page)
    await told_now(watch)

    await comes_in(watch, a_story())

    assert await told_now(watch) == []
    assert await rows(watch, "select source from story") == [("wire",)]
