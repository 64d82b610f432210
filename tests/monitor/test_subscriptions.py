"""monitor.subscriptions: who is new, reader, rule or source, begins with the last 24 hours."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from desk import (
    NOON,
    WIRE,
    Clock,
    a_reader,
    a_rule,
    a_story,
    a_version,
    a_watch,
    an_entry,
    change,
    comes_in,
    lists,
    mails,
    rows,
    shows,
    told_now,
)

from alerts.match import RuleSet
from alerts.rules import Rule, preset
from monitor import copies, identity, leaving, stories
from monitor.database import Database
from spiders.source import Source
from spiders.story import Dateline, Status


async def test_a_new_source_starts_with_the_last_24_hours(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    ages = {"old": timedelta(hours=25), "fresh": timedelta(hours=23), "undated": None}
    published = {name: age and NOON - age for name, age in ages.items()}
    pages = await lists(watch, *(an_entry(name, published_at=at) for name, at in published.items()))
    for page in pages:
        await shows(watch, page, a_story(page.entry.guid, published_at=published[page.entry.guid]))

    assert await rows(watch, "select url from story join due on due.story = story.id order by url") == [
        ("https://wire.example.org/fresh",),
        ("https://wire.example.org/undated",),
    ]
    assert await rows(watch, "select count(*) from match") == [(3,)]


async def test_a_source_added_later_starts_with_the_last_24_hours_for_old_readers_too(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    clock.advance(days=9)
    new = Source(id="new", feed="https://new.example.org/rss.xml")
    await change(watch, sources=(WIRE, new))
    ages = {"old": timedelta(hours=25), "fresh": timedelta(hours=23)}
    entries = [an_entry(name, published_at=clock.at - age) for name, age in ages.items()]
    for page in await lists(watch, *entries, source=new):
        await shows(watch, page, a_story(page.entry.guid, published_at=page.entry.published_at))

    assert await rows(watch, "select url from story join due on story = id") == [("https://wire.example.org/fresh",)]


async def test_a_new_sources_story_of_yesterday_without_a_time_of_day_is_told(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    yesterday = NOON.replace(hour=0) - timedelta(days=1)
    (page,) = await lists(watch, an_entry(published_at=None))
    await shows(watch, page, a_story(published_at=yesterday, published_precision="day"))

    assert len(await told_now(watch)) == 1


async def test_a_back_dated_story_of_a_known_source_is_told(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story("first", headline="Calm", body="Calm."))
    clock.advance(days=3)
    await comes_in(watch, a_story("late", published_at=NOON - timedelta(days=30)))

    assert len(await told_now(watch)) == 1


async def test_a_new_reader_starts_with_the_last_24_hours(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story("old"))
    clock.advance(hours=20)
    await comes_in(watch, a_story("fresh", published_at=clock.at))
    clock.advance(hours=5)

    await change(watch, recipients=(a_reader(), a_reader("new@example.org")))

    assert await rows(watch, "select url from story join due on story = id where recipient = 'new@example.org'") == [
        ("https://wire.example.org/fresh",)
    ]


async def test_a_page_read_late_is_no_news_to_a_reader_who_came_long_after_it_was_listed(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    (page,) = await lists(watch, an_entry())
    clock.advance(days=3)
    await change(watch, recipients=(a_reader(), a_reader("new@example.org")))
    await shows(watch, page, a_story())

    assert await rows(watch, "select recipient from due") == [("ann@example.org",)]


async def test_a_new_rule_starts_with_the_last_24_hours(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, rules=[a_rule("flood")], readers=[a_reader(rules=["flood"])])
    await comes_in(watch, a_story("old"))
    clock.advance(hours=25)
    await comes_in(watch, a_story("fresh", published_at=clock.at))

    await change(watch, rules=(a_rule("flood"), a_rule("strike")), recipients=(a_reader(rules=("flood", "strike")),))

    assert await rows(watch, "select url, rule from story join due on story = id") == [("https://wire.example.org/fresh", "strike")]


async def test_a_rule_that_now_finds_more_tells_what_it_missed_and_nothing_twice(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("one"))
    await comes_in(watch, a_story("two", headline="Lockout", body="No work."))
    assert len(await told_now(watch)) == 1

    edited = a_rule("strike")
    await change(watch, rules=(replace(edited, any=("strike", "lockout")),))
    after = await told_now(watch)

    assert len(after) == 1
    assert "Lockout" in after[0]
    assert "Dockers" not in after[0]
    assert await rows(watch, "select count(distinct version) from match") == [(2,)]


async def test_a_reader_who_left_and_returns_is_not_told_what_came_between(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await change(watch, recipients=())
    await comes_in(watch, a_story("missed"))
    clock.advance(days=3)
    await change(watch, recipients=(a_reader(),))
    await comes_in(watch, a_story("seen", headline="Strike again", published_at=clock.at))

    (mail,) = await told_now(watch)

    assert "Strike again" in mail
    assert "Dockers" not in mail


async def test_the_same_configuration_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    before = await rows(watch, "select * from subscription, rule, source, recipient")
    await watch.configure()

    assert await rows(watch, "select * from subscription, rule, source, recipient") == before


async def test_a_subscription_that_begins_while_a_story_is_stored_gets_it(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    (page,) = await lists(watch, an_entry())
    async with database.connection() as connection:
        _, known = await identity.know(connection, page.key.id, a_story())
        await stories.revise(connection, known, a_version(a_story()), watch.rules.match(a_story()), now=NOON)
        changing = asyncio.create_task(change(watch, recipients=(a_reader(), a_reader("new@example.org"))))
        await asyncio.sleep(0.3)
    await changing

    assert await rows(watch, "select recipient from due order by recipient") == [("ann@example.org",), ("new@example.org",)]


async def test_a_rule_that_is_put_back_finds_what_came_in_meanwhile(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    right = watch.settings.rules
    await change(watch, rules=(replace(a_rule("strike"), any=("slip",)),))
    await comes_in(watch, a_story())
    await change(watch, rules=right)

    assert len(await told_now(watch)) == 1


async def test_a_new_rule_is_asked_of_the_last_24_hours_as_of_what_comes_in(database: Database, tmp_path: Path) -> None:
    korean = replace(WIRE, country="KP")
    watch = await a_watch(database, tmp_path, sources=(korean,))
    dateline = Dateline(raw="PYONGYANG, July 27 (KCNA) --", places=("PYONGYANG",), month=7, day=27, agency="KCNA")
    harvest = a_story("harvest", headline="Harvest begins", body="PYONGYANG, July 27 (KCNA) -- The harvest began.", dateline=dateline)
    await comes_in(watch, harvest, source=korean)
    rules = (preset("dprk"), Rule(id="own-harvest", query="source:wire AND harvest"))
    live = [match.rule.id for match in RuleSet(rules).match(harvest, country="KP", source="wire")]
    await change(watch, rules=rules, recipients=(a_reader(rules=("dprk", "own-harvest")),))

    assert await rows(watch, "select rule from match order by rule") == [(rule,) for rule in live] == [("own-harvest",)]


async def test_a_source_that_lists_nothing_at_first_still_starts_with_the_last_24_hours(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await lists(watch)
    await comes_in(watch, a_story(published_at=NOON - timedelta(days=300)))

    assert await told_now(watch) == []


async def test_a_source_at_a_new_address_starts_anew(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await lists(watch, an_entry("before"))
    await change(watch, sources=(replace(WIRE, feed="https://wire.example.org/new.xml"),))
    validators = await rows(watch, "select etag, listed_at from source")
    await comes_in(watch, a_story(published_at=NOON - timedelta(days=300)))

    assert validators == [(None, None)]
    assert await told_now(watch) == []


async def test_what_only_an_earlier_wording_of_a_rule_found_is_not_owed_to_a_new_reader(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    clock.advance(hours=1)
    await change(watch, rules=(replace(a_rule("strike"), any=("lockout",)),))
    clock.advance(hours=1)
    await change(watch, recipients=(a_reader(), a_reader("new@example.org")))

    assert await rows(watch, "select recipient from due") == [("ann@example.org",)]


async def test_of_a_source_that_a_mail_named_its_reader_hears_the_kill_though_they_left_and_came_back(
    database: Database, tmp_path: Path
) -> None:
    clock, ann = Clock(), a_reader()
    paper = Source(id="paper", feed="https://paper.example.org/rss.xml")
    watch = await a_watch(database, tmp_path, clock=clock, sources=(WIRE, paper))
    body = " ".join(f"The strike at the port word{number} goes on." for number in range(40))
    copy = a_story("deal", headline="Strike deal: ministers agree", body=body, canonical_url="https://paper.example.org/deal")
    await comes_in(watch, a_story("deal", headline="Ministers agree on strike deal", body=body))
    await comes_in(watch, copy, source=paper, url=copy.canonical_url)
    await watch.tell_now(ann)
    async with database.connection() as connection:
        assert await copies.set_apart(connection, 2)
        await leaving.stop(connection, ann.email, by="recipient", now=clock.at)
        await leaving.resume(connection, ann.email, now=clock.advance(days=2))
    await watch.configure()
    await comes_in(watch, replace(copy, status=Status.WITHDRAWN), source=paper, url=copy.canonical_url, summary="2")
    await watch.correct()
    await watch.send()

    assert "WITHDRAWN: Strike deal: ministers agree" in [str(mail["Subject"]) for mail in mails(watch)]
