"""The leads of a story are its versions, told once; what may be another event is told."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
from advising import DEAL, KILL, advisory, at
from desk import NOON, Clock, a_watch, an_entry, arrives, comes_in, lists, rows, shows

from monitor.database import Database

LEADS = {"a1": "(URGENT) ", "a2": "(LEAD) ", "a3": "(2nd LD) "}
LAUNCH = "North Korea fires ballistic missile, strike feared"


async def test_the_leads_of_a_story_are_its_versions_and_told_once(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    told = []
    for name, mark in (("a1", "(URGENT) "), ("a2", "(LEAD) "), ("a3", "(2nd LD) ")):
        clock.advance(minutes=5)
        told.append(await arrives(watch, advisory(name, mark + LAUNCH, f"It fell into the sea. Version {name} of it.")))
    clock.advance(hours=9)
    other = "At night another one rose from a site in the north, " * 12
    told.append(await arrives(watch, advisory("b1", "(LEAD) " + LAUNCH, other)))
    told.append(await arrives(watch, advisory("b2", "(3rd LD) " + LAUNCH.replace("missile", "missile 2"), "It fell into the sea.")))

    assert told == [1, 0, 0, 1, 1], "a lead after a second lead, another number: other events"
    assert await rows(watch, "select number, slug from revision where story = 1 order by number") == [
        (1, "URGENT"),
        (2, "LEAD"),
        (3, "2nd LD"),
    ]
    outcomes = await rows(watch, "select outcome, story from sighting where story = 1 order by id")
    assert outcomes == [("new", 1), ("changed", 1), ("changed", 1)]
    looked_at = await rows(watch, "select guid from entry where next_try_at is not null and story = 1")
    assert looked_at == [("a3",)], "the pages of the others are stale"


@pytest.mark.parametrize("order", list(permutations(["a1", "a2", "a3"])))
async def test_the_leads_of_a_story_that_come_in_one_list_are_its_versions(
    database: Database, tmp_path: Path, order: tuple[str, ...]
) -> None:
    watch = await a_watch(database, tmp_path)
    told = {
        name: replace(advisory(name, LEADS[name] + LAUNCH, f"It fell into the sea. Version {name}."), published_at=at)
        for at, name in zip((NOON - timedelta(minutes=minutes) for minutes in (20, 10, 5)), LEADS, strict=True)
    }
    pages = await lists(watch, *(an_entry(name, title=LEADS[name] + LAUNCH) for name in order))

    tallies = [await shows(watch, page, told[page.entry.guid]) for page in pages]

    assert sum(tally.due for tally in tallies) == 1
    assert await rows(watch, "select slug from revision join story on story = id and number = latest") == [("2nd LD",)]
    assert await rows(watch, "select count(*) from story") == [(1,)]


async def test_the_leads_of_a_story_that_come_at_once_wait_for_each_other(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    told = {name: advisory(name, LEADS[name] + LAUNCH, "It fell into the sea.") for name in LEADS}
    pages = await lists(watch, *(an_entry(name, title=LEADS[name] + LAUNCH) for name in LEADS))

    tallies = await asyncio.gather(*(shows(watch, page, told[page.entry.guid]) for page in pages))

    assert sum(tally.due for tally in tallies) == 1


async def test_what_may_be_another_event_is_told_again(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    told = []
    for name, mark, hours in (("a1", "(URGENT) ", 0), ("a2", "(URGENT) ", 5), ("a3", "(LEAD) ", 1), ("a4", "", 1), ("a5", "(LEAD) ", 60)):
        clock.advance(hours=hours)
        told.append((await comes_in(watch, advisory(name, mark + LAUNCH, f"It fell into the sea. Launch {name}."))).due)

    assert told == [1, 1, 1, 1, 1], "a second alert, a lead that may belong to either, no mark, two days later"


@pytest.mark.parametrize(("minutes", "told"), [(20, 1), (-20, 0), (None, 0)], ids=["after", "before", "undated"])
async def test_the_lead_that_replaces_a_killed_story_is_news_and_one_from_before_is_not(
    database: Database, tmp_path: Path, minutes: int | None, told: int
) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, advisory("a1", "(URGENT) " + DEAL, "The strike at the port is over."))
    await comes_in(watch, advisory("kill", *KILL))

    lead = advisory("a2", "(2nd LD) " + DEAL, "The strike at the port goes on.")
    due = await arrives(watch, replace(lead, published_at=NOON + timedelta(minutes=minutes) if minutes else None))
    third = replace(lead, headline=DEAL, canonical_url=at("a3"), slug="3rd LD", version=3, published_at=NOON + timedelta(minutes=30))

    assert due == told
    assert await arrives(watch, third) == 1 - told, "a version of the one that replaces it, where there is one"
    assert await rows(watch, "select status from revision join story on story = id and number = latest order by id") == [
        ("withdrawn",),
        ("usable",),
    ]
