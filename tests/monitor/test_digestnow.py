"""`wirewatch digest` where the mail server is away, hangs, or takes its time: each mail is tried once, and SIGTERM ends it in order."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from threading import Thread

import pytest
from aiosmtpd.controller import Controller

from monitor import grace
from monitor.config import load
from monitor.digestnow import digest_now
from tests.processes import Desk, Ended, a_desk, wait_until

MAIL = '[mail]\nfrom = "desk@example.org"\nsmtp = "smtp://127.0.0.1:{port}"'


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    with a_desk(database_url) as desk:
        yield desk


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_a_mail_is_tried_once_in_a_run_whether_it_was_written_in_it_or_waited(desk: Desk) -> None:
    port = free_port()
    desk.configure(sources=("crane",), more=MAIL.format(port=port))
    desk.run("crawl")
    first = desk.run("digest")
    tries = desk.rows("select attempts, next_try_at - created_at < interval '2 minutes' from mail")
    second = desk.run("digest")
    second_tries = desk.rows("select attempts from mail")
    server = Controller(Slow(), hostname="127.0.0.1", port=port)
    server.start()
    try:
        third = desk.run("digest")
    finally:
        server.stop()

    assert (first.code, first.err.count("mail-not-sent"), tries) == (1, 1, [(1, True)])
    assert (second.code, second.err.count("mail-not-sent"), second_tries) == (1, 1, [(2,)])
    away = f"a…@example.org: not sent: 127.0.0.1:{port}: "
    assert first.out.startswith(away) and first.out.endswith("; tried again later\n") and first.out.count("\n") == 1
    assert second.out == f"a…@example.org: nothing is due\n{first.out}"
    assert third == Ended(code=0, out="a…@example.org: 1 that waited: sent by mail\na…@example.org: nothing is due\n", err="")


def test_sigterm_lets_the_server_answer_and_then_tells_nobody_else(desk: Desk) -> None:
    office = Slow()
    server = Controller(office, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        desk.configure(sources=("crane",), readers=("ann@example.org", "bo@example.org"), more=MAIL.format(port=server.port))
        desk.run("crawl")
        with desk.start("digest") as digest:
            wait_until(lambda: office.took)
            code, seconds = digest.leaves()
            said = digest.said()
    finally:
        server.stop()

    assert (code, said, len(office.took), seconds < 10) == (143, "", 1, True)
    assert desk.rows("select state, attempts from mail") == [("sent", 1)]


class Slow:
    """A mail server that has a message for two seconds before it says so."""

    def __init__(self) -> None:
        self.took: list[object] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        self.took.append(envelope)
        await asyncio.sleep(2)
        return "250 taken"


def test_sigterm_gives_back_what_a_server_that_hangs_never_took(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        desk.configure(sources=("crane",), more=MAIL.format(port=server.getsockname()[1]))
        desk.run("crawl")
        settings = load(desk.file, environ={"WIREWATCH_DATABASE_URL": str(desk.database_url)}, data_dir=desk.folder / "data")
        lines = []

        def hang() -> None:
            lines.append(server.accept())
            os.kill(os.getpid(), signal.SIGTERM)

        Thread(target=hang).start()
        with pytest.raises(SystemExit) as ended:
            grace.run(lambda leave: digest_now(settings, settings.recipients, None, print, leave), seconds=0.2)
        lines[0][0].close()

    assert ended.value.code == 143
    given_back = "queued", 1, 0, "it was time to leave before the server had answered", True
    assert desk.rows("select state, attempts, unanswered, error, next_try_at < now() + interval '2 minutes' from mail") == [given_back]
