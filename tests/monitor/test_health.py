"""monitor.health: whether all is well."""

import logging
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from desk import NOON, WIRE, Clock, a_reader, a_story, a_watch, change, comes_in, mails, rows, text
from ledger import brought, execute, gapped, is_, polled, sighted

from monitor import health, outages, outbox
from monitor.database import Database
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.order import Poll, PollFailed
from spiders.source import Source


async def fail(watch: Watch, times: int) -> None:
    for _ in range(times):
        await watch.keep(PollFailed(order=Poll(source=WIRE), error="the server answered 500"), Tally())


async def test_a_desk_at_work_is_well(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story())
    await fail(watch, 2)

    report = await health.report(watch)

    assert report.troubles == []
    assert [(each.email, each.due) for each in report.readers] == [("ann@example.org", 1)]
    assert [(each.id, each.pending) for each in report.sources] == [("wire", 0)]


async def test_a_desk_whose_daemon_is_dead_is_not_well(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, readers=[a_reader(digest="07:00")])
    clock.advance(hours=20, minutes=1)

    assert (await health.report(watch)).troubles == [
        "digest: that of 2026-11-24 07:00 UTC for ann@example.org is not written; is `wirewatch run` running?",
        "source wire: its poll has been due since 2026-11-23 12:00 UTC, 1 sources in all; is `wirewatch run` running?",
    ]


async def test_a_source_that_failed_three_times_is_not_well(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await is_(database, succeeded_at=NOON)
    await fail(watch, 3)

    assert (await health.report(watch)).troubles == [
        "source wire: failing since 2026-11-23 12:00 UTC: 3 polls failed in a row: the server answered 500"
    ]


async def test_a_source_that_never_answered_is_not_well_from_its_first_poll_on(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await fail(watch, 1)

    assert (await health.report(watch)).troubles == [
        "source wire: failing since 2026-11-23 12:00 UTC: 1 poll failed, it never answered: the server answered 500"
    ]


async def test_a_mail_that_waits_for_an_hour_is_not_well(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    (tmp_path / "outbox").write_text("a file where the folder should be")
    await watch.tell_now(watch.settings.recipients[0])
    clock.at += timedelta(hours=2)

    trouble, *_ = (await health.report(watch)).troubles

    assert trouble.startswith("outbox: a mail has waited since 2026-11-23 12:00 UTC: ")


# -- the check

OPERATOR = "ops@example.org"
MINUTE = timedelta(minutes=1)


async def a_desk(
    database: Database, folder: Path, *, clock: Clock, sources: tuple[Source, ...] = (WIRE,), operator: str = OPERATOR
) -> Watch:
    """A desk that nobody reads, with an operator."""
    watch = await a_watch(database, folder, clock=clock, sources=sources, readers=())
    await change(watch, operator=operator)
    return watch


async def checks(watch: Watch, clock: Clock, minutes: int = 1) -> None:
    """As the schedule does: a check a minute, and what is written is sent."""
    for _ in range(minutes):
        clock.at += MINUTE
        await health.check(watch)
        await watch.send()


def said(note: EmailMessage) -> str:
    return text(note).replace("\r\n", "\n")


def notes(watch: Watch) -> list[EmailMessage]:
    return [mail for mail in mails(watch) if mail["To"] == OPERATOR]


async def states(watch: Watch) -> list[tuple[object, ...]]:
    return await rows(watch, "select id, state from source order by id")


async def test_a_source_that_fails_is_told_once_and_once_when_it_has_recovered(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock=clock)
    await is_(database, succeeded_at=NOON, failures=3, error="the server answered 503", polled_at=NOON)
    await checks(watch, clock, 60)
    failing = await states(watch)
    await gapped(database, start=NOON, end=NOON + 61 * MINUTE, filled_by="sitemap", stories=4)
    await is_(database, succeeded_at=clock.at, failures=0, error=None)
    await checks(watch, clock, 60)

    begun, over = notes(watch)
    assert (failing, await states(watch)) == ([("wire", "failing")], [("wire", "ok")])
    assert begun["Subject"] == "wirewatch: wire does not answer"
    assert "Since:   2026-11-23 12:00 UTC\nSeen:    3 polls failed in a row: the server answered 503" in said(begun)
    assert over["Subject"] == "wirewatch: wire answers again"
    assert said(over).startswith(
        "wire answers again\n"
        "========================================\n"
        "From:    2026-11-23 12:00 UTC\n"
        "Until:   2026-11-23 13:01 UTC (1 h 1 min)\n"
        "Missed:  wire, 2026-11-23 12:00 – 2026-11-23 13:01 UTC: filled from its sitemap, 4 entries\n\n"
    )


async def test_a_source_that_comes_and_goes_stays_failing(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock=clock)
    for failures in (3, 0, 1, 0, 4, 0, 2):
        await is_(database, failures=failures, error="x")
        await checks(watch, clock, 10)

    assert await states(watch) == [("wire", "failing")]
    assert len(notes(watch)) == 1


async def test_a_restart_forgets_nothing(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    for failures, minutes in ((3, 1), (3, 1), (0, 10), (0, 10)):
        watch = await a_desk(database, tmp_path, clock=clock)
        await is_(database, failures=failures, error="x")
        await checks(watch, clock, minutes)

    assert [note["Subject"] for note in notes(watch)] == ["wirewatch: wire does not answer", "wirewatch: wire answers again"]


async def test_what_was_seen_and_not_told_yet_is_told_by_the_next_check(database: Database, tmp_path: Path) -> None:
    """The process dies between the outage and the mail, and again between the mail and its sending."""
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock=clock)
    async with database.connection() as connection:
        await outages.open_(connection, None, "disk", began_at=NOON, detail="512 MiB are left", now=NOON)
    await health.check(watch)
    await health.check(watch)
    async with database.connection() as connection:
        await outbox.claim(connection, now=NOON)
    clock.at += outbox.SEND_TIME
    await checks(watch, clock, 2)

    assert [note["Subject"] for note in notes(watch)] == ["wirewatch: The disk is nearly full"]
    assert (await health.report(watch)).troubles[0].startswith("disk: since 2026-11-23 12:00 UTC: 512 MiB are left")


async def test_what_cannot_be_sent_is_written_once_all_the_same(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock=clock)
    (tmp_path / "outbox").write_text("a file where the folder should be")
    await is_(database, failures=3, error="x")
    await checks(watch, clock, 5)

    assert await rows(watch, "select state, recipient, run from mail") == [("queued", OPERATOR, None)]


async def test_the_disk_is_over_when_whoever_looks_at_it_says_so(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock=clock)
    async with database.connection() as connection:
        first = await outages.open_(connection, None, "disk", began_at=NOON, detail="512 MiB are left", now=NOON)
        again = await outages.open_(connection, None, "disk", began_at=NOON, detail="511 MiB are left", now=NOON)
    await checks(watch, clock, 30)
    async with database.connection() as connection:
        ended = [await outages.close(connection, None, "disk", now=clock.at) for _ in range(2)]
    await checks(watch, clock)

    assert (first, again, ended) == (True, False, [True, False])
    assert [note["Subject"] for note in notes(watch)] == ["wirewatch: The disk is nearly full", "wirewatch: The disk has room again"]


@pytest.mark.parametrize("told", [(), ("network",)])
async def test_sources_that_the_networks_line_stands_for_are_not_logged_one_by_one(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture, told: tuple[str, ...]
) -> None:
    watch = await a_desk(database, tmp_path, clock=Clock(), sources=MANY)
    await execute(database, "update source set polled_at = %(at)s, failures = 1, error = 'no route to host'", at=NOON)

    await health.check(watch, told=told)

    logged = [record.getMessage().split()[3] for record in caplog.records if record.levelno == logging.WARNING]
    assert logged == ["state=network"] * (not told)


MANY = tuple(Source(id=f"s{number}", feed=f"https://wire.example.org/{number}") for number in range(40))


async def test_when_the_network_is_away_it_is_one_line_and_not_forty(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock=clock, sources=MANY)
    await execute(database, "update source set succeeded_at = %(at)s", at=NOON)
    for failures in range(1, 9):
        # Not all are polled at the same time: some fail for the third time when others do for the first.
        await execute(
            database,
            """update source set polled_at = %(now)s, failures = greatest(%(failures)s - substr(id, 2)::integer %% 3, 0),
                   error = 'no route to host'""",
            now=clock.at,
            failures=failures,
        )
        await checks(watch, clock, 2)
    away = notes(watch)
    assert {state for _, state in await states(watch)} == {"failing"}
    for back in range(40):
        await is_(database, f"s{back}", polled_at=clock.at, succeeded_at=clock.at, failures=0)
        await checks(watch, clock)
    await checks(watch, clock, 60)

    assert [note["Subject"] for note in away] == ["wirewatch: Most sources do not answer: the network of this machine may be away"]
    assert [note["Subject"] for note in notes(watch)[1:]] == ["wirewatch: The network is back"]
    assert "still going on: " in said(notes(watch)[1])
    assert await rows(watch, "select count(*) from outage where ended_at is null or told is null or told_over is null") == [(0,)]


async def test_all_that_changed_at_once_is_one_mail(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    pair = (replace(WIRE, id="one", name="First Wire"), replace(WIRE, id="two", feed="https://two.example.org/"))
    watch = await a_desk(database, tmp_path, clock=clock, sources=pair)
    await is_(database, "one", failures=3, error="the server answered 503")
    await is_(database, "two", page_failures=5, page_failed_at=NOON, page_error="the server answered 403")
    await checks(watch, clock)

    [note] = notes(watch)
    assert note["Subject"] == "wirewatch: 2 things are not well"
    assert [line for line in text(note).splitlines() if line.startswith(("First", "two"))] == [
        "First Wire does not answer",
        "two: its pages cannot be read",
    ]


async def test_crawl_a_source_that_answers_with_the_same_old_entries_past_its_limit_is_quiet(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock=clock, sources=(replace(WIRE, quiet=timedelta(hours=2)),))
    await sighted(database, "new", at=NOON)
    for _ in range(4):
        clock.at += timedelta(hours=1)
        await is_(database, succeeded_at=clock.at, polled_at=clock.at)
        await sighted(database, "changed", at=clock.at)
        await checks(watch, clock)
    quiet = await states(watch)
    await sighted(database, "new", at=clock.at)
    await is_(database, succeeded_at=clock.at)
    await checks(watch, clock, 20)

    assert (quiet, await states(watch)) == ([("wire", "quiet")], [("wire", "ok")])
    assert [note["Subject"] for note in notes(watch)] == ["wirewatch: wire lists nothing new", "wirewatch: wire lists new stories again"]


async def test_a_silence_is_measured_by_what_the_source_did_in_the_two_weeks_before_it(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock=clock)
    for hour in range(14 * 24):
        await sighted(database, "new", at=NOON - timedelta(hours=hour))
    await is_(database, succeeded_at=NOON + timedelta(hours=6), polled_at=NOON + timedelta(hours=6))
    await checks(watch, clock)
    still = await states(watch)
    await is_(database, succeeded_at=NOON + timedelta(hours=7))
    await checks(watch, clock)

    assert (still, await states(watch)) == ([("wire", "ok")], [("wire", "quiet")])


async def test_a_backlog_is_nothing_new(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock=clock)
    await sighted(database, "new", at=NOON, backlog=True)
    await is_(database, succeeded_at=NOON, newest_at=NOON - timedelta(days=300))
    await checks(watch, clock)

    assert await states(watch) == [("wire", "quiet")]


async def test_a_template_that_leaves_stubs_is_unreadable_until_bodies_are_long_again(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock=clock)
    for number in range(30):
        await brought(database, "x" * 2000, at=NOON - number * MINUTE)
    await checks(watch, clock)
    before = await states(watch)
    for _ in range(70):  # longer than the past that is looked at: stubs must not become what is usual
        clock.at += MINUTE
        await brought(database, "Log in to read on.", at=clock.at)
        await health.check(watch)
    stubs = await states(watch)
    await brought(database, "x" * 1800, at=clock.at)
    await checks(watch, clock, 20)

    assert (before, stubs, await states(watch)) == ([("wire", "ok")], [("wire", "unreadable")], [("wire", "ok")])
    await watch.send()
    assert len(notes(watch)) == 2


async def test_without_an_operator_it_is_logged_once(database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock=clock, operator="")
    await is_(database, failures=3, error="bad\nWARNING forged")
    with caplog.at_level(logging.WARNING):
        await checks(watch, clock, 5)

    [warning] = [record.getMessage() for record in caplog.records if "outage" in record.getMessage()]
    assert warning.startswith("outage began code=outage state=failing source=wire since=")
    assert "\n" not in warning
    assert notes(watch) == []


async def test_a_source_that_leaves_the_configuration_has_not_recovered(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock=clock)
    await is_(database, failures=3, error="x")
    await checks(watch, clock)
    await change(watch, sources=())
    await checks(watch, clock, 30)

    assert len(notes(watch)) == 1
    assert await rows(watch, "select count(*) from outage where ended_at is null") == [(0,)]


async def test_the_first_bad_answer_is_shown_where_it_was_kept(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock=clock)
    await execute(
        database,
        """insert into evidence (source, url, status, headers, fetched_at, sha256, size)
           values ('wire', 'https://wire.example.org/<b>', 403, '[]', %(at)s, '', 0)""",
        at=NOON,
    )
    async with database.connection() as connection:
        await outages.open_(connection, "wire", "unreadable", began_at=NOON, detail="x", now=NOON, bad=1)
    await checks(watch, clock)

    assert "First:   HTTP 403 from https://wire.example.org/<b>\n" in said(notes(watch)[0])


# -- the figures of a day


async def test_a_day_is_shown_beside_the_days_before(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path, clock=Clock())
    await is_(database, began_at=NOON - timedelta(days=3))
    for days, entries in ((0, 1), (1, 4), (2, 3)):
        for _ in range(entries):
            await sighted(database, "new", at=NOON - timedelta(days=days, hours=1))
    await sighted(database, "new", at=NOON - timedelta(days=2, hours=1), backlog=True)
    await sighted(database, "changed", at=NOON)
    await brought(database, "x" * 100, at=NOON - timedelta(days=2), dateline=True)
    await brought(database, "", at=NOON - timedelta(days=2))
    await polled(database, at=NOON, polls=12, listed=20, seen=15)

    found = (await health.report(watch)).vitals["wire"]

    assert found.days == (0, 5, 4, 1)
    assert (found.usual, found.overlap) == (4, 0.75)
    assert (found.stories, found.body, found.date, found.dateline, found.length) == (2, 0.5, 1.0, 0.5, 100)


async def test_the_figures_of_a_day_can_be_asked_for_later(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock=clock)
    await brought(database, "x" * 100, at=NOON)
    await brought(database, "x" * 900, at=NOON + timedelta(days=3))
    on_the_day = (await health.report(watch)).vitals
    async with database.connection() as connection:
        later = await health.vitals.vitals(connection, now=NOON)

    assert {each.id: each for each in later} == on_the_day
    assert later[0].length == 100
