"""``wirewatch migrate``: bring the schema up to date before anything else runs."""

import asyncio

import click

from monitor.commands.where import Where, where
from monitor.config import Settings
from monitor.migration import migrate
from monitor.store import store


@click.command(name="migrate")
@where
def migrate_command(at: Where) -> None:
    """Bring the database's schema up to date; every other command does so by itself.

    Example: wirewatch migrate
    """
    applied = asyncio.run(_migrate(at.settings()))
    click.echo("\n".join(f"applied {name}" for name in applied) or "up to date")


async def _migrate(settings: Settings) -> list[str]:
    async with store(settings) as (url, _):
        return await migrate(url, settings.database_schema)
