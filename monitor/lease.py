"""Lease: what a batch of claims still covers, known without asking Postgres. A process that was frozen looks here before it goes on."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from monitor import claims
from monitor.claims import CLAIM_TIME, Visit
from monitor.database import Database, StoreError

log = logging.getLogger(__name__)

#: From the last look at the lease until a request is on its way; clocks of several machines may differ by as much.
MARGIN = timedelta(seconds=3)


class Lease:
    """The claims of one batch, as they were renewed last."""

    def __init__(self, ids: Iterable[str], *, at: datetime) -> None:
        self.renew(ids, at=at)

    def renew(self, ids: Iterable[str], *, at: datetime) -> None:
        """These are still ours, by a renewal that was asked for ``at`` that moment."""
        self._ids, self._until = frozenset(ids), at + CLAIM_TIME - MARGIN

    def holds(self, id: str, now: datetime) -> bool:
        """Whether nobody else can have claimed a source."""
        return id in self._ids and now < self._until


@asynccontextmanager
async def kept(lease: Lease, database: Database, batch: str, *, clock: Callable[[], datetime]) -> AsyncIterator[list[Visit]]:
    """Keep the claims of a batch while the block works, however slow a wire is; give them back as visits are over.

    Visits are appended to the list. Those that the block did not end are due as before.
    """
    over: list[Visit] = []
    tasks = [asyncio.create_task(_renew(lease, database, batch, clock)), asyncio.create_task(_release(over, database, batch, clock))]
    try:
        yield over
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        async with database.connection() as connection:
            await claims.release(connection, over, by=batch, now=clock())
            await claims.abandon(connection, by=batch)


async def _renew(lease: Lease, database: Database, batch: str, clock: Callable[[], datetime]) -> None:
    while True:
        await asyncio.sleep(CLAIM_TIME.total_seconds() / 3)
        try:
            async with database.connection() as connection:
                now = clock()
                lease.renew(await claims.renew(connection, by=batch, now=now), at=now)
        except StoreError as exc:
            log.warning("claims not renewed code=claims-not-renewed error=%s", exc)


async def _release(over: list[Visit], database: Database, batch: str, clock: Callable[[], datetime]) -> None:
    """Give back the claims of what is over each second: one slow wire must not hold the others."""
    while True:
        await asyncio.sleep(1)
        done = over[:]
        if done:
            try:
                async with database.connection() as connection:
                    await claims.release(connection, done, by=batch, now=clock())
                del over[: len(done)]
            except StoreError as exc:
                log.warning("claims not released code=claims-not-renewed error=%s", exc)
