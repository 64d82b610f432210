"""Notify: what the service manager hears of us, if it asked: that we are ready, alive, read anew, or leave. See sd_notify(3)."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress


def tell(state: str, environ: Mapping[str, str] = os.environ) -> None:
    """Send "READY=1", "STOPPING=1" … to NOTIFY_SOCKET; nothing where there is none, and nothing is said when nobody listens."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        # "@" stands for the NUL with which the name of an abstract socket begins.
        line.sendto(state.encode(), f"\0{address[1:]}" if address.startswith("@") else address)


@contextmanager
def reloading() -> Iterator[None]:
    """Say that the configuration is being read again for as long as the block lasts, and that all is ready after it."""
    tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")
    try:
        yield
    finally:
        tell("READY=1")


async def live(environ: Mapping[str, str] = os.environ) -> None:
    """Say at half of each WATCHDOG_USEC that the event loop still turns; for ever, also where nobody asked."""
    limit = environ.get("WATCHDOG_USEC", "")
    if not limit.isdecimal() or environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        await asyncio.Event().wait()
    while True:
        tell("WATCHDOG=1", environ)
        await asyncio.sleep(int(limit) / 2e6)


@asynccontextmanager
async def ready(environ: Mapping[str, str] = os.environ) -> AsyncIterator[None]:
    """Say that we are ready, that the event loop turns for as long as the block lasts, and then that we leave."""
    living = asyncio.create_task(live(environ))
    tell("READY=1", environ)
    try:
        yield
    finally:
        tell("STOPPING=1", environ)
        living.cancel()
