"""monitor.standing in the store: of what a page and several advisories say of a story, nothing that is weaker undoes a kill or a hold."""

from pathlib import Path

import pytest
from advising import DEAL, FIRST, FIX, HOLD, KILL, LIFT, SECOND, a_told_deal, advisory, at, statuses, subjects, told
from desk import NOON, Clock, a_story, a_watch, an_entry, comes_in, fails, lists, rows, shows, unchanged

from monitor import advisories
from monitor.database import Database
from monitor.tally import Tally
from spiders.order import Answer, PageFailed
from spiders.story import Status


async def test_no_page_undoes_what_an_advisory_says_but_the_operator_does(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("deal", headline=DEAL))
    await comes_in(watch, advisory("kill", *KILL))

    await comes_in(watch, a_story("deal", headline=DEAL), summary="2")
    await comes_in(watch, a_story("deal", headline=DEAL, body="The strike began at noon. Share this story."), summary="3")
    killed = await statuses(watch)
    async with database.connection() as connection:
        await advisories.settle(connection, 1, None, now=NOON)
    await comes_in(watch, a_story("deal", headline=DEAL, body="The strike went on."), summary="4")

    assert killed == [(at("deal"), "withdrawn", "The strike began at noon. Share this story.")]
    assert await statuses(watch) == [(at("deal"), "usable", "The strike went on.")]


@pytest.mark.parametrize("weaker", [{"fix": FIX}, {"hold": HOLD}, {"hold": HOLD, "lift": LIFT}, {"lift": LIFT}])
async def test_nothing_that_is_weaker_gives_back_what_was_killed(
    database: Database, tmp_path: Path, weaker: dict[str, tuple[str, str]]
) -> None:
    watch = await a_told_deal(database, tmp_path)
    await comes_in(watch, advisory("kill", *KILL))
    await told(watch)

    for name, item in weaker.items():
        await comes_in(watch, advisory(name, *item))
        await told(watch)

    assert await statuses(watch) == [(at("deal"), "withdrawn", FIRST)]
    assert subjects(watch)[1:] == [f"WITHDRAWN: {DEAL}"], "Bob is not told at all"


async def test_a_page_that_is_withdrawn_after_it_was_held_and_held_again_is_heard_each_time(database: Database, tmp_path: Path) -> None:
    watch = await a_told_deal(database, tmp_path)

    for number, status in enumerate((Status.HELD, Status.WITHDRAWN, Status.HELD)):
        await comes_in(watch, a_story("deal", headline=DEAL, body=FIRST, status=status), summary=str(number))
        await watch.correct()
        await watch.send()

    assert subjects(watch)[1:] == [f"{word}: {DEAL}" for word in ("HELD", "WITHDRAWN", "HELD")]


async def test_a_page_that_comes_after_the_kill_of_what_its_list_told_gives_nothing_back(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    (page,) = await lists(watch, an_entry("deal", title=DEAL))
    await fails(watch, page)
    await comes_in(watch, advisory("kill", *KILL))

    for page in await lists(watch, an_entry("deal", title=DEAL, summary="2")):
        await shows(watch, page, a_story("deal", headline=DEAL))
    await told(watch)

    assert await statuses(watch) == [(at("deal"), "withdrawn", "The strike began at noon.")]
    assert subjects(watch) == []


async def test_a_hold_and_its_end_give_nothing_back_that_its_own_page_withdrew(database: Database, tmp_path: Path) -> None:
    watch = await a_told_deal(database, tmp_path)
    await comes_in(watch, a_story("deal", headline=DEAL, body=FIRST, status=Status.WITHDRAWN), summary="2")

    await comes_in(watch, advisory("hold", *HOLD))
    await comes_in(watch, advisory("lift", *LIFT))
    await told(watch)

    assert subjects(watch)[1:] == [f"WITHDRAWN: {DEAL}"]


@pytest.mark.parametrize(("items", "status"), [({"kill": KILL, "hold": HOLD}, "withdrawn"), ({"lift": LIFT, "hold": HOLD}, "usable")])
async def test_what_is_listed_with_one_time_is_read_oldest_first(
    database: Database, tmp_path: Path, items: dict[str, tuple[str, str]], status: str
) -> None:
    watch = await a_told_deal(database, tmp_path)
    said = {name: advisory(name, *item) for name, item in items.items()}

    for page in await lists(watch, *(an_entry(name, title=item.headline) for name, item in said.items())):  # the newest first
        await shows(watch, page, said[page.entry.guid])

    assert await statuses(watch) == [(at("deal"), status, FIRST)]


async def test_what_a_page_says_of_itself_counts_when_the_hold_on_it_is_lifted(database: Database, tmp_path: Path) -> None:
    watch = await a_told_deal(database, tmp_path)
    for name, item in (("hold", HOLD), ("lift", LIFT)):
        await comes_in(watch, advisory(name, *item))

    await comes_in(watch, a_story("deal", headline=DEAL, body=SECOND, status=Status.CORRECTED), summary="2")

    written = await rows(watch, "select status from revision order by number")
    assert written == [("usable",), ("held",), ("usable",), ("corrected",)]


async def test_the_page_of_a_story_that_an_advisory_corrected_may_be_gone(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_told_deal(database, tmp_path, clock=clock)
    await comes_in(watch, advisory("fix", *FIX))
    await comes_in(watch, a_story("deal", headline=DEAL, body=SECOND), summary="2")

    for _ in range(4):
        clock.advance(hours=1)
        for page in await unchanged(watch):
            await watch.keep(PageFailed(order=page, error="404", answer=Answer(url=page.url, status=404)), Tally())

    assert await statuses(watch) == [(at("deal"), "gone", SECOND)]


async def test_what_is_updated_after_an_advisory_corrected_it_is_an_update(database: Database, tmp_path: Path) -> None:
    watch = await a_told_deal(database, tmp_path)
    await comes_in(watch, advisory("fix", *FIX))

    await comes_in(watch, a_story("deal", headline=DEAL, body=FIRST + " Another 300 came at night."), summary="2")

    assert await rows(watch, "select status from revision order by number") == [("usable",), ("corrected",), ("usable",)]
