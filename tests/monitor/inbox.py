"""A mail server for whole processes, and a wire whose strikes are told at once."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from urllib.parse import quote

from aiosmtpd.controller import Controller

from spiders.feed import Entry
from tests.monitor.served import Served, rss

#: A wire of one list, whose strikes are told at once.
ALERTING = """
[[source]]
id = "list"
feed = "{feed}"
every = "1s"
level = "headline"
copies = false
[[rule]]
id = "strike"
any = ["strike"]
[[rule]]
id = "rain"
any = ["rain"]
[[recipient]]
email = "ann@example.org"
rules = ["strike", "rain"]
instant = ["strike"]
[mail]
from = "desk@example.org"
smtp = "smtp://127.0.0.1:{port}"
"""


def lists(wire: Served, *headlines: str) -> None:
    """From now on the list of the wire that ``ALERTING`` reads is these headlines."""
    now = datetime.now(UTC)
    told = [Entry(url=f"{wire.url}/{quote(name)}", guid=name, title=name, published_at=now) for name in headlines]
    wire.put("/rss", rss(told), "application/rss+xml")


class Inbox:
    """What a mail server was given."""

    def __init__(self) -> None:
        self.messages: list[tuple[list[str], bytes]] = []
        #: Seconds that it takes to say so.
        self.wait = 0.0

    async def handle_DATA(self, server: object, session: object, envelope: EmailMessage) -> str:
        self.messages.append((envelope.rcpt_tos, envelope.original_content))  # type: ignore[attr-defined]
        await asyncio.sleep(self.wait)
        return "250 taken"


@contextmanager
def receiving() -> Iterator[tuple[Inbox, int]]:
    """A mail server, what it was given, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    inbox = Inbox()
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield inbox, port
    finally:
        server.stop()
