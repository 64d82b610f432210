"""Undelivered: the mails that were given up, told to the operator once. Of those that a server refused ``unreachable`` tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from alerts import notice
from alerts.notice import Notice, Trouble
from alerts.plain import plain
from alerts.recipient import masked
from monitor import noted, outbox
from monitor.config import Settings
from monitor.database import Connection

#: By whether a server may have one of them.
_MEANS = {
    False: "Nothing is lost: what they told is in the next digest of their readers.",
    True: "A mail server may have some of them, and never said so: what those told is not told again, but corrections of it are. "
    "What the others told is in the next digest of their readers.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Undelivered:
    """A mail that is over and did not arrive."""

    id: int
    recipient: str
    kind: outbox.Kind
    over_at: datetime
    error: str
    #: A server may have it: what it told is not told again.
    is_doubtful: bool
    #: That it told, or corrected; 0 where these are due again already.
    stories: int

    def __str__(self) -> str:
        who = masked(self.recipient)
        # A server repeats the address; whoever is forgotten later must not live on in a mail to somebody else.
        what = f"{self.kind} {self.id} to {who}" + (f", stories: {self.stories}" if self.stories else "")
        return f"{what}: {plain(self.error).replace(self.recipient, who)}"


async def tell(connection: Connection, settings: Settings, *, now: datetime) -> int | None:
    """Write one mail about all that did not arrive and that the operator was not told of; its number, None when there is nothing."""
    if not settings.operator:
        return None
    found = await _untold(connection)
    if not found:
        return None
    told = Notice(to=settings.operator, outage=found[0].id, now=now, troubles=(_trouble(found),))
    return await noted.write(connection, told, [each.id for each in found], sender=settings.mail.sender)


async def _untold(connection: Connection) -> list[Undelivered]:
    cursor = await connection.cursor(row_factory=class_row(Undelivered)).execute(
        # What did not reach the operator is not told to the operator.
        """select id, recipient, kind, over_at, coalesce(error, 'nobody was there to send it') as error, unanswered > 0 as is_doubtful,
               (select count(*) from due where due.recipient = mail.recipient and due.mail = mail.id)
               + (select count(*) from correction where correction.recipient = mail.recipient and correction.mail = mail.id) as stories
           from mail where over_at is not null and state = 'expired' and kind <> 'note' and noted is null
           order by id for update skip locked"""
    )
    return await cursor.fetchall()


def _trouble(found: Sequence[Undelivered]) -> Trouble:
    return Trouble(
        what=f"Mails that could not be sent in time: {len(found)}",
        since=min(each.over_at for each in found),
        detail=str(found[0]),
        listing=tuple(map(str, found[: notice.MOST])) if len(found) > 1 else (),
        means=_MEANS[any(each.is_doubtful for each in found)],
        advice="Look at the mail server; `wirewatch status` shows what waits, `wirewatch digest` tries it at once.",
    )
