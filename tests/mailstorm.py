"""`make mailstorm`: 600 mails by two senders through a line that loses answers, to a real postfix and on to its smtp-sink.

Senders are killed (SIGKILL) at named points, which are seen from outside: in the SMTP dialogue and in Postgres, which is restarted
twice. A sender runs ``Watch.send`` as it is. Ends with an assertion, or with the figures. Bounded to five minutes.
"""

import asyncio
import logging
import multiprocessing
import random
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psycopg

from alerts import header
from alerts.message import assemble
from monitor import embedded, outbox, program
from monitor.config import Mail, Settings
from monitor.database import Database, StoreError, conninfo
from monitor.migration import migrate
from monitor.postmaster import Postmaster
from monitor.watch import Watch
from tests.lossy import Line
from tests.monitor.postfix import Postfix, Sink, missing, postfix, sink

MAILS = 600
SENDER = "desk@example.org"
#: Each sender is a process of its own, forked from one that has imported all: otherwise the storm waits for Python most of the time.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["monitor.watch", "tests.lossy", "tests.monitor.postfix"])
#: The server knows nobody at these.
REFUSED = tuple(f"reader{number}@example.org" for number in range(0, MAILS, 50))
POINTS = ("connected", "250 received", "before commit", "after commit")
KILLS = 20
#: The first of those that replace a killed sender find a server that nobody answers at, and are killed with their claims.
CLAIMED = 4
RESTARTS = (MAILS // 3, 2 * MAILS // 3)
#: Seconds after which a claim that no connection works on is one whose commit Postgres never got.
STUCK = 20
LONGEST = 280

WHO_CLAIMED = """
create table claimed (mail bigint primary key, sender text not null, at timestamptz not null);
create function note_claim() returns trigger language plpgsql as $$ begin
    insert into wirewatch.claimed values (new.id, current_setting('application_name'), clock_timestamp())
    on conflict (mail) do update set sender = excluded.sender, at = excluded.at;
    return null;
end $$;
create trigger note_claim after update on mail for each row
    when (new.state = 'sending' and new.attempts > old.attempts) execute function note_claim();
"""
#: The clock is put forward: what is to be tried later is tried now.
HURRY = "update mail set next_try_at = now() where state in ('queued', 'unknown') and next_try_at > now()"


@dataclass
class Storm:
    """The line, the senders by their place at it, and what has happened to them."""

    url: str
    postmaster: Postmaster
    line: Line = field(init=False)
    ports: list[int] = field(default_factory=list)
    senders: dict[int, tuple[str, BaseProcess]] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    restarts: int = 0
    #: Whoever interferes with senders or Postgres is alone.
    quiet: asyncio.Lock = field(default_factory=asyncio.Lock)
    cleaning: set[asyncio.Task[None]] = field(default_factory=set)

    async def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the store says, as soon as it says anything."""
        while True:
            with suppress(psycopg.OperationalError):
                async with await psycopg.AsyncConnection.connect(conninfo(self.url), autocommit=True) as connection:
                    cursor = await connection.execute(query.encode(), values)
                    return await cursor.fetchall() if cursor.description else []
            await asyncio.sleep(0.1)

    # -- senders

    def start(self, place: int, port: int | None = None) -> str:
        name = f"sender-{place}-{sum(self.kills.values())}-{time.monotonic_ns()}"
        process = PROCESSES.Process(target=send, args=(f"{self.url}&application_name={name}", port or self.ports[place]), daemon=True)
        process.start()
        self.senders[place] = name, process
        return name

    async def kill(self, point: str, name: str) -> None:
        (place,) = (place for place, (each, _) in self.senders.items() if each == name)
        process = self.senders.pop(place)[1]
        process.kill()
        process.join()
        self.kills[point] += 1
        task = asyncio.create_task(self._replace(place, name))
        self.cleaning.add(task)
        task.add_done_callback(self.cleaning.discard)

    async def _replace(self, place: int, name: str) -> None:
        await self._bury(name)
        if self.kills["claimed"] < CLAIMED:
            with nobody_answers() as port:
                name = self.start(place, port)
                await until(lambda: self.rows(f"{HELD} and sender = %s", name))
                process = self.senders.pop(place)[1]
                process.kill()
                process.join()
            self.kills["claimed"] += 1
            await self._bury(name)
        self.start(place)

    async def _bury(self, name: str) -> None:
        """When all is over that a dead sender began, see what it could not say any more, and let its claims lapse."""
        await until(lambda: self._is_gone(name))
        await self._lapse("killed", await self.rows(f"{HELD} and sender = %s", name))

    async def _is_gone(self, name: str) -> bool:
        return not self.line.open[name] and not await self.rows("select 1 from pg_stat_activity where application_name = %s", name)

    async def _lapse(self, cause: str, held: list[tuple[Any, ...]]) -> None:
        for mail, to, sender in held:
            last = next((each for each in reversed(self.line.taken) if each.to == to), None)
            if last and last.sender == sender and not last.cause:
                last.cause = cause
            await self.rows("update mail set next_try_at = now() where id = %s and state = 'sending'", mail)

    # -- points

    async def reached(self, point: str, name: str, to: str, answer: Callable[[], Awaitable[None]]) -> None:
        """A sender has come to the point at which it is to be killed."""
        async with self.quiet:
            if name not in (each for each, _ in self.senders.values()):
                await answer()
            elif point == "connected":
                await self.kill(point, name)
            elif point == "after commit":
                await answer()
                await until(lambda: self.rows("select 1 from mail where recipient = %s and state = 'sent'", to))
                await self.kill(point, name)
            else:
                async with self._locked(to):
                    await answer()
                    if point == "before commit":
                        await until(lambda: self.rows(WAITING, name))
                    await self.kill(point, name)

    @asynccontextmanager
    async def _locked(self, to: str) -> AsyncIterator[None]:
        """Nobody else writes this mail's row: its sender waits before it can commit."""
        async with await psycopg.AsyncConnection.connect(conninfo(self.url)) as connection:
            await connection.execute("select from mail where recipient = %s for update", [to])
            yield

    async def restart(self) -> None:
        async with self.quiet:
            await asyncio.to_thread(self.postmaster.stop)
            await asyncio.sleep(1)
            await asyncio.to_thread(partial(self.postmaster.start, alone=True))
            self.restarts += 1

    # -- the course of it

    async def run(self) -> None:
        for place in (0, 1):
            self.start(place)
        points = [POINTS[number % len(POINTS)] for number in range(KILLS)]
        while (done := await self.done()) < MAILS or self.cleaning:
            if self.restarts < len(RESTARTS) and done >= RESTARTS[self.restarts]:
                await self.restart()
            if points and not self.line.armed and not self.cleaning and not self.quiet.locked():
                self.line.armed = points.pop(0)
            await self.rows(HURRY)
            stuck = await self.rows(f"{HELD} and at < now() - make_interval(secs => %s)", STUCK)
            living = {name for name, _ in self.senders.values()}
            await self._lapse("Postgres away", [each for each in stuck if each[2] in living])
            await asyncio.sleep(0.3)

    async def done(self) -> int:
        ((done,),) = await self.rows("select count(*) from mail where state in ('sent', 'failed')")
        return int(done)


async def until(holds: Callable[[], Awaitable[object]]) -> None:
    """Look again and again until it holds."""
    while True:
        if await holds():
            return
        await asyncio.sleep(0.02)


HELD = "select mail.id, recipient, sender from mail join claimed on claimed.mail = mail.id where state = 'sending'"
WAITING = "select 1 from pg_stat_activity where application_name = %s and wait_event_type = 'Lock'"


def nobody_answers() -> socket.socket:
    """A port at which every connection hangs: its queue is full and nobody takes from it. Left by ``with``."""
    return _Full(socket.AF_INET, socket.SOCK_STREAM)  # type: ignore[return-value]


class _Full(socket.socket):
    def __enter__(self) -> int:  # type: ignore[override]
        self.bind(("127.0.0.1", 0))
        self.listen(0)
        self.callers = [socket.socket() for _ in range(3)]
        for caller in self.callers:
            caller.setblocking(False)
            caller.connect_ex(self.getsockname())
        return int(self.getsockname()[1])

    def __exit__(self, *args: object) -> None:
        for caller in self.callers:
            caller.close()
        self.close()


def send(url: str, port: int) -> None:
    """A sender: what the daemon's worker does with the outbox, and nothing else."""
    logging.disable()
    asyncio.run(_send(url, port))


async def _send(url: str, port: int) -> None:
    settings = Settings(
        path=Path("wirewatch.toml"),
        data_dir=Path(),
        outbox=Path(),
        mail=Mail(sender=SENDER, smtp=f"smtp://127.0.0.1:{port}", password=None, ca_file=None),
    )
    watch = Watch(database=await Database.open(url), settings=settings, clock=program.now)
    while True:
        with suppress(StoreError):
            await watch.send()
        await asyncio.sleep(0.1)


async def fill(url: str) -> None:
    """Put the mails into the outbox, each to a reader of its own."""
    database, now = await Database.open(url), datetime.now(UTC)
    async with database.connection() as connection:
        await connection.execute(WHO_CLAIMED)
        for number in range(MAILS):
            reader = f"reader{number}@example.org"
            await outbox.put_note(connection, reader, a_mail(number, reader), now=now)
    await database.close()


def a_mail(number: int, to: str) -> bytes:
    """A message of some length; to render 600 digests takes longer than to send them."""
    values = {
        "Date": "Mon, 23 Nov 2026 12:00:00 +0000",
        "Message-ID": f"<d.{number}.storm@example.org>",
        "From": SENDER,
        "To": to,
        "Subject": f"Strike {number}",
    }
    text = "".join(f"{line}. Dockers strike in port {number}.\n" for line in range(200))
    return assemble({name: header.tokens(name, value) for name, value in values.items()}, text=text, html=f"<pre>{text}</pre>")


async def storm(url: str, postmaster: Postmaster, server: Postfix, end: Sink, seed: int) -> None:
    await migrate(url)
    await fill(url)
    storm = Storm(url=url, postmaster=postmaster)
    storm.line = Line(server=server.port, waiter=storm.reached, chance=random.Random(seed))
    async with AsyncExitStack() as stack:
        for place in (0, 1):

            async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, place: int = place) -> None:
                await storm.line.serve(storm.senders[place][0] if place in storm.senders else "nobody", reader, writer)

            listener = await stack.enter_async_context(await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 20))
            storm.ports.append(listener.sockets[0].getsockname()[1])
        try:
            await asyncio.wait_for(storm.run(), LONGEST)
        finally:
            for _, process in storm.senders.values():
                process.kill()
                process.join()
        while left := server.waits():
            print(f"postfix still has {left}")
            await asyncio.sleep(0.5)
        await check(storm, end)


async def check(storm: Storm, end: Sink) -> None:
    """Compare what lies at the end with what went wrong on the way, and print both."""
    written = {id: (to, bytes(data), state, unanswered) for id, to, data, state, unanswered in await storm.rows(WRITTEN)}
    got = [(str(each["Message-ID"]).strip(), each.as_bytes()) for each in end.took()]
    copies = Counter(id for id, _ in got)
    lost = [to for id, (to, _, state, _) in written.items() if state != "failed" and not copies[id]]
    changed = [id for id, data in got if _from_date(data) != _from_date(written[id][1])]
    failed = {to for to, _, state, _ in written.values() if state == "failed"}
    again = Counter(each.cause for each in storm.line.taken if each.cause)
    second = sum(count - 1 for count in copies.values())
    print(f"mails {MAILS}, refused for good {len(failed)}, arrived {len(copies)}, lost {len(lost)}, with other bytes {len(changed)}")
    print(f"kill -9: {_said(storm.kills)}; Postgres restarted: {storm.restarts} times; the line: {_said(storm.line.counts)}")
    print(f"second copies {second}; taken by the server and not noted by us: {sum(again.values())} ({_said(again)})")
    print(f"maybe duplicates by our own count: {sum(unanswered for *_, unanswered in written.values())}")
    assert (lost, changed, failed) == ([], [], set(REFUSED)), (lost, changed, failed)
    assert second == sum(again.values())
    assert {*POINTS, "claimed"} == set(storm.kills) and storm.restarts == len(RESTARTS), storm.kills


WRITTEN = "select message_id, recipient, bytes, state, unanswered from mail"


def _from_date(data: bytes) -> bytes:
    """A message without what servers put before it."""
    return data.replace(b"\r\n", b"\n")[data.replace(b"\r\n", b"\n").index(b"\nMessage-ID: ") :].strip()


def _said(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))


def main() -> None:
    """Run the storm; a seed makes it repeatable as far as the machine's pace allows."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers are stopped
    if why := missing():
        print(f"mailstorm: skipped, {why}")
        return
    began, seed = time.monotonic(), random.randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="wirewatch-mailstorm-") as name,
        sink() as end,
        postfix(relay=end.port, refused=REFUSED) as server,
    ):
        Path(name).chmod(0o711)
        with embedded.start(Path(name)) as database:
            asyncio.run(storm(database.url, Postmaster(Path(name).resolve()), server, end, seed))
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
