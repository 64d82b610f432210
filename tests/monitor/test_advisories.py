"""monitor.advisories: the story that is meant is looked up; where that is not certain the operator is asked, and says which."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from advising import DEAL, FIRST, FIX, KILL, a_told_deal, advisory, at, statuses, subjects
from click.testing import CliRunner
from desk import NOON, Clock, a_reader, a_story, a_watch, an_entry, arrives, change, comes_in, lists, mails, rows, shows, text, unchanged

from monitor import advisories, health
from monitor.cli import cli
from monitor.database import Connection, Database
from monitor.watch import Watch
from spiders.source import Source
from spiders.story import Status

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


async def test_of_kills_without_end_a_story_is_compared_with_the_newest(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    headlines = [f"Council number {number} votes on the strike at dock {number}" for number in range(advisories.MOST_OPEN + 1)]
    for number, headline in enumerate(headlines):
        await comes_in(watch, advisory(f"kill-{number}", "WITHDRAWN: " + headline, f'The story "{headline}" has been withdrawn.'))

    for name, headline in (("first", headlines[0]), ("last", headlines[-1])):
        await arrives(watch, a_story(name, headline=headline))

    assert [(url, status) for url, status, _ in await statuses(watch)] == [(at("first"), "usable"), (at("last"), "withdrawn")]


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
