"""The work on a back-test that is a job."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from alerts.rules import RuleError
from monitor import backtests
from monitor.backtest import backtest
from monitor.backtests import Placed
from monitor.database import StoreError
from monitor.outcome import as_row
from monitor.store import Store

log = logging.getLogger(__name__)

#: Seconds between two notes of how far it is.
NOTED = 1.0


async def work(store: Store, id: int) -> None:
    """Do a back-test, unless it is done or somebody is at it."""
    async with store.database.connection() as connection:
        placed = await backtests.claim(connection, id, now=store.clock())
    if placed is None:
        return
    result, error = None, None
    try:
        result = await _outcome(store, placed)
    except RuleError as exc:
        error = str(exc)
    async with store.database.connection() as connection:
        await backtests.end(connection, id, result, error=error, now=store.clock())
    if result is None:
        log.error("back-test failed code=backtest-failed result=%d rule=%s error=%s", id, placed.rule, error)
    else:
        compared = [f" {name}={result[name]['hits']}" for name in ("gained", "lost") if name in result]
        log.info("back-tested result=%d rule=%s hits=%d%s", id, placed.rule, result["hits"], "".join(compared))


async def _outcome(store: Store, placed: Placed) -> dict[str, Any]:
    said, far = placed.rules, _Far()
    rule, edited = backtests.of_said(said["rule"]), backtests.of_said(said["edited"]) if said["edited"] else None
    known = list(map(backtests.of_said, said["known"]))
    async with _noting(store, placed.id, far), store.database.connection() as connection:
        return as_row(await backtest(connection, rule, known, since=placed.since, until=placed.until, edited=edited, progress=far.note))


@dataclass(kw_only=True, slots=True)
class _Far:
    """How far a back-test is."""

    done: float = 0.0
    hits: int = 0

    def note(self, done: float, hits: int) -> None:
        self.done, self.hits = done, hits


@asynccontextmanager
async def _noting(store: Store, id: int, far: _Far) -> AsyncIterator[None]:
    """Write down how far it is while the block works, and so that we are alive."""
    task = asyncio.create_task(_note(store, id, far))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait((task,))


async def _note(store: Store, id: int, far: _Far) -> None:
    while True:
        await asyncio.sleep(NOTED)
        with suppress(StoreError):  # it is written a second later
            async with store.database.connection() as connection:
                await backtests.go_on(connection, id, far.done, far.hits, now=store.clock())
