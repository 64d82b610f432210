"""monitor.entries: what the feeds list, each entry known again by its name."""

from datetime import timedelta
from pathlib import Path

from desk import NOON, Clock, a_watch, an_entry, fails, lists, rows, unchanged
from hypothesis import given
from hypothesis import strategies as st

from monitor import entries
from monitor.database import Database
from monitor.tally import Tally
from spiders.feed import Entry

some_entries = st.lists(
    st.builds(Entry, url=st.sampled_from(["", "u1", "u2", "u3"]), guid=st.sampled_from(["", "g1", "g2", "u1"])), max_size=8
)


@given(some_entries)
def test_each_entry_of_a_document_has_a_name_and_none_is_lost(listed: list[Entry]) -> None:
    named = entries.identities(listed)

    assert {entry.url for entry in listed} == {entry.url for entry in named.values()} | {
        entry.url for entry in listed if entry.guid in named or entry.url in named
    }
    assert set(named.values()) <= set(listed)


def test_a_guid_that_several_addresses_share_names_none_of_them() -> None:
    shared = [an_entry("a", guid="same"), an_entry("b", guid="same"), an_entry("c", guid="own")]

    assert list(entries.identities(shared)) == ["https://wire.example.org/a", "https://wire.example.org/b", "own"]


def test_an_entry_listed_twice_counts_once_the_newest_first() -> None:
    twice = [an_entry("a", "New"), an_entry("a", "Old")]

    assert [entry.title for entry in entries.identities(twice).values()] == ["New"]


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
