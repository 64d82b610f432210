"""monitor.gaps: what shows that a list reaches across a hole, how often it is looked for, and when nothing of it can be known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from desk import NOON, WIRE, Clock, a_watch, an_entry, answers, rows
from test_lists import LADDER, LISTING, climbs, gap, hour, ladder, pages

from monitor.database import Database
from monitor.lists import Climb
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.entry import Entry
from spiders.order import FeedUnchanged, Order, Page, Poll, PollFailed
from spiders.source import Source

SITEMAP = replace(WIRE, sitemap="https://wire.example.org/news-sitemap.xml")


async def stays(watch: Watch, source: Source) -> list[Poll]:
    """The list is as it was; what is asked instead."""
    return climbs(list(await watch.keep(FeedUnchanged(order=Poll(source=source)), Tally())))


async def fail(watch: Watch, poll: Poll) -> list[Poll]:
    """It is not answered; what is asked instead."""
    return climbs(list(await watch.keep(PollFailed(order=poll, error="the server answered 404"), Tally())))


def of_the_day(name: str, zone: str = "UTC") -> Entry:
    """Dated by the day of the hole only."""
    day = datetime(2026, 11, 23, tzinfo=ZoneInfo(zone))
    return an_entry(name, title=name, published_at=day.astimezone(UTC))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul"])
async def test_what_a_list_dates_by_the_day_may_be_in_the_hole_and_proves_nothing_of_it(
    database: Database, tmp_path: Path, zone: str
) -> None:
    source = replace(LADDER, timezone=ZoneInfo(zone))
    watch = await ladder(database, tmp_path, source)
    (sitemap,) = climbs(await answers(watch, Poll(source=source), hour(5)))

    orders = await answers(watch, sitemap, *(of_the_day(f"day-{number}", zone) for number in range(4)))

    assert {name for name in pages(orders) if name.startswith("day")} == {"day-0", "day-1", "day-2", "day-3"}
    assert [climb.asked for climb in climbs(orders)] == [LISTING]
    assert await gap(watch) == (0, 4, None, False)


async def test_what_a_list_dates_by_a_day_before_the_hole_is_not_of_it(database: Database, tmp_path: Path) -> None:
    watch = await ladder(database, tmp_path)
    (sitemap,) = climbs(await answers(watch, Poll(source=LADDER), hour(5)))

    orders = await answers(watch, sitemap, replace(of_the_day("older"), published_at=datetime(2026, 11, 21, tzinfo=UTC)))

    assert (pages(orders), [climb.asked for climb in climbs(orders)]) == (["at-0", "at-1", "at-5"], [LISTING])


@pytest.mark.parametrize(("old", "across"), [(1, False), (2, False), (3, True)])
async def test_one_old_link_does_not_show_that_a_list_reaches_back_but_several_do(
    database: Database, tmp_path: Path, old: int, across: bool
) -> None:
    watch = await ladder(database, tmp_path)
    (sitemap,) = climbs(await answers(watch, Poll(source=LADDER), hour(5)))
    about = [an_entry(f"about-{number}", published_at=NOON - timedelta(days=900 + number, minutes=1)) for number in range(old)]

    orders = await answers(watch, sitemap, hour(5), *about)

    assert [climb.asked for climb in climbs(orders)] == [] if across else [LISTING]
    assert await gap(watch) == (0, 0, "sitemap" if across else None, across)


@pytest.mark.parametrize(("known", "across"), [(2, False), (3, True)])
async def test_several_that_we_had_show_that_a_list_without_dates_reaches_back(
    database: Database, tmp_path: Path, known: int, across: bool
) -> None:
    watch = await a_watch(database, tmp_path, sources=(LADDER,), clock=(clock := Clock(NOON - timedelta(hours=11))))
    await answers(watch, Poll(source=LADDER), *(hour(0, f"early-{number}") for number in range(3)))
    clock.advance(hours=6)
    (sitemap,) = climbs(await answers(watch, Poll(source=LADDER), hour(5)))

    # By its address, as a list without guids names it.
    names = [an_entry(f"early-{number}", published_at=None) for number in range(known)]
    await answers(watch, sitemap, *(replace(entry, guid=entry.url) for entry in names), an_entry("missed", published_at=None))

    assert await gap(watch) == (0, 1, "sitemap" if across else None, across)


async def test_a_list_that_names_what_came_when_the_hole_began_reaches_across_it(database: Database, tmp_path: Path) -> None:
    watch = await ladder(database, tmp_path)
    (sitemap,) = climbs(await answers(watch, Poll(source=LADDER), hour(5)))

    await answers(watch, sitemap, hour(5), hour(1, "the-same-minute"))

    assert await gap(watch) == (0, 1, "sitemap", True)


async def test_a_hole_is_climbed_for_though_the_list_stays_as_it_is(database: Database, tmp_path: Path) -> None:
    watch = await ladder(database, tmp_path)
    (climb,) = climbs(await answers(watch, Poll(source=LADDER), hour(5)))
    (climb,) = await fail(watch, climb)
    await fail(watch, climb)

    (again,) = await stays(watch, LADDER)
    await answers(watch, again, hour(1), hour(3), hour(5))

    assert (again.asked.kind, again.purpose) == ("sitemap", Climb(why="hole"))
    assert await gap(watch) == (1, 1, "sitemap", True)
    assert await stays(watch, LADDER) == []


async def test_a_hole_of_a_list_that_stays_as_it_is_and_that_nothing_fills_is_given_up(database: Database, tmp_path: Path) -> None:
    watch = await ladder(database, tmp_path, SITEMAP)
    await answers(watch, Poll(source=SITEMAP), hour(5))
    tries = 0
    while climb := await stays(watch, SITEMAP):
        tries += 1
        assert tries < 10
        await fail(watch, *climb)

    assert await gap(watch) == (5, 0, None, True)


async def test_a_list_that_stays_as_it_is_is_compared_once_a_day(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, sources=(SITEMAP,), clock=(clock := Clock()))
    await answers(watch, Poll(source=SITEMAP), an_entry("a"))
    audits, missed = list[datetime](), list[Order]()
    for _ in range(24 * 5):
        clock.advance(hours=1)
        for audit in await stays(watch, SITEMAP):
            audits.append(clock.at)
            yesterday = an_entry(f"missed-{len(audits)}", published_at=clock.at - timedelta(hours=20))
            missed += [order for order in await answers(watch, audit, yesterday) if isinstance(order, Page)]

    assert audits == [datetime(2026, 11, day, tzinfo=UTC) for day in (25, 26, 27, 28)]
    assert {order.entry.guid for order in missed if isinstance(order, Page)} >= {f"missed-{number}" for number in range(1, 5)}
    assert await rows(watch, "select listed, known from recall") == [(1, 0)] * 4


async def test_an_audit_that_fails_is_not_asked_for_again_on_that_day(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, sources=(SITEMAP,), clock=(clock := Clock()))
    await answers(watch, Poll(source=SITEMAP), an_entry("a"))
    clock.advance(days=3)
    asked = list[datetime]()
    for number in range(4 * 35):
        clock.advance(minutes=15)
        for audit in climbs(await answers(watch, Poll(source=SITEMAP), an_entry("a"), an_entry(f"b-{number}"))):
            asked.append(clock.at)
            assert await fail(watch, audit) == []

    assert asked == [NOON + timedelta(days=3, minutes=15), NOON + timedelta(days=3, hours=12)]


async def test_a_list_that_names_its_entries_anew_each_time_is_known_by_their_addresses(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, sources=(LADDER,), clock=(clock := Clock()))
    climbed = []
    for poll in range(4):
        clock.advance(minutes=5)
        climbed += climbs(await answers(watch, Poll(source=LADDER), *(an_entry(f"s{n}", guid=f"{poll}-{n}") for n in range(10))))

    assert climbed == []
    assert await rows(watch, "select * from gap") == []
    assert await rows(watch, "select pace from source") == [(None,)]


async def test_a_hole_that_grows_with_each_list_is_climbed_for_no_more_often(database: Database, tmp_path: Path) -> None:
    watch = await ladder(database, tmp_path, SITEMAP)
    clock = watch.clock
    assert isinstance(clock, Clock)
    closed = False
    for number in range(5):
        assert not closed
        clock.advance(minutes=30)
        (climb,) = climbs(await answers(watch, Poll(source=SITEMAP), an_entry(f"only-{number}", published_at=clock.at)))
        await fail(watch, climb)
        closed = (await gap(watch))[-1]

    assert await gap(watch) == (5, 0, None, True)
    assert await rows(watch, "select to_at from gap") == [(clock.at,)]
