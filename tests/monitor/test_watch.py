"""monitor.watch: every story once, whatever comes between."""

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
    comes_in,
    fails,
    lists,
    mails,
    rows,
    shows,
    text,
    told_now,
    unchanged,
)

from alerts.rules import Rule
from monitor import identity, runs, stories
from monitor.database import Database
from monitor.mailserver import Mail
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.order import Poll, PollFailed


async def test_a_story_that_matches_is_told_once(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    tally = await comes_in(watch, a_story())

    first, again = await told_now(watch), await told_now(watch)

    assert (tally.new, tally.read, tally.matched, tally.due) == (1, 1, 1, 1)
    assert len(first) == 1
    assert "Dockers strike" in first[0]
    assert again == []


async def test_a_story_that_matches_nothing_is_stored_and_not_told(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story(headline="Owls counted", body="All is calm."))

    assert await told_now(watch) == []
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

    before = await told_now(watch)
    await comes_in(watch, a_story(body="The strike of 3,100 men began."), summary="changed again")

    assert "2,100" in before[0]
    assert await told_now(watch) == []
    assert await rows(watch, "select number from revision order by number") == [(1,), (2,), (3,)]
    assert await rows(watch, "select due.revision, told from due") == [(1, 2)]


async def test_entries_outlive_a_crash_before_their_pages_though_the_feed_then_says_304(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await lists(watch, an_entry("one"), an_entry("two", "Calm"))
    after_crash = await a_watch(database, tmp_path)
    pages = await unchanged(after_crash)

    assert [page.entry.guid for page in pages] == ["two", "one"]
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


async def test_a_story_that_is_not_committed_when_a_digest_is_written_is_in_the_next(database: Database, tmp_path: Path) -> None:
    """Ids commit out of order: a digest that went by "greater than the last id" would lose the first one."""
    watch = await a_watch(database, tmp_path)
    first, second = await lists(watch, an_entry("slow"), an_entry("quick", "Quick strike"))
    async with database.connection() as connection:
        _, known = await identity.know(connection, first.key.id, a_story("slow", headline="Slow strike"))
        await shows(watch, second, a_story("quick", headline="Quick strike"))
        (early,) = await told_now(watch)
        slow = a_story("slow", headline="Slow strike")
        await stories.revise(connection, known, a_version(slow), watch.rules.match(slow), now=NOON)
    (late,) = await told_now(watch)

    assert ("Quick" in early, "Slow" in early) == (True, False)
    assert ("Quick" in late, "Slow" in late) == (False, True)


async def test_a_rule_that_the_newest_version_no_longer_matches_is_no_tag(database: Database, tmp_path: Path) -> None:
    readers = [a_reader(rules=("dockers", "strike"))]
    watch = await a_watch(database, tmp_path, rules=(a_rule("dockers"), a_rule("strike")), readers=readers)
    await comes_in(watch, a_story())
    await comes_in(watch, a_story(headline="Sailors strike"))

    (news,) = (await watch.preview(readers[0])).news

    assert (news.rule, news.tags) == ("strike", ())


async def test_two_processes_that_write_one_run_write_one_mail(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story())
    async with database.connection() as connection:
        run = await runs.begin(connection, "ann@example.org", None, now=NOON)
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


async def test_a_process_that_does_not_know_a_reader_yet_leaves_their_run_open(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story())
    async with database.connection() as connection:
        run = await runs.begin(connection, "ann@example.org", None, now=NOON)
    assert run
    behind = Watch(database=database, settings=replace(watch.settings, recipients=()), clock=watch.clock)

    assert await behind.tell(run) is None
    assert await watch.tell(run) is not None
