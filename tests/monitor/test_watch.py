"""monitor.watch: every story once, whatever comes between."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import (
    NOON,
    WIRE,
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
    mails,
    rows,
    shows,
    text,
    unchanged,
)

from alerts.canon import words
from alerts.match import RuleSet
from alerts.rules import Rule, preset
from monitor import outbox, sources, stories
from monitor.database import Database
from monitor.mailserver import Mail
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.order import Poll, PollFailed
from spiders.source import Source
from spiders.story import Dateline, Story


async def told(watch: Watch, reader: int = 0) -> list[str]:
    """Tell a recipient now; the text of the mail, if there is one."""
    before = len(mails(watch))
    await watch.tell_now(watch.settings.recipients[reader])
    return [text(message) for message in mails(watch)[before:]]


async def test_a_story_that_matches_is_told_once(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    tally = await comes_in(watch, a_story())

    first, again = await told(watch), await told(watch)

    assert (tally.new, tally.read, tally.matched, tally.due) == (1, 1, 1, 1)
    assert len(first) == 1
    assert "Dockers strike" in first[0]
    assert again == []


async def test_a_story_that_matches_nothing_is_stored_and_not_told(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story(headline="Owls counted", body="All is calm."))

    assert await told(watch) == []
    assert await rows(watch, "select headline from revision") == [("Owls counted",)]


async def test_a_story_of_two_rules_is_told_under_the_readers_first_with_the_other_as_tag(database: Database, tmp_path: Path) -> None:
    readers = (a_reader("ann@example.org", ("strike", "dockers")), a_reader("bob@example.org", ("dockers", "strike")))
    watch = await a_watch(database, tmp_path, rules=(a_rule("dockers"), a_rule("strike")), readers=readers)
    await comes_in(watch, a_story())

    digests = [await watch.preview(reader) for reader in readers]

    assert [[(news.rule, news.tags) for news in digest.news] for digest in digests] == [
        [("strike", ("dockers",))],
        [("dockers", ("strike",))],
    ]
    assert await rows(watch, "select recipient, rule from due order by recipient") == [
        ("ann@example.org", "strike"),
        ("bob@example.org", "dockers"),
    ]


async def test_a_later_version_is_no_news_and_the_newest_is_shown(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story(body="The strike of 100 men began."))
    await comes_in(watch, a_story(body="The strike of 2,100 men began."), summary="changed")

    before = await told(watch)
    await comes_in(watch, a_story(body="The strike of 3,100 men began."), summary="changed again")

    assert "2,100" in before[0]
    assert await told(watch) == []
    assert await rows(watch, "select number from revision order by number") == [(1,), (2,), (3,)]
    assert await rows(watch, "select due.revision, told from due") == [(1, 2)]


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
    assert len(await told(watch)) == 1
    assert await told(watch) == []


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
    assert len(await told(watch)) == 1


async def test_entries_outlive_a_crash_before_their_pages_though_the_feed_then_says_304(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await lists(watch, an_entry("one"), an_entry("two", "Calm"))
    after_crash = await a_watch(database, tmp_path)
    pages = await unchanged(after_crash)

    assert [page.entry.guid for page in pages] == ["one", "two"]
    assert await rows(watch, "select etag from source") == [('"1"',)]


async def test_a_failed_poll_still_fetches_the_pages_that_are_pending(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await lists(watch, an_entry())
    tally = Tally()
    pages = list(await watch.keep(PollFailed(order=Poll(source=WIRE), error="the server answered 500"), tally))

    assert [page.entry.guid for page in pages] == ["one"]
    assert tally.error == "the server answered 500"
    assert await rows(watch, "select failures, error from source") == [(1, "the server answered 500")]


async def test_the_account_of_a_source_adds_up(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    tally = Tally()
    no_story = an_entry("three", "", url="https://wire.example.org/three")
    pages = await lists(watch, an_entry("one"), an_entry("two"), no_story, an_entry("four"), tally=tally)
    await shows(watch, pages[0], a_story("one"))
    await fails(watch, pages[1])
    await fails(watch, pages[2])

    assert tally.new == 4
    assert await rows(watch, "select state, count(*) from entry group by state order by state") == [
        ("headline-only", 1),
        ("pending", 1),
        ("read", 1),
        ("refused", 1),
    ]


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
    assert len(await told(watch)) == 1


async def test_a_new_sources_story_of_yesterday_without_a_time_of_day_is_told(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    yesterday = NOON.replace(hour=0) - timedelta(days=1)
    (page,) = await lists(watch, an_entry(published_at=None))
    await shows(watch, page, a_story(published_at=yesterday, published_precision="day"))

    assert len(await told(watch)) == 1


async def test_a_back_dated_story_of_a_known_source_is_told(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story("first", headline="Calm", body="Calm."))
    clock.advance(days=3)
    await comes_in(watch, a_story("late", published_at=NOON - timedelta(days=30)))

    assert len(await told(watch)) == 1


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
    assert len(await told(watch)) == 1

    edited = a_rule("strike")
    await change(watch, rules=(replace(edited, any=("strike", "lockout")),))
    after = await told(watch)

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

    (mail,) = await told(watch)

    assert "Strike again" in mail
    assert "Dockers" not in mail


async def test_the_same_configuration_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    before = await rows(watch, "select * from subscription, rule, source, recipient")
    await watch.configure()

    assert await rows(watch, "select * from subscription, rule, source, recipient") == before


def a_version(story: Story) -> stories.Version:
    fingerprint = stories.story_fingerprint(story)
    return stories.Version(story=story, canonical=words(stories.searched(story)), fingerprint=fingerprint, headline_only=False)


async def test_a_story_that_is_not_committed_when_a_digest_is_written_is_in_the_next(database: Database, tmp_path: Path) -> None:
    """Ids commit out of order: a digest that went by "greater than the last id" would lose the first one."""
    watch = await a_watch(database, tmp_path)
    first, second = await lists(watch, an_entry("slow"), an_entry("quick", "Quick strike"))
    async with database.connection() as connection:
        _, known = await stories.know(connection, first.key.id, a_story("slow", headline="Slow strike"))
        await shows(watch, second, a_story("quick", headline="Quick strike"))
        (early,) = await told(watch)
        slow = a_story("slow", headline="Slow strike")
        await stories.revise(connection, known, a_version(slow), watch.rules.match(slow), now=NOON)
    (late,) = await told(watch)

    assert ("Quick" in early, "Slow" in early) == (True, False)
    assert ("Quick" in late, "Slow" in late) == (False, True)


async def test_a_subscription_that_begins_while_a_story_is_stored_gets_it(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    (page,) = await lists(watch, an_entry())
    async with database.connection() as connection:
        _, known = await stories.know(connection, page.key.id, a_story())
        await stories.revise(connection, known, a_version(a_story()), watch.rules.match(a_story()), now=NOON)
        changing = asyncio.create_task(change(watch, recipients=(a_reader(), a_reader("new@example.org"))))
        await asyncio.sleep(0.3)
    await changing

    assert await rows(watch, "select recipient from due order by recipient") == [("ann@example.org",), ("new@example.org",)]


async def test_a_rule_that_the_newest_version_no_longer_matches_is_no_tag(database: Database, tmp_path: Path) -> None:
    readers = [a_reader(rules=("dockers", "strike"))]
    watch = await a_watch(database, tmp_path, rules=(a_rule("dockers"), a_rule("strike")), readers=readers)
    await comes_in(watch, a_story())
    await comes_in(watch, a_story(headline="Sailors strike"))

    (news,) = (await watch.preview(readers[0])).news

    assert (news.rule, news.tags) == ("strike", ())


async def test_store_08_two_crawlers_that_store_one_story_at_once_make_one(database: Database, tmp_path: Path) -> None:
    other = Source(id="other", feed="https://other.example.org/rss.xml")
    watch = await a_watch(database, tmp_path, sources=(WIRE, other))
    for number in range(20):
        pages = [
            *await lists(watch, an_entry(f"{number}"), source=WIRE),
            *await lists(watch, an_entry(f"{number}"), source=other),
        ]
        await asyncio.gather(*(shows(watch, page, a_story(f"{number}")) for page in pages))

    assert await rows(watch, "select count(*) from story") == [(20,)]
    assert await rows(watch, "select count(*) from revision") == [(20,)]
    assert await rows(watch, "select count(*) from match") == [(20,)]
    assert await rows(watch, "select count(*) from due") == [(20,)]
    assert await rows(watch, "select count(*) from entry where story is not null") == [(40,)]


async def test_two_processes_that_write_one_run_write_one_mail(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story())
    async with database.connection() as connection:
        run = await outbox.open_run(connection, "ann@example.org", None, now=NOON)
    assert run

    written = await asyncio.gather(watch.tell(run), watch.tell(run))

    assert sorted(written, key=bool) == [None, 1]
    assert await rows(watch, "select count(*) from mail") == [(1,)]


async def test_two_runs_at_once_tell_each_story_in_one_of_them(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    for number in range(10):
        await comes_in(watch, a_story(f"{number}", headline=f"Strike number {number:02}"))

    await asyncio.gather(*(watch.tell_now(watch.settings.recipients[0]) for _ in range(4)))

    everything = "\n".join(map(text, mails(watch)))
    assert [everything.count(f"number {number:02}") for number in range(10)] == [1] * 10


async def test_a_mail_is_in_the_store_before_it_is_sent_and_the_same_bytes_go_out_later(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    works = watch.settings
    watch.settings = replace(works, mail=Mail(sender="desk@example.org", smtp="smtp://127.0.0.1:9", password=None, ca_file=None))

    told_now = await watch.tell_now(works.recipients[0])
    ((state, bytes_before),) = await rows(watch, "select state, bytes from mail")
    too_early = await watch.send()
    watch.settings = works
    clock.advance(minutes=2)
    sent = await watch.send()

    assert (told_now.sent, state, too_early, sent) == (False, "queued", 0, 1)
    (path,) = works.outbox.glob("*.eml")
    assert path.read_bytes() == bytes_before
    assert await rows(watch, "select state, attempts, next_try_at from mail") == [("sent", 2, None)]


async def test_the_digest_names_what_hit_in_the_newest_version(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story(headline="Port", body="All calm.\nThen a strike began."))

    digest = await watch.preview(watch.settings.recipients[0])

    assert [(news.spans, news.story.text[17:23]) for news in digest.news] == [((("body", 17, 23, "strike"),), "strike")]


async def test_the_digest_names_the_days_that_its_readers_rules_count_from(database: Database, tmp_path: Path) -> None:
    rules = Rule(id="liberation", query="since:1946-11-24"), Rule(id="other", query="since:1950-11-25")
    # The day is that of the reader's own zone.
    readers = a_reader(rules=["liberation"], zone="Pacific/Auckland"), a_reader("bob@example.org", rules=["strike"])
    watch = await a_watch(database, tmp_path, rules=(*rules, a_rule("strike")), readers=readers)

    digests = [await watch.preview(reader) for reader in readers]

    assert [[(day.on.isoformat(), day.years) for day in digest.coming] for digest in digests] == [[("2026-11-24", 80)], []]


async def test_an_anniversary_is_told_by_the_day_a_story_came_in_where_its_page_names_none(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, rules=[Rule(id="strike", query="since:1946-12-24 AND around:11-23/0")])
    dates = {"none": None, "to-come": NOON + timedelta(days=200), "old": NOON - timedelta(days=2)}
    for name, published_at in dates.items():
        await comes_in(watch, a_story(name, headline="The 80th anniversary", published_at=published_at))

    assert await rows(watch, "select url from story join match on story = id order by id") == [
        ("https://wire.example.org/none",),
        ("https://wire.example.org/to-come",),
    ]


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


async def test_a_moved_page_is_the_same_story(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("one"))
    (page,) = await lists(watch, an_entry("one", url="https://wire.example.org/moved", summary="moved"))
    await shows(watch, page, a_story("moved", body="The strike goes on."))

    assert await rows(watch, "select count(*) from story") == [(1,)]
    assert len(await told(watch)) == 1
    assert await told(watch) == []


async def test_a_huge_story_is_stored_and_found(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    body = " ".join(f"word{number}" for number in range(200_000)) + " " + "x" * 5000 + " strike"
    tally = await comes_in(watch, a_story(headline="Long", body=body))

    assert tally.read == 1
    assert await rows(watch, "select length(array_to_string(paragraphs, '')) from revision") == [(len(body),)]
    assert len(await told(watch)) == 1


async def test_a_source_that_leaves_the_configuration_rests(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await change(watch, sources=())
    async with database.connection() as connection:
        due = await sources.claim_due(connection, by="batch", now=clock.advance(hours=1))

    assert due == []


@pytest.mark.parametrize("failures, wait", [(1, "0:10:00"), (2, "0:20:00"), (5, "1:00:00"), (40, "1:00:00")])
async def test_a_failing_source_is_polled_less_often_but_never_given_up(
    database: Database, tmp_path: Path, failures: int, wait: str
) -> None:
    watch = await a_watch(database, tmp_path)
    async with database.connection() as connection:
        for _ in range(failures):
            await sources.claim(connection, ["wire"], by="batch", now=NOON)
            await sources.failed(connection, "wire", error="x", now=NOON)
            await sources.release(connection, [a_visit()], by="batch", now=NOON)

    ((next_poll_at,),) = await rows(watch, "select next_poll_at from source")
    assert str(next_poll_at - NOON) == wait


OTHER = Source(id="other", feed="https://other.example.org/rss.xml")
HIS = a_story(headline="Dockers strike", body="The strike began at noon.")


@pytest.mark.parametrize("redirected", [True, False])
async def test_no_source_changes_what_anothers_story_says(database: Database, tmp_path: Path, redirected: bool) -> None:
    watch = await a_watch(database, tmp_path, sources=(WIRE, OTHER))
    await comes_in(watch, HIS)
    mine = an_entry("mine", "Strike!", url="https://other.example.org/x" if redirected else HIS.canonical_url)
    (page,) = await lists(watch, mine, source=OTHER)
    await shows(watch, page, HIS)
    (page,) = await lists(watch, replace(mine, title="Evil headline"), source=OTHER)
    if redirected:
        await shows(watch, page, replace(HIS, headline="Evil headline", canonical_url="https://other.example.org/x"))
    else:
        await fails(watch, page)

    assert await rows(watch, "select headline from revision join story on story.id = story where story.source = 'wire'") == [
        ("Dockers strike",)
    ]


async def test_entries_that_all_lead_to_one_page_are_told_on_the_feeds_text(database: Database, tmp_path: Path) -> None:
    """A consent page, or a homepage, in place of each story."""
    watch = await a_watch(database, tmp_path)
    pages = await lists(watch, *(an_entry(f"{number}", f"Strike {number}") for number in range(3)))
    consent = a_story("consent", headline="Before you continue", body="We value your privacy.")
    for page in pages:
        await shows(watch, page, consent)

    (mail,) = await told(watch)

    assert await rows(watch, "select count(*) from due") == [(3,)]
    assert ["Strike 1" in mail, "Strike 2" in mail] == [True, True]


async def test_a_guid_that_is_used_for_another_story_hides_neither(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    for number, body in enumerate(
        ("Dockers in the east began their strike at noon on Monday.", "Miners ended the strike of the winter today.")
    ):
        (page,) = await lists(watch, an_entry(f"{number}", f"Strike {number}", guid="top"))
        await shows(watch, page, a_story(f"{number}", headline=f"Strike number {number}", body=body))

    assert await rows(watch, "select url, latest from story order by url") == [
        ("https://wire.example.org/0", 1),
        ("https://wire.example.org/1", 1),
    ]
    assert await rows(watch, "select count(*) from due") == [(2,)]


async def test_a_story_with_a_new_headline_at_a_new_address_is_the_same(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    body = "Dockers in the east began their strike at noon on Monday, their union said."
    for number in range(2):
        (page,) = await lists(watch, an_entry(f"{number}", f"Strike {number}", guid="same"))
        await shows(watch, page, a_story(f"{number}", headline=f"Strike number {number}", body=f"{body} It is day {number}."))

    assert await rows(watch, "select latest from story") == [(2,)]


async def test_a_rule_that_is_put_back_finds_what_came_in_meanwhile(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    right = watch.settings.rules
    await change(watch, rules=(replace(a_rule("strike"), any=("slip",)),))
    await comes_in(watch, a_story())
    await change(watch, rules=right)

    assert len(await told(watch)) == 1


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


async def test_a_process_that_does_not_know_a_reader_yet_leaves_their_run_open(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story())
    async with database.connection() as connection:
        run = await outbox.open_run(connection, "ann@example.org", None, now=NOON)
    assert run
    behind = Watch(database=database, settings=replace(watch.settings, recipients=()), clock=watch.clock)

    assert await behind.tell(run) is None
    assert await watch.tell(run) is not None


async def test_a_source_that_lists_nothing_at_first_still_starts_with_the_last_24_hours(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await lists(watch)
    await comes_in(watch, a_story(published_at=NOON - timedelta(days=300)))

    assert await told(watch) == []


async def test_a_source_at_a_new_address_starts_anew(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await lists(watch, an_entry("before"))
    await change(watch, sources=(replace(WIRE, feed="https://wire.example.org/new.xml"),))
    validators = await rows(watch, "select etag, listed_at from source")
    await comes_in(watch, a_story(published_at=NOON - timedelta(days=300)))

    assert validators == [(None, None)]
    assert await told(watch) == []


async def test_a_headline_of_the_feed_that_changes_is_matched_though_the_page_stays(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    for title in ("Work stops", "Strike"):
        (page,) = await lists(watch, an_entry(title=title))
        await shows(watch, page, a_story(headline="Docks", body="Dockers rest."))

    assert len(await told(watch)) == 1


async def test_a_date_that_is_still_to_come_is_no_date(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("soon", published_at=NOON + timedelta(minutes=50)))
    await comes_in(watch, a_story("never", published_at=NOON + timedelta(days=400)))

    assert await rows(watch, "select published_at from revision order by story") == [(NOON + timedelta(minutes=50),), (None,)]


async def test_of_a_word_repeated_without_end_some_places_are_kept(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story(body="strike " * 5000))

    assert await rows(watch, "select jsonb_array_length(spans) from match") == [(500,)]


async def test_what_only_an_earlier_wording_of_a_rule_found_is_not_owed_to_a_new_reader(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    clock.advance(hours=1)
    await change(watch, rules=(replace(a_rule("strike"), any=("lockout",)),))
    clock.advance(hours=1)
    await change(watch, recipients=(a_reader(), a_reader("new@example.org")))

    assert await rows(watch, "select recipient from due") == [("ann@example.org",)]


OTHERS = Source(id="others", feed="https://aggregator.example.com/rss.xml")
LONG_TRUTH = "Owls nest in the park. They were counted at noon."


async def test_who_lists_another_sources_page_first_owns_neither_its_story_nor_its_headline(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, sources=(OTHERS, WIRE))
    (page,) = await lists(watch, an_entry(title="strike FORGED strike"), source=OTHERS)
    await shows(watch, page, a_story(headline="Owls", body=LONG_TRUTH))
    forged = await rows(watch, "select headline, other_headlines from revision"), await rows(watch, "select count(*) from due")

    tally = await comes_in(watch, a_story(headline="Dockers strike", body="The strike began."))

    assert forged == ([("Owls", [])], [(0,)])
    assert tally.due == 1
    assert await rows(watch, "select story.source, headline from story join revision on story = id order by number") == [
        ("wire", "Owls"),
        ("wire", "Dockers strike"),
    ]


async def test_what_another_list_said_of_a_page_that_nobody_could_read_gives_way_to_its_publisher(
    database: Database, tmp_path: Path
) -> None:
    watch = await a_watch(database, tmp_path, sources=(OTHERS, WIRE))
    (page,) = await lists(watch, an_entry(title="FORGED"), source=OTHERS)
    await fails(watch, page)

    (own,) = await lists(watch, an_entry(title="Dockers strike"))
    await fails(watch, own)

    assert await rows(watch, "select story.source, headline from story join revision on story = id and number = latest") == [
        ("wire", "Dockers strike")
    ]
    assert await rows(watch, "select count(*) from due") == [(1,)]
