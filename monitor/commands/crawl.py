"""``wirewatch crawl``: poll sources now, with a store or without one."""

import sys
from dataclasses import asdict
from datetime import datetime

import click

from monitor import show
from monitor.commands import fatesview
from monitor.commands.where import Where, as_json, back, where
from monitor.ondemand import crawl_now, dry_crawl
from spiders import crawl as reactor
from spiders.story import Story


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Fetch and read, store nothing, need no database.")
@click.option(
    "--since",
    metavar="2h|ISO-TIME",
    callback=lambda _, __, text: back(text, "--since") if text else None,
    help="Read only what was published or changed since then, or names no time; the rest is noted, and read by a crawl without it.",
)
@as_json
@where
def crawl(at: Where, sources: tuple[str, ...], dry_run: bool, since: datetime | None, as_json: bool) -> None:
    """Poll sources now, all or those named; a line a source. Exit 1 when one of them failed.

    Example: wirewatch crawl city-desk --since 2h
    """
    settings = at.settings()
    if dry_run:
        errors = reactor.run(dry_crawl(settings, sources, _print_story if as_json else _show_story, since))
        show.failures(errors)
        sys.exit(bool(errors))
    came = reactor.run(crawl_now(settings, sources, show.progress, since))
    if as_json:
        for row in came.rows:
            show.row(row)
    else:
        fatesview.crawled(came)
    sys.exit(any(tally.error for tally in came.tallies.values()))


def _show_story(source: str, story: Story) -> None:
    show.out.print(f"{source}: {story.headline}", markup=False)


def _print_story(source: str, story: Story) -> None:
    show.row({"source": source, **asdict(story)})
