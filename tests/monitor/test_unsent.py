"""monitor.unsent: a mail that waits while its story is taken back never says what was taken back, unless a server may have it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import Clock, a_story, a_watch, comes_in, rows
from outgoing import ANN, KEPT, KILLED, NOBODY, an_unsent_alert, an_unsent_digest, is_taken_back, said
from postoffice import Office, send_to, served_by

from monitor import outbox
from monitor.correcting import Correcting
from monitor.database import Database
from spiders.story import Status


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


async def test_a_kill_that_is_written_while_its_digest_is_recalled_goes_to_nobody(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch = await an_unsent_digest(database, tmp_path, clock)
    await is_taken_back(watch)
    async with database.connection() as connection:  # one process looked at the outbox before the kill came, and writes it now
        correcting = Correcting(connection=connection, settings=watch.settings, recipient=ANN, now=clock.at)
        assert await correcting.write("taken back")
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
            correcting = Correcting(connection=connection, settings=watch.settings, recipient=ANN, now=clock.at)
            assert await correcting.write("taken back")
        await rows(watch, "update due set mail = null, told = null returning story")
        async with database.connection() as connection:
            assert await outbox.claim(connection, now=clock.at) == []
            assert not await outbox.waiting(connection, now=clock.at)
        await watch.send()

    assert await rows(watch, "select kind, state from mail order by id") == [("digest", "sent"), ("correction", "recalled")]
    assert await rows(watch, "select * from correction") == []
