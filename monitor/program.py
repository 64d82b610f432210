"""The program, assembled: a store (embedded or one's own), migrated, and the watch over it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from monitor import binding, embedded
from monitor.clock import now
from monitor.config import ConfigError, Fault, Settings
from monitor.database import Database, migrate
from monitor.watch import Watch

log = logging.getLogger(__name__)


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
async def opened(settings: Settings, *, configure: bool = True, take_over: bool = False) -> AsyncIterator[Watch]:
    """The watch over a migrated store, which then follows ``settings``; to look only, leave it as it is configured.

    Raise ConfigError where the store follows another file: it would retire that one's sources and subscriptions. ``take_over`` does.
    """
    async with store(settings) as (url, alone):
        await migrate(url, settings.database_schema)
        database = await Database.open(url, settings.database_schema)
        try:
            watch = Watch(database=database, settings=settings, clock=now)
            if configure:
                await _bind(database, settings, take_over=take_over)
                await watch.configure()
            if alone:
                await watch.recover()
            yield watch
        finally:
            await database.close()


@asynccontextmanager
async def looked_at(settings: Settings) -> AsyncIterator[Database | None]:
    """The store as it is, neither made nor migrated; None where there is none yet. Raise StoreError when it does not answer."""
    if settings.database_url is None and not (settings.data_dir / "postgres").exists():
        yield None
        return
    async with store(settings) as (url, _):
        database = await Database.open(url, settings.database_schema)
        try:
            yield database
        finally:
            await database.close()


async def _bind(database: Database, settings: Settings, *, take_over: bool) -> None:
    """Let the store follow this configuration, if it follows none yet or ``take_over`` says so; else raise ConfigError."""
    async with database.connection() as connection:
        former = await binding.followed(connection)
        await (binding.take_over if take_over else binding.begin)(connection, settings.path, now=now())
        followed = await binding.followed(connection)
    if followed != settings.path:
        other = "[database] or WIREWATCH_DATABASE_URL" if settings.database_url else "--data-dir"
        said = f"this store follows {followed}; name another one by {other}, or take it over: wirewatch run --config {settings.path}"
        raise ConfigError([Fault(file=str(settings.path), message=said)])
    if former and former != followed:
        log.warning("store taken over code=store-taken-over from=%s by=%s", former, followed)
