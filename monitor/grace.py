"""Grace: a command that SIGTERM finds at work ends what it has in hand, and begins nothing more."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

#: Seconds for what is in hand, as many as the daemon's: a server may be thinking over a message.
GRACE = 23
#: What a process leaves with that SIGTERM ended.
TERMINATED = 128 + signal.SIGTERM

T = TypeVar("T")


def run(work: Callable[[asyncio.Event], Coroutine[Any, Any, T]], seconds: float = GRACE) -> T:
    """Do some work on an event loop of its own, and return what it does.

    SIGTERM sets the event that the work is given, and cancels it so many seconds later; it can put things in order then, which it could
    not if the handler raised SystemExit: the loop would end with the work in it. When the work is over SystemExit is raised.
    """
    leave = asyncio.Event()
    try:
        done = asyncio.run(_heeding(work, leave, seconds))
    except asyncio.CancelledError:
        sys.exit(TERMINATED)
    if leave.is_set():
        sys.exit(TERMINATED)
    return done


async def _heeding(work: Callable[[asyncio.Event], Coroutine[Any, Any, T]], leave: asyncio.Event, seconds: float) -> T:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task

    def heed() -> None:
        if not leave.is_set():
            leave.set()
            loop.call_later(seconds, task.cancel)

    loop.add_signal_handler(signal.SIGTERM, heed)
    return await work(leave)
