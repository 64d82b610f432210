"""Told at once: what, to whom, when; and each story in one mail only."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import NOON, WIRE, Clock, a_reader, a_rule, a_story, a_watch, an_entry, change, comes_in, lists, mails, rows, shows, text

from alerts.recipient import Pause, Quiet, Recipient
from monitor import corrections, due, runs, sweep
from monitor.database import Database
from monitor.telling import Telling
from monitor.watch import Watch
from spiders.source import Source
from spiders.story import Status

ANN = replace(a_reader(), instant=("strike",))
OTHER = Source(id="other", feed="https://other.example.org/rss.xml")
LONG = "The strike began at noon in all four basins of the port, and by nightfall no crane moved between the grain quay and the locks."


async def alerted(watch: Watch) -> int:
    written = await watch.alert()
    await watch.send()
    return written


async def told(watch: Watch, reader: Recipient = ANN) -> None:
    await watch.tell_now(reader)
    await watch.send()


def subjects(watch: Watch, to: str = ANN.email) -> list[str]:
    return [str(mail["Subject"]) for mail in mails(watch) if mail["To"] == to]


async def at_once(watch: Watch) -> list[str]:
    """The stories that wait for an alert."""
    found = await rows(watch, "select url from due join story on story.id = due.story where instant order by url")
    return [str(url).rsplit("/", 1)[1] for (url,) in found]


# -- what is told at once


async def test_a_story_of_an_instant_rule_is_told_at_once_and_the_digest_only_counts_it(database: Database, tmp_path: Path) -> None:
    reader = replace(a_reader(rules=("dockers", "strike", "rain")), instant=("strike",))
    watch = await a_watch(database, tmp_path, rules=[a_rule(word) for word in ("dockers", "strike", "rain")], readers=[reader])
    await comes_in(watch, a_story())
    await comes_in(watch, a_story("two", headline="Rain at last", body="It poured."))

    written = [await alerted(watch), await alerted(watch)]
    await told(watch, reader)

    assert written == [1, 0]
    assert subjects(watch) == ["Alert · strike: Dockers strike", "1 story · rain: Rain at last"]
    alert, digest = map(text, mails(watch))
    assert "also under dockers" in alert and "Rain at last" not in alert and "sent at once" not in alert
    assert "1 sent at once" in digest and "Dockers strike" not in digest
    assert await rows(watch, "select kind, slot, closed_at from mail join run on run.id = run order by mail.id") == [
        ("instant", None, NOON),
        ("digest", None, NOON),
    ]
    assert await rows(watch, "select story, mail, told, instant from due order by story") == [(1, 1, 1, False), (2, 2, 1, False)]


async def test_a_digest_counts_what_was_sent_at_once_since_the_one_before(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    reader = replace(a_reader(rules=("strike", "rain")), instant=("strike",))
    watch = await a_watch(database, tmp_path, clock=clock, rules=[a_rule("strike"), a_rule("rain")], readers=[reader])
    for day in range(2):
        for number in range(day + 1):
            await comes_in(watch, a_story(f"strike {day} {number}", headline=f"Strike {day} {number}", published_at=clock.at))
        await alerted(watch)
        await comes_in(watch, a_story(f"rain {day}", headline=f"Rain {day}", body="It poured.", published_at=clock.at))
        clock.advance(hours=1)
        await told(watch, reader)
        clock.advance(hours=23)

    assert [line for mail in mails(watch) for line in text(mail).splitlines() if "at once" in line] == [
        "1 sent at once",
        "2 sent at once",
    ]


@pytest.mark.parametrize(
    ("ago", "precision", "is_told"),
    [
        (timedelta(hours=6), "minute", True),
        (timedelta(hours=6, minutes=1), "minute", False),
        (-timedelta(minutes=30), "minute", True),
        (None, "minute", True),
        # Of a day without a time nothing says that it is over.
        (timedelta(hours=12), "day", True),
        (timedelta(hours=36), "day", False),
    ],
)
@pytest.mark.parametrize("marked", [False, True])
async def test_what_was_published_over_six_hours_before_it_came_in_waits_for_the_digest(
    database: Database, tmp_path: Path, ago: timedelta | None, precision: str, is_told: bool, marked: bool
) -> None:
    """On both ways on which stories are stored: a marked one goes the longer."""
    clock = Clock(NOON - timedelta(days=9))
    watch = await a_watch(database, tmp_path, clock=clock, readers=[ANN])
    await lists(watch, an_entry("first"))
    clock.at = NOON
    story = a_story(published_at=ago and NOON - ago, published_precision=precision, slug="URGENT" if marked else "")
    page = (await lists(watch, an_entry("first"), an_entry(published_at=None)))[-1]
    await shows(watch, page, story)

    assert await at_once(watch) == ["one"] * is_told
    assert await alerted(watch) == is_told
    await told(watch)
    assert len(mails(watch)) == 1


async def test_a_page_that_could_be_read_only_hours_later_is_no_alert(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, readers=[ANN])
    (page,) = await lists(watch, an_entry())
    clock.advance(hours=7)
    await shows(watch, page, a_story())

    assert await alerted(watch) == 0


async def test_a_version_that_is_the_first_to_match_is_an_alert_while_its_story_is_fresh(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, readers=[ANN])
    for name in ("soon", "late"):
        await comes_in(watch, a_story(name, headline=f"Port, {name}", body="Talks went on."))
    clock.advance(hours=1)
    await comes_in(watch, a_story("soon", headline="Port, soon", body="Talks went on. A strike began."), summary="2")
    clock.advance(hours=6)
    await comes_in(watch, a_story("late", headline="Port, late", body="Talks went on. A strike began."), summary="2")

    assert await at_once(watch) == ["soon"]


async def test_an_embargoed_story_is_an_alert_when_it_may_be_shown(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, readers=[ANN])
    (page,) = await lists(watch, an_entry())
    story = a_story(embargoed_until=NOON + timedelta(hours=9))
    await shows(watch, page, story)
    before = await alerted(watch)
    clock.advance(hours=9, minutes=1)
    await shows(watch, page, story)

    assert [before, await alerted(watch)] == [0, 1]


async def test_what_a_new_source_begins_with_is_no_alert(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, readers=[ANN])
    clock.advance(minutes=1)
    undated = an_entry("undated", published_at=None)
    for page in await lists(watch, an_entry("before", published_at=NOON - timedelta(minutes=5)), undated, an_entry("after")):
        await shows(watch, page, a_story(page.entry.guid, published_at=page.entry.published_at))

    assert await at_once(watch) == ["after"], "it was published when the source was watched already"
    await alerted(watch)
    await told(watch)
    assert len(mails(watch)) == 2


async def test_what_a_new_recipient_or_rule_begins_with_is_no_alert(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, rules=[a_rule("rain")], readers=[a_reader(rules=["rain"])])
    await comes_in(watch, a_story())
    bob = replace(ANN, email="bob@example.org")

    await change(watch, rules=(a_rule("rain"), a_rule("strike")), recipients=(ANN, bob))

    assert await alerted(watch) == 0
    assert await rows(watch, "select recipient from due order by 1") == [(ANN.email,), (bob.email,)]


async def test_what_was_missed_is_told_late_and_not_at_once(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, readers=[ANN])
    await comes_in(watch, a_story())
    await rows(watch, "with gone as (delete from due) delete from match returning 1")
    clock.advance(hours=24)
    await sweep.sweep(watch)

    assert await rows(watch, "select instant from due") == [(False,)]


@pytest.mark.parametrize("changed", [replace(ANN, instant=()), a_reader(rules=("rain",))])
async def test_what_is_not_wanted_at_once_any_more_waits_for_the_digest(database: Database, tmp_path: Path, changed: Recipient) -> None:
    watch = await a_watch(database, tmp_path, rules=[a_rule("strike"), a_rule("rain")], readers=[ANN])
    await comes_in(watch, a_story())
    await change(watch, recipients=(changed,))
    await change(watch, recipients=(ANN,))

    assert await alerted(watch) == 0
    await told(watch)
    assert subjects(watch) == ["1 story · strike: Dockers strike"]


async def test_an_alert_shows_the_newest_version(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, readers=[ANN])
    await comes_in(watch, a_story(body="The strike of 100 men began."))
    await comes_in(watch, a_story(body="The strike of 2,100 men began."), summary="2")
    await alerted(watch)
    await told(watch)

    (mail,) = mails(watch)
    assert "2,100" in text(mail)


async def test_a_story_that_is_held_back_before_the_alert_is_told_at_once_when_it_is_released(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, readers=[ANN])
    written = []
    for summary, status in enumerate([Status.HELD, Status.USABLE]):
        await comes_in(watch, a_story(status=Status.USABLE))
        await comes_in(watch, a_story(status=status), summary=str(summary))
        written.append(await alerted(watch))

    assert written == [0, 1]


async def test_of_copies_one_is_told_at_once_and_none_of_what_was_told(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, readers=[ANN], sources=(WIRE, OTHER, replace(OTHER, id="third")))
    for source in watch.settings.sources[:2]:
        await comes_in(watch, a_story(source.id, body=LONG), source=source)
    await alerted(watch)
    clock.advance(hours=1)
    await comes_in(watch, a_story("third", body=LONG), source=watch.settings.sources[2])
    late = await alerted(watch)
    await told(watch)

    (mail,) = mails(watch)
    assert "also in other" in text(mail) and late == 0
    assert await rows(watch, "select mail, copy_of, instant from due order by story") == [(1, None, False), (1, 1, False), (1, 1, False)]


# -- when


async def test_what_comes_within_five_minutes_goes_together(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, readers=[ANN])
    written = []
    for minute in range(7):
        await comes_in(watch, a_story(f"{minute}", headline=f"Strike {minute}", published_at=clock.at))
        written.append(await alerted(watch))
        clock.advance(minutes=1)

    assert written == [1, 0, 0, 0, 0, 1, 0]
    assert subjects(watch) == ["Alert · strike: Strike 0", "Alert · 5 stories · strike: Strike 5"]


async def test_what_comes_in_quiet_hours_goes_in_one_mail_when_they_end(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, readers=[replace(ANN, quiet=Quiet.parse("11:00-20:00"))])
    written = []
    for hour in range(9):
        await comes_in(watch, a_story(f"{hour}", headline=f"Strike {hour}", published_at=clock.at))
        written.append(await alerted(watch))
        clock.advance(hours=1)

    assert written == [0] * 8 + [1]
    assert subjects(watch) == ["Alert · 9 stories · strike: Strike 8"]


async def test_what_came_while_its_reader_was_away_waits_for_the_digest_that_they_find(database: Database, tmp_path: Path) -> None:
    clock, away = Clock(), replace(ANN, pause=(Pause.parse("2026-11-23..2026-11-23"),))
    watch = await a_watch(database, tmp_path, clock=clock, readers=[away])
    await comes_in(watch, a_story())
    written = [await alerted(watch)]
    await change(watch, recipients=(ANN,))
    clock.advance(minutes=1)
    written.append(await alerted(watch))
    await told(watch)

    assert written == [0, 0]
    assert subjects(watch) == ["1 story · strike: Dockers strike"]


async def test_what_a_digest_takes_first_is_in_the_digest_only(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, readers=[ANN])
    await comes_in(watch, a_story())
    async with database.connection() as connection:
        run = await runs.begin(connection, ANN.email, None, now=NOON)
    assert run

    early = await alerted(watch)
    await watch.tell(run)
    await watch.send()

    assert (early, await alerted(watch)) == (0, 0)
    assert subjects(watch) == ["1 story · strike: Dockers strike"]


async def test_a_digest_that_nobody_writes_keeps_no_alert_back(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, readers=[ANN])
    await comes_in(watch, a_story())
    async with database.connection() as connection:
        await runs.begin(connection, ANN.email, None, now=NOON)
    clock.at = NOON + runs.CLAIM_TIME

    assert await alerted(watch) == 1


async def test_two_that_alert_at_once_write_one_mail(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, readers=[ANN])
    await comes_in(watch, a_story())

    assert sorted(await asyncio.gather(watch.alert(), watch.alert(), watch.alert())) == [0, 0, 1]


async def test_who_comes_to_alert_while_another_does_knows_of_that_mail(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, readers=[ANN])
    await comes_in(watch, a_story())
    async with database.connection() as connection:
        await due.hold(connection, ANN.email)
        telling = Telling(connection=connection, settings=watch.settings, rules=watch.rules, recipient=ANN, now=NOON)
        await telling.alert()
        await comes_in(watch, a_story("two", headline="Another strike"))
        other = asyncio.create_task(watch.alert())
        await asyncio.sleep(0.3)
        assert not other.done()

    assert await other == 0
    assert await at_once(watch) == ["two"]


async def test_an_alert_that_cannot_be_written_keeps_nobody_elses_back(database: Database, tmp_path: Path) -> None:
    odd = replace(ANN, email="a n@example.org")
    watch = await a_watch(database, tmp_path, readers=[odd, ANN])
    await comes_in(watch, a_story())

    assert [await alerted(watch), await alerted(watch)] == [1, 0]
    assert await rows(watch, "select recipient, mail, instant from due order by recipient") == [
        (odd.email, None, False),
        (ANN.email, 1, False),
    ]


# -- corrections


async def alerted_of(database: Database, folder: Path, reader: Recipient, clock: Clock) -> Watch:
    """The reader was told a story at once."""
    watch = await a_watch(database, folder, clock=clock, readers=[reader])
    await comes_in(watch, a_story(body="The strike began at noon, forty took part."))
    await alerted(watch)
    return watch


async def is_corrected(watch: Watch, status: Status = Status.CORRECTED) -> int:
    await comes_in(watch, a_story(body="The strike began at noon, fourteen took part.", status=status), summary=str(status))
    written = await watch.correct()
    await watch.send()
    return written


@pytest.mark.parametrize("tell", [lambda watch: watch.correct(), lambda watch: told(watch)])
async def test_who_was_told_at_once_hears_a_correction_as_an_answer_to_the_alert(
    database: Database, tmp_path: Path, tell: Callable[[Watch], Awaitable[object]]
) -> None:
    watch = await alerted_of(database, tmp_path, ANN, Clock())
    status = Status.WITHDRAWN
    await comes_in(watch, a_story(body="The strike began at noon, forty took part.", status=status), summary="2")

    await tell(watch)
    await watch.send()

    alert, correction = mails(watch)
    assert correction["Subject"] == "WITHDRAWN: Dockers strike"
    assert correction["In-Reply-To"] == correction["References"] == alert["Message-ID"]


@pytest.mark.parametrize("wanted", ["digest", "instant"])
async def test_a_correction_comes_at_once_to_who_wants_it_so(database: Database, tmp_path: Path, wanted: str) -> None:
    reader = replace(ANN, corrections=wanted)  # type: ignore[arg-type]
    watch = await alerted_of(database, tmp_path, reader, Clock())

    written = [await is_corrected(watch), await watch.correct()]
    await told(watch, reader)

    assert written == [int(wanted == "instant"), 0]
    assert subjects(watch)[1:] == ["CORRECTED: Dockers strike"]


async def test_what_the_agency_says_nothing_of_waits_for_the_digest(database: Database, tmp_path: Path) -> None:
    reader = replace(ANN, corrections="instant")
    watch = await alerted_of(database, tmp_path, reader, Clock())
    await comes_in(watch, a_story("two", headline="Another strike", body="The strike began at noon, forty took part."))
    await told(watch, reader)

    updated = await is_corrected(watch, Status.USABLE)
    async with database.connection() as connection:
        urgent = await corrections.urgent(connection, watch.awake(), now=watch.clock())
    story = a_story("two", headline="Another strike", body="The strike began at noon, fourteen took part.", status=Status.CORRECTED)
    await comes_in(watch, story, summary="2")
    corrected = await watch.correct()
    await told(watch, reader)

    assert (updated, urgent, corrected) == (0, [], 1)
    assert sorted(subjects(watch)[2:]) == ["CORRECTED: Another strike", "UPDATED: Dockers strike"]


async def test_in_quiet_hours_a_correction_waits_and_a_kill_does_not(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    reader = replace(ANN, corrections="instant", quiet=Quiet.parse("22:00-06:30"))
    watch = await alerted_of(database, tmp_path, reader, clock)
    clock.advance(hours=11)
    night = [await is_corrected(watch)]
    clock.advance(hours=8)
    morning = await watch.correct()
    await watch.send()
    clock.advance(hours=15)
    night += [await is_corrected(watch, Status.WITHDRAWN)]
    await watch.send()
    clock.advance(minutes=1)
    await comes_in(watch, a_story(body="The strike began at noon, fourteen took part."), summary="given back")
    night += [await watch.correct()]
    clock.advance(hours=9)

    assert (night, morning, await watch.correct()) == ([0, 1, 0], 1, 1)
    await watch.send()
    assert [subject.partition(":")[0] for subject in subjects(watch)[1:]] == ["CORRECTED", "WITHDRAWN", "RELEASED"]
