"""monitor.unsent: a mail that waits while its story is taken back never says what was taken back, unless a server may have it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import Clock, a_reader, a_story, a_watch, comes_in, rows
from postoffice import CUT, TAKEN, TAKEN_AND_CUT, Office, send_to, served_by

from monitor import corrections, leaving, outbox, runs, undelivered, unsent
from monitor.database import Database
from monitor.telling import Telling
from monitor.watch import Watch
from spiders.story import Status

ANN = a_reader()
NOBODY = 9
KILLED, KEPT = "Strike at the mill", "Strike at the port"


async def an_unsent_digest(database: Database, folder: Path, clock: Clock) -> Watch:
    """A digest of two stories that nobody could send, for there is no server."""
    watch = await a_watch(database, folder, clock=clock)
    await comes_in(watch, a_story("one", headline=KILLED, body="The strike at the mill was invented."))
    await comes_in(watch, a_story("two", headline=KEPT, body="Dockers walked out, the strike goes on for days."))
    send_to(watch, NOBODY)
    async with database.connection() as connection:
        slot = ANN.next_slot(clock.at)
        assert slot
        clock.at = slot.at
        run = await runs.begin(connection, ANN.email, slot, now=clock.at)
    assert run
    assert await watch.tell(run)
    await watch.send()
    return watch


async def is_taken_back(watch: Watch, status: Status = Status.WITHDRAWN, summary: str = "2") -> None:
    await comes_in(watch, a_story("one", headline=KILLED, body="The strike at the mill was invented.", status=status), summary=summary)


def said(office: Office) -> list[tuple[bool, bool]]:
    """Of each mail that arrived whether it names the story that was taken back, and the other."""
    return [(KILLED.encode() in data, KEPT.encode() in data) for _, data in office.took]


@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.HELD, Status.GONE])
async def test_an_unsent_digest_is_recalled_and_written_at_once_without_the_story_that_was_taken_back(
    database: Database, tmp_path: Path, status: Status
) -> None:
    clock = Clock()
    watch = await an_unsent_digest(database, tmp_path, clock)
    await is_taken_back(watch, status)
    clock.advance(seconds=1)
    written = await watch.correct()
    office = Office()
    async with served_by(office, watch):
        clock.advance(minutes=5)
        await watch.send()
        await watch.correct()
        await watch.send()

    assert written == 1
    assert said(office) == [(False, True)]
    assert await rows(watch, "select state, run, over_at is not null, attempts from mail order by id") == [
        ("recalled", 1, True, 1),
        ("sent", 1, False, 1),
    ]
    assert await rows(watch, "select story, mail from due order by story") == [(1, None), (2, 2)]
    assert await rows(watch, "select slot, closed_at is not null from run") == [("2026-11-24", True)]


async def test_what_was_taken_back_between_two_ticks_does_not_go_out_either(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_unsent_digest(database, tmp_path, clock)
    await is_taken_back(watch)
    office = Office()
    async with served_by(office, watch):
        clock.advance(minutes=5)
        await watch.send()

    assert said(office) == [(False, True)]


async def test_of_a_digest_that_told_nothing_else_it_is_said_that_all_is_quiet(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_unsent_digest(database, tmp_path, clock)
    await is_taken_back(watch)
    await comes_in(watch, a_story("two", headline=KEPT, body="Nothing.", status=Status.WITHDRAWN), summary="2")
    office = Office()
    async with served_by(office, watch):
        clock.advance(minutes=5)
        await watch.correct()
        await watch.send()

    assert said(office) == [(False, False)]
    assert await rows(watch, "select state from mail order by id") == [("recalled",), ("sent",)]
    assert await rows(watch, "select count(*) from due where mail is null") == [(2,)]


async def test_a_digest_that_a_server_may_have_is_sent_as_it_is_and_the_kill_follows(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_unsent_digest(database, tmp_path, clock)
    answers = iter([CUT, TAKEN, TAKEN])
    office = Office(data=lambda _: next(answers))
    async with served_by(office, watch):
        clock.advance(minutes=1)
        await watch.send()
        await is_taken_back(watch)
        assert await watch.correct() == 1
        await watch.send()
        assert said(office) == [(True, True)], "at once, and the kill not before it"
        await watch.send()

    assert said(office) == [(True, True), (True, False)]
    assert await rows(watch, "select kind, state, unanswered from mail order by id") == [("digest", "sent", 1), ("correction", "sent", 0)]


async def test_a_digest_that_is_being_sent_is_not_recalled(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_unsent_digest(database, tmp_path, clock)
    clock.advance(minutes=1)
    async with database.connection() as connection:
        assert await outbox.claim(connection, now=clock.at)
    await is_taken_back(watch)
    await watch.correct()

    async with database.connection() as connection:
        assert await outbox.claim(connection, now=clock.at) == [], "the kill waits for it"
        assert await outbox.claim(connection, now=clock.at, to=ANN.email) == []
        assert not await outbox.waiting(connection, now=clock.at)
    assert await rows(watch, "select kind, state from mail order by id") == [("digest", "sending"), ("correction", "queued")]


async def test_a_story_that_is_given_back_is_told_by_the_next_digest_once(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_unsent_digest(database, tmp_path, clock)
    await is_taken_back(watch, Status.HELD)
    office = Office()
    async with served_by(office, watch):
        clock.advance(minutes=5)
        await watch.send()
        await is_taken_back(watch, Status.USABLE, "3")
        await watch.tell_now(ANN)
        await watch.tell_now(ANN)

    assert said(office) == [(False, True), (True, False)]


async def test_an_unsent_correction_of_a_story_that_is_then_killed_gives_way_to_the_kill(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story("one", headline=KILLED, body="Forty took part in the strike."))
    office = Office()
    async with served_by(office, watch):
        await watch.tell_now(ANN)
        send_port = watch.settings
        send_to(watch, NOBODY)
        corrected = a_story("one", headline=KILLED, body="Fourteen took part in the strike.", status=Status.CORRECTED)
        await comes_in(watch, corrected, summary="2")
        await watch.tell_now(ANN)
        await watch.send()
        await is_taken_back(watch, summary="3")
        await watch.correct()
        watch.settings = send_port
        clock.advance(minutes=5)
        await watch.send()

    assert await rows(watch, "select kind, state from mail order by id") == [
        ("digest", "sent"),
        ("correction", "recalled"),
        ("correction", "sent"),
    ]
    assert [b"Fourteen" in data for _, data in office.took] == [False, False]
    assert await rows(watch, "select revision, mail from correction") == [(3, 3)]


@pytest.mark.parametrize("kind", ["digest", "instant"])
async def test_a_mail_that_a_server_may_have_is_tried_for_a_week_and_then_counts_as_told(
    database: Database, tmp_path: Path, kind: str
) -> None:
    clock = Clock()
    watch = await an_unsent_digest(database, tmp_path, clock)
    watch.settings = replace(watch.settings, operator="ops@example.org")
    await rows(watch, "update mail set kind = %s returning id", kind)
    began = clock.at
    clock.advance(minutes=1)
    office = Office(data=lambda _: TAKEN_AND_CUT)
    async with served_by(office, watch):
        await watch.send()
    while (left := await rows(watch, "select next_try_at from mail where state = 'unknown'")) != []:
        clock.at = max(clock.at, left[0][0])  # type: ignore[type-var,assignment]
        await watch.send()

    assert clock.at == began + outbox.UNKNOWN_GIVE_UP
    assert await rows(watch, "select state, unanswered, over_at from mail") == [("expired", 1, clock.at)]
    assert await rows(watch, "select story, mail, told from due order by story") == [(1, 1, 1), (2, 1, 1)]
    async with database.connection() as connection:
        note = await undelivered.tell(connection, watch.settings, now=clock.at)
    ((data,),) = await rows(watch, "select bytes from mail where id = %s", note)
    assert b"A mail server may have some of them" in data  # type: ignore[operator]
    await is_taken_back(watch)
    office.data = lambda _: TAKEN
    async with served_by(office, watch):
        await watch.correct()
        await watch.send()
        await watch.tell_now(ANN)
    assert [b"WITHDRAWN" in data for to, data in office.took if to == ANN.email] == [False, True]


async def test_whoever_left_has_what_a_server_may_have(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_unsent_digest(database, tmp_path, clock)
    clock.advance(minutes=1)
    async with served_by(Office(data=lambda _: TAKEN_AND_CUT), watch):
        await watch.send()
    async with database.connection() as connection:
        await unsent.cancel(connection, ANN.email, now=clock.at)

    assert await rows(watch, "select state from mail") == [("expired",)]
    assert await rows(watch, "select story, mail from due order by story") == [(1, 1), (2, 1)]


async def test_a_kill_is_not_sent_before_the_correction_that_a_server_may_have(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story("one", headline=KILLED, body="Forty took part in the strike."))
    answers = iter([TAKEN, CUT, TAKEN, TAKEN])
    office = Office(data=lambda _: next(answers))
    async with served_by(office, watch):
        await watch.tell_now(ANN)
        corrected = a_story("one", headline=KILLED, body="Fourteen took part in the strike.", status=Status.CORRECTED)
        await comes_in(watch, corrected, summary="2")
        await watch.tell_now(ANN)
        await watch.send()
        await is_taken_back(watch, summary="3")
        for _ in range(3):
            await watch.correct()
            await watch.send()

    assert [b"Fourteen" in data or b"fourteen" in data for _, data in office.took] == [False, True, False]


@pytest.mark.parametrize(("kind", "give_up"), [("digest", outbox.GIVE_UP), ("instant", outbox.INSTANT_GIVE_UP)])
async def test_a_correction_goes_with_the_mail_that_it_answers(database: Database, tmp_path: Path, kind: str, give_up: timedelta) -> None:
    clock = Clock()
    watch = await an_unsent_digest(database, tmp_path, clock)
    await rows(watch, "update mail set kind = %s returning id", kind)
    corrected = a_story("one", headline=KILLED, body="The strike at the mill was postponed for 3 days.", status=Status.CORRECTED)
    await comes_in(watch, corrected, summary="2")
    await watch.tell_now(ANN)
    clock.advance(seconds=give_up.total_seconds())
    await watch.send()

    assert await rows(watch, "select kind, state from mail order by id") == [(kind, "expired"), ("correction", "recalled")]
    assert await rows(watch, "select count(*) from correction") == [(0,)]
    assert await rows(watch, "select mail, told, shown, behind from due") == [(None, None, None, False)] * 2
    office = Office()
    async with served_by(office, watch):
        await watch.tell_now(ANN)
        await watch.send()
    assert [(b"postponed" in data, b"In-Reply-To" in data) for _, data in office.took] == [(True, False)]


async def test_a_correction_of_another_story_goes_with_the_digest_that_is_recalled(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_unsent_digest(database, tmp_path, clock)
    corrected = a_story("two", headline=KEPT, body="Dockers walked out, the strike goes on for 9 days.", status=Status.CORRECTED)
    await comes_in(watch, corrected, summary="2")
    await watch.tell_now(ANN)
    await is_taken_back(watch)
    await watch.correct()
    office = Office()
    async with served_by(office, watch):
        await watch.send()

    assert said(office) == [(False, True)]
    assert await rows(watch, "select kind, state from mail order by id") == [
        ("digest", "recalled"),
        ("correction", "recalled"),
        ("digest", "sent"),
    ]


async def an_unsent_alert(database: Database, folder: Path, clock: Clock) -> Watch:
    """An alert of two stories that nobody could send, for there is no server."""
    watch = await a_watch(database, folder, clock=clock, readers=(replace(ANN, instant=("strike",)),))
    clock.advance(minutes=1)
    await comes_in(watch, a_story("one", headline=KILLED, body="The strike at the mill was invented."))
    await comes_in(watch, a_story("two", headline=KEPT, body="Dockers walked out, the strike goes on for days."))
    send_to(watch, NOBODY)
    assert await watch.alert() == 1
    await watch.send()
    return watch


async def test_the_other_stories_of_an_alert_that_is_recalled_are_told_at_once_by_another(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_unsent_alert(database, tmp_path, clock)
    await is_taken_back(watch)
    await watch.correct()
    clock.advance(minutes=10)
    office = Office()
    async with served_by(office, watch):
        assert await watch.alert() == 1
        await watch.send()

    assert said(office) == [(False, True)]
    assert await rows(watch, "select kind, state from mail order by id") == [("instant", "recalled"), ("instant", "sent")]


async def test_what_an_alert_that_expired_told_is_told_at_once_again_while_it_is_fresh(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_unsent_alert(database, tmp_path, clock)
    written = []
    for _ in range(4):
        clock.advance(hours=2)
        await watch.send()
        written.append(await watch.alert())

    assert written == [1, 1, 0, 0]
    assert await rows(watch, "select distinct kind, state from mail") == [("instant", "expired")]
    assert await rows(watch, "select mail, instant from due") == [(None, False)] * 2


async def test_what_an_alert_told_is_not_told_at_once_again_when_no_rule_asks_for_it_any_more(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_unsent_alert(database, tmp_path, clock)
    await watch.configure(replace(watch.settings, recipients=(ANN,)))
    clock.advance(hours=2)
    await watch.send()

    assert await rows(watch, "select mail, instant from due") == [(None, False)] * 2


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


async def test_an_alert_that_expires_in_the_hands_of_a_dead_process_may_have_arrived_and_counts_as_told(
    database: Database, tmp_path: Path
) -> None:
    clock = Clock()
    watch = await an_unsent_alert(database, tmp_path, clock)
    clock.advance(minutes=1)
    async with database.connection() as connection:
        assert await outbox.claim(connection, now=clock.at)
        clock.at += outbox.UNKNOWN_GIVE_UP
        assert await unsent.expire(connection, now=clock.at) == [1]

    assert await rows(watch, "select state, attempts, unanswered from mail") == [("expired", 2, 1)]
    assert await rows(watch, "select mail from due") == [(1,)] * 2


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


async def test_a_kill_that_is_written_while_its_digest_is_recalled_goes_to_nobody(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch = await an_unsent_digest(database, tmp_path, clock)
    await is_taken_back(watch)
    async with database.connection() as connection:  # one process looked at the outbox before the kill came, and writes it now
        telling = Telling(connection=connection, settings=watch.settings, rules=watch.rules, recipient=ANN, now=clock.at)
        assert await telling.correct("taken back")
        recalls = asyncio.create_task(watch.correct())  # another recalls the digest
        await asyncio.sleep(0.5)
    await recalls
    assert await rows(watch, "select state from mail where kind = 'correction'") == [("recalled",)]
    async with served_by(office, watch):
        clock.advance(minutes=5)
        await watch.send()

    assert said(office) == [(False, True)]


async def test_a_correction_of_what_nobody_was_told_is_not_claimed_and_goes(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story("one", headline=KILLED, body="The strike at the mill was invented."))
    async with served_by(office, watch):
        await watch.tell_now(ANN)
        await is_taken_back(watch)
        async with database.connection() as connection:
            telling = Telling(connection=connection, settings=watch.settings, rules=watch.rules, recipient=ANN, now=clock.at)
            assert await telling.correct("taken back")
        await rows(watch, "update due set mail = null, told = null returning story")
        async with database.connection() as connection:
            assert await outbox.claim(connection, now=clock.at) == []
            assert not await outbox.waiting(connection, now=clock.at)
        await watch.send()

    assert await rows(watch, "select kind, state from mail order by id") == [("digest", "sent"), ("correction", "recalled")]
    assert await rows(watch, "select * from correction") == []
