"""``wirewatch digest``: send what is due now, or only show it."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from alerts.recipient import Recipient
from monitor import grace
from monitor.clock import now
from monitor.commands.where import Where, where
from monitor.config import ConfigError, Fault, Settings
from monitor.digestnow import digest_now, preview
from monitor.faults import meant


@click.command()
@click.option("--to", metavar="RECIPIENT", help="Only this recipient; otherwise all.")
@click.option("--preview", "page", metavar="FILE.html", type=click.Path(path_type=Path), help="Write what would be sent; send nothing.")
@click.option("--dry-run", is_flag=True, help="Print what would be sent; send nothing.")
@click.option(
    "--at",
    "moment",
    metavar="ISO-TIME",
    help="Take the digest slot at or before this moment, as the daemon would; with --preview or --dry-run, any moment: show it as of then.",
)
@where
def digest(at: Where, to: str | None, page: Path | None, dry_run: bool, moment: str | None) -> None:
    """Send what is due now, as a digest of its own; the next one comes at its hour as always.

    Example: wirewatch digest --to analyst@example.org --preview digest.html
    """
    settings = at.settings()
    readers = _readers(settings, to)
    if page and len(readers) > 1:
        raise click.UsageError(f"--preview writes one digest; say whose: --to {readers[0].email}")
    if page or dry_run:
        for reader in readers:
            rendered = asyncio.run(preview(settings, reader, _moment(moment) if moment else None))
            if page:
                page.write_text(rendered.html, encoding="utf-8")
            else:
                click.echo(f"To: {reader.email}\nSubject: {rendered.subject}\n\n{rendered.text}")
        return
    past = _past(moment) if moment else None
    unsent = grace.run(lambda leave: digest_now(settings, readers, past, click.echo, leave))
    sys.exit(unsent > 0)


def _readers(settings: Settings, to: str | None) -> list[Recipient]:
    readers = [each for each in settings.recipients if to is None or each.email.casefold() == to.casefold()]
    if readers:
        return readers
    known = [each.email for each in settings.recipients]
    if to is None or not known:
        raise ConfigError([Fault(file=settings.path.name, message="has no [[recipient]]; nobody is told anything")])
    raise ConfigError([Fault(file=settings.path.name, message=f'there is no recipient "{to}"; {meant(to, known)}')])


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise click.UsageError(f"--at {text!r} is no time; write 2026-11-23T07:00+01:00") from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _past(text: str) -> datetime:
    moment = _moment(text)
    if moment > now():
        raise click.UsageError(f"--at {text!r} is still to come; its slot belongs to `wirewatch run`; --preview shows it")
    return moment
