"""monitor.marking: a story under embargo is told when that ends; one that was told before it is held until then."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from advising import DEAL, KILL, SECOND, a_told_deal, advisory, at, statuses, subjects, told
from desk import NOON, WIRE, Clock, a_reader, a_story, a_watch, an_entry, comes_in, fails, lists, mails, rows, shows, unchanged

from monitor.database import Database
from monitor.tally import Tally
from spiders.order import Answer, PageFailed
from spiders.source import Source
from spiders.story import Status

EVENING = NOON + timedelta(hours=6)


async def test_an_embargoed_story_waits_for_its_time_and_is_told_then(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    until = NOON + timedelta(hours=2)

    await comes_in(watch, a_story("deal", headline=DEAL, embargoed_until=until))
    before = await rows(watch, "select state, next_try_at from entry"), await statuses(watch)
    clock.at = until
    tally = await comes_in(watch, a_story("deal", headline=DEAL, embargoed_until=until))

    assert before == ([("pending", until)], [])
    assert tally.due == 1


async def test_an_embargo_does_not_hold_back_the_kill_of_a_story_that_was_told(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("deal", headline=DEAL))
    await watch.tell_now(a_reader())

    await comes_in(watch, a_story("deal", headline=DEAL, status=Status.WITHDRAWN, embargoed_until=EVENING), summary="2")

    assert await watch.correct() == 1
    assert await statuses(watch) == [(at("deal"), "withdrawn", "The strike began at noon.")]


async def test_a_kill_that_comes_as_an_item_under_embargo_marks_its_story_at_once(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("deal", headline=DEAL))
    await watch.tell_now(a_reader())

    await comes_in(watch, replace(advisory("kill", *KILL), embargoed_until=EVENING))

    assert await watch.correct() == 1
    assert await statuses(watch) == [(at("deal"), "withdrawn", "The strike began at noon.")]


async def test_whoever_was_told_of_a_story_hears_when_it_is_embargoed_and_when_that_ends(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story("deal", headline=DEAL))
    await watch.tell_now(a_reader())
    later = a_story("deal", headline=DEAL, body="The strike is to begin at night.", embargoed_until=EVENING)

    await comes_in(watch, later, summary="2")
    written = await watch.correct()
    held = await statuses(watch)
    clock.at = EVENING
    for page in await unchanged(watch):
        await shows(watch, page, later)
    await watch.correct()
    await watch.send()

    assert written == 1
    assert held == [(at("deal"), "held", "The strike began at noon.")], "of what is embargoed nothing is stored"
    assert await statuses(watch) == [(at("deal"), "usable", "The strike is to begin at night.")]
    assert [str(mail["Subject"]) for mail in mails(watch)][1:2] == [f"HELD: {DEAL}"]


async def test_what_is_embargoed_before_its_digest_is_told_when_the_embargo_ends(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    story = a_story("deal", headline=DEAL)
    await comes_in(watch, story)

    await comes_in(watch, replace(story, embargoed_until=EVENING), summary="2")
    mail = await watch.tell_now(a_reader())
    clock.at = EVENING
    for page in await unchanged(watch):
        await shows(watch, page, replace(story, embargoed_until=EVENING))

    assert mail.mail is None
    assert (await watch.tell_now(a_reader())).mail is not None


async def test_what_was_taken_back_and_is_then_embargoed_stays_so(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("deal", headline=DEAL))
    await comes_in(watch, advisory("kill", *KILL))

    await comes_in(watch, a_story("deal", headline=DEAL, embargoed_until=EVENING), summary="2")

    assert await statuses(watch) == [(at("deal"), "withdrawn", "The strike began at noon.")]


async def test_whoever_heard_that_a_page_is_gone_hears_that_it_is_embargoed_and_when_that_ends(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_told_deal(database, tmp_path, clock=clock)
    for _ in range(4):
        clock.advance(hours=1)
        for page in await unchanged(watch):
            await watch.keep(PageFailed(order=page, error="404", answer=Answer(url=page.url, status=404)), Tally())
    await told(watch)
    again = a_story("deal", headline=DEAL, body=SECOND, embargoed_until=EVENING)
    await comes_in(watch, again, summary="2")
    await told(watch)
    clock.at = EVENING
    for page in await unchanged(watch):
        await shows(watch, page, again)
    await told(watch)

    assert [each for each in subjects(watch) if each[0] != "1"] == [f"{word}: {DEAL}" for word in ("GONE", "HELD", "RELEASED")]


async def test_a_source_embargoes_no_story_of_another(database: Database, tmp_path: Path) -> None:
    other = Source(id="other", feed="https://other.example.org/rss.xml")
    watch = await a_watch(database, tmp_path, sources=(WIRE, other))
    await comes_in(watch, a_story("deal", headline=DEAL))

    await comes_in(watch, a_story("deal", headline=DEAL, embargoed_until=EVENING), source=other)

    assert await statuses(watch) == [(at("deal"), "usable", "The strike began at noon.")]


async def test_an_embargo_that_only_the_list_tells_holds_a_story_that_was_told(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("deal", headline=DEAL))

    (page,) = await lists(watch, an_entry("deal", title=f"EMBARGOED UNTIL 1800 GMT NOV 23 - {DEAL}"))
    await fails(watch, page)

    assert await statuses(watch) == [(at("deal"), "held", "The strike began at noon.")]
    assert await rows(watch, "select next_try_at from entry") == [(EVENING,)]
