"""Start: a process that goes on waits for a Postgres that is away, until it is told to leave."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TypeVar

from monitor import notify
from monitor.database import StoreUnavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds to wait for a Postgres or a queue that is away, doubled from the first to the last.
AWAY = (1, 30)


async def opened(
    stack: AsyncExitStack, store: Callable[[], AbstractAsyncContextManager[T]], leave: asyncio.Event, *, waits: bool
) -> T | None:
    """Enter a store; None when it is time to leave before it is open.

    ``waits``: for a Postgres that is away, why is said once. Nobody starts the embedded one but we: there StoreUnavailable is raised.
    """
    starting, leaving = asyncio.create_task(_entered(stack, store, waits=waits)), asyncio.create_task(leave.wait())
    await asyncio.wait((starting, leaving), return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if not starting.done():
        starting.cancel()
        await asyncio.wait((starting,))
    if starting.cancelled():
        log.info("leaving before the start was over")
        return None
    return starting.result()


async def _entered(stack: AsyncExitStack, store: Callable[[], AbstractAsyncContextManager[T]], *, waits: bool) -> T:
    wait, said = AWAY[0], ""
    while True:
        try:
            return await stack.enter_async_context(store())
        except StoreUnavailable as exc:
            if not waits:
                raise
            if str(exc) != said:
                log.error("start waits code=start-waits error=%s", exc)
            said = str(exc)
            notify.tell(f"EXTEND_TIMEOUT_USEC={(wait + 2 * AWAY[1]) * 1_000_000}\nSTATUS=waiting for Postgres")
        await asyncio.sleep(wait)
        wait = min(wait * 2, AWAY[1])
