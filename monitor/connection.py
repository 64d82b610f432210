"""Connection: one to Postgres that hangs up on a server which says nothing any more."""

import asyncio
import os
import select
import socket
from contextlib import suppress
from datetime import timedelta
from typing import Any, Self

import psycopg
from psycopg import AsyncConnection, pq
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from monitor import session

CONNECT_TIME = timedelta(seconds=10)
#: Longer work is done in pieces: Postgres ends a statement after this.
STATEMENT_TIME = timedelta(seconds=30)
#: Postgres may be stopped, or the way to it cut: then it ends nothing, and we hang up when it is so late.
LATE = timedelta(seconds=5)
#: How long a statement that is cancelled may take to end.
CANCEL_TIME = timedelta(seconds=2)
#: How long a connection that lay idle may take to say that it still lives, and for how long after its last word it is not asked:
#: a story takes two or three round trips, and that would be one more.
CHECK_TIME = timedelta(seconds=2)
FRESH_TIME = timedelta(seconds=0.25)


class TimedConnection(AsyncConnection[TupleRow]):
    """A connection that hangs up on a server which says nothing any more, while TCP, or a stopped process, keeps silent too.

    No time limit of the server's helps there, nor a cancellation, which waits for the server's word.
    """

    #: How long a server may be silent over one command.
    patience: timedelta = STATEMENT_TIME + LATE
    _heard_at = 0.0
    _hung_up = False
    _cancelling: asyncio.TimerHandle | None = None

    @classmethod
    async def connect(cls, conninfo: str = "", *, autocommit: bool = False, **kwargs: Any) -> Self:
        """Connect, and ask for what ``database.conninfo()`` says of a session."""
        target, settings = session.apart(conninfo)
        connection = await super().connect(target, autocommit=True, **kwargs)
        try:
            connection.patience = CONNECT_TIME
            await session.begin(connection, settings)
        except BaseException:
            await connection.close()
            raise
        connection.patience = cls.patience
        await connection.set_autocommit(autocommit)
        return connection

    async def wait(self, *args: Any, **kwargs: Any) -> Any:
        patience, loop = self.patience, asyncio.get_running_loop()
        timer = loop.call_later(patience.total_seconds(), self._lose_patience)
        try:
            said = await super().wait(*args, **kwargs)
            self._heard_at = loop.time()
            return said
        except psycopg.OperationalError as exc:
            if not self._hung_up:
                raise
            raise psycopg.OperationalError(f"it said nothing for {patience.total_seconds():.0f} s, or it is time to leave") from exc
        finally:
            timer.cancel()
            if self._cancelling:
                self._cancelling.cancel()

    async def cancel_safe(self, *, timeout: float = CANCEL_TIME.total_seconds()) -> None:  # noqa: ASYNC109 (psycopg's)
        """Ask Postgres to end the statement. When it has not soon, hang up: psycopg waits for its word."""
        longest = CANCEL_TIME.total_seconds()
        self._cancelling = asyncio.get_running_loop().call_later(longest, self._lose_patience)
        await super().cancel_safe(timeout=min(timeout, longest))

    def hang_up(self) -> None:
        """End the connection now; whoever waits for it gets an OperationalError at once. Postgres rolls back."""
        if self.closed:
            return
        self._hung_up = True
        # Not finish(): it closes the socket under the event loop, which then never wakes who waits.
        with socket.socket(fileno=os.dup(self.pgconn.socket)) as line, suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    @property
    def is_fresh(self) -> bool:
        """Whether it spoke a moment ago, and nothing came since: unasked a server says only that it leaves."""
        if asyncio.get_running_loop().time() - self._heard_at > FRESH_TIME.total_seconds():
            return False
        line = select.poll()
        line.register(self.pgconn.socket, select.POLLIN)
        return not line.poll(0)

    def _lose_patience(self) -> None:
        # One that listens for notifications may be silent for ever.
        if not self.closed and self.pgconn.transaction_status == pq.TransactionStatus.ACTIVE:
            self.hang_up()


async def probe(connection: AsyncConnection[TupleRow]) -> None:
    """Raise psycopg.OperationalError when a connection that lay idle has died, or began where no writes were taken."""
    assert isinstance(connection, TimedConnection)
    if connection.is_fresh:
        return
    if connection.info.parameter_status("default_transaction_read_only") == "on":
        raise psycopg.OperationalError("it keeps to what it began with; a new one may write again")
    usual, connection.patience = connection.patience, CHECK_TIME
    try:
        await AsyncConnectionPool.check_connection(connection)
    finally:
        connection.patience = usual
