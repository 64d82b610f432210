"""A mail server on the loopback that does as a test says: it takes mails, puts them off, refuses them, or hangs up without a word."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from aiosmtpd.smtp import SMTP, Envelope, Session

from monitor.config import Mail
from monitor.watch import Watch

TAKEN = "250 2.0.0 taken"
#: The message is taken, or is not, and the line is cut before anybody could say so.
TAKEN_AND_CUT, CUT = "taken and cut", "cut"


@dataclass
class Office:
    """What it answers to RCPT and to the message, which may depend on the address; and what it took, oldest first."""

    rcpt: Callable[[str], str] = lambda _: "250 2.1.5 known"
    data: Callable[[str], str] = lambda _: TAKEN
    took: list[tuple[str, bytes]] = field(default_factory=list)
    #: Seconds that it thinks over the message, by address.
    waits: dict[str, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    #: Whose messages are all here.
    thinking: list[str] = field(default_factory=list)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        self.asked.append(address)
        said = self.rcpt(address)
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        (to,), content = envelope.rcpt_tos, envelope.content
        assert isinstance(content, bytes)
        said = self.data(to)
        self.thinking.append(to)
        await asyncio.sleep(self.waits.get(to, 0))
        if said in (TAKEN, TAKEN_AND_CUT):
            self.took.append((to, content))
        if said in (TAKEN_AND_CUT, CUT):
            server.transport.abort()
        return said


@asynccontextmanager
async def served_by(office: Office, watch: Watch) -> AsyncIterator[Watch]:
    """Let the office listen, and the watch send its mails there, until the block ends."""
    loop, before = asyncio.get_running_loop(), watch.settings
    server = await loop.create_server(lambda: SMTP(office, hostname="office", loop=loop), "127.0.0.1", 0)
    async with server:
        send_to(watch, server.sockets[0].getsockname()[1])
        yield watch
    watch.settings = before


def send_to(watch: Watch, port: int) -> None:
    """Let the watch send its mails to a port of the loopback; at 9 nobody listens."""
    mail = Mail(sender="desk@example.org", smtp=f"smtp://127.0.0.1:{port}", password=None, ca_file=None)
    watch.settings = replace(watch.settings, mail=mail)
