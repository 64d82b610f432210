"""monitor.entries: what the feeds list, each entry known again by its name."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from desk import NOON, WIRE, Clock, a_story, a_watch, an_entry, answers, comes_in, fails, lists, rows, shows, unchanged
from hypothesis import given
from hypothesis import strategies as st

from monitor import entries, sightings
from monitor.database import Database
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.feed import Entry
from spiders.order import Page, Poll, PollFailed

some_entries = st.lists(
    st.builds(Entry, url=st.sampled_from(["", "u1", "u2", "u3"]), guid=st.sampled_from(["", "g1", "g2", "u1"])), max_size=8
)


@given(some_entries)
def test_each_entry_of_a_document_has_a_name_and_none_is_lost(listed: list[Entry]) -> None:
    named = sightings.identities(listed)

    assert {entry.url for entry in listed} == {entry.url for entry in named.values()} | {
        entry.url for entry in listed if entry.guid in named or entry.url in named
    }
    assert set(named.values()) <= set(listed)


def test_a_guid_that_several_addresses_share_names_none_of_them() -> None:
    shared = [an_entry("a", guid="same"), an_entry("b", guid="same"), an_entry("c", guid="own")]

    assert list(sightings.identities(shared)) == ["https://wire.example.org/a", "https://wire.example.org/b", "own"]


def test_an_entry_listed_twice_counts_once_the_newest_first() -> None:
    twice = [an_entry("a", "New"), an_entry("a", "Old")]

    assert [entry.title for entry in sightings.identities(twice).values()] == ["New"]


async def test_a_list_says_what_is_new_what_changed_and_what_was_seen(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    first, second = Tally(), Tally()
    await lists(watch, an_entry("a"), an_entry("b"), tally=first)
    await lists(watch, an_entry("a"), an_entry("b", "Changed"), an_entry("c"), tally=second)

    assert [(each.new, each.changed, each.seen) for each in (first, second)] == [(2, 0, 0), (1, 1, 1)]


async def test_store_06_a_repeated_guid_in_one_feed_aborts_nothing(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await lists(watch, an_entry("a"), an_entry("a"), an_entry("a", "Other title"), an_entry("b"))

    assert await rows(watch, "select guid from entry order by guid") == [("a",), ("b",)]


async def test_only_the_first_list_of_a_source_is_its_backlog(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await lists(watch, an_entry("a"))
    await lists(watch, an_entry("b"))

    assert await rows(watch, "select guid, backlog from entry order by guid") == [("a", True), ("b", False)]


# -- one entry by two names: its address, which a sitemap knows, and the feed's own

LADDER = replace(WIRE, sitemap="https://wire.example.org/news-sitemap.xml")
ADDRESS = "https://wire.example.org/one"


async def by_address(watch: Watch) -> list[Page]:
    """The sitemap names it while the feed is away; the pages that are then to be fetched."""
    (sitemap,) = await watch.keep(PollFailed(order=Poll(source=LADDER), error="the server answered 500"), Tally())
    assert isinstance(sitemap, Poll)
    orders = await answers(watch, sitemap, an_entry("one", title="", guid=ADDRESS))
    return [order for order in orders if isinstance(order, Page)]


async def by_its_name(watch: Watch, title: str, **given: object) -> tuple[list[Page], Tally]:
    """The feed names it; the pages that are then to be fetched, and what the list came to."""
    tally = Tally()
    return await lists(watch, an_entry("one", title, guid="id-77", **given), source=LADDER, tally=tally), tally


async def test_what_the_sitemap_named_first_is_seen_when_the_feed_names_it_and_its_next_change_is_one(
    database: Database, tmp_path: Path
) -> None:
    watch = await a_watch(database, tmp_path, sources=(LADDER,))
    (page,) = await by_address(watch)
    await shows(watch, page, a_story(headline="Calm", body="Calm words."))

    known, first = await by_its_name(watch, "Calm")
    again, second = await by_its_name(watch, "Calm")
    (page,), third = await by_its_name(watch, "Dockers strike")
    await shows(watch, page, a_story(body="The strike began."))

    assert (known, again) == ([], [])
    assert [(tally.new, tally.changed, tally.seen) for tally in (first, second, third)] == [(0, 0, 1), (0, 0, 1), (0, 1, 0)]
    assert await rows(watch, "select guid, title, state from entry") == [("id-77", "Dockers strike", "read")]
    assert await rows(watch, "select outcome from sighting order by id") == [("new",), ("changed",)]
    assert await rows(watch, "select headline from revision order by number") == [("Calm",), ("Dockers strike",)]


async def test_what_the_sitemap_named_and_nobody_could_read_is_read_with_the_words_of_the_feed(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, sources=(LADDER,))
    (page,) = await by_address(watch)
    await fails(watch, page)
    refused = await rows(watch, "select state, next_try_at from entry")

    (page,), tally = await by_its_name(watch, "Dockers strike")
    await fails(watch, page)

    assert refused == [("refused", None)]
    assert (tally.new, tally.changed, tally.seen) == (0, 1, 0)
    assert await rows(watch, "select guid, state from entry") == [("id-77", "headline-only")]
    assert await rows(watch, "select headline from revision") == [("Dockers strike",)]


async def test_what_the_sitemap_named_as_archive_is_no_news_by_the_name_of_the_feed(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, sources=(LADDER,))
    await rows(watch, "update source set began_at = %s, listed_at = %s returning id", NOON + timedelta(days=9), NOON + timedelta(days=9))
    assert await by_address(watch) == []

    pages, tally = await by_its_name(watch, "Dockers strike")

    assert (pages, tally.seen) == ([], 1)
    assert await rows(watch, "select guid, state from entry") == [("id-77", "refused")]


async def test_an_entry_that_moves_to_where_the_sitemap_saw_it_goes_on_by_its_name(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, sources=(LADDER,))
    (page,), _ = await by_its_name(watch, "Calm", url="https://wire.example.org/draft")
    await shows(watch, page, a_story("draft", headline="Calm", body="Calm words."))
    (page,) = await by_address(watch)
    await shows(watch, page, a_story(headline="Calm", body="Calm words."))

    (page,), tally = await by_its_name(watch, "Dockers strike")

    assert (page.url, tally.changed) == (ADDRESS, 1)
    assert await rows(watch, "select guid from entry order by id") == [("id-77",), (ADDRESS,)]


async def test_pages_are_fetched_oldest_first(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await lists(watch, an_entry("z"))
    clock.at = NOON + timedelta(minutes=1)
    await lists(watch, an_entry("a"))

    assert [page.entry.guid for page in await unchanged(watch)] == ["z", "a"]


async def test_a_changed_entry_has_all_its_tries_again(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    (page,) = await lists(watch, an_entry("a"))
    await fails(watch, page)
    await lists(watch, an_entry("a", "Changed"))

    assert await rows(watch, "select state, attempts from entry") == [("pending", 0)]


async def test_the_page_of_a_story_is_looked_at_now_and_then_as_after_it_was_read_first_unless_it_is_gone(
    database: Database, tmp_path: Path
) -> None:
    watch = await a_watch(database, tmp_path)
    for name in ("there", "gone"):
        await comes_in(watch, a_story(name, body=f"The strike at {name} began at noon."))
    await rows(watch, "update entry set next_try_at = null, rechecks = 6 returning id")
    await rows(watch, "update entry set gone = %s where guid = 'gone' returning id", entries.GONE)

    async with watch.database.connection() as connection:
        for (story,) in await rows(watch, "select id from story"):
            await entries.look_now(connection, story, now=NOON)  # type: ignore[arg-type]

    assert await rows(watch, "select guid, next_try_at, rechecks from entry order by id") == [("there", NOON, 1), ("gone", None, 6)]
