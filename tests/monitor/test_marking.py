"""monitor.marking: an advisory that comes as an item of its own marks the story that it speaks of, or the operator is asked."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from click.testing import CliRunner
from desk import (
    NOON,
    WIRE,
    Clock,
    a_reader,
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
    text,
    unchanged,
)

from monitor import advisories, health
from monitor.cli import cli
from monitor.database import Connection, Database
from monitor.tally import Tally
from monitor.watch import Watch
from spiders import grammar
from spiders.order import Answer, PageFailed
from spiders.source import Source
from spiders.story import Status, Story

CONFIGURATION = """
[fetch]
contact = "desk@example.org"
[[source]]
id = "wire"
feed = "https://wire.example.org/rss.xml"
[[rule]]
id = "strike"
any = ["strike"]
[[recipient]]
email = "ann@example.org"
rules = ["strike"]
"""
DEAL = "Ministers agree on strike deal at the port"
VOTE = "Ministers agree on strike vote at the port"


def advisory(name: str, headline: str, body: str) -> Story:
    return grammar.read(a_story(name, headline=headline, body=body))


async def arrives(watch: Watch, story: Story) -> int:
    """As ``comes_in``, but of the pages that are then fetched only the story's own; to how many it is due."""
    tally, name = Tally(), story.canonical_url.rsplit("/", 1)[1]
    for page in await lists(watch, an_entry(name, title=story.headline), tally=tally):
        if page.entry.guid == name:
            await shows(watch, page, story, tally)
    return tally.due


async def statuses(watch: Watch) -> list[tuple[object, ...]]:
    return await rows(
        watch,
        "select url, status, paragraphs[1] from story join revision on story = id and number = latest order by url",
    )


def at(name: str) -> str:
    return f"https://wire.example.org/{name}"


KILL = ("WITHDRAWN: " + DEAL, f'The story "{DEAL}" has been withdrawn. No replacement story will follow.')


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


async def test_where_two_stories_may_be_meant_the_operator_is_asked_and_nobody_is_told(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await change(watch, operator="ops@example.org")
    for name in ("deal", "again"):
        await comes_in(watch, a_story(name, headline=DEAL))
    await watch.tell_now(a_reader())
    before = len(mails(watch))

    await comes_in(watch, advisory("kill", *KILL))
    written = await watch.correct()
    for _ in range(2):
        await health.check(watch, [])
        await watch.send()

    assert [status for _, status, _ in await statuses(watch)] == ["usable", "usable"]
    assert written == 0
    (asked,) = mails(watch)[before:]
    trouble = "advisories: 1 wait for you to say which story they mean; wirewatch advisories list"
    assert trouble in (await health.report(watch)).troubles
    assert asked["To"] == "ops@example.org" and "which story is withdrawn?" in str(asked["Subject"])
    assert "wirewatch advisories settle 1 STORY" in text(asked)
    assert await rows(watch, "select outcome, reason from sighting where entry = 3") == [("refused", "the agency sent it as withdrawn")]


async def test_a_kill_of_a_story_that_we_do_not_find_waits_for_it_and_the_operator_is_asked_once(
    database: Database, tmp_path: Path
) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, advisory("early", "WITHDRAWN: Owls leave the port", KILL[1].replace(DEAL, "Owls leave the port")))
    clock.advance(days=2)
    await change(watch, operator="ops@example.org")
    await comes_in(watch, a_story("owls", headline="Owls count more than before"))

    tally = await comes_in(watch, advisory("kill", *KILL))
    for _ in range(2):
        await health.check(watch, [])
        await watch.send()

    assert tally.refused == 1
    assert await rows(watch, "select url from story") == [(at("owls"),)], "no empty story is left behind"
    (asked,) = mails(watch)
    assert asked["To"] == "ops@example.org" and "a story is withdrawn that is not found" in str(asked["Subject"])
    assert DEAL in text(asked) and "wirewatch search" in text(asked) and "wirewatch advisories settle 2 STORY" in text(asked)
    assert "Owls leave" not in text(asked), "what came before the operator was known, or before an upgrade, is no news"
    assert not [trouble for trouble in (await health.report(watch)).troubles if trouble.startswith("advisories")]


async def bury(watch: Watch, count: int) -> None:
    """So many stories come in that nobody is told."""
    async with watch.database.connection() as connection:
        await connection.execute(
            """with buried as (
                   insert into story (source, url, latest, seen_at, news_at)
                   select 'wire', 'https://wire.example.org/buried' || number, 1, %(now)s, %(now)s from generate_series(1, %(count)s) number
                   returning id
               )
               insert into revision (story, number, headline, other_headlines, lead, paragraphs, byline, published_at,
                                     published_precision, status, keywords, headline_only, read_at, characters)
               select id, 1, 'Owls ' || id, '{}', '', '{}', '{}', %(now)s, 'minute', 'usable', '{}', false, %(now)s, 0 from buried""",
            {"now": watch.clock(), "count": count},
        )


async def test_a_kill_finds_a_story_that_was_told_however_much_came_since(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("deal", headline=DEAL))
    await watch.tell_now(a_reader())
    await bury(watch, advisories.MOST_CANDIDATES + 1)

    await comes_in(watch, advisory("kill", *KILL))
    written = await watch.correct()

    assert written == 1
    assert await rows(watch, "select story from advisory") == [(1,)]


async def test_what_may_be_meant_is_looked_up_without_reading_all_entries(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("deal", headline=DEAL))
    await lists(watch, *(an_entry(f"n{number}", title="Owls") for number in range(1000)))

    async with database.connection() as connection:
        await connection.execute("analyze entry")
        before = await entries_read(connection)
        (found,) = await advisories.candidates(connection, ["wire"], now=NOON)
        read = await entries_read(connection) - before

    assert found.guid == "deal" and read < 10


async def entries_read(connection: Connection) -> int:
    """How many entries this transaction has read."""
    cursor = await connection.execute("select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relname = 'entry'")
    (read,) = await cursor.fetchone() or (0,)
    return int(read)


@pytest.mark.parametrize("days, likely", [(15, [1]), (89, [1]), (91, [])])
async def test_of_a_kill_that_may_mean_what_was_told_weeks_ago_the_operator_is_asked(
    database: Database, tmp_path: Path, days: int, likely: list[int]
) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story("deal", headline=DEAL))
    await comes_in(watch, a_story("owls", headline=DEAL.replace("strike", "owls"), body="Owls count."))
    await watch.tell_now(a_reader())
    clock.advance(days=days)

    await arrives(watch, replace(advisory("kill", *KILL), published_at=clock.at))
    written = await watch.correct()

    assert written == 0
    assert await rows(watch, "select likely, story from advisory") == [(likely, None)]


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


async def test_of_kills_without_end_a_story_is_compared_with_the_newest(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    headlines = [f"Council number {number} votes on the strike at dock {number}" for number in range(advisories.MOST_OPEN + 1)]
    for number, headline in enumerate(headlines):
        await comes_in(watch, advisory(f"kill-{number}", "WITHDRAWN: " + headline, f'The story "{headline}" has been withdrawn.'))

    for name, headline in (("first", headlines[0]), ("last", headlines[-1])):
        await arrives(watch, a_story(name, headline=headline))

    assert [(url, status) for url, status, _ in await statuses(watch)] == [(at("first"), "usable"), (at("last"), "withdrawn")]


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


EVENING = NOON + timedelta(hours=6)


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


LEADS = {"a1": "(URGENT) ", "a2": "(LEAD) ", "a3": "(2nd LD) "}
LAUNCH = "North Korea fires ballistic missile, strike feared"


async def test_the_leads_of_a_story_are_its_versions_and_told_once(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    told = []
    for name, mark in (("a1", "(URGENT) "), ("a2", "(LEAD) "), ("a3", "(2nd LD) ")):
        clock.advance(minutes=5)
        told.append(await arrives(watch, advisory(name, mark + LAUNCH, f"It fell into the sea. Version {name} of it.")))
    clock.advance(hours=9)
    other = "At night another one rose from a site in the north, " * 12
    told.append(await arrives(watch, advisory("b1", "(LEAD) " + LAUNCH, other)))
    told.append(await arrives(watch, advisory("b2", "(3rd LD) " + LAUNCH.replace("missile", "missile 2"), "It fell into the sea.")))

    assert told == [1, 0, 0, 1, 1], "a lead after a second lead, another number: other events"
    assert await rows(watch, "select number, slug from revision where story = 1 order by number") == [
        (1, "URGENT"),
        (2, "LEAD"),
        (3, "2nd LD"),
    ]
    outcomes = await rows(watch, "select outcome, story from sighting where story = 1 order by id")
    assert outcomes == [("new", 1), ("changed", 1), ("changed", 1)]
    looked_at = await rows(watch, "select guid from entry where next_try_at is not null and story = 1")
    assert looked_at == [("a3",)], "the pages of the others are stale"


@pytest.mark.parametrize("order", list(permutations(["a1", "a2", "a3"])))
async def test_the_leads_of_a_story_that_come_in_one_list_are_its_versions(
    database: Database, tmp_path: Path, order: tuple[str, ...]
) -> None:
    watch = await a_watch(database, tmp_path)
    told = {
        name: replace(advisory(name, LEADS[name] + LAUNCH, f"It fell into the sea. Version {name}."), published_at=at)
        for at, name in zip((NOON - timedelta(minutes=minutes) for minutes in (20, 10, 5)), LEADS, strict=True)
    }
    pages = await lists(watch, *(an_entry(name, title=LEADS[name] + LAUNCH) for name in order))

    tallies = [await shows(watch, page, told[page.entry.guid]) for page in pages]

    assert sum(tally.due for tally in tallies) == 1
    assert await rows(watch, "select slug from revision join story on story = id and number = latest") == [("2nd LD",)]
    assert await rows(watch, "select count(*) from story") == [(1,)]


async def test_the_leads_of_a_story_that_come_at_once_wait_for_each_other(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    told = {name: advisory(name, LEADS[name] + LAUNCH, "It fell into the sea.") for name in LEADS}
    pages = await lists(watch, *(an_entry(name, title=LEADS[name] + LAUNCH) for name in LEADS))

    tallies = await asyncio.gather(*(shows(watch, page, told[page.entry.guid]) for page in pages))

    assert sum(tally.due for tally in tallies) == 1


async def test_what_may_be_another_event_is_told_again(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    told = []
    for name, mark, hours in (("a1", "(URGENT) ", 0), ("a2", "(URGENT) ", 5), ("a3", "(LEAD) ", 1), ("a4", "", 1), ("a5", "(LEAD) ", 60)):
        clock.advance(hours=hours)
        told.append((await comes_in(watch, advisory(name, mark + LAUNCH, f"It fell into the sea. Launch {name}."))).due)

    assert told == [1, 1, 1, 1, 1], "a second alert, a lead that may belong to either, no mark, two days later"


async def ask(folder: Path, url: str, *words: str) -> str:
    """Run `wirewatch advisories` to its end, in a thread, for it has an event loop of its own."""
    (folder / "wirewatch.toml").write_text(CONFIGURATION, encoding="utf-8")
    told = ["advisories", *words, "--config", str(folder / "wirewatch.toml"), "--data-dir", str(folder / "data")]
    result = await asyncio.to_thread(CliRunner().invoke, cli, told, env={"WIREWATCH_DATABASE_URL": url, "COLUMNS": "200"})
    return f"{result.exit_code}: {result.output}"


async def test_the_operator_says_which_story_is_meant(database: Database, database_url: str, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    for name in ("deal", "again"):
        await comes_in(watch, a_story(name, headline=DEAL))
    await watch.tell_now(a_reader())
    await comes_in(watch, advisory("kill", *KILL))

    listed = await ask(tmp_path, database_url, "list")
    wrong = [await ask(tmp_path, database_url, "settle", *words) for words in (("1", "99"), ("7", "1"), ("1", "deal"))]
    settled = await ask(tmp_path, database_url, "settle", "1", "2")
    twice = await ask(tmp_path, database_url, "settle", "1", "2")

    assert DEAL in listed and " 1 " in listed and " 2 " in listed
    assert [each.partition(":")[0] for each in (*wrong, settled, twice)] == ["1", "1", "2", "0", "0"]
    assert "Story 2 is withdrawn now. 1 mails" in settled
    assert [status for _, status, _ in await statuses(watch)] == ["withdrawn", "usable"]
    assert await rows(watch, "select revision from correction") == [(2,)]
    assert "none of our stories" in await ask(tmp_path, database_url, "settle", "1", "none")
    assert [status for _, status, _ in await statuses(watch)] == ["usable", "usable"]
    assert "No advisory waits" in await ask(tmp_path, database_url, "list")


HOLD = ("HOLD HOLD HOLD: " + DEAL, f'Hold the story "{DEAL}" until further notice.')
LIFT = ("HOLD LIFTED: " + DEAL, f'The hold on the story "{DEAL}" is lifted.')
FIX = ("CORRECTED-" + DEAL, f'In the story "{DEAL}" read 14 instead of 40.')
FIRST, SECOND = "Forty took part in the strike.", "Fourteen took part in the strike."


def subjects(watch: Watch) -> list[str]:
    return [str(mail["Subject"]) for mail in mails(watch)]


async def told(watch: Watch) -> None:
    """What is to be told at once is, then the digest of each reader."""
    await watch.correct()
    for reader in watch.settings.recipients:
        await watch.tell_now(reader)
    await watch.send()


async def a_told_deal(database: Database, folder: Path, **given: object) -> Watch:
    """Ann was told a story, of which Bob is to hear."""
    watch = await a_watch(database, folder, **given)  # type: ignore[arg-type]
    await comes_in(watch, a_story("deal", headline=DEAL, body=FIRST))
    await told(watch)
    await change(watch, recipients=(*watch.settings.recipients, a_reader("bob@example.org")))
    return watch


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


async def test_the_same_kill_by_two_sources_of_an_agency_is_heard_once_and_stands_when_one_meant_another(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    wires = [Source(id=id, feed=f"https://{id}.example.org/rss.xml", agency="AP") for id in ("wire", "other")]
    watch = await a_told_deal(database, tmp_path, sources=wires)

    for source in wires:
        kill = replace(advisory("kill", *KILL), canonical_url=f"https://{source.id}.example.org/kill")
        await comes_in(watch, kill, source=source, url=kill.canonical_url)
        await watch.correct()
        await watch.send()
    await ask(tmp_path, database_url, "settle", "1", "none")

    assert subjects(watch)[1:] == [f"WITHDRAWN: {DEAL}"]
    assert await statuses(watch) == [(at("deal"), "withdrawn", FIRST)]


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


async def test_a_kill_stands_when_the_operator_says_that_a_second_one_meant_another_story(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    watch = await a_told_deal(database, tmp_path)
    await comes_in(watch, advisory("kill", *KILL))
    await comes_in(watch, advisory("again", *KILL))

    await ask(tmp_path, database_url, "settle", "2", "none")
    after_second = await statuses(watch)
    await comes_in(watch, advisory("fix", *FIX))
    settled = await ask(tmp_path, database_url, "settle", "3", "1")
    await ask(tmp_path, database_url, "settle", "1", "none")

    assert after_second == [(at("deal"), "withdrawn", FIRST)]
    assert "Story 1 is withdrawn now" in settled, "though it was settled as a correction"
    assert await statuses(watch) == [(at("deal"), "usable", FIRST)]


async def test_what_its_own_page_withdrew_stays_so_when_an_advisory_meant_another_story(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    clock = Clock()
    watch = await a_told_deal(database, tmp_path, clock=clock)
    clock.advance(minutes=5)
    await comes_in(watch, a_story("deal", headline=DEAL, body=FIRST, status=Status.WITHDRAWN), summary="2")
    clock.advance(minutes=5)
    await comes_in(watch, advisory("kill", *KILL))

    await ask(tmp_path, database_url, "settle", "1", "none")

    assert await statuses(watch) == [(at("deal"), "withdrawn", FIRST)]


async def test_the_page_of_a_story_that_is_given_back_is_read_again_and_counts(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    watch = await a_told_deal(database, tmp_path)
    await comes_in(watch, advisory("kill", *KILL))
    withdrawn = a_story("deal", headline=DEAL, body=FIRST, status=Status.WITHDRAWN)
    await comes_in(watch, withdrawn, summary="2")

    before = await unchanged(watch)
    await ask(tmp_path, database_url, "settle", "1", "none")
    watch.clock = Clock(datetime.now(UTC))  # the command's
    (page,) = await unchanged(watch)
    await shows(watch, page, withdrawn)

    assert before == []
    assert (page.entry.guid, await statuses(watch)) == ("deal", [(at("deal"), "withdrawn", FIRST)])


async def test_of_what_is_said_of_a_killed_story_the_operator_hears_once_and_how_to_give_it_back(
    database: Database, tmp_path: Path
) -> None:
    watch = await a_told_deal(database, tmp_path)
    await change(watch, operator="ops@example.org")
    await comes_in(watch, advisory("kill", *KILL))

    await comes_in(watch, advisory("fix", *FIX))
    for _ in range(2):
        await health.check(watch, [])
        await watch.send()

    (said,) = [mail for mail in mails(watch) if mail["To"] == "ops@example.org"]
    assert "it says more of a story that it withdrew" in str(said["Subject"])
    assert "`wirewatch advisories settle 1 none`" in " ".join(text(said).split())
    assert not [trouble for trouble in (await health.report(watch)).troubles if trouble.startswith("advisories")], "nothing waits"
    assert await rows(watch, "select note like '%%read 14 instead%%' from revision order by number") == [(False,), (False,), (True,)]


@pytest.mark.parametrize(("minutes", "told"), [(20, 1), (-20, 0), (None, 0)], ids=["after", "before", "undated"])
async def test_the_lead_that_replaces_a_killed_story_is_news_and_one_from_before_is_not(
    database: Database, tmp_path: Path, minutes: int | None, told: int
) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, advisory("a1", "(URGENT) " + DEAL, "The strike at the port is over."))
    await comes_in(watch, advisory("kill", *KILL))

    lead = advisory("a2", "(2nd LD) " + DEAL, "The strike at the port goes on.")
    due = await arrives(watch, replace(lead, published_at=NOON + timedelta(minutes=minutes) if minutes else None))
    third = replace(lead, headline=DEAL, canonical_url=at("a3"), slug="3rd LD", version=3, published_at=NOON + timedelta(minutes=30))

    assert due == told
    assert await arrives(watch, third) == 1 - told, "a version of the one that replaces it, where there is one"
    assert await rows(watch, "select status from revision join story on story = id and number = latest order by id") == [
        ("withdrawn",),
        ("usable",),
    ]


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


async def test_while_the_operator_is_asked_which_of_two_stories_a_kill_means_neither_goes_out(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, readers=(replace(a_reader(), instant=("strike",)),))
    for name in ("deal", "again"):
        await comes_in(watch, a_story(name, headline=DEAL, body=f"Forty took part in the strike {name}."))
    await comes_in(watch, advisory("kill", *KILL))

    at_first = await watch.alert(), (await watch.tell_now(watch.settings.recipients[0])).mail
    await ask(tmp_path, database_url, "settle", "1", "2")
    digest = (await watch.tell_now(watch.settings.recipients[0])).mail

    assert at_first == (0, None)
    assert await rows(watch, "select story from due where mail = %s", digest) == [(1,)]


async def test_nobody_waits_longer_than_a_day_for_the_operator_to_say_what_a_kill_means(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    for name in ("deal", "again"):
        await comes_in(watch, a_story(name, headline=DEAL, body=f"Forty took part in the strike {name}."))
    await comes_in(watch, advisory("kill", *KILL))

    clock.advance(hours=24)
    digest = (await watch.tell_now(watch.settings.recipients[0])).mail

    assert await rows(watch, "select story from due where mail = %s order by story", digest) == [(1,), (2,)]
