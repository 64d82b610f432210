"""monitor.accounts over monitor.watch: entries = new + changed + seen + refused + pending, whatever happens in between."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from desk import NOON, WIRE, Clock, a_story, a_watch, an_entry, answers, lists, rows, shows, unchanged

from monitor import accounts
from monitor.database import Database
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.entry import Entry
from spiders.order import Page, PageFailed, PageRead, Poll, PollFailed
from spiders.source import Source

OTHER = Source(id="other", feed="https://other.example.org/rss.xml")
TITLES = ("Dockers strike", "Owls counted", "Rain", "")
BODIES = ("The strike began at noon.", "All is calm.", "")


def some_entries(some: Random) -> list[Entry]:
    """A list: some names it has listed before, some with other words, one that is no story at all."""
    names = some.sample(range(12), some.randint(0, 8))
    return [an_entry(f"{name}", title=some.choice(TITLES) if some.random() < 0.3 else f"Story {name}") for name in names]


async def work(watch: Watch, page: Page, some: Random) -> None:
    """A page comes to some end, or to none: the process died before."""
    answer = some.random()
    if answer < 0.5:
        await shows(watch, page, a_story(page.entry.guid, headline=page.entry.title, body=some.choice(BODIES)))
    elif answer < 0.7:
        await watch.keep(PageFailed(order=page, error="the server answered 500"), Tally())
    elif answer < 0.8:
        await watch.keep(PageRead(order=page, story=a_story("elsewhere", body="Accept cookies."), strange=True), Tally())


@pytest.mark.parametrize("seed", range(6))
async def test_the_account_adds_up_at_every_moment(database: Database, tmp_path: Path, seed: int) -> None:
    some, clock = Random(seed), Clock()
    watch = await a_watch(database, tmp_path, clock=clock, sources=(WIRE, OTHER))
    listed = 0
    for _ in range(25):
        source = some.choice((WIRE, OTHER))
        entries = some_entries(some)
        if some.random() < 0.7:
            listed += len({entry.guid for entry in entries})
            pages = await lists(watch, *entries, source=source)
        else:
            pages = await unchanged(watch, source)
        for page in pages:
            await work(watch, page, some)
        clock.advance(minutes=some.choice((1, 20, 90)))

        async with database.connection() as connection:
            told = await accounts.account(connection, NOON - timedelta(days=1), clock.at + timedelta(hours=2))
        assert told.adds_up
        assert told.total.listed == listed
    assert told.total.new
    assert told.total.changed
    assert told.total.seen


@pytest.mark.parametrize("seed", range(4))
async def test_the_account_adds_up_whichever_list_names_an_entry_first(database: Database, tmp_path: Path, seed: int) -> None:
    """The feed by a name of its own, the sitemap by its address; either may be away."""
    some, clock = Random(seed), Clock()
    source = replace(WIRE, sitemap="https://wire.example.org/sitemap.xml")
    watch = await a_watch(database, tmp_path, clock=clock, sources=(source,))
    listed = 0
    for _ in range(25):
        entries = some_entries(some)
        poll = Poll(source=source)
        if some.random() < 0.5:
            orders = await watch.keep(PollFailed(order=poll, error="x"), Tally())
            (poll,) = (order for order in orders if isinstance(order, Poll))
            entries = [replace(entry, guid=entry.url, title="") for entry in entries]
        orders = await answers(watch, poll, *entries)
        while climb := next((order for order in orders if isinstance(order, Poll)), None):
            orders = [*(order for order in orders if order is not climb), *await watch.keep(PollFailed(order=climb, error="x"), Tally())]
        listed += len(entries)
        for page in orders:
            assert isinstance(page, Page)
            await work(watch, page, some)
        clock.advance(minutes=some.choice((1, 20, 90)))

        async with database.connection() as connection:
            told = await accounts.account(connection, NOON - timedelta(days=1), clock.at + timedelta(hours=2))
        assert (told.adds_up, told.total.listed) == (True, listed)
    assert await rows(watch, "select count(*), count(distinct url) from entry") == [(12, 12)]


async def test_merged_and_matched_count_stories_apart(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, sources=(WIRE, OTHER))
    for source in (WIRE, OTHER):
        for page in await lists(watch, an_entry(), source=source):
            await shows(watch, replace(page, source=source), a_story())

    async with database.connection() as connection:
        total = (await accounts.account(connection, NOON - timedelta(days=1), NOON + timedelta(days=1))).total
    assert (total.listed, total.new, total.seen, total.merged, total.matched) == (2, 1, 1, 1, 1)
    assert await rows(watch, "select count(*) from story") == [(1,)]
