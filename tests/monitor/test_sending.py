"""monitor.sending: whoever has a mail in hand sends it only while it is theirs to send."""

from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from desk import Clock, a_story, a_watch, comes_in, rows
from outgoing import ANN, a_mail, mail
from postoffice import Office, served_by

from monitor import leaving, outbox, runs, sending
from monitor.database import Database, StoreError
from monitor.lease import MARGIN
from monitor.outbox import Mail
from monitor.watch import Watch
from spiders.story import Status


async def a_mail_in_hand(database: Database, folder: Path, clock: Clock, unanswered: int = 0) -> tuple[Watch, Mail]:
    """A process has claimed a digest that so many tries before left unanswered, and has not sent it yet."""
    watch = await a_mail(database, folder, clock)
    await rows(watch, "update mail set unanswered = %s returning id", unanswered)
    async with database.connection() as connection:
        (claimed,) = await outbox.claim(connection, now=clock.at)
    return watch, claimed


async def test_who_wakes_after_the_claim_lapsed_sends_nothing_that_another_has_claimed(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch, frozen = await a_mail_in_hand(database, tmp_path, clock)
    clock.at += outbox.SEND_TIME
    async with served_by(office, watch):
        assert await watch.send() == 1
        assert not await sending.send(database, watch.settings, frozen, clock=clock)

    assert len(office.took) == 1
    assert await mail(watch) == ("sent", 2, 1, None)


async def test_who_wakes_leaves_a_mail_to_whoever_is_sending_it(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch, frozen = await a_mail_in_hand(database, tmp_path, clock)
    async with database.connection() as connection:
        clock.at = frozen.until
        (awake,) = await outbox.claim(connection, now=clock.at)
    async with served_by(office, watch):
        sent = [await sending.send(database, watch.settings, each, clock=clock) for each in (frozen, awake)]

    assert (sent, len(office.took)) == ([False, True], 1)


async def test_who_wakes_before_anybody_else_took_the_mail_claims_it_anew_and_sends_it(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch, late = await a_mail_in_hand(database, tmp_path, clock)
    async with database.connection() as connection:
        clock.at = late.until - MARGIN
        assert await outbox.renew(connection, late, now=clock.at)
        assert await outbox.claim(connection, now=late.until) == []
    async with served_by(office, watch):
        assert await sending.send(database, watch.settings, late, clock=clock)

    assert len(office.took) == 1
    assert await mail(watch) == ("sent", 1, 0, None)


async def test_a_mail_that_was_recalled_or_given_up_meanwhile_is_nobodys(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch, frozen = await a_mail_in_hand(database, tmp_path, clock)
    async with database.connection() as connection:
        await outbox.abandon(connection, now=clock.at)
    clock.at = frozen.until - MARGIN
    async with served_by(office, watch):
        assert not await sending.send(database, watch.settings, frozen, clock=clock)

    assert office.took == []
    assert (await mail(watch))[:3] == ("unknown", 1, 1)


@pytest.mark.parametrize("unanswered", [0, 1])
async def test_who_sleeps_with_a_mail_in_hand_does_not_send_what_was_killed_meanwhile_unless_a_server_may_have_it(
    database: Database, tmp_path: Path, unanswered: int
) -> None:
    clock, office = Clock(), Office()
    watch, frozen = await a_mail_in_hand(database, tmp_path, clock, unanswered)
    clock.advance(minutes=5)
    await comes_in(watch, a_story(status=Status.WITHDRAWN), summary="2")
    async with served_by(office, watch):
        sent = await sending.send(database, watch.settings, frozen, clock=clock)
        clock.advance(minutes=5)
        await watch.correct()
        await watch.send()

    heads = [str(message_from_bytes(data, policy=policy.default)["Subject"]).partition(":")[0] for _, data in office.took]
    assert (sent, heads) == ((False, []) if not unanswered else (True, ["1 story · strike", "WITHDRAWN"]))
    assert await rows(watch, "select mail from due") == [(1 if unanswered else None,)]


@pytest.mark.parametrize(
    ("unanswered", "leaves", "sent", "state"),
    [(0, True, 0, "recalled"), (1, True, 0, "expired"), (0, False, 0, "recalled"), (1, False, 1, "sent")],
)
async def test_nothing_goes_to_who_left_or_paused_while_somebody_had_their_mail_in_hand(
    database: Database, tmp_path: Path, unanswered: int, leaves: bool, sent: int, state: str
) -> None:
    clock, office = Clock(), Office()
    watch, claimed = await a_mail_in_hand(database, tmp_path, clock, unanswered)
    async with database.connection() as connection:
        if leaves:
            await leaving.stop(connection, ANN.email, by="recipient", now=clock.at)
        else:
            await leaving.pause(connection, ANN.email, by="recipient", now=clock.at, until=None)
    async with served_by(office, watch):
        await sending.send(database, watch.settings, claimed, clock=clock)

    assert len(office.took) == sent
    assert await rows(watch, "select mail.state, due.mail is null from mail cross join due") == [(state, state == "recalled")]


async def test_the_run_of_a_digest_that_was_recalled_in_hand_is_written_anew(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    await comes_in(watch, a_story("two", headline="Strike at the port", body="Dockers walked out, the strike goes on for days."))
    async with database.connection() as connection:
        run = await runs.begin(connection, ANN.email, None, now=clock.at)
    assert run
    await watch.tell(run)
    async with database.connection() as connection:
        (frozen,) = await outbox.claim(connection, now=clock.at)
    await comes_in(watch, a_story(status=Status.WITHDRAWN), summary="2")
    async with served_by(office, watch):
        assert not await sending.send(database, watch.settings, frozen, clock=clock)
        async with database.connection() as connection:
            assert await runs.lapsed(connection, now=clock.at) == [run]
        await watch.tell(run)
        await watch.send()

    assert [(b"Dockers strike" in data, b"Strike at the port" in data) for _, data in office.took] == [(False, True)]


async def test_a_mail_is_not_handed_over_while_nobody_can_say_whether_it_may_be(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch, claimed = await a_mail_in_hand(database, tmp_path, clock)
    async with database.connection() as connection:
        await connection.execute("alter table revision rename to versions")
    async with served_by(office, watch):
        with pytest.raises(StoreError):
            await sending.send(database, watch.settings, claimed, clock=clock)

    assert office.took == []
    assert await mail(watch) == ("queued", 1, 0, timedelta(minutes=1)), "it surely was not sent"
