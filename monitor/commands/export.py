"""``wirewatch export``: the stories of a rule as a file for other programs, newest first."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import click

from alerts.mailbox import parse_sender
from alerts.rules import Rule
from monitor import archive, atom, newsitems, spreadsheet
from monitor.archive import Question
from monitor.clock import now
from monitor.commands.backtest import known_rule
from monitor.commands.where import Where, since, where
from monitor.config import Settings
from monitor.exports import MAY_LEAVE, Export, Format, Making, export, json_lines
from monitor.store import looking

FORMATS: dict[str, Making] = {"jsonl": json_lines, "csv": spreadsheet.table, "atom": atom.feed, "ninjs": newsitems.items}


@click.command(name="export")
@click.option("--rule", metavar="RULE", required=True, help="Whose stories: a rule of yours, or a preset.")
@click.option("--format", "form", required=True, type=click.Choice(list(FORMATS)), help="atom: a feed; csv: for a spreadsheet.")
@click.option("--output", "file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Written whole, or not at all.")
@since
@where
def export_command(at: Where, rule: str, form: str, file: Path | None, since: datetime | None) -> None:
    """The newest version of each story that a rule finds: headline, link and the sentence that was hit.

    The whole text only of sources with licence = "full"; nothing of what was withdrawn, is held, or is gone.

    Example: wirewatch export --rule dprk --format atom --since 7d --output /srv/feeds/dprk.xml
    """
    settings = at.settings()
    asked = known_rule(settings, rule)
    desk = parse_sender(settings.mail.sender)[1]
    with _opened(file) as out:
        asyncio.run(_export(settings, asked, since, FORMATS[form](asked, desk, now()), out))


@contextmanager
def _opened(file: Path | None) -> Iterator[BinaryIO]:
    """Standard output; or a file beside its place, so that whoever reads it meanwhile never sees half of the new one."""
    if file is None:
        yield sys.stdout.buffer
        return
    if not file.parent.is_dir():
        raise click.UsageError(f"--output: there is no folder {file.parent}")
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


async def _export(settings: Settings, rule: Rule, since: datetime | None, form: Format, out: BinaryIO) -> None:
    between = ""
    out.write(form.head.encode())
    async with aclosing(_exports(settings, rule, since)) as found:
        async for each in found:
            out.write(f"{between}{form.write(each)}".encode())
            between = form.between
    out.write(form.tail.encode())


async def _exports(settings: Settings, rule: Rule, since: datetime | None) -> AsyncGenerator[Export]:
    sources = {source.id: source for source in settings.sources}
    question = Question.of([rule], settings.rules)
    async with (
        looking(settings) as store,
        store.database.connection() as connection,
        aclosing(archive.look(connection, question, since=since)) as batches,
    ):
        async for batch in batches:
            leaving = [each for each in batch if each.matches and each.story.status in MAY_LEAVE]
            rules = await archive.told_under(connection, leaving)
            for each in leaving:
                yield export(each, sources.get(each.stored.source), rules.get(each.stored.id, []))
