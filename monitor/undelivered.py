"""Undelivered: the mails that a server refused for good, or that were given up, told to the operator once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from alerts import notice
from alerts.notice import Notice, Trouble
from alerts.plain import plain
from monitor import outbox
from monitor.config import Settings
from monitor.sources import Connection
from monitor.watch import masked


@dataclass(frozen=True, kw_only=True, slots=True)
class Undelivered:
    """A mail that is over and did not arrive."""

    id: int
    recipient: str
    kind: outbox.Kind
    #: failed or expired.
    state: str
    over_at: datetime
    error: str
    #: That it would have told, or corrected.
    stories: int

    def __str__(self) -> str:
        who = masked(self.recipient)
        # A server repeats the address; whoever is forgotten later must not live on in a mail to somebody else.
        return f"{self.kind} {self.id} to {who}, stories: {self.stories}: {plain(self.error).replace(self.recipient, who)}"


async def tell(connection: Connection, settings: Settings, *, now: datetime) -> int | None:
    """Write one mail about all that did not arrive and that the operator was not told of; its number, None when there is nothing."""
    if not settings.operator:
        return None
    found = await _untold(connection)
    groups = [[each for each in found if each.state == state] for state in ("failed", "expired")]
    if not found:
        return None
    told = Notice(to=settings.operator, outage=found[0].id, now=now, troubles=tuple(_trouble(group) for group in groups if group))
    data = await asyncio.to_thread(notice.build, told, sender=settings.mail.sender)
    mail = await outbox.put_note(connection, settings.operator, data, now=now)
    await connection.execute("update mail set noted = %(mail)s where id = any(%(ids)s)", {"mail": mail, "ids": [each.id for each in found]})
    return mail


async def _untold(connection: Connection) -> list[Undelivered]:
    cursor = await connection.cursor(row_factory=class_row(Undelivered)).execute(
        # What did not reach the operator is not told to the operator.
        """select id, recipient, kind, state, over_at, coalesce(error, 'nobody was there to send it') as error,
               (select count(*) from due where due.recipient = mail.recipient and due.mail = mail.id)
               + (select count(*) from correction where correction.recipient = mail.recipient and correction.mail = mail.id) as stories
           from mail where over_at is not null and state in ('failed', 'expired') and kind <> 'note' and noted is null
           order by id for update skip locked"""
    )
    return await cursor.fetchall()


def _trouble(group: Sequence[Undelivered]) -> Trouble:
    refused = group[0].state == "failed"
    return Trouble(
        what=f"Mails that were refused for good: {len(group)}" if refused else f"Mails that could not be sent in time: {len(group)}",
        since=min(each.over_at for each in group),
        detail=str(group[0]),
        listing=tuple(map(str, group[: notice.MOST])) if len(group) > 1 else (),
        means="Their readers were not told, and are not told again: to them these stories are lost."
        if refused
        else "Nothing is lost: what they told is in the next digest of their readers.",
        advice="Look at what the server said: mend the address in wirewatch.toml, or ask the server's postmaster why it refuses."
        if refused
        else "Look at the mail server; `wirewatch status` shows what waits, `wirewatch digest` tries it at once.",
    )
