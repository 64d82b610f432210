"""``wirewatch doctor``: everything that wirewatch leans on is tried once, and what to do is said where it is not well."""

import sys
from collections.abc import Sequence
from dataclasses import asdict

import click

from monitor import show
from monitor.checkup import checkup
from monitor.commands.where import Where, as_json, where
from monitor.config import Settings
from monitor.doctor import advice
from monitor.finding import Finding
from spiders import crawl as reactor
from spiders.source import Source


@click.command()
@click.option("--no-sources", is_flag=True, help="Ask no source: nothing goes out but to Postgres and the mail relay.")
@as_json
@where
def doctor(at: Where, no_sources: bool, as_json: bool) -> None:
    """Try what wirewatch needs, Python, disk, Postgres, mail, clocks, each source, and say what to do. Exit 1 when one is not well.

    It stores nothing and sends nothing: the relay is asked whether it would take a mail, and gets none.

    Example: wirewatch doctor --no-sources
    """
    settings = at.settings()
    found = reactor.run(_examined(settings, () if no_sources else settings.sources, as_json))
    if not as_json:
        _show(found)
    sys.exit(not all(each.well for each in found))


async def _examined(settings: Settings, sources: Sequence[Source], as_json: bool) -> list[Finding]:
    found = []
    with show.counting("asking sources", len(sources), "sources") as asked:
        async for finding in checkup(settings, sources, asked):
            found.append(finding)
            if as_json:
                show.row({**asdict(finding), "well": finding.well})
    return found


def _show(found: Sequence[Finding]) -> None:
    show.table(("", "tried", "found"), (("✓" if each.well else "✗", each.tried, each.says) for each in found))
    for line in advice(found):
        show.say(line, style="bold red")
    if all(each.well for each in found):
        show.say("all is well", style="green")
