"""The program, assembled: the watch over a store that follows the configuration. To look only: monitor/store.py."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from monitor import binding
from monitor.clock import now
from monitor.config import ConfigError, Fault, Settings
from monitor.database import Database
from monitor.store import migrated
from monitor.watch import Watch

log = logging.getLogger(__name__)


@asynccontextmanager
async def opened(settings: Settings, *, configure: bool = True, take_over: bool = False) -> AsyncIterator[Watch]:
    """The watch over a migrated store, which then follows ``settings``; to look only, leave it as it is configured.

    Raise ConfigError where the store follows another file: it would retire that one's sources and subscriptions. ``take_over`` does.
    """
    async with migrated(settings) as (database, alone):
        watch = Watch(database=database, settings=settings, clock=now)
        if configure:
            await _bind(database, settings, take_over=take_over)
            await watch.configure()
        if alone:
            await watch.recover()
        yield watch


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
