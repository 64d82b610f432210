"""monitor.unsent: what a server refuses for good is told once more, and counts as told when that is refused, too."""

from datetime import timedelta
from pathlib import Path

import pytest
from desk import Clock, a_story, a_watch, comes_in, rows
from outgoing import ANN, KILLED, an_unsent_digest, is_taken_back, said
from postoffice import TAKEN, TAKEN_AND_CUT, Office, served_by

from monitor import corrections, leaving, unsent
from monitor.database import Database
from monitor.watch import Watch
from spiders.story import Status

POISON, FULL = "554 5.7.1 looks like spam", "552 5.2.2 mailbox full"


async def test_what_was_refused_for_good_is_told_by_the_next_digest_and_then_killed(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_unsent_digest(database, tmp_path, clock)
    office = Office(data=lambda _: POISON)
    async with served_by(office, watch):
        clock.advance(minutes=1)
        await watch.send()
        assert await rows(watch, "select mail, told, refused, instant from due") == [(None, None, True, False)] * 2
        office.data = lambda _: TAKEN
        await watch.tell_now(ANN)
        await is_taken_back(watch)
        await watch.correct()
        await watch.send()

    assert said(office) == [(True, True), (True, False)]
    assert await rows(watch, "select kind, state from mail order by id") == [
        ("digest", "failed"),
        ("digest", "sent"),
        ("correction", "sent"),
    ]


async def test_what_was_refused_twice_stays_told_and_no_kill_of_it_is_sent(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_unsent_digest(database, tmp_path, clock)
    office = Office(data=lambda _: POISON)
    async with served_by(office, watch):
        clock.advance(minutes=1)
        await watch.send()
        await watch.tell_now(ANN)
        office.data = lambda _: TAKEN
        assert (await watch.tell_now(ANN)).mail is None
        await is_taken_back(watch)
        assert await watch.correct() == 0
        async with database.connection() as connection:
            assert await corrections.urgent(connection, now=clock.at) == []
        await watch.tell_now(ANN)

    assert office.took == []
    assert await rows(watch, "select count(*) from mail where kind = 'correction'") == [(0,)], "with no digest either"
    assert await rows(watch, "select mail from due") == [(2,)] * 2


async def test_what_a_server_may_have_and_then_refuses_counts_as_told(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_unsent_digest(database, tmp_path, clock)
    answers = iter([TAKEN_AND_CUT, POISON, TAKEN])
    office = Office(data=lambda _: next(answers))
    async with served_by(office, watch):
        for _ in range(2):
            clock.advance(minutes=5)
            await watch.send()
        await is_taken_back(watch)
        await watch.correct()
        await watch.send()

    assert said(office) == [(True, True), (True, False)]


async def test_a_correction_that_waits_for_a_mail_that_is_refused_goes_with_it(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_unsent_digest(database, tmp_path, clock)
    await comes_in(watch, a_story("one", headline=KILLED, body="The strike cost 9 millions.", status=Status.CORRECTED), summary="2")
    await watch.tell_now(ANN)
    async with served_by(Office(data=lambda _: POISON), watch):
        clock.advance(minutes=1)
        await watch.send()

    assert await rows(watch, "select kind, state from mail order by id") == [("digest", "failed"), ("correction", "recalled")]
    assert await rows(watch, "select mail, shown, behind from due") == [(None, None, False)] * 2


async def test_after_a_suspension_comes_what_its_mails_told_that_were_refused(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_unsent_digest(database, tmp_path, clock)
    office = Office(rcpt=lambda _: "550 5.1.1 no such user")
    async with served_by(office, watch):
        clock.advance(minutes=1)
        await watch.send()
        await watch.tell_now(ANN)
        await comes_in(watch, a_story("three", headline="Strike at the mine", body="Forty miners are on strike below ground."))
        await watch.tell_now(ANN)
        assert await rows(watch, "select kind from absence") == [("suspended",)]
        assert await rows(watch, "select mail from due order by story") == [(2,), (2,), (None,)]
        async with database.connection() as connection:
            assert await leaving.resume(connection, ANN.email, now=clock.advance(hours=1)) == ["suspended"]
        office.rcpt = lambda _: "250 2.1.5 known"
        await watch.tell_now(ANN)

    assert said(office) == [(True, True)]
    assert await rows(watch, "select mail from due") == [(4,)] * 3


async def a_refused_kill(database: Database, folder: Path, clock: Clock, office: Office) -> Watch:
    """A story was told, and the mail that takes it back is refused for good."""
    watch = await a_watch(database, folder, clock=clock)
    await comes_in(watch, a_story("one", headline=KILLED, body="The strike at the mill was invented."))
    async with served_by(office, watch):
        await watch.tell_now(ANN)
        office.data = lambda _: POISON
        await is_taken_back(watch)
        assert await watch.correct() == 1
        await watch.send()
    return watch


async def days(watch: Watch, clock: Clock, count: int) -> None:
    """Each day what is to be told is told."""
    for _ in range(count):
        clock.advance(days=1)
        await watch.correct()
        await watch.tell_now(ANN)
        await watch.send()


async def test_a_kill_that_was_refused_is_told_again_after_an_hour_and_no_sooner(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch = await a_refused_kill(database, tmp_path, clock, office)
    office.data = lambda _: TAKEN
    written = []
    async with served_by(office, watch):
        for wait in (timedelta(minutes=59), timedelta(minutes=1), timedelta(hours=2)):
            clock.at += wait
            async with database.connection() as connection:
                urgent = await corrections.urgent(connection, now=clock.at)
            written.append((urgent, await watch.correct()))
            await watch.tell_now(ANN)
            await watch.send()

    assert written == [([], 0), ([ANN.email], 1), ([], 0)]
    assert [b"WITHDRAWN" in data for _, data in office.took] == [False, True]
    assert await rows(watch, "select kind, state from mail order by id") == [
        ("digest", "sent"),
        ("correction", "failed"),
        ("correction", "sent"),
    ]


async def test_a_kill_that_is_refused_again_counts_as_told(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch = await a_refused_kill(database, tmp_path, clock, office)
    async with served_by(office, watch):
        await days(watch, clock, 3)

    assert await rows(watch, "select state, count(*) from mail where kind = 'correction' group by 1") == [("failed", 2)]
    assert await rows(watch, "select shown, behind from due") == [(2, False)]


async def test_a_kill_does_not_wait_for_the_correction_before_it_that_was_refused(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story("one", headline=KILLED, body="Forty took part in the strike."))
    async with served_by(office, watch):
        await watch.tell_now(ANN)
        office.data = lambda _: POISON
        corrected = a_story("one", headline=KILLED, body="Fourteen took part in the strike.", status=Status.CORRECTED)
        await comes_in(watch, corrected, summary="2")
        await watch.tell_now(ANN)
        await watch.send()
        office.data = lambda _: TAKEN
        await is_taken_back(watch, summary="3")
        assert await watch.correct() == 1
        await watch.send()
        await days(watch, clock, 2)

    assert [b"WITHDRAWN" in data for _, data in office.took] == [False, True]


async def test_a_refused_kill_that_a_server_may_have_counts_as_told(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story("one", headline=KILLED, body="The strike at the mill was invented."))
    answers = iter([TAKEN, TAKEN_AND_CUT, POISON])
    office.data = lambda _: next(answers)
    async with served_by(office, watch):
        await watch.tell_now(ANN)
        await is_taken_back(watch)
        await watch.correct()
        await watch.send()
        await days(watch, clock, 3)

    assert [b"WITHDRAWN" in data for _, data in office.took] == [False, True]


@pytest.mark.parametrize("refusals", [1, 2])
async def test_after_a_suspension_comes_the_kill_that_was_refused(database: Database, tmp_path: Path, refusals: int) -> None:
    clock, office = Clock(), Office()
    office.rcpt = lambda _: FULL if len(office.took) else "250 2.1.5 known"
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story("one", headline=KILLED, body="The strike at the mill was invented."))
    async with served_by(office, watch):
        await watch.tell_now(ANN)
        await is_taken_back(watch)
        for _ in range(refusals):
            await watch.correct()
            await watch.send()
            clock.advance(hours=1)
        for word in ("coal", "iron", "zinc")[refusals:]:
            await comes_in(watch, a_story(word, headline=f"Strike in {word}", body=f"The strike of {word} began."))
            await watch.tell_now(ANN)
        assert await rows(watch, "select kind from absence") == [("suspended",)]
        async with database.connection() as connection:
            await leaving.resume(connection, ANN.email, now=clock.advance(minutes=1))
        office.rcpt = lambda _: "250 2.1.5 known"
        await days(watch, clock, 2)

    assert [b"WITHDRAWN" in data for _, data in office.took].count(True) == 1


@pytest.mark.parametrize("is_refused", [True, False])
async def test_a_second_correction_that_is_untold_leaves_the_reader_with_the_first(
    database: Database, tmp_path: Path, is_refused: bool
) -> None:
    clock, office = Clock(), Office()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story("one", headline=KILLED, body="Forty took part in the strike."))
    async with served_by(office, watch):
        await watch.tell_now(ANN)
        for summary, count in (("2", "Fourteen"), ("3", "Fifteen")):
            story = a_story("one", headline=KILLED, body=f"{count} took part in the strike.", status=Status.CORRECTED)
            await comes_in(watch, story, summary=summary)
            await watch.tell_now(ANN)
            if summary == "2" or is_refused:
                office.data = lambda _, count=count: POISON if count == "Fifteen" else TAKEN  # type: ignore[misc]
                await watch.send()
    if not is_refused:
        async with database.connection() as connection:
            await unsent.give_back(connection, [3], now=clock.at)

    assert await rows(watch, "select mail, told, shown, behind from due") == [(1, 1, 2, True)]


async def test_a_correction_that_was_refused_shows_nothing_when_the_next_one_is_untold(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story("one", headline=KILLED, body="Forty took part in the strike."))
    async with served_by(office, watch):
        await watch.tell_now(ANN)
        office.data = lambda _: POISON
        for summary, count in (("2", "Fourteen"), ("3", "Fifteen")):
            story = a_story("one", headline=KILLED, body=f"{count} took part in the strike.", status=Status.CORRECTED)
            await comes_in(watch, story, summary=summary)
            await watch.tell_now(ANN)
            if summary == "2":
                await watch.send()
    async with database.connection() as connection:
        await unsent.give_back(connection, [3], now=clock.at)

    assert await rows(watch, "select mail, told, shown, behind from due") == [(1, 1, None, True)]
