"""``wirewatch bounce``: what the mail server hands over: mails that came back, and mails that ask to unsubscribe."""

import asyncio
import sys

import click

from alerts import bounce as report
from alerts import unsubscribe
from alerts.recipient import masked
from monitor import bounces, leaving, links
from monitor.commands.where import Where, where
from monitor.config import ConfigError, Settings
from monitor.database import Connection, StoreError
from monitor.store import Store, looking

#: sysexits.h: the mail server keeps the message and tries again.
EX_TEMPFAIL = 75


@click.command()
@where
def bounce(at: Where) -> None:
    """Take a mail that came back, on standard input, from the mail server; three in a week suspend their recipient.

    A mail that asks to unsubscribe, as mail programs write it, is done. Others are left alone. Exit 0; 75, for the mail server to try
    again later, where the store or the configuration cannot be had.

    Example: wirewatch bounce < message
    """
    data = sys.stdin.buffer.read(report.LARGEST)
    try:
        click.echo(asyncio.run(_bounce(at.settings(), data)))
    except (StoreError, ConfigError, OSError) as exc:
        click.echo(str(exc), err=True)
        sys.exit(EX_TEMPFAIL)


async def _bounce(settings: Settings, data: bytes) -> str:
    found, wish = report.read(data), unsubscribe.asked(data)
    if not found and not wish:
        return "no bounce, and nobody who unsubscribes; nothing is noted"
    async with looking(settings) as store, store.database.connection() as connection:
        if wish:
            return await _unsubscribe(store, connection, *wish)
        noted = [await bounces.returned(connection, each, now=store.clock()) for each in found]
    return "\n".join(f"{masked(email)}: bounce noted" if email else "a bounce of no mail of ours; nothing is noted" for email in noted)


async def _unsubscribe(store: Store, connection: Connection, token: str, sender: str) -> str:
    email = await links.recipient(connection, token)
    # Whoever got the mail forwarded may have a program that writes this by itself.
    if email is None or email.lower() != sender:
        return "somebody unsubscribes to whom that mail was not sent; nothing is changed"
    await leaving.stop(connection, email, by="recipient", now=store.clock())
    return f"{masked(email)}: unsubscribed"
