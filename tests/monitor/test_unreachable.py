"""monitor.unreachable: a reader whose mail is refused is told of once, and once when mail to them goes out again."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from desk import Clock, a_reader, a_story, a_watch, change, comes_in, rows, text

from alerts.bounce import Bounce
from monitor import bounces, health
from monitor.database import Database
from monitor.mailserver import Mail
from monitor.watch import Watch

OPERATOR = "ops@example.org"


class Server:
    """A mail server that knows some addresses, and keeps what comes for them as the outbox folder does."""

    def __init__(self) -> None:
        self.unknown = {"ann@example.org", "bob@example.org"}
        self.says = "550 5.1.1 <{}> no such user"
        self.got: list[tuple[str, str]] = []

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if address in self.unknown:
            return self.says.format(address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:

        message = email.message_from_bytes(envelope.content or b"", policy=email.policy.default)
        self.got.append((envelope.rcpt_tos[0], str(message["Subject"])))
        return "250 OK"


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[tuple[Watch, Server, Clock]]:
    """Two readers whom the mail server does not know, and an operator whom it knows."""
    clock, server = Clock(), Server()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: SMTP(server, loop=loop), "127.0.0.1", 0)
    smtp = f"smtp://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    watch = await a_watch(database, tmp_path, clock=clock, readers=(a_reader(), a_reader("bob@example.org")))
    await change(watch, operator=OPERATOR, mail=Mail(sender="desk@example.org", smtp=smtp))
    yield watch, server, clock
    listening.close()


async def day(watch: Watch, clock: Clock, name: str) -> None:
    """A story comes, each reader is told, and the minutes after are judged."""
    clock.advance(days=1)
    body = " ".join(f"{name}{number}" for number in range(40))  # one that is no copy of another day's
    await comes_in(watch, a_story(name, headline=f"{name} strike", body=body, published_at=clock.at))
    for reader in watch.settings.recipients:
        await watch.tell_now(reader)
    for _ in range(3):
        clock.advance(minutes=1)
        await health.check(watch)
        await watch.send()


async def notes(watch: Watch) -> list[str]:
    """The texts of the notes to the operator."""
    found = await rows(watch, "select bytes from mail where kind = 'note' order by id")
    return [text(email.message_from_bytes(data, policy=email.policy.default)) for (data,) in found]  # type: ignore[arg-type]


async def test_the_operator_is_told_of_a_refusal_once_with_what_was_said(desk: tuple[Watch, Server, Clock]) -> None:
    watch, server, clock = desk
    await day(watch, clock, "one")
    await day(watch, clock, "two")

    [(to, subject)] = server.got
    [note] = await notes(watch)
    assert (to, subject) == (OPERATOR, "wirewatch: 2 things are not well")
    assert "a…@example.org gets no mail: it is refused for good" in note
    assert "b…@example.org gets no mail: it is refused for good" in note
    assert "550 5.1.1 <a…@example.org> no such user" in note
    assert "refused again it counts as told" in " ".join(note.split())
    assert "ann@example.org" not in note
    assert [line for line in (await health.report(watch)).troubles if line.startswith("unreachable: ")] != []


async def test_and_once_when_mail_to_them_goes_out_again(desk: tuple[Watch, Server, Clock]) -> None:
    watch, server, clock = desk
    await day(watch, clock, "one")
    await day(watch, clock, "two")
    server.unknown = {"bob@example.org"}
    await day(watch, clock, "three")
    await day(watch, clock, "four")

    told = [subject for to, subject in server.got if to == OPERATOR]
    last = (await notes(watch))[-1]
    assert told == [
        "wirewatch: 2 things are not well",
        # The third refusal suspends the one, and is not told as the first were.
        "wirewatch: Mails to b…@example.org come back, Mail to a…@example.org goes out again",
    ]
    assert "2 mails to them, refused; what they told was due once more, the archive has what was refused again" in last
    assert "b…@example.org gets no mail" not in last


async def test_of_a_reader_who_has_left_nothing_more_is_said(desk: tuple[Watch, Server, Clock]) -> None:
    watch, server, clock = desk
    await day(watch, clock, "one")
    await change(watch, recipients=())
    await day(watch, clock, "two")

    assert len(server.got) == 1
    assert await rows(watch, "select count(*) from outage where ended_at is null") == [(0,)]


async def test_a_relay_that_passes_nothing_on_for_days_costs_nobody_a_story(desk: tuple[Watch, Server, Clock]) -> None:
    watch, server, clock = desk
    server.says = "554 5.7.1 <{}>: Relay access denied"
    server.unknown.add(OPERATOR)
    for name in ("one", "two", "three", "four"):
        await day(watch, clock, name)
    assert server.got == []
    assert "Relay access denied" in ((await health.report(watch)).box.error or "")
    server.unknown = set()
    await day(watch, clock, "five")
    await day(watch, clock, "six")

    told = """select recipient, array_agg(headline order by story) from due join mail on mail.id = due.mail
        join revision using (story) where state = 'sent' group by due.recipient order by 1"""
    every = [f"{name} strike" for name in ("one", "two", "three", "four", "five", "six")]
    assert await rows(watch, told.replace("recipient,", "due.recipient,", 1)) == [("ann@example.org", every), ("bob@example.org", every)]
    assert await rows(watch, "select * from bounce") == []


async def come_back(watch: Watch, clock: Clock, status: str) -> None:
    """Reports say that the newest mail to each reader did not arrive, hours after the server took it."""
    clock.advance(hours=1)
    newest = await rows(
        watch, "select distinct on (recipient) message_id, recipient from mail where kind <> 'note' order by recipient, id desc"
    )
    async with watch.database.connection() as connection:
        for id, recipient in newest:
            said = Bounce(message_id=str(id), addresses=(str(recipient),), status=status, said=f"<{recipient}> no")
            await bounces.returned(connection, said, now=clock.at)


@pytest.mark.parametrize("status", ["5.1.1", "5.7.1", "5.6.0"])
async def test_of_whom_two_mails_in_a_row_come_back_from_the_operator_hears_once_however_rare_they_are(
    desk: tuple[Watch, Server, Clock], status: str
) -> None:
    watch, server, clock = desk
    server.unknown = set()
    await change(watch, recipients=(a_reader(),))
    counts = []
    for week in range(4):
        clock.advance(days=6)
        await day(watch, clock, f"week{week}")
        await come_back(watch, clock, status)
        await health.check(watch)
        await watch.send()
        counts.append(len(await notes(watch)))
    server.got.clear()
    await day(watch, clock, "five")
    clock.advance(days=1)
    await health.check(watch)
    await watch.send()

    said = (await notes(watch))[0]
    assert counts == [0, 1, 1, 1]
    assert "a…@example.org gets no mail" in said
    assert "<a…@example.org> no" in said
    assert [subject for to, subject in server.got if to == OPERATOR] == ["wirewatch: Mail to a…@example.org goes out again"]
    assert await rows(watch, "select * from absence where kind = 'suspended'") == []
