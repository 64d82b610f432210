"""Reading feeds and pages in a process of its own: a large one takes seconds, and the event loop has mails to send."""

import asyncio
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import tzinfo
from multiprocessing import get_context
from types import FrameType
from typing import TypeVar

from spiders import ladder
from spiders.entry import Feed
from spiders.extract import extract
from spiders.rung import Rung
from spiders.source import Source
from spiders.story import SpiderError, Story

T = TypeVar("T")

#: Seconds that one feed or page may take to read. With a download's time limit before it, a stop stays below 30 s.
TIME_LIMIT = 8.0
#: Seconds of CPU after which the kernel ends a reader that did not heed its time limit.
GRACE = 1.0
#: Bytes a reader may hold: 16 MiB of "<p>a" become a tree of over 1 GiB, and the kernel might end Postgres for it.
MEMORY = 768 << 20
#: What a process reads before another takes its place: readers of unknown pages leak.
LIFE = 2000


class ReadingFailed(SpiderError):
    """A feed or page that could not be read in time, or that took its reader down."""


class OutOfTime(BaseException):
    """No Exception: libraries that read unknown pages swallow those, and go on."""


class Reading:
    """Reads feeds and pages in child processes, started when the first comes; ``close`` ends them."""

    def __init__(self, processes: int = 1, *, time_limit: float = TIME_LIMIT, life: int = LIFE) -> None:
        self.processes, self.time_limit, self.life = processes, time_limit, life
        self._pool: ProcessPoolExecutor | None = None
        self._taken = 0

    async def story(self, body: bytes | str, *, url: str, source: Source) -> Story:
        """The story on a page. Raise NotAStory, BadSelector or ReadingFailed."""
        return await self._read(url, _story, body, url, source)

    async def listed(self, rung: Rung, body: bytes, *, url: str, timezone: tzinfo) -> Feed:
        """What a rung's document lists. Raise SpiderError: its reader's own, or ReadingFailed."""
        return await self._read(url, _listed, rung, body, url, timezone)

    def close(self) -> None:
        """End the child processes; what is being read is finished first."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        self._pool = None

    async def _read(self, url: str, read: Callable[..., T], *args: object) -> T:
        try:
            return await asyncio.wrap_future(self._submit(_within, self.time_limit, url, read, *args))
        except BrokenProcessPool as exc:
            # What waits for the same reader fails with it, is kept on its feed's text, and read again later.
            raise ReadingFailed(f"{url}: the reader was taken down, by this page or one before it") from exc

    def _submit(self, call: Callable[..., T], *args: object) -> "Future[T]":
        try:
            return self._reader().submit(call, *args)
        except BrokenProcessPool:  # found dead: by the page before, or by a kernel short of memory
            self._pool = None
            return self._reader().submit(call, *args)

    def _reader(self) -> ProcessPoolExecutor:
        # Not max_tasks_per_child: with work queued the pool then starts no next process and waits for ever (cpython#115634).
        if self._pool and self._taken >= self.life:
            self._pool.shutdown(wait=False)
            self._pool = None
        if self._pool is None:
            # spawn: a forked child would hold the parent's database sockets.
            self._pool = ProcessPoolExecutor(self.processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(os.getpid(),))
            self._taken = 0
        self._taken += 1
        return self._pool


def _begin(parent: int) -> None:
    """Leave signals to the parent, and leave with it: after kill -9 nobody else would end this process. Bound the memory."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most), most))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def _story(body: bytes | str, url: str, source: Source) -> Story:
    return extract(body, url=url, source=source)


def _listed(rung: Rung, body: bytes, url: str, timezone: tzinfo) -> Feed:
    return ladder.read(rung, body, url=url, timezone=timezone)


def _within(seconds: float, url: str, read: Callable[..., T], *args: object) -> T:
    """What ``read`` makes of ``args``. Raise ReadingFailed when that takes longer."""
    try:
        with _limit(seconds):
            return read(*args)
    except OutOfTime:
        raise ReadingFailed(f"{url}: not read within {seconds:g} s") from None
    except MemoryError:
        raise ReadingFailed(f"{url}: too large to read") from None


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    # A handler runs only between two steps of Python, and a bare `except:` swallows even OutOfTime. This one asks nobody.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds + GRACE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)


def _out_of_time(signum: int, frame: FrameType | None) -> None:
    raise OutOfTime
