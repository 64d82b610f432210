"""monitor.outbox and unsent: what becomes of a mail whose server refuses it, puts it off, or says nothing at all."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import chain, repeat
from pathlib import Path

import pytest
from desk import NOON, Clock, a_reader, a_story, a_watch, comes_in, rows, text
from outgoing import ANN, NOBODY, a_mail, an_instant_mail, mail
from postoffice import CUT, TAKEN, TAKEN_AND_CUT, Office, send_to, served_by

from alerts.message import message_id
from monitor import accounts, health, outbox, runs, unsent
from monitor.database import Database
from monitor.mailserver import Mail

BOB = a_reader("bob@example.org")


async def test_a_mail_is_tried_after_1_5_15_60_minutes_and_then_hourly(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_mail(database, tmp_path, clock)
    send_to(watch, NOBODY)
    waits = []
    for _ in range(7):
        await watch.send()
        waits.append((await mail(watch))[3])
        clock.at += waits[-1]  # type: ignore[operator]

    assert waits == [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 60, 60, 60)]


async def test_a_digest_that_cannot_be_sent_for_two_days_has_expired_and_the_next_one_carries_it(
    database: Database, tmp_path: Path
) -> None:
    clock = Clock()
    watch = await a_mail(database, tmp_path, clock)
    send_to(watch, NOBODY)
    while (await mail(watch))[0] == "queued":
        await watch.send()
        clock.at += (await mail(watch))[3] or timedelta()  # type: ignore[operator]

    assert clock.at == NOON + outbox.GIVE_UP
    assert await rows(watch, "select state, over_at, next_try_at, unanswered from mail") == [("expired", clock.at, None, 0)]
    office = Office()
    async with served_by(office, watch):
        await watch.tell_now(ANN)
    assert [b"Dockers strike" in data for _, data in office.took] == [True]
    assert await rows(watch, "select mail, told, behind from due") == [(2, 1, False)]


async def test_smtp_02_a_mail_that_is_put_off_three_times_arrives_once_with_one_message_id(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_mail(database, tmp_path, clock)
    said: Iterator[str] = chain(["450 4.2.0 greylisted", "451 4.3.0 busy", "452 4.2.2 full"], repeat("250 2.1.5 known"))
    office = Office(rcpt=lambda _: next(said))
    seen = []
    async with served_by(office, watch):
        for _ in range(4):
            await watch.send()
            seen.append(await mail(watch))
            clock.at += seen[-1][3] or timedelta()  # type: ignore[operator]

    assert seen == [
        ("queued", 1, 0, timedelta(minutes=1)),
        ("queued", 2, 0, timedelta(minutes=5)),
        ("queued", 3, 0, timedelta(minutes=15)),
        ("sent", 4, 0, None),
    ]
    assert await rows(watch, "select recipient, message_id, bytes from mail") == [(to, message_id(data), data) for to, data in office.took]


async def test_what_is_not_out_is_what_waits_and_what_was_given_up_since_somebody_asked(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, readers=[ANN])
    answers = iter(["550 5.1.1 no such user", "450 4.2.0 greylisted", "250 2.1.5 known"])
    said = []
    async with served_by(Office(rcpt=lambda _: next(answers)), watch):
        for name in ("one", "two", "three"):
            clock.advance(hours=1)
            began = clock()
            await comes_in(watch, a_story(name))
            await watch.tell_now(ANN)
            async with database.connection() as connection:
                said.append([error.partition(": ")[2] for error in await outbox.unsent(connection, ANN.email, since=began)])

    assert said == [
        ["550 5.1.1 no such user; given up"],
        ["450 4.2.0 greylisted; tried again later"],
        ["450 4.2.0 greylisted; tried again later"],
    ]


async def test_smtp_03_an_address_that_is_refused_fails_alone_and_is_not_tried_again(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    readers = [a_reader(f"reader{number:02}@example.org") for number in range(20)]
    watch = await a_watch(database, tmp_path, clock=clock, readers=readers)
    await comes_in(watch, a_story())
    gone = readers[7].email
    office = Office(rcpt=lambda to: "550 5.1.1 no such user" if to == gone else "250 2.1.5 known")
    async with served_by(office, watch):
        for reader in readers:
            await watch.tell_now(reader)
        for _ in range(5):
            clock.advance(hours=1)
            await watch.send()

    assert sorted(to for to, _ in office.took) == [reader.email for reader in readers if reader.email != gone]
    assert office.asked.count(gone) == 1
    assert await rows(watch, "select state, attempts, error like '%%550 5.1.1 no such user' from mail where recipient = %s", gone) == [
        ("failed", 1, True)
    ]
    box = (await health.report(watch)).box
    assert (box.failed, box.queued, "550 5.1.1" in (box.refusal or "")) == (1, 0, True)


@pytest.mark.parametrize(("lost", "copies"), [(TAKEN_AND_CUT, 2), (CUT, 1)])
async def test_smtp_04_a_mail_whose_answer_is_lost_is_sent_again_as_it_was_and_counted(
    database: Database, tmp_path: Path, lost: str, copies: int
) -> None:
    clock = Clock()
    watch = await a_mail(database, tmp_path, clock)
    said = iter([lost, TAKEN])
    office = Office(data=lambda _: next(said))
    async with served_by(office, watch):
        await watch.send()
        unknown, box = await mail(watch), (await health.report(watch)).box
        clock.advance(minutes=1)
        await watch.send()

    assert unknown == ("unknown", 1, 1, timedelta(minutes=1))
    assert (box.queued, box.unknown) == (1, 1)
    assert await mail(watch) == ("sent", 2, 1, None)
    assert (await health.report(watch)).box.doubtful == 1
    assert office.took == [(to, data) for to, data in await rows(watch, "select recipient, bytes from mail")] * copies


async def test_smtp_04_a_send_that_is_cut_short_leaves_unknown_what_nobody_answered(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, readers=(ANN, BOB))
    await comes_in(watch, a_story())
    send_to(watch, NOBODY)
    for reader in (ANN, BOB):
        await watch.tell_now(reader)
    clock.advance(minutes=1)
    office = Office(waits={ANN.email: 30})
    async with served_by(office, watch):
        sending_all = asyncio.create_task(watch.send())
        async with asyncio.timeout(10):
            while len(office.thinking) < 2 or not await rows(watch, "select from mail where state = 'sent'"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        began = asyncio.get_running_loop().time()
        sending_all.cancel()
        await asyncio.wait([sending_all])
        took = asyncio.get_running_loop().time() - began

    assert (sending_all.cancelled(), took < 2) == (True, True)
    assert await rows(watch, "select recipient, state, unanswered from mail order by 1") == [
        (ANN.email, "unknown", 1),
        (BOB.email, "sent", 0),
    ]


async def test_a_mail_that_a_server_may_have_stays_unknown_when_the_next_try_is_refused_for_now(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_mail(database, tmp_path, clock)
    said = iter([CUT, "452 4.3.1 disk full"])
    async with served_by(Office(data=lambda _: next(said)), watch):
        await watch.send()
        clock.advance(minutes=1)
        await watch.send()

    assert await mail(watch) == ("unknown", 2, 1, timedelta(minutes=5))


async def test_smtp_05_whoever_held_a_lapsed_claim_may_have_sent_the_mail(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_mail(database, tmp_path, clock)
    async with database.connection() as connection:
        (late,) = await outbox.claim(connection, now=clock.at)
        assert await outbox.claim(connection, now=clock.at + outbox.SEND_TIME - timedelta(seconds=1)) == []
        clock.at += outbox.SEND_TIME
        (mine,) = await outbox.claim(connection, now=clock.at)
        await outbox.failed(connection, late, error="too late", permanent=True, now=clock.at)

    assert (late.unanswered, mine.unanswered, mine.bytes) == (0, 1, late.bytes)
    assert (await mail(watch))[:3] == ("sending", 2, 1)


async def test_a_mail_in_the_hands_of_a_process_that_is_known_to_be_gone_is_tried_at_once(database: Database, tmp_path: Path) -> None:
    watch = await a_mail(database, tmp_path, Clock())
    async with database.connection() as connection:
        await outbox.claim(connection, now=NOON)
    await watch.recover()

    assert await mail(watch) == ("unknown", 1, 1, timedelta())


async def test_smtp_07_after_three_days_without_a_server_an_instant_mail_is_not_sent_but_told_by_the_next_digest(
    database: Database, tmp_path: Path
) -> None:
    clock = Clock()
    watch = await an_instant_mail(database, tmp_path, clock)
    send_to(watch, NOBODY)
    while clock.at < NOON + outbox.INSTANT_GIVE_UP:
        await watch.send()
        clock.at += (await mail(watch))[3] or timedelta()  # type: ignore[operator]
    await watch.send()
    expired = await rows(watch, "select state, attempts, over_at from mail")
    given_back = await rows(watch, "select mail, told from due")
    clock.advance(days=3)
    office = Office()
    async with served_by(office, watch):
        await watch.send()
        await watch.tell_now(ANN)

    assert expired == [("expired", 5, NOON + outbox.INSTANT_GIVE_UP)]
    assert given_back == [(None, None)]
    assert [message_id(data) for _, data in office.took] == [id for (id,) in await rows(watch, "select message_id from mail where id = 2")]


async def test_smtp_07_an_instant_mail_that_nobody_tried_for_two_hours_is_not_sent(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await an_instant_mail(database, tmp_path, clock)
    clock.advance(hours=2)
    office = Office()
    async with served_by(office, watch):
        await watch.send()

    assert office.took == []
    assert await mail(watch) == ("expired", 0, 0, None)


async def test_smtp_07_a_digest_that_waited_while_the_machine_was_off_is_sent(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_mail(database, tmp_path, clock)
    clock.advance(days=3)
    office = Office()
    async with served_by(office, watch):
        await watch.send()

    assert len(office.took) == 1


async def test_copies_that_a_mail_told_together_are_given_back_together(database: Database, tmp_path: Path) -> None:
    watch = await a_mail(database, tmp_path, Clock())
    await comes_in(watch, a_story("two", headline="Strike two"))
    async with database.connection() as connection:
        await connection.execute("update due set mail = 1, told = 1, copy_of = 1 where story = 2")
        await unsent.give_back(connection, [1], now=NOON)

    assert await rows(watch, "select story, mail, told, shown, copy_of, behind from due order by story") == [
        (story, None, None, None, None, False) for story in (1, 2)
    ]


async def test_a_dead_mail_server_shows_in_the_status_with_its_oldest_mail_and_what_it_said(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_mail(database, tmp_path, clock)
    send_to(watch, NOBODY)
    await watch.send()
    clock.advance(hours=2)

    (trouble,) = [each for each in (await health.report(watch)).troubles if each.startswith("outbox")]
    assert trouble.startswith("outbox: a mail has waited since 2026-11-23 12:00 UTC: 127.0.0.1:9: ")


async def test_the_operator_is_told_once_of_what_was_refused_and_never_of_a_refused_note(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_mail(database, tmp_path, clock)
    watch.settings = replace(watch.settings, operator="ops@example.org")
    async with served_by(Office(rcpt=lambda to: f"550 5.1.1 <{to}>: unknown"), watch):
        for _ in range(3):
            await watch.send()
            await health.check(watch)
            clock.advance(minutes=1)

    assert await rows(watch, "select kind, recipient, state, noted from mail order by id") == [
        ("digest", ANN.email, "failed", None),
        ("note", "ops@example.org", "failed", None),
    ]
    ((data,),) = await rows(watch, "select bytes from mail where id = 2")
    assert isinstance(data, bytes)
    note = message_from_bytes(data, policy=policy.default)
    assert isinstance(note, EmailMessage)
    assert "a…@example.org gets no mail: it is refused for good" in text(note)
    assert ANN.email not in text(note)


async def test_the_account_counts_each_mail_once_and_the_tries_that_nobody_answered(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_mail(database, tmp_path, clock)
    said = iter([CUT, CUT, TAKEN])
    async with served_by(Office(data=lambda _: next(said)), watch):
        for _ in range(3):
            await watch.send()
            clock.advance(minutes=5)
    async with database.connection() as connection:
        told = await accounts.account(connection, NOON, NOON + timedelta(hours=1))

    assert told.mails == {"maybe duplicate": 2, "sent": 1}


async def test_a_mail_whose_server_cannot_be_asked_waits_with_the_reason_and_expires_as_any_other(
    database: Database, tmp_path: Path
) -> None:
    clock = Clock()
    watch = await a_mail(database, tmp_path, clock)
    gone = Mail(sender="desk@example.org", smtp="smtp+starttls://127.0.0.1:9", ca_file=tmp_path / "gone.pem")
    watch.settings = replace(watch.settings, mail=gone)
    await watch.send()
    first, box = await mail(watch), (await health.report(watch)).box
    clock.at = NOON + outbox.GIVE_UP
    await watch.send()

    assert first == ("queued", 1, 0, timedelta(minutes=1))
    assert box.error == f"mail server: ca_file {tmp_path / 'gone.pem'} cannot be read: No such file or directory"
    assert (await mail(watch))[:3] == ("expired", 1, 0)


async def test_a_mail_that_met_with_what_nobody_foresaw_may_have_arrived_and_is_tried_again(database: Database, tmp_path: Path) -> None:
    watch = await a_mail(database, tmp_path, Clock())
    watch.settings = replace(watch.settings, outbox=tmp_path / "no\0name")
    await watch.send()

    assert await mail(watch) == ("unknown", 1, 1, timedelta(minutes=1))
    assert (await health.report(watch)).box.error == "ValueError: embedded null byte"


async def test_what_is_covered_begins_with_the_last_digest_that_was_not_refused(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch = await a_mail(database, tmp_path, clock)
    begins = []
    async with served_by(office, watch):
        for said in (TAKEN, "554 5.6.0 content refused", TAKEN):
            office.data = lambda _, said=said: said  # type: ignore[misc]
            await watch.send()
            async with database.connection() as connection:
                begins.append(await outbox.last_digest_at(connection, ANN.email))
            clock.advance(days=1)
            await comes_in(watch, a_story(f"{clock.at:%d}", body=f"The strike of {clock.at:%A} began.", published_at=clock.at))
            async with database.connection() as connection:
                run = await runs.begin(connection, ANN.email, None, now=clock.at)
            assert run
            await watch.tell(run)

    assert begins == [NOON, NOON, NOON + timedelta(days=2)]
