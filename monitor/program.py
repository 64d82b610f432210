"""The program, assembled: a store (embedded or one's own), migrated, and the watch over it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from monitor import embedded
from monitor.config import Settings
from monitor.database import Database, migrate
from monitor.watch import Watch


def now() -> datetime:
    """The one place that looks at the clock."""
    return datetime.now(UTC)


@asynccontextmanager
async def store(settings: Settings) -> AsyncIterator[tuple[str, bool]]:
    """The URL of the store, started if it is ours, and whether nobody else is at work in it."""
    if settings.database_url:
        yield settings.database_url, False
        return
    server = await asyncio.to_thread(embedded.start, settings.data_dir)
    try:
        yield server.url, server.alone
    finally:
        await asyncio.to_thread(server.stop)


@asynccontextmanager
async def opened(settings: Settings, *, configure: bool = True) -> AsyncIterator[Watch]:
    """The watch over a migrated store, which then follows ``settings``; to look only, leave it as it is configured."""
    async with store(settings) as (url, alone):
        await migrate(url, settings.database_schema)
        database = await Database.open(url, settings.database_schema)
        try:
            watch = Watch(database=database, settings=settings, clock=now)
            if configure:
                await watch.configure()
            if alone:
                await watch.recover()
            yield watch
        finally:
            await database.close()
