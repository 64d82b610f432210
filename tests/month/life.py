"""Thirty days of the daemon in fast time: the clock is set from one half hour to the next, all else is the program itself."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from procrastinate import PsycopgConnector

from monitor import claims, config, jobs, leaving
from monitor.database import Database
from monitor.schedule import Schedule
from monitor.watch import Watch
from spiders.entry import Entry
from spiders.order import FeedRead, FeedUnchanged, Keep, Page, PageFailed, PageRead, Poll, PollFailed, Result
from spiders.story import Story
from tests.month.newsroom import DEAD, DEAD_FROM, DEAD_UNTIL, END, START, Shown
from tests.month.readers import LEARNED_AT, READERS, configuration

STEP = timedelta(minutes=30)
#: Nobody takes mail then; and the daemon is not there.
RELAY_DOWN = (datetime(2026, 10, 28, 5, tzinfo=START.tzinfo), datetime(2026, 10, 28, 9, tzinfo=START.tzinfo))
RESTARTS = (datetime(2026, 10, 16, 10, 30, tzinfo=START.tzinfo), datetime(2026, 11, 3, 5, 45, tzinfo=START.tzinfo))
#: How long it was away, each time.
AWAY = (timedelta(0), timedelta(hours=3, minutes=30))
#: Entries of a list, and days in which a page is shown at all.
LISTED = 40


@dataclass
class Wires:
    """All that the sources show by now, answered in place of HTTP: the list with its newest entries, and each page."""

    coming: list[Shown]
    clock: "Clock"
    lists: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    pages: dict[str, Story] = field(default_factory=dict)
    #: When a page was first read as it stood after a moment: (address, shown at) → read at.
    read_at: dict[tuple[str, datetime], datetime] = field(default_factory=dict)
    _shown: dict[str, datetime] = field(default_factory=dict)
    _told: dict[str, tuple[Entry, ...]] = field(default_factory=dict)

    def show(self) -> None:
        """Let be there what is published by now."""
        while self.coming and self.coming[0].at <= self.clock.at:
            shown = self.coming.pop(0)
            entries = self.lists[shown.outlet.id]
            entries[:] = [each for each in entries if each.url != shown.url][-LISTED + 1 :]
            entries.append(Entry(url=shown.url, guid=shown.url, title=shown.headline, published_at=shown.story.published_at))
            self.pages[shown.url], self._shown[shown.url] = shown.story, shown.at

    async def poll(self, poll: Poll, keep: Keep, held: Callable[[], bool]) -> None:
        """As ``Crawler.poll``."""
        assert held()
        answer: Result
        entries = tuple(reversed(self.lists[poll.source.id]))
        if poll.source.id == DEAD and DEAD_FROM <= self.clock.at < DEAD_UNTIL:
            answer = PollFailed(order=poll, error="the server does not answer")
        elif self._told.get(poll.source.id) == entries:
            answer = FeedUnchanged(order=poll, whole=True)
        else:
            answer = FeedRead(order=poll, entries=entries)
            self._told[poll.source.id] = entries
        for order in await keep(answer):
            assert isinstance(order, Page), order
            await keep(self._page(order))

    def _page(self, order: Page) -> PageRead | PageFailed:
        if order.url not in self.pages:
            return PageFailed(order=order, error="there is no such page")
        self.read_at.setdefault((order.url, self._shown[order.url]), self.clock.at)
        return PageRead(order=order, story=self.pages[order.url])


@dataclass
class Clock:
    """The month's clock."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Relay:
    """The mail server: what it took, when, and for whom."""

    clock: Clock
    took: list[tuple[datetime, str, bytes]] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        (to,), content = envelope.rcpt_tos, envelope.content
        assert isinstance(content, bytes)
        self.took.append((self.clock.at, to, content))
        return "250 2.0.0 taken"

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Take mails until the block ends; at the same port each time."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(self, hostname="relay", loop=loop), "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield


@dataclass
class Life:
    """One daemon after the other over one store, and what lies around them."""

    url: str
    folder: Path
    wires: Wires
    relay: Relay
    clock: Clock

    async def live(self) -> None:
        """From the first day to the last."""
        moments, since = list(_moments()), START
        async with AsyncExitStack() as listening:
            await listening.enter_async_context(self.relay.listening())
            for until, away in zip((*RESTARTS, END), (*AWAY, timedelta(0)), strict=True):
                await self._daemon([at for at in moments if since <= at < until], listening)
                since = until + away

    async def _daemon(self, moments: list[datetime], listening: AsyncExitStack) -> None:
        """A process: it starts, lives through these moments, and is gone without a word."""
        self.clock.at = moments[0]
        database = await Database.open(self.url)
        try:
            watch = Watch(database=database, settings=self._settings(), clock=self.clock)
            await watch.recover()
            await watch.configure()
            with jobs.app.replace_connector(PsycopgConnector()):
                async with jobs.app.open_async(database.pool):
                    schedule = Schedule(watch)
                    for self.clock.at in moments:
                        await self._happens(watch, listening)
                        await self._tick(watch, schedule)
        finally:
            await database.close()

    async def _tick(self, watch: Watch, schedule: Schedule) -> None:
        self.wires.show()
        async with watch.database.connection() as connection:
            claimed = await claims.take_due(connection, by="month", now=self.clock.at)
        if claimed:
            await watch.collect(self.wires, "month")  # type: ignore[arg-type]
        await schedule.tick(self.clock.at)
        if await self._has_work(watch):
            options: dict[str, Any] = {"wait": False, "install_signal_handlers": False, "additional_context": {"watch": watch}}
            await jobs.app.run_worker_async(queues=["tell", "sweep"], **options)

    async def _has_work(self, watch: Watch) -> bool:
        async with watch.database.connection() as connection:
            cursor = await connection.execute(
                "select exists (select from procrastinate_jobs where status = 'todo' and queue_name in ('tell', 'sweep'))"
            )
            return await cursor.fetchone() == (True,)

    async def _happens(self, watch: Watch, listening: AsyncExitStack) -> None:
        """What people do at this moment, and the relay."""
        now = self.clock.at
        if now == RELAY_DOWN[0]:
            await listening.aclose()
        if now == RELAY_DOWN[1]:
            await listening.enter_async_context(self.relay.listening())
        for reader in READERS:
            if reader.stopped and now in reader.stopped:
                async with watch.database.connection() as connection:
                    left = now == reader.stopped[0]
                    await (
                        leaving.stop(connection, reader.email, by="recipient", now=now)
                        if left
                        else leaving.resume(connection, reader.email, now=now)
                    )
        if now == LEARNED_AT or any(now in (reader.since, *(reader.stopped or ())[1:]) for reader in READERS):
            await watch.configure(self._settings())

    def _settings(self) -> config.Settings:
        file = self.folder / "wirewatch.toml"
        file.write_text(configuration(self.clock.at, self.relay.port), encoding="utf-8")
        return config.load(file, environ={}, data_dir=self.folder / "data")


def _moments() -> Iterator[datetime]:
    """Each half hour, and when people do something in between."""
    done = {moment for reader in READERS for moment in (reader.since, *(reader.stopped or ()))} | {LEARNED_AT, *RELAY_DOWN}
    steps = int((END - START) / STEP)
    return iter(sorted({START + STEP * step for step in range(steps)} | done))
