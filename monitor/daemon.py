"""The daemon: schedule and worker on one event loop, until told to leave; either of them alone on a machine of many."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from monitor import jobs, memory, notify, outages, start
from monitor.config import ConfigError, Settings
from monitor.database import Database, StoreError, StoreUnavailable, translated
from monitor.fetching import fetching
from monitor.parts import Parts
from monitor.presence import Presence
from monitor.program import opened
from monitor.schedule import Schedule
from monitor.start import AWAY
from monitor.watch import Watch
from spiders.crawl import Crawler

log = logging.getLogger(__name__)

#: When each file was changed last, and its size; None where there is no such file.
Stamps = dict[Path, tuple[int, int] | None]

#: Seconds between two looks at the configuration's files.
LOOK = 2
#: Seconds in which what is in flight may end when we leave, of 30 in all: a download takes 20 at most, and what it brought is stored.
GRACE = 23
#: Seconds after which a daemon that leaves lets nobody wait for Postgres any longer, and those after which it waits for nothing.
PATIENCE, LONGEST = 26, 27.5
#: Seconds in which a Postgres that is there takes note that we left.
FAREWELL = 3
JOBS_AT_ONCE = 20
#: Waits for a connection that our own Postgres may let pass in a row; each is 30 s.
SILENCES = 2
#: Seconds that a spider lives, and those after which no quiet moment is waited for any more.
DAY, QUIET = 24 * 3600, 3600
#: Seconds between two times that memory is given back.
TIDY = 60


async def run(settings: Settings, reload: Callable[[], Settings], *, schedule: bool = True, work: bool = True) -> None:
    """Collect and tell until SIGTERM or SIGINT; SIGHUP reads the configuration again.

    ``reload`` reads it, or raises ConfigError: then the old one stays in force.
    """
    seen = _stamps(settings.files)
    leave, reading = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, leave.set)
    loop.add_signal_handler(signal.SIGHUP, reading.set)
    async with AsyncExitStack() as stack:
        watch = await start.opened(stack, lambda: _opened(settings), leave, waits=settings.database_url is not None)
        if watch is None:
            return
        hurry = asyncio.create_task(_hurry(watch.database, leave))
        stack.callback(hurry.cancel)
        await stack.enter_async_context(jobs.app.open_async(watch.database.pool))
        ticking = Schedule(watch)
        presence = Presence(watch, _part(schedule=schedule, work=work), lambda: ticking.leads)
        stack.push_async_callback(_farewell, presence)
        crawler = await stack.enter_async_context(fetching(settings)) if work else None
        parts = await stack.enter_async_context(Parts(leave, patience=LONGEST))
        if crawler:
            parts.begin(_work(watch, crawler, presence, leave))
            parts.begin(crawler.lasts())
            parts.begin(_refresh(crawler))
            parts.at_end(crawler.stop)
        if settings.database_url is None:
            parts.begin(_embedded(watch.database))
        if schedule:
            ticking.start()
            parts.at_end(ticking.stop)
        parts.begin(_follow(watch, reload, reading, seen))
        parts.begin(_ask_again(watch))
        parts.begin(_give_back())
        parts.begin(presence.live())
        parts.begin(notify.live())
        notify.tell("READY=1")
        log.info("watching sources=%d rules=%d recipients=%d", *map(len, (settings.sources, settings.rules, settings.recipients)))
        await leave.wait()
        notify.tell("STOPPING=1")
        log.info("leaving")


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Watch]:
    async with opened(settings, take_over=True) as watch:
        await _is_usable(watch)
        yield watch


async def _refresh(crawler: Crawler) -> None:
    """Begin a new spider once a day, at a quiet moment: whatever one gathers in its memory goes with it."""
    while True:
        await asyncio.sleep(DAY)
        await crawler.rests(QUIET)
        await crawler.renew()
        log.info("crawler renewed")


async def _give_back() -> None:
    """Hold no more memory than is in use."""
    while True:
        await asyncio.sleep(TIDY)
        memory.give_back()


def _part(*, schedule: bool, work: bool) -> str:
    """The command that runs these parts."""
    return "run" if schedule and work else "scheduler" if schedule else "worker"


async def _farewell(presence: Presence) -> None:
    with suppress(TimeoutError):  # Postgres is away
        await asyncio.wait_for(presence.leave(), FAREWELL)


async def _hurry(database: Database, leave: asyncio.Event) -> None:
    """Let nobody wait for a Postgres that is away when it is time to go: what is not stored is due as before."""
    await leave.wait()
    await asyncio.sleep(PATIENCE)
    log.warning("leaving without what is not stored by now code=leaving-unfinished")
    await database.close()


async def _embedded(database: Database) -> None:
    """Raise StoreUnavailable when our own Postgres is gone: nobody restarts it but our next start."""
    silences = 0
    while silences < SILENCES:
        await asyncio.sleep(LOOK)
        try:
            async with database.connection() as connection:
                await connection.execute("select 1")
            silences = 0
        except StoreUnavailable:
            silences += 1
    raise StoreUnavailable("the embedded Postgres does not answer; start wirewatch again, it is repaired then")


async def _work(watch: Watch, crawler: Crawler, presence: Presence, leave: asyncio.Event) -> None:
    """Take jobs from the queue; when Postgres is away, wait for it."""
    wait = AWAY[0]
    while True:
        try:
            with translated():
                await jobs.app.run_worker_async(
                    name=f"{socket.gethostname()}:{os.getpid()}",
                    concurrency=JOBS_AT_ONCE,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=GRACE,
                    additional_context={"watch": watch, "crawler": crawler},
                    worker_middleware=[presence.working],
                )
            return
        except StoreError as exc:
            # On its way out, too, the worker talks to Postgres; then this is raised in place of our cancellation.
            if leave.is_set():
                return
            log.error("worker waits code=worker-waits seconds=%d error=%s", wait, exc)
            await asyncio.sleep(wait)
            wait = min(wait * 2, AWAY[1])


async def _follow(watch: Watch, reload: Callable[[], Settings], reading: asyncio.Event, seen: Stamps) -> None:
    """Take up the configuration anew when its files change from ``seen`` or SIGHUP asks; a faulty one changes nothing."""
    while True:
        try:
            await asyncio.wait_for(reading.wait(), LOOK)
        except TimeoutError:
            if all(_stamp(file) == seen.get(file) for file in watch.settings.files):
                continue
        reading.clear()
        before = _stamps(watch.settings.files)
        try:
            with notify.reloading():
                await _read_again(watch, reload)
        except StoreError as exc:
            log.error("configuration not taken up yet code=configuration-waits error=%s", exc)
            await asyncio.sleep(LOOK)
            reading.set()
        # What changed while it was read is read again.
        seen = _stamps(watch.settings.files) | before


async def _ask_again(watch: Watch) -> None:
    """Match what another process stored by other rules; it reads an edit a little later, or has not got it yet."""
    while True:
        await asyncio.sleep(LOOK)
        try:
            await watch.ask_again()
        except StoreUnavailable as exc:
            log.debug("not matched again yet code=not-matched-again error=%s", exc)
        except Exception:  # what cannot be matched now must not end the daemon
            log.exception("not matched again code=not-matched-again")
            await asyncio.sleep(AWAY[1])


async def _read_again(watch: Watch, reload: Callable[[], Settings]) -> None:
    """Take up what the files say; where that cannot be used the old one stays, and the operator is told, once, and when it is over."""
    try:
        await _take_up(watch, await asyncio.to_thread(reload))
    except ConfigError as exc:
        log.error("configuration not taken up, the old one stays in force code=configuration-refused\n%s", exc)
        await _is_refused(watch, str(exc))
    except StoreError:
        raise
    except Exception as exc:  # a fault of ours; a desk whose daemon ends with each edit hears of nothing
        log.exception("configuration not taken up, the old one stays in force code=configuration-refused")
        await _is_refused(watch, f"{type(exc).__name__}: {exc}")
    else:
        await _is_usable(watch)


async def _is_refused(watch: Watch, detail: str) -> None:
    """Tell the operator of a configuration that cannot be used."""
    async with watch.database.connection() as connection:
        now = watch.clock()
        await outages.open_(connection, None, "configuration", began_at=now, detail=detail, now=now)


async def _is_usable(watch: Watch) -> None:
    """End what the operator was told of a configuration that could not be used."""
    async with watch.database.connection() as connection:
        await outages.close(connection, None, "configuration", now=watch.clock())


async def _take_up(watch: Watch, settings: Settings) -> None:
    old = watch.settings
    await watch.configure(settings)
    log.info("configuration taken up sources=%d rules=%d recipients=%d", *map(len, (settings.sources, settings.rules, settings.recipients)))
    if _lasting(old) != _lasting(settings):
        log.warning("[database] or [fetch] has changed: restart wirewatch to take that up code=restart-needed")


def _lasting(settings: Settings) -> tuple[object, ...]:
    """What holds for as long as the daemon runs: its pool and its crawler were made with it."""
    return settings.database_url, settings.database_schema, settings.contact, settings.allow, settings.proxy, settings.ca_file


def _stamps(files: tuple[Path, ...]) -> Stamps:
    return {file: _stamp(file) for file in files}


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
