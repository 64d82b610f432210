"""monitor.stories: what was read is stored, whatever it holds; and what its list says is all there is where no page can be read."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import (
    NOON,
    Clock,
    a_reader,
    a_rule,
    a_story,
    a_visit,
    a_watch,
    an_entry,
    change,
    comes_in,
    fails,
    lists,
    rows,
    shows,
    told_now,
    unchanged,
)

from monitor import claims, sources
from monitor.database import Database
from spiders.story import Dateline


async def test_an_unchanged_page_makes_no_version(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story())
    await comes_in(watch, a_story(keywords=("new",), updated_at=NOON), summary="changed")

    assert await rows(watch, "select count(*) from revision") == [(1,)]


async def test_a_page_that_fails_leaves_its_story_on_the_feeds_text_and_is_read_later(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(
        database, tmp_path, clock=clock, rules=(a_rule("strike"), a_rule("lockout")), readers=[a_reader(rules=("strike", "lockout"))]
    )
    (page,) = await lists(watch, an_entry(summary="A strike, says the feed."))
    tally = await fails(watch, page)
    early = await unchanged(watch)

    assert (tally.headline_only, tally.due) == (1, 1)
    assert early == []
    assert await rows(watch, "select state, attempts, error from entry") == [("headline-only", 1, "the server answered 500")]
    assert await rows(watch, "select lead, headline_only from revision") == [("A strike, says the feed.", True)]

    clock.advance(minutes=6)
    (again,) = await unchanged(watch)
    await shows(watch, again, a_story(body="The strike became a lockout."))

    assert await rows(watch, "select rule from match where revision = 2 order by rule") == [("lockout",), ("strike",)]
    assert await rows(watch, "select state, error from entry") == [("read", None)]
    assert len(await told_now(watch)) == 1
    assert await told_now(watch) == []


async def test_a_page_without_a_body_counts_as_failed(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    (page,) = await lists(watch, an_entry())
    await shows(watch, page, replace(a_story(), paragraphs=()))

    assert await rows(watch, "select state from entry") == [("headline-only",)]


async def test_a_page_is_tried_seven_times_more_and_then_stays_headline_only(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    (page,) = await lists(watch, an_entry())
    tries = 0
    while page:
        await fails(watch, page)
        tries += 1
        clock.advance(hours=25)
        page = next(iter(await unchanged(watch)), None)

    assert tries == 8
    assert await rows(watch, "select state, attempts, next_try_at from entry") == [("headline-only", 8, None)]


async def test_a_changed_entry_whose_page_fails_keeps_the_text_under_the_new_headline(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story(headline="Calm in the port", body="Long text."))
    (page,) = await lists(watch, an_entry(title="Strike in the port"))
    await fails(watch, page)

    assert await rows(watch, "select headline, paragraphs, headline_only from revision where number = 2") == [
        ("Strike in the port", ["Long text."], False)
    ]
    assert len(await told_now(watch)) == 1


async def test_the_feed_gives_the_time_of_a_day_that_the_page_names(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    pages = await lists(watch, an_entry("same"), an_entry("other"), an_entry("none"))
    days = {"same": NOON.replace(hour=0), "other": NOON.replace(hour=0) - timedelta(days=1), "none": None}
    for page in pages:
        await shows(watch, page, a_story(page.entry.guid, published_at=days[page.entry.guid], published_precision="day"))

    assert await rows(watch, "select published_at, published_precision from revision order by story") == [
        (NOON, "minute"),
        (days["other"], "day"),
        (NOON, "minute"),
    ]


async def test_the_feeds_headline_is_matched_though_the_page_has_another(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    (page,) = await lists(watch, an_entry(title="Strike, says the feed"))
    await shows(watch, page, a_story(headline="Work stops", body="Dockers rest."))

    assert await rows(watch, "select headline, other_headlines from revision") == [("Work stops", ["Strike, says the feed"])]
    assert len(await told_now(watch)) == 1


async def test_a_story_comes_back_as_it_was_stored(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    story = a_story(
        other_headlines=("Docks stand still",),
        lead="Said to last.",
        byline=("Ann Writer", "Bob Writer"),
        agency="TASS",
        section="World",
        dateline=Dateline(raw="MOSCOW, July 27. /TASS/.", places=("MOSCOW",), month=7, day=27, agency="TASS"),
        language="en",
        updated_at=NOON,
        keywords=("a", "b"),
    )
    await comes_in(watch, story)

    (news,) = (await watch.preview(watch.settings.recipients[0])).news

    assert news.story == story


async def test_parse_05_nul_and_lone_surrogates_cost_no_story(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    pages = await lists(watch, an_entry("one", "Stri\x00ke \ud800"), an_entry("two"))
    await shows(watch, pages[0], a_story("one", headline="Strike\x00", body="A strike\ud800 here.", keywords=("\x00",)))
    await shows(watch, pages[1], a_story("two"))

    assert await rows(watch, "select headline from revision order by story") == [("Strike ",), ("Dockers strike",)]


async def test_a_huge_story_is_stored_and_found(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    body = " ".join(f"word{number}" for number in range(200_000)) + " " + "x" * 5000 + " strike"
    tally = await comes_in(watch, a_story(headline="Long", body=body))

    assert tally.read == 1
    assert await rows(watch, "select length(array_to_string(paragraphs, '')) from revision") == [(len(body),)]
    assert len(await told_now(watch)) == 1


async def test_a_source_that_leaves_the_configuration_rests(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await change(watch, sources=())
    async with database.connection() as connection:
        due = await claims.take_due(connection, by="batch", now=clock.advance(hours=1))

    assert due == []


@pytest.mark.parametrize("failures, wait", [(1, "0:10:00"), (2, "0:20:00"), (5, "1:00:00"), (40, "1:00:00")])
async def test_a_failing_source_is_polled_less_often_but_never_given_up(
    database: Database, tmp_path: Path, failures: int, wait: str
) -> None:
    watch = await a_watch(database, tmp_path)
    async with database.connection() as connection:
        for _ in range(failures):
            await claims.take(connection, ["wire"], by="batch", now=NOON)
            await sources.failed(connection, "wire", error="x", now=NOON)
            await claims.release(connection, [a_visit()], by="batch", now=NOON)

    ((next_poll_at,),) = await rows(watch, "select next_poll_at from source")
    assert str(next_poll_at - NOON) == wait


async def test_a_headline_of_the_feed_that_changes_is_matched_though_the_page_stays(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    for title in ("Work stops", "Strike"):
        (page,) = await lists(watch, an_entry(title=title))
        await shows(watch, page, a_story(headline="Docks", body="Dockers rest."))

    assert len(await told_now(watch)) == 1


async def test_a_date_that_is_still_to_come_is_no_date(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("soon", published_at=NOON + timedelta(minutes=50)))
    await comes_in(watch, a_story("never", published_at=NOON + timedelta(days=400)))

    assert await rows(watch, "select published_at from revision order by story") == [(NOON + timedelta(minutes=50),), (None,)]


async def test_of_a_word_repeated_without_end_some_places_are_kept(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story(body="strike " * 5000))

    assert await rows(watch, "select jsonb_array_length(spans) from match") == [(500,)]
