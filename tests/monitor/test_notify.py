"""What systemd hears of the daemon."""

import asyncio
import os
import socket
import time
from pathlib import Path

import pytest

from monitor import notify


@pytest.fixture
def manager(tmp_path: Path) -> socket.socket:
    """The socket on which a service manager listens."""
    line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    line.bind(str(tmp_path / "notify"))
    line.setblocking(False)
    return line


def test_it_is_told_by_the_socket_it_named(manager: socket.socket) -> None:
    notify.tell("READY=1", {"NOTIFY_SOCKET": manager.getsockname()})

    assert manager.recv(100) == b"READY=1"


def test_a_socket_may_have_an_abstract_name() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(f"\0wirewatch-{os.getpid()}")

        notify.tell("READY=1", {"NOTIFY_SOCKET": f"@wirewatch-{os.getpid()}"})

        assert line.recv(100) == b"READY=1"


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "/nowhere/notify"}])
def test_where_nobody_listens_nothing_happens(environ: dict[str, str]) -> None:
    notify.tell("READY=1", environ)


async def test_a_watchdog_hears_that_the_loop_turns_and_when_it_does_not(manager: socket.socket) -> None:
    living = asyncio.create_task(notify.live({"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "40000"}))
    await asyncio.sleep(0.2)
    heard = []
    while said := await asyncio.wait_for(_heard(manager), 1):
        heard.append(said)

    time.sleep(0.1)  # noqa: ASYNC251 (a loop that hangs)

    assert len(heard) >= 4 and set(heard) == {b"WATCHDOG=1"}
    assert await _heard(manager) is None
    living.cancel()


@pytest.mark.parametrize("environ", [{}, {"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}])
async def test_who_did_not_ask_for_it_hears_nothing(manager: socket.socket, environ: dict[str, str]) -> None:
    living = asyncio.create_task(notify.live({"NOTIFY_SOCKET": manager.getsockname()} | environ))
    await asyncio.sleep(0.05)

    assert await _heard(manager) is None
    assert not living.done()
    living.cancel()


async def test_who_is_ready_says_so_lives_and_leaves(manager: socket.socket) -> None:
    async with notify.ready({"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "40000"}):
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.05)
    heard = [manager.recv(100)]
    while said := await _heard(manager):
        heard.append(said)

    assert (heard[0], heard[-1], set(heard[1:-1])) == (b"READY=1", b"STOPPING=1", {b"WATCHDOG=1"})


async def _heard(manager: socket.socket) -> bytes | None:
    try:
        return manager.recv(100)
    except BlockingIOError:
        return None
