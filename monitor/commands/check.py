"""``wirewatch check``: the configuration as it is read, and what in it cannot work as things are."""

import asyncio
import sys

import click

from monitor import absences, overview, show
from monitor.clock import now
from monitor.commands.where import Where, where
from monitor.config import Settings
from monitor.database import StoreError
from monitor.doubts import doubts
from monitor.store import looked_at


@click.command()
@where
def check(at: Where) -> None:
    """Read the configuration, name all its faults at once, show it with secrets masked. Exit 1 when a part cannot work as things are.

    Example: wirewatch check --config wirewatch.toml
    """
    settings = at.settings()
    show.table(("setting", "value"), [*overview.rows(settings), *asyncio.run(_away(settings))])
    found = doubts(settings)
    for doubt in found:
        click.echo(str(doubt), err=True)
    sys.exit(bool(found))


async def _away(settings: Settings) -> list[tuple[str, str]]:
    """Who is told nothing though the file names them: that stands in the store."""
    try:
        async with looked_at(settings) as database:
            if database is None:
                return []
            async with database.connection() as connection:
                reaches = await absences.reaches(connection, settings.recipients, now=now())
    except StoreError as exc:
        return [("who is away", f"unknown: {exc}")]
    return [(f"away {email}", show.away(absence)) for email, reach in reaches.items() if (absence := reach.absence(now()))]
