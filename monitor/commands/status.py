"""``wirewatch status`` and ``account``: how it does, and whether what was listed adds up."""

import asyncio
import sys
from dataclasses import asdict
from datetime import datetime

import click

from monitor import accounts, health, show
from monitor.commands import fatesview, statusview
from monitor.commands.where import Where, as_json, back, where
from monitor.config import Settings
from monitor.judgement import judge
from monitor.store import looking


@click.command()
@as_json
@where
def status(at: Where, as_json: bool) -> None:
    """How each source does, next digests, the outbox, the disk. Exit 0 when all is well, 1 when not.

    Example: wirewatch status || mail -s 'wirewatch is not well' ops@example.org
    """
    report = asyncio.run(_status(at.settings()))
    if as_json:
        states = {each.id: report.state(each.id) for each in report.sources}
        alive = [{**asdict(each), "alive": each.is_alive(report.at), "doing": each.doing(report.at)} for each in report.members]
        show.row({**asdict(report), "members": alive, "states": states, "troubles": report.troubles, "well": not report.troubles})
    else:
        statusview.status(report)
    sys.exit(bool(report.troubles))


async def _status(settings: Settings) -> health.Report:
    async with looking(settings) as store:
        return await health.report(store)


@click.command()
@click.option("--since", metavar="24h|ISO-TIME", default="24h", show_default=True, help="Where the period begins.")
@click.option("--until", metavar="1h|ISO-TIME", help="Where it ends; otherwise now.")
@as_json
@where
def account(at: Where, since: str, until: str | None, as_json: bool) -> None:
    """The coverage account of a period: what each source listed and what became of it. Exit 1 when it does not add up.

    A length of time counts back from now; the period is widened to full hours.

    Example: wirewatch account --since 7d
    """
    end = back(until, "--until") if until else None
    told = asyncio.run(_account(at.settings(), back(since, "--since"), end))
    if as_json:
        show.row({**asdict(told), "healthy": told.healthy, "difference": told.total.difference, "adds_up": told.adds_up})
    else:
        fatesview.account(told)
    sys.exit(not told.adds_up)


async def _account(settings: Settings, since: datetime, until: datetime | None) -> accounts.Account:
    async with looking(settings) as store, store.database.connection() as connection:
        end = store.clock()
        states = None if until and until < end else (await judge(connection, settings.sources, now=end)).states
        return await accounts.account(connection, since, until or end, states=states)
