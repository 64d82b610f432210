"""monitor.pages: a story is looked at again, a page that changed its shape is noticed, a packet's story needs no page."""

import asyncio
import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import NOON, WIRE, Clock, a_story, a_watch, an_entry, answers, comes_in, lists, rows, shows, unchanged

from monitor.database import Database
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.item import Desk, told
from spiders.order import Answer, Page, PageFailed, PageRead, Poll
from spiders.source import Selectors, Source
from spiders.story import Status


async def gone(watch: Watch, page: Page, status: int = 404) -> None:
    answer = Answer(url=page.url, status=status)
    await watch.keep(PageFailed(order=page, error=f"the server answered {status}", answer=answer), Tally())


async def versions(watch: Watch) -> list[tuple[object, ...]]:
    return await rows(watch, "select number, paragraphs[1], status from revision order by story, number")


async def looks(watch: Watch) -> list[str]:
    """How long after it matched a story is looked at, each time the page being as it was."""
    clock, began, found = watch.clock, watch.clock(), []
    assert isinstance(clock, Clock)
    while (row := await rows(watch, "select next_try_at from entry"))[0][0]:
        clock.at = row[0][0]  # type: ignore[assignment]
        (page,) = await unchanged(watch)
        await shows(watch, page, a_story())
        found.append(str(clock.at - began))
    return found


async def test_a_matched_story_is_looked_at_again_after_15_minutes_1_6_and_24_hours_and_3_days(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story())

    assert await looks(watch) == ["0:15:00", "1:00:00", "6:00:00", "1 day, 0:00:00", "3 days, 0:00:00"]
    assert await versions(watch) == [(1, "The strike began at noon.", "usable")]


async def test_a_story_that_matched_nothing_is_not_looked_at_again(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story(headline="Owls", body="Calm."))

    assert await rows(watch, "select next_try_at from entry") == [(None,)]


async def test_a_story_overwritten_in_place_is_found_though_its_list_says_nothing(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    clock.advance(minutes=16)
    (page,) = await unchanged(watch)
    await shows(watch, page, a_story())

    clock.advance(minutes=45)
    (page,) = await unchanged(watch)
    await shows(watch, page, a_story(body="The strike was called off."))

    assert await versions(watch) == [(1, "The strike began at noon.", "usable"), (2, "The strike was called off.", "usable")]
    assert await rows(watch, "select next_try_at from entry") == [(clock.at + timedelta(hours=5),)], (
        "a page that changes at each look is no endless work"
    )


async def test_a_page_that_is_another_at_each_look_is_looked_at_no_more_often(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, clock=(clock := Clock()))
    await comes_in(watch, a_story())
    looked = []
    while (row := await rows(watch, "select next_try_at from entry"))[0][0]:
        clock.at = row[0][0]  # type: ignore[assignment]
        looked.append(str(clock.at - NOON))
        assert len(looked) < 9
        (page,) = await unchanged(watch)
        await shows(watch, page, a_story(body=f"The strike began at noon. {len(looked)} readers."))

    assert looked == ["0:15:00", "1:00:00", "6:00:00", "1 day, 0:00:00", "3 days, 0:00:00"]
    assert len(await versions(watch)) == 6


async def test_a_story_that_its_list_changes_is_looked_at_anew(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, clock=(clock := Clock()))
    await comes_in(watch, a_story())
    clock.advance(minutes=15)
    (page,) = await unchanged(watch)
    await shows(watch, page, a_story())
    await comes_in(watch, a_story(body="The strike was called off."), summary="Called off.")

    assert await rows(watch, "select next_try_at from entry") == [(clock.at + timedelta(minutes=15),)]


async def test_a_story_whose_page_is_twice_not_there_is_gone_and_asked_for_no_more(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    clock.advance(minutes=15)
    await gone(watch, *await unchanged(watch))
    once = await versions(watch)

    clock.advance(minutes=15)
    await gone(watch, *await unchanged(watch), status=410)

    assert once == [(1, "The strike began at noon.", "usable")]
    assert await versions(watch) == [*once, (2, "The strike began at noon.", "gone")]
    assert await rows(watch, "select next_try_at from entry") == [(None,)]


async def test_a_page_that_is_there_again_was_not_gone(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    for show in (gone, shows, gone):
        clock.advance(hours=6)
        (page,) = await unchanged(watch)
        await (gone(watch, page) if show is gone else shows(watch, page, a_story()))

    assert await versions(watch) == [(1, "The strike began at noon.", "usable")]


async def test_a_server_that_fails_takes_no_story_away(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    for _ in range(3):
        clock.advance(hours=50)
        for page in await unchanged(watch):
            await gone(watch, page, status=503)

    assert await versions(watch) == [(1, "The strike began at noon.", "usable")]
    assert await rows(watch, "select entry.state, page_failures from entry, source") == [("read", 0)]


async def test_a_look_that_leads_to_another_page_changes_nothing(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    clock.advance(minutes=15)
    (page,) = await unchanged(watch)

    await shows(watch, page, a_story("", headline="Wire: home", body="All the news of today."))

    assert await versions(watch) == [(1, "The strike began at noon.", "usable")]
    assert await rows(watch, "select count(*) from story") == [(1,)]


async def test_pages_that_cannot_be_read_are_counted_until_one_can(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    first, second, third = await lists(watch, an_entry("a"), an_entry("b"), an_entry("c"))
    await gone(watch, first, status=403)
    clock.advance(minutes=1)
    await watch.keep(PageRead(order=second, story=a_story("b", body="Cookies?"), strange=True), Tally())
    failing = await rows(watch, "select page_failures, page_failed_at, page_error from source")
    await shows(watch, third, a_story("c"))

    assert failing == [(2, NOON, "https://wire.example.org/b: its selector of bodies, '', finds nothing")]
    assert await rows(watch, "select page_failures, page_failed_at, page_error from source") == [(0, None, None)]


async def test_a_page_that_fails_is_noted_on_its_source_after_its_story_is_locked(database: Database, tmp_path: Path) -> None:
    """As everybody locks them: two that did it the other way round would wait for each other, and one would be thrown out."""
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story())
    (page,) = await lists(watch, an_entry(summary="changed"))

    async with database.connection() as other:
        await other.execute("select from story for update")
        failing = asyncio.create_task(gone(watch, page, status=500))
        async with asyncio.timeout(10):
            while await rows(watch, "select count(*) from pg_locks where not granted") == [(0,)]:  # noqa: ASYNC110 (Postgres is asked)
                await asyncio.sleep(0.01)
        await other.execute("select from source for update nowait")
    await failing

    assert await rows(watch, "select page_failures, page_error from source") == [(1, "the server answered 500")]


async def test_a_wire_behind_a_licence_is_told_by_headline_and_its_pages_are_not_asked_for(database: Database, tmp_path: Path) -> None:
    source = replace(WIRE, level="headline", selectors=Selectors())
    watch = await a_watch(database, tmp_path, sources=(source,))
    tally = Tally()

    pages = await lists(watch, an_entry(), source=source, tally=tally)

    assert (pages, tally.headline_only) == ([], 1)
    assert await rows(watch, "select entry.state, next_try_at, page_failures from entry, source") == [("headline-only", None, 0)]
    assert await rows(watch, "select rule from due") == [("strike",)]


def packet(name: str = "urn:one", **given: object) -> object:
    """A story that came whole."""
    values: dict[str, object] = {"guid": name, "headline": "Dockers strike", "paragraphs": ("PUSAN (Wire) -- It began.",)}
    return told(Desk(url="file:///wire/one.xml", timezone=NOON.tzinfo), **(values | given))  # type: ignore[arg-type]


FOLDER = Source(id="wire", folder=Path("/wire"))


async def dropped(watch: Watch, *items: object) -> list[object]:
    return list(await answers(watch, Poll(source=FOLDER), *items))  # type: ignore[arg-type]


async def test_a_story_that_came_whole_needs_no_page(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, sources=(FOLDER,))

    assert await dropped(watch, packet(), packet("urn:two", headline="Owls counted", published=("2026-11-23T11:00:00Z",))) == []
    assert await rows(watch, "select headline, dateline->>'raw', headline_only from revision order by headline") == [
        ("Dockers strike", "PUSAN (Wire) --", False),
        ("Owls counted", "PUSAN (Wire) --", False),
    ]
    assert await rows(watch, "select state, item from entry") == [("read", None)] * 2


async def test_an_embargo_holds_a_story_back_until_its_time(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, sources=(FOLDER,), clock=clock)
    await dropped(watch, packet(embargoed="2026-11-23T13:00:00Z"))
    before = await versions(watch)

    clock.advance(hours=1)
    await unchanged(watch, FOLDER)

    assert before == []
    assert len(await versions(watch)) == 1


async def test_an_embargo_does_not_hold_back_that_a_story_is_canceled(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, sources=(FOLDER,))
    await dropped(watch, packet())

    await dropped(watch, packet(status="stat:canceled", embargoed="2026-11-23T18:00:00Z"))

    assert [status for _, _, status in await versions(watch)] == [Status.USABLE, Status.WITHDRAWN]


async def test_a_story_that_is_held_is_refused_until_it_is_usable(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, sources=(FOLDER,))
    await dropped(watch, packet(status="stat:withheld"))
    held = await rows(watch, "select outcome, reason from sighting")
    await dropped(watch, packet(status="stat:usable"))

    assert held == [("refused", "the agency sent it as held")]
    assert [status for _, _, status in await versions(watch)] == [Status.USABLE]


async def test_a_mark_that_only_the_feed_prints_counts_and_is_no_other_headline(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    (page,) = await lists(watch, an_entry(title="CORRECTED-Dockers strike"))
    await shows(watch, page, a_story())

    assert await rows(watch, "select headline, other_headlines, status from revision") == [("Dockers strike", [], "corrected")]


async def test_parse_12_a_page_that_changes_only_in_advertisements_and_time_stamps_is_one_story_of_one_version(
    database: Database, tmp_path: Path
) -> None:
    watch = await a_watch(database, tmp_path)
    tallies = [
        await comes_in(watch, a_story(body=f"The strike began at noon.\n{furniture}"), summary=str(number))
        for number, furniture in enumerate(("Updated 14:05", "Updated 15:10", "12 comments\nRead also: The port closes its gates"))
    ]

    assert [tally.due for tally in tallies] == [1, 0, 0]
    assert await rows(watch, "select count(*) from revision") == [(1,)]


@pytest.mark.parametrize("large", ["bytes", "text"])
async def test_a_page_of_many_megabytes_is_stored(database: Database, tmp_path: Path, large: str) -> None:
    watch = await a_watch(database, tmp_path)
    (page,) = await lists(watch, an_entry())
    body = random.Random(1).randbytes(12 << 20) if large == "bytes" else b"page"
    story = a_story(body="Calm." if large == "bytes" else "\n".join(f"Calm {number}." for number in range(400_000)))

    tally = Tally()
    async with asyncio.timeout(20):
        await watch.keep(PageRead(order=page, story=story, answer=Answer(url=page.url, status=200, body=body)), tally)

    assert tally.read == 1
    assert await rows(watch, "select size, sha256 = sha256(%s) from evidence", body) == [(len(body), True)]
