"""monitor.unsent: a mail that a server may have, for nobody heard its answer, is neither recalled nor changed, and counts as told."""

from dataclasses import replace
from pathlib import Path

import pytest
from desk import Clock, a_story, a_watch, comes_in, rows
from outgoing import ANN, KILLED, an_unsent_alert, an_unsent_digest, is_taken_back, said
from postoffice import CUT, TAKEN, TAKEN_AND_CUT, Office, served_by

from monitor import outbox, undelivered, unsent
from monitor.database import Database
from spiders.story import Status


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
