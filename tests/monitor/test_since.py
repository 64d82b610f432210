"""`crawl --since`: what is older stays pending for a crawl without it, and the account adds up both times."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from desk import NOON, Clock, a_story, a_watch, an_entry, lists, rows, shows, unchanged

from monitor.accounts import account
from monitor.database import Database
from monitor.watch import Watch
from spiders.order import Page

OLD = an_entry("old", published_at=NOON - timedelta(hours=5))
LATE = an_entry("late", published_at=NOON - timedelta(hours=1))
DATELESS = an_entry("dateless", published_at=None)


def names(pages: list[Page]) -> list[str]:
    return sorted(page.entry.guid for page in pages)


async def pending(watch: Watch) -> tuple[int, int, bool]:
    """Listed, pending, and whether the account of the day adds up."""
    async with watch.database.connection() as connection:
        told = await account(connection, NOON - timedelta(days=1), NOON + timedelta(days=1))
    return told.total.listed, told.total.pending, told.adds_up


async def test_only_what_was_published_since_then_or_names_no_time_is_read_now(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    watch.since = NOON - timedelta(hours=2)

    pages = await lists(watch, OLD, LATE, DATELESS)
    for page in pages:
        await shows(watch, page, a_story(page.entry.guid))

    assert names(pages) == ["dateless", "late"]
    assert await rows(watch, "select guid, state, attempts from entry where state = 'pending'") == [("old", "pending", 0)]
    assert await pending(watch) == (3, 1, True)


async def test_the_next_poll_reads_the_rest_though_the_list_is_as_it_was(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    watch.since = NOON - timedelta(hours=2)
    await lists(watch, OLD)
    watch.since = None

    [page] = await unchanged(watch)
    await shows(watch, page, a_story("old"))

    assert await pending(watch) == (1, 0, True)


async def test_an_old_entry_that_changed_since_then_is_read(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    for page in await lists(watch, OLD):
        await shows(watch, page, a_story("old"))
    clock.advance(hours=3)
    watch.since = clock() - timedelta(hours=2)

    assert names(await lists(watch, replace(OLD, title="Dockers strike, corrected"))) == ["old"]
    clock.advance(hours=3)
    watch.since = clock() - timedelta(hours=2)
    assert names(await unchanged(watch)) == []
