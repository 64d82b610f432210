"""monitor.marking: an advisory that comes as an item of its own marks the story that it speaks of, and no other."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from advising import DEAL, FIRST, HOLD, KILL, a_told_deal, advisory, at, statuses, subjects, told
from desk import WIRE, a_reader, a_story, a_watch, an_entry, comes_in, fails, lists, mails, rows, shows

from monitor.database import Database
from spiders.source import Source

VOTE = "Ministers agree on strike vote at the port"


async def test_a_kill_marks_the_story_that_it_names_and_is_none_itself(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("deal", headline=DEAL))
    await comes_in(watch, a_story("owls", headline="Owls count more than before"))
    await watch.tell_now(a_reader())

    tally = await comes_in(watch, advisory("kill", *KILL))
    written = await watch.correct()
    await watch.send()

    assert await statuses(watch) == [
        (at("deal"), "withdrawn", "The strike began at noon."),
        (at("owls"), "usable", "The strike began at noon."),
    ]
    assert (tally.read, tally.refused, written) == (1, 0, 1)
    assert [str(mail["Subject"]) for mail in mails(watch)][1:] == [f"WITHDRAWN: {DEAL}"]
    assert await rows(watch, "select outcome, story from sighting where entry = 3") == [("changed", 1)]


@pytest.mark.parametrize("summary", ["", "2"])
async def test_a_kill_that_comes_before_its_story_takes_it_back_before_anybody_hears(
    database: Database, tmp_path: Path, summary: str
) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, advisory("kill", *KILL))

    await comes_in(watch, a_story("deal", headline=DEAL), summary=summary)
    await watch.tell_now(a_reader())

    assert await statuses(watch) == [(at("deal"), "withdrawn", "The strike began at noon.")]
    assert mails(watch) == []
    assert await rows(watch, "select story from advisory where settled_at is not null") == [(2,)]


async def test_a_kill_and_its_story_in_one_list_meet_in_either_order(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    pages = await lists(watch, an_entry("kill", title=KILL[0]), an_entry("deal", title=DEAL))
    told = {"kill": advisory("kill", *KILL), "deal": a_story("deal", headline=DEAL)}

    await asyncio.gather(*(shows(watch, page, told[page.entry.guid]) for page in pages))
    await watch.tell_now(a_reader())

    assert await statuses(watch) == [(at("deal"), "withdrawn", "The strike began at noon.")]
    assert mails(watch) == []


async def test_a_source_marks_no_story_of_another_agency(database: Database, tmp_path: Path) -> None:
    other = Source(id="other", feed="https://other.example.org/rss.xml", agency="TASS")
    sister = Source(id="sister", feed="https://sister.example.org/rss.xml", agency="Yonhap")
    yonhap = replace(WIRE, agency="Yonhap")
    watch = await a_watch(database, tmp_path, sources=(yonhap, other, sister))
    await comes_in(watch, a_story("deal", headline=DEAL), source=yonhap)

    await comes_in(watch, advisory("kill", *KILL), source=other)
    after_other = await statuses(watch)
    await comes_in(watch, advisory("again", *KILL), source=sister)

    assert [status for _, status, _ in after_other] == ["usable"]
    assert [status for _, status, _ in await statuses(watch)] == ["withdrawn"]


async def test_a_correction_that_tells_the_story_anew_takes_its_place(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("deal", headline=DEAL))
    anew = " ".join(f"The strike at berth {number} went on." for number in range(80))

    await comes_in(watch, advisory("deal-2", "CORRECTED-UPDATE 1-" + DEAL, anew))

    assert await statuses(watch) == [(at("deal"), "corrected", anew)]
    assert await rows(watch, "select headline, slug, version from revision where number = 2") == [(DEAL, "CORRECTED-UPDATE 1", 1)]


async def test_a_correction_of_a_story_that_we_never_had_is_news(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)

    tally = await comes_in(watch, advisory("deal", "CORRECTED-" + DEAL, "The strike ended."))

    assert tally.due == 1 and await statuses(watch) == [(at("deal"), "corrected", "The strike ended.")]


async def test_a_release_gives_a_held_story_back(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("deal", headline=DEAL))
    await comes_in(watch, advisory("hold", "HOLD HOLD HOLD: " + DEAL, f'Hold the story "{DEAL}" until further notice.'))
    held = await statuses(watch)

    await comes_in(watch, advisory("lift", "HOLD LIFTED: " + DEAL, f'The hold on the story "{DEAL}" is lifted.'))

    assert held == [(at("deal"), "held", "The strike began at noon.")]
    assert await statuses(watch) == [(at("deal"), "usable", "The strike began at noon.")]


async def test_a_release_that_only_a_line_of_the_desk_says_gives_a_held_story_back(database: Database, tmp_path: Path) -> None:
    watch = await a_told_deal(database, tmp_path)
    await comes_in(watch, advisory("hold", *HOLD))

    await comes_in(watch, advisory("lift", DEAL, f'ATTENTION - The hold on "{DEAL}" is released'))

    assert await statuses(watch) == [(at("deal"), "usable", FIRST)]


@pytest.mark.parametrize("is_read", [True, False])
async def test_a_bare_mark_in_front_of_what_a_story_was_called_stops_it(database: Database, tmp_path: Path, is_read: bool) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("deal", headline=DEAL))
    await watch.tell_now(a_reader())

    (page,) = await lists(watch, an_entry("deal", title="WITHDRAWN: " + DEAL))
    await (shows(watch, page, a_story("deal", headline=DEAL)) if is_read else fails(watch, page))
    (page,) = await lists(watch, an_entry("deal", title="WITHDRAWN: " + DEAL, summary="2"))
    await shows(watch, page, a_story("deal", headline="WITHDRAWN: " + DEAL))

    assert await watch.correct() == 1
    assert await rows(watch, "select number, headline, slug, status from revision order by number") == [
        (1, DEAL, "", "usable"),
        (2, DEAL, "WITHDRAWN", "withdrawn"),
    ]


async def test_a_bare_mark_in_front_of_anything_else_is_news(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("deal", headline=DEAL))

    await comes_in(watch, a_story("deal", headline="WITHDRAWN: the strike deal at the port"), summary="2")

    assert [status for _, status, _ in await statuses(watch)] == ["usable"]


@pytest.mark.parametrize("is_read", [True, False])
async def test_a_bare_mark_in_front_of_what_a_story_was_called_stops_it_from_an_address_of_its_own(
    database: Database, tmp_path: Path, is_read: bool
) -> None:
    watch = await a_told_deal(database, tmp_path)

    (page,) = await lists(watch, an_entry("kill", title="WITHDRAWN: " + DEAL))
    await (shows(watch, page, a_story("kill", headline="WITHDRAWN: " + DEAL, body="Use it no more.")) if is_read else fails(watch, page))
    await told(watch)

    assert await statuses(watch) == [(at("deal"), "withdrawn", FIRST)]
    assert subjects(watch)[1:] == [f"WITHDRAWN: {DEAL}"]


@pytest.mark.parametrize(("headlines", "likely"), [((DEAL, DEAL), [[1, 2]]), ((VOTE,), [[1]]), (("Owls count more",), [])])
async def test_where_a_bare_mark_may_stop_another_story_the_operator_is_asked_and_it_is_news(
    database: Database, tmp_path: Path, headlines: tuple[str, ...], likely: list[list[int]]
) -> None:
    watch = await a_watch(database, tmp_path)
    for number, headline in enumerate(headlines):
        await comes_in(watch, a_story(f"a{number}", headline=headline, body=f"The strike began on day {number}."))

    tally = await comes_in(watch, a_story("kill", headline="WITHDRAWN: " + DEAL, body="Troops left after the strike."))

    later = await comes_in(watch, a_story("later", headline=DEAL, body="The strike began anew."))

    assert (tally.due, later.due) == (1, 1)
    assert [status for _, status, _ in await statuses(watch)] == ["usable"] * (len(headlines) + 2)
    assert [row[0] for row in await rows(watch, "select likely from advisory where settled_at is null")] == likely
