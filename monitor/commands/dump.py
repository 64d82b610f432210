"""``wirewatch dump`` and ``wirewatch load``: everything in one file, and back, into whichever Postgres."""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import click

from monitor import denied, show
from monitor.clock import now
from monitor.commands.where import Where, where
from monitor.database import Database
from monitor.dump import WORK_TIME, dump, load, size
from monitor.migration import migrate
from monitor.store import demand, store

STANDARD = "-"


@click.command(name="dump")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@where
def dump_command(at: Where, file: Path) -> None:
    """Write the whole store to one file: stories, matches, who was told what, pages; "-" is standard output.

    Wirewatch may be at work meanwhile: the file holds the store as it stood when this began.

    Example: wirewatch dump wirewatch-2026-11-23.dump
    """
    with _written(file) as out:
        rows = asyncio.run(_dumped(at, out))
    _tell(f"dumped to {'standard output' if str(file) == STANDARD else file}", rows)


@click.command(name="load")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@where
def load_command(at: Where, file: Path) -> None:
    """Make a store out of what `wirewatch dump` wrote; "-" is standard input. The store must be empty.

    Stop the wirewatch of the old store first: two of them would tell everything twice.

    Example: wirewatch load wirewatch-2026-11-23.dump --data-dir /var/lib/wirewatch
    """
    if str(file) == STANDARD:
        rows = asyncio.run(_loaded(at, sys.stdin.buffer))
    else:
        try:
            source = file.open("rb")
        except OSError as exc:
            raise click.BadParameter(f"{file} cannot be read: {exc.strerror}", param_hint="FILE") from exc
        with source:
            rows = asyncio.run(_loaded(at, source))
    _tell(f"loaded from {file}", rows)


def _tell(what: str, rows: Mapping[str, int]) -> None:
    parts = ", ".join(f"{rows.get(table, 0):,} {name}" for table, name in (("story", "stories"), ("mail", "mails"), ("evidence", "pages")))
    click.echo(f"{sum(rows.values()):,} rows {what}: {parts}", err=True)


@contextmanager
def _written(file: Path) -> Iterator[BinaryIO]:
    """A file that is there only when it is whole, and for its owner alone: mails and addresses are in it."""
    if str(file) == STANDARD:
        yield sys.stdout.buffer
        return
    part = file.with_name(f"{file.name}.part")
    try:
        part.unlink(missing_ok=True)  # what is there already keeps its mode, or leads elsewhere
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
    except OSError as exc:
        with suppress(PermissionError):
            part.unlink(missing_ok=True)
        if isinstance(exc, PermissionError):
            raise PermissionError(denied.told(part, f"name a file elsewhere, or write: wirewatch dump - > {file.name}")) from exc
        raise click.ClickException(f"{part} cannot be written: {exc.strerror}; name a file elsewhere") from exc
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(file)


async def _dumped(at: Where, out: BinaryIO) -> Mapping[str, int]:
    settings = at.settings()
    demand(settings)
    async with store(settings) as (url, _):
        await migrate(url, settings.database_schema)
        database = await Database.open(url, settings.database_schema, statement_time=WORK_TIME)
        try:
            with show.counting("dumping", await size(database)) as step:
                return await dump(database, out, now=now(), step=step)
        finally:
            await database.close()


async def _loaded(at: Where, source: BinaryIO) -> Mapping[str, int]:
    settings = at.settings()
    async with store(settings) as (url, _):
        with show.counting("loading", None) as step:
            return await load(url, settings.database_schema, source, step=step)
