"""Reading pages in a process of its own: a large one takes 60 ms, and the event loop has mails to send."""

import asyncio
import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from types import FrameType

from spiders.extract import NotAStory, extract
from spiders.source import Source
from spiders.story import SpiderError, Story

#: Seconds one page may take to read.
TIME_LIMIT = 15


class ReadingFailed(SpiderError):
    """A page that could not be read in time, or that took its reader down."""


class Reading:
    """Reads pages in ``processes`` child processes, started with the first page; ``close`` ends them."""

    def __init__(self, processes: int = 1) -> None:
        self.processes = processes
        self._pool: ProcessPoolExecutor | None = None

    async def story(self, body: bytes | str, *, url: str, source: Source) -> Story:
        """The story on a page. Raise NotAStory or ReadingFailed."""
        pool = self._pool = self._pool or self._start()
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, _read, body, url, source)
        except BrokenProcessPool as exc:
            # Every page in the pool at this moment fails with it, is kept on its feed's text, and read again later.
            if self._pool is pool:
                self._pool = None
            raise ReadingFailed(f"{url}: the page took its reader down") from exc

    def close(self) -> None:
        """End the child processes; a page being read is finished first."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        self._pool = None

    def _start(self) -> ProcessPoolExecutor:
        # spawn: a forked child would hold the parent's database sockets.
        return ProcessPoolExecutor(
            self.processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(os.getpid(),), max_tasks_per_child=2000
        )


def _begin(parent: int) -> None:
    """Leave signals to the parent, and leave with it: after kill -9 nobody else would end this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def _read(body: bytes | str, url: str, source: Source) -> Story:
    signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, TIME_LIMIT)
    try:
        return extract(body, url=url, source=source)
    except (SpiderError, TimeoutError) as exc:
        raise exc if isinstance(exc, NotAStory) else ReadingFailed(f"{url}: {exc}") from exc
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _too_long(signum: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"not read within {TIME_LIMIT} s")
