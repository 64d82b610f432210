"""``wirewatch init`` and ``demo``: the first minutes, to a digest of one's own and to one of the bundled wire."""

import asyncio
import os
from pathlib import Path

import click

from monitor import config, demo, setup, show
from monitor.commands import fatesview
from monitor.commands.where import Where, where
from monitor.digestnow import preview
from monitor.ondemand import crawl_now
from spiders import crawl as reactor


@click.command()
@where
def init(at: Where) -> None:
    """Write a wirewatch.toml: asks who you are and what to watch, crawls, shows the digest on screen.

    Example: wirewatch init --config desk.toml
    """
    path = (at.config or Path.cwd() / config.NAME).absolute()
    setup.write(path)
    settings = Where(config=path, data_dir=at.data_dir).settings()
    came = reactor.run(crawl_now(settings, (), show.progress))
    fatesview.crawled(came)
    if came.reached_none:
        click.echo("`wirewatch digest --dry-run` then shows your first digest.", err=True)
        return
    due = sum(tally.due for tally in came.tallies.values())
    setup.rejoice(settings, asyncio.run(preview(settings, settings.recipients[0])), due=due)


@click.command(name="demo")
@click.option("--remove", is_flag=True, help="Remove the demo's database and digests instead.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder of the embedded database.")
def demo_command(remove: bool, data_dir: Path | None) -> None:
    """Crawl the bundled demo wire on loopback and write its digest to ./demo/outbox.

    Example: wirewatch demo
    """
    base = data_dir or config.default_data_dir(os.environ, uid=os.getuid())
    if remove:
        demo.remove(Path.cwd(), base)
    else:
        reactor.run(demo.run(Path.cwd(), base))
