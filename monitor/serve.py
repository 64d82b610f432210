"""Serve: the web application as a process, until SIGTERM. TLS and the open net are for the web server before it."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from monitor import notify, start
from monitor.config import Settings
from monitor.program import opened
from monitor.web.app import application

log = logging.getLogger(__name__)

#: Requests at once; more are answered 503. Seconds in which those in flight may end when we leave.
MOST, GRACE = 100, 5
#: Seconds in which a request must be here, its body too.
REQUEST_TIME = 10


class _Hurried(H11Protocol):
    """HTTP with whoever says all of a request in time: some hundred that were begun and never ended would keep everybody else out."""

    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._wait()
        else:
            self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._end = self._end or self.loop.call_later(REQUEST_TIME, self.transport.close)

    def _rest(self) -> None:
        if self._end:
            self._end.cancel()
        self._end = None


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # It would raise each signal again when it has left, and a daemon that was told to leave and did has not failed.
        yield


async def serve(settings: Settings, listen: tuple[str, int]) -> None:
    """Answer requests at a host and a port until SIGTERM or SIGINT. Raise OSError where it cannot listen."""
    leave = asyncio.Event()
    _on_signal(leave.set)
    async with AsyncExitStack() as stack:
        watch = await start.opened(stack, lambda: opened(settings, configure=False), leave, waits=settings.database_url is not None)
        if watch is None:
            return
        with _socket(listen) as listening:
            server = _Server(
                uvicorn.Config(
                    application(watch),
                    log_config=None,
                    access_log=False,  # it would keep the tokens
                    lifespan="off",
                    http=_Hurried,
                    ws="none",
                    server_header=False,
                    proxy_headers=False,
                    limit_concurrency=MOST,
                    timeout_graceful_shutdown=GRACE,
                )
            )
            _on_signal(lambda: setattr(server, "should_exit", True))
            log.info("listening url=http://%s:%d", *listening.getsockname()[:2])
            async with notify.ready():
                await server.serve(sockets=[listening])
            log.info("leaving")


def _on_signal(leave: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, leave)


def _socket(listen: tuple[str, int]) -> socket.socket:
    host, port = listen
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as exc:
        raise OSError(f"cannot listen on {host}:{port}: {exc.strerror or exc}; choose another with --listen HOST:PORT") from exc
