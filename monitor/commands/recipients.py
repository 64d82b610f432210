"""``wirewatch recipients``: who is told, who is away and why, and what is kept about somebody."""

import asyncio
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import click

from alerts.recipient import Pause, Recipient
from monitor import absences, due, leaving, persons, show
from monitor.commands.where import Where, as_json, where
from monitor.config import Settings
from monitor.faults import meant
from monitor.persons import Person
from monitor.program import opened
from monitor.reach import Absence, Reach
from monitor.store import Store, looking


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """How one person stands at a moment."""

    reach: Reach
    #: Of the file; None: it does not name them.
    configured: Recipient | None
    absence: Absence | None
    next_at: datetime | None
    last_mail_at: datetime | None
    #: Stories that they are still to be told.
    due: int

    @property
    def state(self) -> str:
        """active, or why they are told nothing."""
        return self.absence.kind if self.absence else "active"


@click.group()
def recipients() -> None:
    """Who is told, and who paused, left or was suspended: list them, let them pause or resume, forget them.

    Example: wirewatch recipients list
    """


@recipients.command(name="list")
@as_json
@where
def list_command(at: Where, as_json: bool) -> None:
    """Everybody who is told or was, why nothing is sent to some, the next digest, the last mail, how much is due.

    Example: wirewatch recipients list
    """
    lines = asyncio.run(_lines(at.settings()))
    if as_json:
        for line in lines:
            show.row(_row(line))
        return
    show.table(
        ("recipient", "state", "until", "by", "next", "last mail (UTC)", "due"),
        (
            [line.reach.recipient.email, line.state, *_why(line.absence), _utc(line.next_at), _utc(line.last_mail_at), line.due]
            for line in lines
        ),
    )


@recipients.command()
@click.argument("address")
@click.option("--until", metavar="DATE", help="The last day away, in their zone; otherwise until `recipients resume`.")
@where
def pause(at: Where, address: str, until: str | None) -> None:
    """Send somebody nothing for a while; what is due meanwhile waits for them.

    Example: wirewatch recipients pause analyst@example.org --until 2027-01-06
    """
    click.echo(asyncio.run(_pause(at.settings(), address, _day(until) if until else None)))


@recipients.command()
@click.argument("address")
@where
def resume(at: Where, address: str) -> None:
    """Send somebody their mails again who paused, stopped them, or whose mails came back.

    Example: wirewatch recipients resume analyst@example.org
    """
    click.echo(asyncio.run(_resume(at.settings(), address)))


@recipients.command()
@click.argument("address")
@where
def export(at: Where, address: str) -> None:
    """All that is kept about somebody, a JSON object a line: mails, what they were told, subscriptions, absences, bounces.

    Example: wirewatch recipients export analyst@example.org > analyst.jsonl
    """
    asyncio.run(_export(at.settings(), address))


@recipients.command()
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask.")
@where
def forget(at: Where, address: str, yes: bool) -> None:
    """Remove somebody's address and mails for good; how much was told stays as a number. First take them out of the file.

    Example: wirewatch recipients forget analyst@example.org
    """
    settings = at.settings()
    if _configured(settings, address):
        raise click.ClickException(f"{address} is still in the configuration; take the [[recipient]] table out first")
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("this cannot be undone; where nobody can be asked, say --yes")
        click.confirm(f"Forget {address}? This cannot be undone", abort=True)
    asyncio.run(_forget(settings, address))
    left = "" if settings.mail.smtp else f" Messages that were written to {settings.outbox} lie there still."
    click.echo(f"{address} is forgotten.{left}")


# -- what they do


async def _lines(settings: Settings) -> list[Line]:
    async with looking(settings) as store, store.database.connection() as connection:
        now, open_count = store.clock(), await due.open_count(connection)
        people = {each.email: each for each in await persons.known(connection)}
        configured = {each.email: each for each in settings.recipients}
        everybody = [*configured.values(), *(Recipient(email=email, rules=()) for email in people if email not in configured)]
        reaches = await absences.reaches(connection, everybody, now=now)
        return [_line(each, configured.get(email), people.get(email), open_count.get(email, 0), now) for email, each in reaches.items()]


def _line(reach: Reach, configured: Recipient | None, known: Person | None, waiting: int, now: datetime) -> Line:
    slot = reach.next_slot(now) if configured else None
    return Line(
        reach=reach,
        configured=configured,
        absence=reach.absence(now),
        next_at=slot.at if slot else None,
        last_mail_at=known.last_mail_at if known else None,
        due=waiting,
    )


async def _pause(settings: Settings, address: str, last: date | None) -> str:
    recipient = _recipient(settings, address)
    async with opened(settings) as watch, watch.database.connection() as connection:
        now = watch.clock()
        over_at = Pause(first=last, last=last).period(recipient.timezone)[1] if last else None
        if over_at and over_at <= now:
            raise click.UsageError(f"--until {last} is over; name a day to come")
        await leaving.pause(connection, recipient.email, by="operator", now=now, until=over_at)
    return f"Nothing is sent to {recipient.email} {f'until {last}, that day included' if last else 'until `wirewatch recipients resume`'}."


async def _resume(settings: Settings, address: str) -> str:
    recipient = _recipient(settings, address)
    async with opened(settings) as watch:
        async with watch.database.connection() as connection:
            ended = await leaving.resume(connection, recipient.email, now=watch.clock())
        await watch.configure()  # who had left begins anew
        async with watch.database.connection() as connection:
            still = await absences.reach(connection, recipient, now=watch.clock())
        return _resumed(recipient.email, ended, still, watch.clock())


def _resumed(email: str, ended: list[Any], still: Reach, now: datetime) -> str:
    absence, slot = still.absence(now), still.next_slot(now)
    if absence:
        return f"{email} is away until {_utc(absence.over_at)} UTC by the configuration; take that pause out of it."
    said = f"{email} was {' and '.join(dict.fromkeys(ended))}, and is told again" if ended else f"{email} was not away"
    return f"{said}. Next digest: {_utc(slot.at)} UTC." if slot else f"{said}."


async def _export(settings: Settings, address: str) -> None:
    async with looking(settings) as store, store.database.connection() as connection:
        email = await _known(store, address)
        async for row in persons.kept(connection, email):
            show.row(row)


async def _forget(settings: Settings, address: str) -> None:
    async with looking(settings) as store:
        email = await _known(store, address)
        async with store.database.connection() as connection:
            await persons.forget(connection, email)


# -- who is meant, and how it is shown


def _configured(settings: Settings, address: str) -> Recipient | None:
    return next((each for each in settings.recipients if each.email.casefold() == address.casefold()), None)


def _recipient(settings: Settings, address: str) -> Recipient:
    found = _configured(settings, address)
    if found is None:
        raise click.UsageError(f'there is no recipient "{address}"; {meant(address, [each.email for each in settings.recipients])}')
    return found


async def _known(store: Store, address: str) -> str:
    async with store.database.connection() as connection:
        emails = [each.email for each in await persons.known(connection)]
    found = next((each for each in emails if each.casefold() == address.casefold()), None)
    if found is None:
        raise click.UsageError(f'nothing is kept about "{address}"; {meant(address, emails)}')
    return found


def _day(text: str) -> date:
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if day.year < 2100:
            return day
    raise click.UsageError(f"--until {text!r} is no day; write {datetime.now(UTC).date() + timedelta(days=14)}")


def _why(absence: Absence | None) -> tuple[str, str]:
    return (_utc(absence.over_at), absence.by) if absence else ("", "")


def _row(line: Line) -> dict[str, Any]:
    away, recipient = line.absence, line.configured
    return {
        "email": line.reach.recipient.email,
        "in_file": recipient is not None,
        "rules": list(recipient.rules) if recipient else [],
        "state": line.state,
        "since": away and away.began_at,
        "until": away and away.over_at,
        "by": away and away.by,
        "next_digest": line.next_at,
        "last_mail": line.last_mail_at,
        "due": line.due,
    }


def _utc(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" if moment else ""
