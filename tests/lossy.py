"""A line between senders and a mail server on which answers are lost, put off and late, and on which somebody waits at named points."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain

#: Of the tries: put off at RCPT; cut off after the last dot, which the server never gets; put off then; taken, and the 250 lost.
PUT_OFF, CUT, FULL, LOST = 0.06, 0.03, 0.03, 0.10
#: Seconds until a message is passed on, so that there is always something under way.
SLOW = (0.2, 1.5)


@dataclass
class Taken:
    """A message of which the server said that it has it."""

    to: str
    sender: str
    #: Why its sender will try again all the same; "": it does not.
    cause: str = ""


#: Called at a point with its name, who has reached it, with which message if any, and what lets the answer pass.
Waiter = Callable[[str, str, str, Callable[[], Awaitable[None]]], Awaitable[None]]


@dataclass
class Line:
    """One listener a sender; ``serve`` is given the sender's name when it connects."""

    server: int
    waiter: Waiter
    chance: random.Random
    #: The point at which the next one to come there is waited for.
    armed: str | None = None
    taken: list[Taken] = field(default_factory=list)
    #: What else became of tries; and the open connections, by sender.
    counts: Counter[str] = field(default_factory=Counter)
    open: Counter[str] = field(default_factory=Counter)
    #: asyncio itself forgets a connection that waits for the server when its sender is gone.
    tasks: set[object] = field(default_factory=set)

    async def serve(self, sender: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on until either side ends it."""
        self.open[sender] += 1
        self.tasks.add(task := asyncio.current_task())
        try:
            server_reader, server = await asyncio.open_connection("127.0.0.1", self.server)
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await _Connection(self, sender, reader, writer, server_reader, server).talk()
            server.close()
        finally:
            writer.close()
            self.open[sender] -= 1
            self.tasks.discard(task)

    async def at(self, point: str, sender: str, to: str, answer: Callable[[], Awaitable[None]]) -> None:
        """Let the answer pass; if somebody waits here, let them."""
        if self.armed == point or (to and self.armed in ("250 received", "before commit", "after commit")):
            point, self.armed = self.armed or point, None
            await self.waiter(point, sender, to, answer)
        else:
            await answer()


@dataclass
class _Connection:
    line: Line
    sender: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server_reader: asyncio.StreamReader
    server: asyncio.StreamWriter
    to: str = ""

    async def talk(self) -> None:
        greeting = await self.heard()
        await self.line.at("connected", self.sender, "", lambda: self.say(greeting))
        while command := await self.reader.readline():
            if command.upper().startswith(b"RCPT"):
                self.to = command.partition(b"<")[2].partition(b">")[0].decode()
                if self.line.chance.random() < PUT_OFF:
                    self.line.counts["450 to RCPT"] += 1
                    await self.say(b"450 4.2.0 come back later\r\n")
                    continue
            answer = await self.ask(command)
            self.line.counts["550 to RCPT"] += answer.startswith(b"550")
            await self.say(answer)
            if answer.startswith(b"354") and not await self.message():
                return

    async def message(self) -> bool:
        """Pass the message on, or not; whether there is a connection left."""
        data = await self.reader.readuntil(b"\r\n.\r\n")
        await asyncio.sleep(self.line.chance.uniform(*SLOW))
        fate = self.line.chance.random()
        if fate < CUT:
            self.line.counts["cut off after the dot, not taken"] += 1
            self.writer.transport.abort()
            return False
        if fate < CUT + FULL:
            self.line.counts["452 to the message"] += 1
            await self.say(b"452 4.3.1 full\r\n")
            return False
        answer = await self.ask(data)
        if not answer.startswith(b"250"):
            await self.say(answer)
            return True
        return await self.was_taken(answer, lost=fate < CUT + FULL + LOST)

    async def was_taken(self, answer: bytes, *, lost: bool) -> bool:
        self.line.taken.append(Taken(self.to, self.sender, "250 lost" if lost else ""))
        if lost:
            self.writer.transport.abort()
            return False
        await self.line.at("", self.sender, self.to, lambda: self.say(answer))
        return True

    async def ask(self, data: bytes) -> bytes:
        self.server.write(data)
        await self.server.drain()
        return await self.heard()

    async def heard(self) -> bytes:
        """One answer of the server, all its lines."""
        lines = [await self.server_reader.readuntil(b"\n")]
        while lines[-1][3:4] == b"-":
            lines.append(await self.server_reader.readuntil(b"\n"))
        return bytes(chain.from_iterable(lines))

    async def say(self, answer: bytes) -> None:
        self.writer.write(answer)
        await self.writer.drain()
