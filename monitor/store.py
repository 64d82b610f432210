"""Store: the Postgres that a command works on, embedded or one's own, migrated and opened; to look into it nothing else is needed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor import claims, outbox, runs
from monitor.clock import now
from monitor.config import Settings
from monitor.database import Database
from monitor.migration import migrate
from monitor.storeerror import StoreError, StoreUnavailable

#: Seconds between two looks at the embedded Postgres.
LOOK = 2


@dataclass(kw_only=True)
class Store:
    """An open store, and the configuration and the clock with which it is looked at."""

    database: Database
    settings: Settings
    clock: Callable[[], datetime]

    async def recover(self) -> None:
        """Take up at once what a process that is gone was working on; for when we know that nobody else is at work."""
        async with self.database.connection() as connection:
            await claims.abandon(connection, by=None)
            await runs.abandon(connection, now=self.clock())
            await outbox.abandon(connection, now=self.clock())


@asynccontextmanager
async def store(settings: Settings) -> AsyncIterator[tuple[str, bool]]:
    """The URL of the store, started if it is ours, and whether nobody else is at work in it."""
    if settings.database_url:
        yield settings.database_url, False
        return
    from monitor import embedded  # what runs a server of its own is not for those who bring one

    server = await asyncio.to_thread(embedded.start, settings.data_dir)
    try:
        yield server.url, server.alone
    except StoreUnavailable:
        embedded.check(settings.data_dir)
        raise
    finally:
        await asyncio.to_thread(server.stop)


def is_made(settings: Settings) -> bool:
    """Whether there is a store, or somebody else's Postgres to look for it in; the embedded one is made when it is opened."""
    return settings.database_url is not None or (settings.data_dir / "postgres").exists()


@asynccontextmanager
async def migrated(settings: Settings) -> AsyncIterator[tuple[Database, bool]]:
    """The store with the schema of this version, and whether nobody else is at work in it."""
    async with store(settings) as (url, alone):
        await migrate(url, settings.database_schema)
        database = await Database.open(url, settings.database_schema)
        guard = None if settings.database_url else asyncio.create_task(_guard(settings.data_dir, database))
        try:
            yield database, alone
        finally:
            if guard:
                guard.cancel()
            await database.close()


async def _guard(folder: Path, database: Database) -> None:
    """Let nobody wait for an embedded Postgres that is gone: nobody starts it but our next start."""
    from monitor import embedded

    while True:
        await asyncio.sleep(LOOK)
        try:
            await asyncio.to_thread(embedded.check, folder)
        except embedded.EmbeddedError:
            await database.close()
            return


def demand(settings: Settings) -> None:
    """Raise StoreError where there is no store: who only looks makes none, and finds in an empty one that all is well."""
    if not is_made(settings):
        said = "`wirewatch crawl` makes one; --data-dir names another folder"
        raise StoreError(f"there is no store in {settings.data_dir} yet: {said}")


@asynccontextmanager
async def looking(settings: Settings) -> AsyncIterator[Store]:
    """The migrated store, left as it is configured. Raise StoreError where there is none."""
    demand(settings)
    async with migrated(settings) as (database, alone):
        seen = Store(database=database, settings=settings, clock=now)
        if alone:
            await seen.recover()
        yield seen


@asynccontextmanager
async def looked_at(settings: Settings) -> AsyncIterator[Database | None]:
    """The store as it is, neither made nor migrated; None where there is none yet. Raise StoreError when it does not answer."""
    if not is_made(settings):
        yield None
        return
    async with store(settings) as (url, _):
        database = await Database.open(url, settings.database_schema)
        try:
            yield database
        finally:
            await database.close()
