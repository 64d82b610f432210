"""monitor.retention: what is old goes, what is still to be told or shown stays, and nothing that went comes back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from desk import (
    NOON,
    Clock,
    a_reader,
    a_rule,
    a_story,
    a_watch,
    an_entry,
    change,
    comes_in,
    fails,
    lists,
    mails,
    rows,
    shows,
    unchanged,
)
from served import rss, served
from test_end_to_end import Desk as CommandLine
from test_end_to_end import body_of

from monitor import accounts, evidence, leaving, program, retention
from monitor.config import Retention
from monitor.database import Database
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.feed import Entry
from spiders.order import Answer, PageRead
from spiders.story import Status

DAY = Retention(text=timedelta(days=1), bytes=timedelta(days=1), mail=timedelta(days=1))
PAGE = "<html><title>{0}</title><body><article><h1>{0}</h1><p>{1}</p></article></body></html>"


async def purge(watch: Watch, kept: Retention = DAY) -> dict[str, int]:
    """Let go what is past its time now; what of which there was any, but for what is only counted."""
    purged = await retention.purge(watch.database, kept, watch.clock())
    return {name: count for name, count in purged.items() if count and name not in ("accounts", "gaps")}


async def told(watch: Watch) -> int:
    """Tell the reader; how many mails there are by now."""
    await watch.tell_now(watch.settings.recipients[0])
    return len(mails(watch))


async def an_old_story(database: Database, folder: Path, clock: Clock) -> Watch:
    """A story that came in, was told, and is two days old."""
    watch = await a_watch(database, folder, clock=clock)
    await comes_in(watch, a_story(), summary="Says the feed.")
    assert await told(watch) == 1
    clock.advance(days=2)
    return watch


def listed_for_a_month(wire: str) -> list[Entry]:
    """What a feed lists that keeps its items for thirty days; half of it is from today."""
    now = program.now()
    ages = [timedelta(hours=2 * number + 1) for number in range(5)] + [timedelta(days=6 * number + 3) for number in range(5)]
    return [
        Entry(
            url=f"{wire}/{number}", guid=f"g{number}", title=f"Pyongyang opens bridge {number}", summary="A bridge.", published_at=now - age
        )
        for number, age in enumerate(ages)
    ]


async def test_store_09_what_was_purged_is_not_read_or_told_again_while_the_feed_lists_it(
    tmp_path: Path, database: Database, database_url: str
) -> None:
    with served() as wire:
        desk = CommandLine(tmp_path, database_url, {"wire": f'feed = "{wire.url}/rss.xml"'})

        def lists(entries: Sequence[Entry]) -> None:
            for number, entry in enumerate(entries):
                wire.put(f"/{number}", PAGE.format(entry.title, f"The bridge number {number} was opened by the mayor on Monday."))
            wire.put("/rss.xml", rss(list(entries)), "application/rss+xml")

        entries = listed_for_a_month(wire.url)
        lists(entries)
        desk("crawl")
        desk("digest")
        first = [body_of(mail).count("Pyongyang opens bridge") for mail in desk.mails()]
        purged = await retention.purge(database, DAY, program.now() + timedelta(days=2))
        pages = wire.hits.copy()

        desk("crawl")
        again = wire.hits - pages
        lists([replace(entry, summary="A bridge, now in red.", guid=f"new {entry.guid}") for entry in entries[:5]] + entries[5:])
        desk("crawl")

    assert first == [5]
    assert (purged["stories"], purged["entries"]) == (10, 10)
    assert not {path for path in again if path.strip("/").isdigit()}
    assert desk.rows("select count(*) from story where purged_at is not null and search is null") == [(10,)]
    assert desk.rows("select count(*) from story") == [(10,)]
    assert desk.rows("select (select count(*) from revision), (select count(*) from match)") == [(0, 0)]
    assert desk.rows("select count(*), count(mail) from due") == [(5, 5)]


async def test_of_a_story_its_tombstone_stays(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_old_story(database, tmp_path, clock)

    assert await purge(watch) == {"stories": 1, "entries": 1, "mails": 1}
    assert await purge(watch) == {}
    assert await rows(watch, "select url, purged_at, search from story") == [("https://wire.example.org/one", clock.at, None)]
    assert await rows(watch, "select guid, title, summary, body, length(hash) from entry") == [("one", "", "", "", 16)]
    assert await rows(watch, "select count(*) from revision union all select count(*) from match") == [(0,), (0,)]
    assert await rows(watch, "select recipient, rule, told from due") == [("ann@example.org", "strike", 1)]


async def test_nothing_that_is_young_goes(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_old_story(database, tmp_path, clock)

    assert await purge(watch, Retention()) == {}


async def test_a_changed_entry_of_a_purged_story_changes_nothing_and_its_texts_go_again(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_old_story(database, tmp_path, clock)
    await purge(watch)
    await comes_in(watch, a_story(body="The strike is over."), summary="The strike is over.")

    assert await rows(watch, "select count(*) from revision") == [(0,)]
    assert await told(watch) == 1
    assert await purge(watch) == {"entries": 1}


async def test_a_purged_story_whose_page_fails_is_not_told_from_the_feed(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_old_story(database, tmp_path, clock)
    await purge(watch)
    (page,) = await lists(watch, an_entry(summary="Strike! Says the feed."))
    await fails(watch, page)

    assert await rows(watch, "select count(*) from revision") == [(0,)]
    assert await told(watch) == 1


async def test_a_purged_story_at_another_address_is_known_by_its_words(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_old_story(database, tmp_path, clock)
    await purge(watch)
    (page,) = await lists(watch, an_entry("one", summary="moved", url="https://wire.example.org/archive/one"))
    await shows(watch, page, a_story("archive/one"))

    assert await rows(watch, "select count(*) from story union all select count(*) from revision") == [(1,), (0,)]
    assert await told(watch) == 1


async def test_a_purged_story_that_a_new_entry_leads_to_is_known_by_its_words(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_old_story(database, tmp_path, clock)
    await purge(watch)
    (page,) = await lists(watch, an_entry("two", url="https://wire.example.org/go?to=one"))
    await shows(watch, page, a_story())

    assert await rows(watch, "select count(*) from story union all select count(*) from revision") == [(1,), (0,)]
    assert await told(watch) == 1


async def test_another_story_under_the_guid_of_a_purged_one_is_news(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story("monday", "Bakers strike", "No bread."), guid="top")
    assert await told(watch) == 1
    clock.advance(days=2)
    await purge(watch)
    await comes_in(watch, a_story("friday", "Pilots strike", "No flights."), guid="top")

    assert await rows(watch, "select headline from revision") == [("Pilots strike",)]


async def test_a_page_that_only_leads_to_a_purged_one_costs_no_entry_its_story(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    (page,) = await lists(watch, an_entry("one", title="Bakers strike"))
    await shows(watch, page, a_story("consent", "We value your privacy", "Accept all."))
    await told(watch)
    clock.advance(days=2)
    await purge(watch)
    (page,) = await lists(watch, an_entry("two", title="Pilots strike"))
    await shows(watch, page, a_story("consent", "We value your privacy", "Accept all."))

    assert await rows(watch, "select headline, headline_only from revision") == [("Pilots strike", True)]


async def test_a_story_that_was_updated_is_as_old_as_its_update(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_old_story(database, tmp_path, clock)
    await comes_in(watch, a_story(body="The strike goes on."), summary="changed")

    assert await purge(watch) == {"mails": 1}
    await told(watch)
    clock.advance(days=2)
    assert (await purge(watch))["stories"] == 1


async def test_a_story_that_somebody_is_still_to_be_told_waits_for_them(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    clock.advance(days=2)

    assert await purge(watch) == {}
    assert await told(watch) == 1
    assert await purge(watch) == {"stories": 1, "entries": 1}


async def test_a_story_of_which_somebody_is_still_to_hear_that_it_was_taken_back_waits_for_them(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_old_story(database, tmp_path, clock)
    async with database.connection() as connection:
        await leaving.pause(connection, "ann@example.org", by="operator", now=clock.at, until=None)
    await comes_in(watch, a_story(status=Status.WITHDRAWN), summary="Withdrawn.")
    clock.advance(days=2)
    away = await watch.correct(), await purge(watch)
    async with database.connection() as connection:
        await leaving.resume(connection, "ann@example.org", now=clock.at)
    back = await watch.correct(), (await purge(watch))["stories"]

    assert away == (0, {"mails": 1})
    assert back == (1, 1)


async def test_of_a_correction_of_a_mail_that_nobody_got_nobody_is_to_hear(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_old_story(database, tmp_path, clock)
    async with database.connection() as connection:
        await connection.execute("update mail set state = 'failed', next_try_at = null, over_at = %s", [clock.at])
    await comes_in(watch, a_story(status=Status.WITHDRAWN), summary="Withdrawn.")
    clock.advance(days=2)

    assert (await purge(watch))["stories"] == 1


async def test_a_story_waits_for_nobody_who_has_left(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    await change(watch, recipients=())
    clock.advance(days=2)

    assert await purge(watch) == {"stories": 1, "entries": 1}
    assert await rows(watch, "select count(*) from due") == [(0,)]


async def test_a_page_on_its_way_while_its_story_is_purged_brings_nothing_back(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_old_story(database, tmp_path, clock)
    (page,) = await lists(watch, an_entry(summary="changed"))
    purged = await purge(watch)
    await shows(watch, page, a_story(body="The strike goes on."))

    assert purged == {"stories": 1, "mails": 1}  # its entry is still being worked on
    assert await purge(watch) == {"entries": 1}
    assert await unchanged(watch) == []


async def kept(watch: Watch) -> list[tuple[object, ...]]:
    return await rows(watch, "select coalesce(story, 0), bytes is not null from evidence order by id")


async def comes_with_bytes(watch: Watch, name: str, headline: str) -> None:
    for page in await lists(watch, an_entry(name, title=headline)):
        answer = Answer(url=page.url, status=200, headers=(("Server", "x"),), body=headline.encode())
        await watch.keep(PageRead(order=page, story=a_story(name, headline, "All is calm."), answer=answer), Tally())


async def test_the_bytes_of_a_story_that_matched_stay_as_long_as_the_story(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_with_bytes(watch, "one", "Dockers strike")
    await comes_with_bytes(watch, "two", "Owls counted")
    await told(watch)
    clock.advance(days=2)
    month = replace(DAY, text=timedelta(days=30))

    assert await purge(watch, month) == {"bytes": 1, "mails": 1}
    assert await kept(watch) == [(1, True), (2, False)]
    clock.advance(days=30)
    assert await purge(watch, month) == {"stories": 2, "entries": 2, "marks": 1}
    assert await kept(watch) == [(1, False), (2, False)]
    assert await rows(watch, "select headers, length(sha256) from evidence") == [([], 32), ([], 32)]


async def test_bytes_that_a_younger_version_shares_stay_with_the_older(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, rules=(a_rule("owls"),), readers=(a_reader(rules=("owls",)),))
    page = Answer(url="https://wire.example.org/one", status=200, body=b"page")
    await comes_in(watch, a_story())
    async with database.connection() as connection:
        for revision, age in ((1, 0), (2, 36)):
            await evidence.put(connection, "wire", page, story=1, revision=revision, now=NOON + timedelta(hours=age), keep=True)
    clock.advance(days=2)

    assert await purge(watch, replace(DAY, text=timedelta(days=30))) == {}
    clock.advance(days=1)
    assert await purge(watch, replace(DAY, text=timedelta(days=30))) == {"bytes": 1}


async def test_what_an_open_outage_shows_stays_until_it_is_over(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_with_bytes(watch, "one", "Owls counted")
    async with database.connection() as connection:
        await evidence.first_bad(connection, "wire", Answer(url="x", status=403, body=b"login"), now=NOON, keep=True)
        bad = await evidence.bad_since(connection, "wire", NOON)
        good = await evidence.last_good(connection, "wire")
        await connection.execute(
            """insert into outage (source, state, began_at, noticed_at, detail, bad, good)
               values ('wire', 'unreadable', %(now)s, %(now)s, '', %(bad)s, %(good)s)""",
            {"now": NOON, "bad": bad, "good": good},
        )
    clock.advance(days=2)
    await purge(watch)
    during = await kept(watch)
    await rows(watch, "update outage set ended_at = %s returning id", clock.at)
    clock.advance(days=2)

    assert during == [(1, True), (0, True)]
    assert await purge(watch) == {"bytes": 2, "outages": 1, "bad answers": 1}
    assert await kept(watch) == [(1, False)]


async def test_where_only_matched_stories_keep_bytes_a_bad_answer_stays_a_month(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_with_bytes(watch, "one", "Owls counted")
    async with database.connection() as connection:
        await evidence.first_bad(connection, "wire", Answer(url="x", status=403, body=b"login"), now=NOON, keep=True)
    matched = Retention(bytes=None)
    clock.advance(minutes=1)

    assert await purge(watch, matched) == {"bytes": 1}
    clock.advance(days=31)
    assert await purge(watch, matched) == {"bytes": 1}


async def test_a_mail_leaves_its_hash_and_its_name(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_old_story(database, tmp_path, clock)
    (before,) = await rows(watch, "select message_id, bytes, state from mail")
    await purge(watch)

    assert await rows(watch, "select message_id, bytes, sha256, state from mail") == [
        (before[0], None, sha256(before[1]).digest(), "sent")  # type: ignore[arg-type]
    ]


async def test_a_mail_that_is_still_to_be_sent_keeps_its_bytes(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_old_story(database, tmp_path, clock)
    await rows(watch, "update mail set state = 'queued', next_try_at = %s returning id", clock.at)

    assert "mails" not in await purge(watch)
    assert await watch.send() == 1


async def test_an_old_hours_account_goes_with_its_sightings_gaps_and_recalls(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await lists(watch, an_entry())
    await rows(watch, "delete from account returning hour")
    for age in (0, 50):
        at = NOON + timedelta(hours=age)
        await rows(watch, "delete from sighting where outcome is null returning id")
        for statement in (
            "insert into account (source, hour) values ('wire', %s) returning hour",
            "insert into sighting (entry, source, at, outcome) values (1, 'wire', %s, 'new') returning id",
            "insert into gap (source, from_at, to_at, noticed_at, closed_at) values ('wire', now(), now(), now(), %s) returning id",
            """insert into recall (source, at, day, rung, listed, known)
               select 'wire', at, at, 'sitemap', 1, 1 from (values (%s)) as told (at) returning day""",
        ):
            await rows(watch, statement, at)
    await rows(watch, "insert into sighting (entry, source, at) values (1, 'wire', %s) returning id", NOON - timedelta(hours=1))
    clock.advance(days=2)

    purged = await retention.purge(database, DAY, clock())

    assert {name: count for name, count in purged.items() if count} == {"accounts": 1, "gaps": 1, "recalls": 1}
    assert await rows(watch, "select outcome from sighting order by id") == [("new",), (None,)]


async def hours(watch: Watch) -> int:
    """Of how many hours the account goes."""
    return (await retention.purge(watch.database, DAY, watch.clock()))["accounts"]


async def adds_up(watch: Watch) -> tuple[bool, int, int]:
    """Whether the account of all time does; the entries of it, and those that are still open."""
    async with watch.database.connection() as connection:
        told = await accounts.account(connection, NOON - timedelta(days=1), watch.clock())
    return told.adds_up, told.total.listed, told.total.pending


async def test_of_an_hour_in_which_an_entry_is_still_open_nothing_goes(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    done, _ = await lists(watch, an_entry("done", "Owls"), an_entry("open", "Owls"))
    await shows(watch, done, a_story("done", headline="Owls", body="Calm."))
    clock.advance(hours=1)
    (late, *_) = [page for page in await lists(watch, an_entry("late", "Owls")) if page.entry.guid == "late"]
    await shows(watch, late, a_story("late", headline="Owls", body="Calm, too."))
    clock.advance(days=2)

    assert await hours(watch) == 1
    assert await adds_up(watch) == (True, 2, 1)

    (page,) = await unchanged(watch)
    await shows(watch, page, a_story("open", headline="Owls", body="At last."))
    assert await adds_up(watch) == (True, 2, 0)
    assert await hours(watch) == 1
    assert await adds_up(watch) == (True, 0, 0)
    assert await rows(watch, "select count(*) from sighting union all select count(*) from account") == [(0,), (0,)]


async def test_many_that_are_still_open_keep_no_others(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await lists(watch, *(an_entry(f"open-{number}") for number in range(retention.BATCH + 10)))
    clock.advance(hours=1)
    for page in await lists(watch, an_entry("done", "Owls")):
        if page.entry.guid == "done":
            await shows(watch, page, a_story("done", headline="Owls", body="Calm."))
    clock.advance(days=2)

    assert await hours(watch) == 1
    assert await adds_up(watch) == (True, retention.BATCH + 10, retention.BATCH + 10)


async def test_much_goes_in_small_transactions_and_the_rest_the_next_time(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    most = retention.BATCH * retention.ROUNDS
    await rows(
        watch,
        """insert into entry (source, guid, url, title, summary, body, hash, backlog, state, seen_at)
           select 'wire', n::text, n::text, 'old', '', '', '', false, 'refused', %s from generate_series(1, %s) as n returning id""",
        NOON,
        most + 10,
    )
    clock.advance(days=2)

    assert [await purge(watch), await purge(watch), await purge(watch)] == [{"entries": most}, {"entries": 10}, {}]
    assert (await rows(watch, "select count(distinct xmin::text) from entry"))[0][0] == retention.ROUNDS + 1


async def test_the_schedule_lets_go_what_the_configuration_says(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_old_story(database, tmp_path, clock)
    await change(watch, retention=DAY)
    await retention.keep(watch)

    assert await rows(watch, "select purged_at from story") == [(clock.at,)]


@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.HELD, Status.GONE])
async def test_what_was_taken_back_before_anybody_was_told_goes_when_its_time_is_over(
    database: Database, tmp_path: Path, status: Status
) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    await comes_in(watch, a_story(status=status), summary="2")
    clock.advance(days=2)
    await purge(watch)

    assert await rows(watch, "select count(*) from revision") == [(0,)]
    assert await rows(watch, "select count(*) from due") == [(0,)]
