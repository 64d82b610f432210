"""monitor.lists: what may have been missed is looked for, and what was missed is known."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from desk import NOON, WIRE, Clock, a_story, a_visit, a_watch, an_entry, answers, change, comes_in, rows, shows

from monitor import claims
from monitor.database import Database
from monitor.lists import Climb
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.entry import Entry
from spiders.item import Desk, told
from spiders.order import Order, Page, Poll, PollFailed
from spiders.rung import Rung
from spiders.source import Source

LISTING = Rung(kind="listing", url="https://wire.example.org/latest")
LADDER = replace(WIRE, sitemap="https://wire.example.org/news-sitemap.xml", listing=LISTING)


def hour(number: int, name: str = "") -> Entry:
    """What was published at that hour of the day before."""
    name = name or f"at-{number}"
    return an_entry(name, title=name, published_at=NOON - timedelta(hours=12) + timedelta(hours=number))


def climbs(orders: list[Order]) -> list[Poll]:
    return [order for order in orders if isinstance(order, Poll)]


def pages(orders: list[Order]) -> list[str]:
    return [order.entry.title for order in orders if isinstance(order, Page)]


async def ladder(database: Database, tmp_path: Path, source: Source = LADDER) -> Watch:
    """A watch whose source has listed what was published up to hour 1; it is hour 7."""
    clock = Clock(NOON - timedelta(hours=11))
    watch = await a_watch(database, tmp_path, sources=(source,), clock=clock)
    await answers(watch, Poll(source=source), hour(0), hour(1))
    clock.advance(hours=6)
    return watch


async def gap(watch: Watch) -> tuple[Any, ...]:
    (row,) = await rows(watch, "select tries, stories, filled_by, closed_at is not null from gap")
    return row


async def test_a_list_that_overlaps_with_what_was_seen_leaves_no_hole(database: Database, tmp_path: Path) -> None:
    watch = await ladder(database, tmp_path)

    orders = await answers(watch, Poll(source=LADDER), hour(1), hour(2))

    assert climbs(orders) == []
    assert await rows(watch, "select * from gap") == []


async def test_a_list_without_overlap_is_a_hole_that_the_sitemap_fills(database: Database, tmp_path: Path) -> None:
    watch = await ladder(database, tmp_path)

    (climb,) = climbs(await answers(watch, Poll(source=LADDER), hour(5), hour(6)))
    orders = await answers(watch, climb, *(hour(number) for number in range(1, 7)))

    assert (climb.asked.kind, climb.url) == ("sitemap", LADDER.sitemap)
    assert set(pages(orders)) >= {"at-2", "at-3", "at-4"}
    assert climbs(orders) == []
    assert await gap(watch) == (0, 3, "sitemap", True)
    assert await rows(watch, "select from_at, to_at from gap") == [(hour(1).published_at, hour(5).published_at)]


async def test_a_sitemap_that_does_not_reach_back_leads_on_to_the_listing(database: Database, tmp_path: Path) -> None:
    watch = await ladder(database, tmp_path)
    (first,) = climbs(await answers(watch, Poll(source=LADDER), hour(5)))

    (second,) = climbs(await answers(watch, first, hour(4), hour(5)))
    orders = await answers(watch, second, hour(1), hour(2), hour(3), hour(4), hour(5))

    assert second.asked == LISTING
    assert climbs(orders) == []
    assert await gap(watch) == (0, 3, "listing", True)


async def test_a_listing_leads_on_to_its_next_page_until_it_reaches_back(database: Database, tmp_path: Path) -> None:
    source = replace(WIRE, feed="", listing=LISTING)
    watch = await ladder(database, tmp_path, source)

    (second,) = climbs(await answers(watch, Poll(source=source), hour(5), further=("https://wire.example.org/latest/2",)))
    (third,) = climbs(await answers(watch, second, hour(3), further=("https://wire.example.org/latest/3",)))
    last = climbs(await answers(watch, third, hour(2), further=("https://wire.example.org/latest/4",)))

    assert (second.url, third.url) == ("https://wire.example.org/latest/2", "https://wire.example.org/latest/3")
    assert last == [], "a rung reads no more than its pages"


async def test_a_hole_that_nothing_reaches_across_is_climbed_for_again_and_then_stays(database: Database, tmp_path: Path) -> None:
    watch = await ladder(database, tmp_path)
    newest = 5
    for _ in range(5):
        (climb,) = climbs(await answers(watch, Poll(source=LADDER), hour(newest), hour(newest - 1, "fresh")))
        (climb,) = climbs(await answers(watch, climb, hour(newest)))
        await answers(watch, climb, hour(newest))

    assert await gap(watch) == (5, 0, None, True)
    assert climbs(await answers(watch, Poll(source=LADDER), hour(newest))) == []


async def test_where_there_is_no_other_rung_a_hole_is_known_at_once(database: Database, tmp_path: Path) -> None:
    watch = await ladder(database, tmp_path, WIRE)

    assert climbs(await answers(watch, Poll(source=WIRE), hour(5))) == []
    assert await gap(watch) == (1, 0, None, True)


async def test_a_climb_that_fails_leads_on(database: Database, tmp_path: Path) -> None:
    watch = await ladder(database, tmp_path)
    (climb,) = climbs(await answers(watch, Poll(source=LADDER), hour(5)))

    (higher,) = climbs(list(await watch.keep(PollFailed(order=climb, error="the server answered 404"), Tally())))

    assert higher.asked == LISTING
    assert await rows(watch, "select failures from source") == [(0,)]


async def test_a_ranked_list_is_not_expected_to_overlap(database: Database, tmp_path: Path) -> None:
    source = replace(LADDER, order="ranked")
    watch = await ladder(database, tmp_path, source)

    assert climbs(await answers(watch, Poll(source=source), hour(5))) == []


async def test_the_first_list_of_a_source_has_no_hole_before_it(database: Database, tmp_path: Path) -> None:
    watch = await ladder(database, tmp_path)

    assert await rows(watch, "select * from gap") == []


async def test_a_feed_that_fails_is_stood_in_for_by_the_next_rung_that_answers(database: Database, tmp_path: Path) -> None:
    watch = await ladder(database, tmp_path)
    tally = Tally()

    (sitemap,) = climbs(list(await watch.keep(PollFailed(order=Poll(source=LADDER), error="the server answered 500"), tally)))
    (listing,) = climbs(list(await watch.keep(PollFailed(order=sitemap, error="the server answered 404"), tally)))
    orders = await answers(watch, listing, hour(1), hour(2))

    assert (sitemap.asked.kind, listing.asked.kind) == ("sitemap", "listing")
    assert "at-2" in pages(orders)
    assert tally.error == "the server answered 500"
    assert await rows(watch, "select failures, error from source") == [(1, "the server answered 500")]


async def test_what_another_rung_named_by_its_address_is_known_when_the_feed_names_it_otherwise(database: Database, tmp_path: Path) -> None:
    watch = await ladder(database, tmp_path)
    by_address = replace(hour(2), guid=hour(2).url)
    (sitemap,) = climbs(list(await watch.keep(PollFailed(order=Poll(source=LADDER), error="x"), Tally())))
    await answers(watch, sitemap, by_address, replace(hour(1), guid=hour(1).url))

    orders = await answers(watch, Poll(source=LADDER), hour(1), hour(2))

    assert sorted(pages(orders)) == ["at-0", "at-1", "at-2"]
    assert await rows(watch, "select guid from entry order by seen_at, guid") == [("at-0",), ("at-1",), ("at-2",)]


async def test_an_index_leads_to_its_parts_one_by_one(database: Database, tmp_path: Path) -> None:
    source = replace(WIRE, feed="", sitemap="https://wire.example.org/sitemap.xml")
    watch = await a_watch(database, tmp_path, sources=(source,))
    parts = tuple(f"https://wire.example.org/{number}.xml" for number in range(9))

    (first,) = climbs(await answers(watch, Poll(source=source), further=parts, etag='"1"', digest=b"x"))
    (second,) = climbs(await answers(watch, first, hour(11)))
    (third,) = climbs(await answers(watch, second, hour(10)))
    last = climbs(await answers(watch, third, hour(9)))

    assert [poll.url for poll in (first, second, third)] == list(parts[:3])
    assert last == []
    assert await rows(watch, "select etag, digest, listed_at is not null from source") == [(None, None, True)]


async def test_what_a_new_sources_sitemap_names_from_before_is_noted_and_not_fetched(database: Database, tmp_path: Path) -> None:
    source = replace(WIRE, feed="", sitemap="https://wire.example.org/sitemap.xml")
    watch = await a_watch(database, tmp_path, sources=(source,))
    old = an_entry("old", published_at=NOON - timedelta(days=3))
    undated = [an_entry(f"undated-{number}", title=f"undated {number}", published_at=None) for number in range(60)]

    orders = await answers(watch, Poll(source=source), old, hour(11), *undated)

    assert len(pages(orders)) == 51
    assert "at-11" in pages(orders)
    reasons = await rows(watch, "select outcome, reason, count(*) from sighting where outcome is not null group by 1, 2")
    assert reasons == [("refused", "old when it was first listed", 10 + 1)]


def years_ago(count: int, **given: object) -> list[Entry]:
    """What an archive names."""
    return [an_entry(f"old-{number}", **{"published_at": NOON - timedelta(days=1000 + number), **given}) for number in range(count)]


async def archived(watch: Watch) -> object:
    """How many entries are known and were never asked for."""
    return (await rows(watch, "select count(*) from entry where state = 'refused' and error = 'old when it was first listed'"))[0][0]


async def show(watch: Watch, orders: list[Order], names: str, *, published_at: datetime) -> None:
    """Each page of the entries that are named so tells a story that matches, published then."""
    for page in (order for order in orders if isinstance(order, Page) and order.entry.guid.startswith(names)):
        await shows(watch, page, a_story(page.url.rsplit("/", 1)[1], body=f"The strike of {page.url}.", published_at=published_at))


async def due(watch: Watch) -> list[object]:
    """Of which stories somebody is told."""
    return [url for (url,) in await rows(watch, "select url from due join story on story.id = story order by url")]


async def test_what_a_stand_in_names_from_long_before_is_noted_and_not_fetched(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, sources=(LADDER,), clock=(clock := Clock()))
    await comes_in(watch, a_story(), source=LADDER)
    clock.advance(days=30)
    (sitemap,) = climbs(list(await watch.keep(PollFailed(order=Poll(source=LADDER), error="the server answered 500"), Tally())))

    orders = await answers(watch, sitemap, an_entry("fresh", title="fresh", published_at=clock.at), *years_ago(300))

    assert sorted(pages(orders)) == ["Dockers strike", "fresh"], "the first is that of a story that is looked at again"
    assert await archived(watch) == 300


async def test_the_later_parts_of_a_new_sources_index_are_its_archive_as_well(database: Database, tmp_path: Path) -> None:
    source = replace(WIRE, feed="", sitemap="https://wire.example.org/sitemap.xml")
    watch = await a_watch(database, tmp_path, sources=(source,))
    (first,) = climbs(await answers(watch, Poll(source=source), further=("https://wire.example.org/2", "https://wire.example.org/1")))
    (second,) = climbs(await answers(watch, first, hour(11)))

    orders = await answers(watch, second, *years_ago(50))

    assert pages(orders) == ["at-11"]
    assert await archived(watch) == 50


async def test_what_a_climb_brings_without_a_date_is_as_old_as_its_page_says(database: Database, tmp_path: Path) -> None:
    watch = await ladder(database, tmp_path)
    (climb,) = climbs(await answers(watch, Poll(source=LADDER), hour(5)))
    orders = await answers(watch, climb, *years_ago(5, published_at=None))

    await show(watch, orders, "old", published_at=NOON - timedelta(days=2000))

    assert len(pages(orders)) == 5 + 3
    assert await due(watch) == []


async def test_what_fills_a_hole_is_news(database: Database, tmp_path: Path) -> None:
    watch = await ladder(database, tmp_path)
    (climb,) = climbs(await answers(watch, Poll(source=LADDER), hour(5)))
    orders = await answers(watch, climb, hour(1), hour(3))

    await show(watch, orders, "at-3", published_at=NOON - timedelta(hours=9))

    assert await due(watch) == ["https://wire.example.org/at-3"]


async def test_what_a_list_at_a_new_address_names_is_no_news_because_of_that(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, clock=(clock := Clock()))
    await comes_in(watch, a_story())
    clock.advance(days=30)
    moved = replace(WIRE, feed="https://wire.example.org/moved/rss.xml")
    await change(watch, sources=(moved,))

    orders = await answers(watch, Poll(source=moved), an_entry("one", guid="moved-1"), *years_ago(3, published_at=None))
    await show(watch, orders, "old", published_at=NOON - timedelta(days=900))
    await show(watch, orders, "moved", published_at=NOON)
    later = await answers(watch, Poll(source=moved), an_entry("today", published_at=None))
    await show(watch, later, "today", published_at=clock.at - timedelta(days=3))

    assert len(pages(orders)) == 5
    assert await due(watch) == ["https://wire.example.org/one", "https://wire.example.org/today"]
    assert await rows(watch, "select count(*) from story") == [(5,)]


async def test_a_sitemap_at_a_new_address_begins_as_a_new_one(database: Database, tmp_path: Path) -> None:
    source = replace(WIRE, feed="", sitemap="https://wire.example.org/sitemap.xml")
    watch = await a_watch(database, tmp_path, sources=(source,), clock=(clock := Clock()))
    await answers(watch, Poll(source=source), hour(11))
    clock.advance(days=30)
    moved = replace(source, sitemap="https://wire.example.org/moved.xml")
    await change(watch, sources=(moved,))

    orders = await answers(watch, Poll(source=moved), *years_ago(20), an_entry("today", title="today", published_at=clock.at))

    assert sorted(pages(orders)) == ["at-11", "today"]
    assert await archived(watch) == 20


async def test_packets_may_be_dropped_at_any_time_and_are_as_old_as_they_say(database: Database, tmp_path: Path) -> None:
    source = Source(id="wire", folder=tmp_path)
    watch = await a_watch(database, tmp_path, sources=(source,), clock=(clock := Clock()))
    desk = Desk(url="file:///wire/one.xml", timezone=UTC)

    def packet(name: str, at: str) -> Entry:
        return told(desk, guid=name, headline=f"Strike {name}", paragraphs=(f"The strike {name}.",), published=(at,))

    await answers(watch, Poll(source=source), packet("first", "2026-11-23T11:00:00Z"))
    clock.advance(hours=1)
    await answers(watch, Poll(source=source), packet("old", "2021-03-01T11:00:00Z"), packet("new", "2026-11-23T12:30:00Z"))

    assert await rows(watch, "select headline from due join revision using (story) order by 1") == [("Strike first",), ("Strike new",)]


async def test_what_another_rung_says_of_a_known_entry_is_no_change(database: Database, tmp_path: Path) -> None:
    permalink = "https://wire.example.org/at-1"
    watch = await a_watch(database, tmp_path, sources=(LADDER,))
    feed = an_entry("at-1", guid=permalink, title="Dockers strike", summary="They began at noon.")
    for page in await answers(watch, Poll(source=LADDER), feed):
        assert isinstance(page, Page)
        await shows(watch, page, a_story("at-1", headline="Owls", body="Calm."))
    (sitemap,) = climbs(list(await watch.keep(PollFailed(order=Poll(source=LADDER), error="x"), Tally())))
    tally = Tally()

    orders = await answers(
        watch, sitemap, an_entry("at-1", guid=permalink, title="", published_at=NOON + timedelta(minutes=3)), tally=tally
    )
    back = await answers(watch, Poll(source=LADDER), feed, tally=tally)

    assert (orders, back) == ([], [])
    assert (tally.new, tally.changed, tally.seen) == (0, 0, 2)
    assert await rows(watch, "select title, summary, state from entry") == [("Dockers strike", "They began at noon.", "read")]


async def test_once_a_day_yesterday_is_compared_with_the_next_rung(database: Database, tmp_path: Path) -> None:
    clock = Clock(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    watch = await a_watch(database, tmp_path, sources=(LADDER,), clock=clock)
    seen = [an_entry(name, published_at=datetime(2026, 11, 22, hour, tzinfo=UTC)) for name, hour in (("a", 8), ("b", 9))]
    missed = an_entry("c", title="missed", published_at=datetime(2026, 11, 22, 10, tzinfo=UTC))
    older = an_entry("d", published_at=datetime(2026, 11, 21, 10, tzinfo=UTC))
    clock.at = datetime(2026, 11, 22, 11, tzinfo=UTC)
    await answers(watch, Poll(source=LADDER), *seen)
    clock.at = datetime(2026, 11, 23, 1, tzinfo=UTC)

    (audit,) = climbs(await answers(watch, Poll(source=LADDER), *seen))
    orders = await answers(watch, audit, *seen, missed, older)
    again = climbs(await answers(watch, Poll(source=LADDER), *seen))

    assert audit.purpose == Climb(why="audit")
    assert "missed" in pages(orders)
    assert await rows(watch, "select day, rung, listed, known from recall") == [(date(2026, 11, 22), "sitemap", 3, 2)]
    assert again == []


async def test_what_is_no_story_by_the_sources_pattern_is_no_entry(database: Database, tmp_path: Path) -> None:
    source = replace(WIRE, story_url=re.compile(r"/at-\d+$"))
    watch = await a_watch(database, tmp_path, sources=(source,))

    orders = await answers(watch, Poll(source=source), hour(1), an_entry("advert", title="Buy"))

    assert pages(orders) == ["at-1"]


async def test_a_list_that_turns_over_fast_is_asked_more_often_and_never_less_often_than_told(database: Database, tmp_path: Path) -> None:
    watch = await ladder(database, tmp_path, WIRE)

    async def pace() -> object:
        return (await rows(watch, "select pace from source"))[0][0]

    await answers(watch, Poll(source=WIRE), hour(1), hour(2), hour(3), hour(4))
    hurried = await pace()
    for _ in range(20):
        await answers(watch, Poll(source=WIRE), hour(1), hour(2), hour(3), hour(4))
    async with database.connection() as connection:
        await claims.take(connection, ["wire"], by="batch", now=NOON)
        await claims.release(connection, [a_visit()], by="batch", now=NOON)

    assert hurried == timedelta(minutes=2.5)
    assert await pace() is None


async def test_a_list_that_stays_the_same_and_names_its_entries_several_times_is_not_hurried(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    for _ in range(3):
        await answers(watch, Poll(source=WIRE), an_entry("one"), an_entry("one"), an_entry("one"), an_entry("one"))

    assert await rows(watch, "select pace from source") == [(None,)]
