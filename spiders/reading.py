"""Reading feeds and pages without holding up the event loop, which has mails to send.

A page whose source says where its body is takes a millisecond, and is read here. Feeds and all other pages are read in a process
of their own: a large one takes seconds.
"""

import asyncio
import logging
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import astuple
from functools import lru_cache
from importlib import import_module
from multiprocessing import get_context
from types import FrameType
from typing import TypeVar

from spiders import extract, ladder
from spiders.entry import Feed
from spiders.extract import Extracted, Unfamiliar
from spiders.gathering import Gathering
from spiders.patience import Patience
from spiders.rung import Rung
from spiders.source import Selectors, Source
from spiders.story import SpiderError

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Characters of a page that is read here. What was made to take long holds the event loop for a second then: tests/bench/worst.py.
MOST_HERE = 128 << 10
#: Seconds that a page waits for others: one that is read between other work takes half as long again as one after another.
PAUSE = 0.03
#: Characters of the pages that are read in one go: they hold the event loop for some 10 ms.
AT_ONCE = 160 << 10
#: Seconds of CPU for one page, after which those of its source are not read here any more.
LONG = 0.1

#: Seconds that one feed or page may take to read. With a download's time limit before it, a stop stays below 30 s.
TIME_LIMIT = 8.0
#: Seconds of CPU after which the kernel ends a reader that did not heed its time limit.
GRACE = 1.0
#: Bytes a reader may hold: 16 MiB of "<p>a" become a tree of over 1 GiB, and the kernel might end Postgres for it.
MEMORY = 768 << 20
#: What reads pages and is imported with the first of them, before its time begins: of an import that is cut short half a package
#: stays behind (urllib3 without its util), and every page after it fails.
LIBRARIES = ("charset_normalizer", "htmldate", "trafilatura")
#: What a process reads before another takes its place: readers of unknown pages leak.
LIFE = 2000


class ReadingFailed(SpiderError):
    """A feed or page that could not be read in time, or that took its reader down, or of whose kind too many did."""


class OutOfTime(BaseException):
    """No Exception: libraries that read unknown pages swallow those, and go on."""


class Reading:
    """Reads feeds and pages, those that may take long one after the other in a child process; ``close`` ends it."""

    def __init__(self, *, time_limit: float = TIME_LIMIT, life: int = LIFE, long: float = LONG, patience: Patience | None = None) -> None:
        self.time_limit, self.life, self.long = time_limit, life, long
        self._pool: ProcessPoolExecutor | None = None
        self._taken = 0
        # What is queued in a pool dies with the page that kills its process; what waits here does not.
        self._turn = asyncio.Lock()
        self._gathering = Gathering(pause=PAUSE, most=AT_ONCE)
        self._patience = patience or Patience()
        #: Ids of sources whose pages have held us up.
        self._slow: set[str] = set()
        #: When the CPU time of this thread was asked for, and what it was: where the kernel tells it slowly, not with every page.
        self._asked_at, self._used = 0.0, 0.0

    async def story(self, body: bytes | str, *, url: str, source: Source) -> Extracted:
        """The story on a page. Raise NotAStory, BadSelector or ReadingFailed."""
        if await self._is_for_here(body, source):
            with suppress(Unfamiliar):
                return self._here(body, url=url, source=source)
        return await self._read(source, url, _extracted, body, url, source)

    async def listed(self, rung: Rung, body: bytes, *, url: str, source: Source) -> Feed:
        """What a document of one of the source's rungs lists. Raise SpiderError: its reader's own, or ReadingFailed."""
        return await self._read(source, url, _listed, rung, body, url, source)

    def close(self) -> None:
        """End the child processes; what is being read is finished first."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        self._pool = None

    async def _is_for_here(self, body: bytes | str, source: Source) -> bool:
        """Whether a page is read here; if so, it is its turn now."""
        if isinstance(body, bytes) or len(body) > MOST_HERE or source.id in self._slow or not _says_where(source.selectors):
            return False
        await self._gathering.turn(len(body))
        return source.id not in self._slow  # one that went before it may have held us up

    def _here(self, body: bytes | str, *, url: str, source: Source) -> Extracted:
        began = time.perf_counter()
        if began - self._asked_at > self.long / 2:
            self._asked_at, self._used = began, time.thread_time()
        try:
            return extract.read(body, url=url, source=source, familiar=True)
        finally:
            # A page that only waited for its turn is not slow.
            if time.perf_counter() - began > self.long and (took := time.thread_time() - self._used) > self.long:
                log.warning("page slow code=page-slow source=%s url=%s took=%.1fs", source.id, url, took)
                self._slow.add(source.id)

    async def _read(self, source: Source, url: str, read: Callable[..., T], *args: object) -> T:
        async with self._turn:
            if self._patience.is_over(source.id):
                raise ReadingFailed(f"{url}: not read now, for others of {source.id} took too long, and all wait for the same reader")
            began = time.perf_counter()
            try:
                return await asyncio.wrap_future(self._submit(_within, self.time_limit, url, read, *args))
            except BrokenProcessPool as exc:
                raise ReadingFailed(f"{url}: its reader was taken down") from exc
            finally:
                # A process that was frozen meanwhile waited for hours.
                self._patience.took(source.id, min(time.perf_counter() - began, self.time_limit + GRACE))

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
            self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_begin, initargs=(os.getpid(),))
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


@lru_cache(maxsize=1024)
def _says_where(selectors: Selectors) -> bool:
    """Whether they name the body, and none of them siblings of siblings, which take cubic time to find."""
    return bool(selectors.body) and not any(mark in selector for selector in astuple(selectors) for mark in "~+")


def _extracted(body: bytes | str, url: str, source: Source) -> Extracted:
    return extract.read(body, url=url, source=source)


def _listed(rung: Rung, body: bytes, url: str, source: Source) -> Feed:
    return ladder.read(rung, body, url=url, timezone=source.timezone, reader=source.reader)


def _within(seconds: float, url: str, read: Callable[..., T], *args: object) -> T:
    """What ``read`` makes of ``args``. Raise ReadingFailed when that takes longer."""
    if read is _extracted:
        for library in LIBRARIES:
            import_module(library)
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
