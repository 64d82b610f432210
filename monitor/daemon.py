"""The daemon: schedule and worker on one event loop, until told to leave; either of them alone on a machine of many."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from procrastinate.exceptions import ConnectorException

from monitor import jobs
from monitor.config import ConfigError, Settings
from monitor.database import StoreError
from monitor.program import opened
from monitor.schedule import Schedule
from monitor.watch import Watch
from spiders.crawl import Crawler, crawling

log = logging.getLogger(__name__)

#: Seconds between two looks at the configuration's files.
LOOK = 2
#: Seconds in which jobs in flight may end; the crawler before them takes at most its download time limit.
GRACE = 8
JOBS_AT_ONCE = 20
#: Seconds to wait for a queue that is away, doubled from the first to the last.
AWAY = (1, 30)


async def run(settings: Settings, reload: Callable[[], Settings], *, schedule: bool = True, work: bool = True) -> None:
    """Collect and tell until SIGTERM or SIGINT; SIGHUP reads the configuration again.

    ``reload`` reads it, or raises ConfigError: then the old one stays in force.
    """
    leave = asyncio.Event()
    reading = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, leave.set)
    loop.add_signal_handler(signal.SIGHUP, reading.set)
    async with AsyncExitStack() as stack:
        watch = await stack.enter_async_context(opened(settings))
        await stack.enter_async_context(jobs.app.open_async(watch.database.pool))
        if work:
            crawler = await stack.enter_async_context(crawling(contact=settings.contact, allow=settings.allow))
            worker = asyncio.create_task(_work(watch, crawler))
            stack.push_async_callback(_end, worker)
            # Exits run backwards: the crawler stops first, so that the jobs that wait for it end.
            stack.push_async_callback(crawler.stop)
        if schedule:
            ticking = Schedule(watch)
            ticking.start()
            stack.push_async_callback(ticking.stop)
        following = asyncio.create_task(_follow(watch, reload, reading))
        stack.push_async_callback(_end, following)
        log.info("watching sources=%d rules=%d recipients=%d", *map(len, (settings.sources, settings.rules, settings.recipients)))
        await leave.wait()
        log.info("leaving")


async def _work(watch: Watch, crawler: Crawler) -> None:
    """Take jobs from the queue; when Postgres is away, wait for it."""
    wait = AWAY[0]
    while True:
        try:
            await jobs.app.run_worker_async(
                name=f"{socket.gethostname()}:{os.getpid()}",
                concurrency=JOBS_AT_ONCE,
                install_signal_handlers=False,
                delete_jobs="successful",
                shutdown_graceful_timeout=GRACE,
                additional_context={"watch": watch, "crawler": crawler},
            )
            return
        except ConnectorException as exc:
            log.error("worker waits seconds=%d error=%s", wait, exc)
            await asyncio.sleep(wait)
            wait = min(wait * 2, AWAY[1])


async def _follow(watch: Watch, reload: Callable[[], Settings], reading: asyncio.Event) -> None:
    """Take up the configuration anew when its files change or SIGHUP asks; a faulty one changes nothing."""
    seen = _stamps(watch.settings.files)
    while True:
        try:
            await asyncio.wait_for(reading.wait(), LOOK)
        except TimeoutError:
            if _stamps(watch.settings.files) == seen:
                continue
        reading.clear()
        seen = _stamps(watch.settings.files)
        try:
            await watch.configure(reload())
        except (ConfigError, StoreError) as exc:
            log.error("configuration not taken up, the old one stays in force\n%s", exc)
        else:
            seen = _stamps(watch.settings.files)
            log.info("configuration taken up sources=%d rules=%d", len(watch.settings.sources), len(watch.settings.rules))


def _stamps(files: tuple[Path, ...]) -> list[tuple[int, int] | None]:
    return [(stat.st_mtime_ns, stat.st_size) if (stat := _stat(file)) else None for file in files]


def _stat(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        return None


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait((task,))
