"""Undelivered: mails that were given up, and news that is not told again, told to the operator once.

Whose mails are all refused, or come back, is told by ``unreachable``, story by story what corrections were to say by ``unheard``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from alerts.notice import Notice, Trouble
from alerts.plain import plain
from alerts.recipient import masked
from monitor import noted, outbox
from monitor.config import Settings
from monitor.database import Connection
from monitor.outbox import BACK
from monitor.unsent import LEFT

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
    #: It was refused for good, or came back; False: given up.
    is_refused: bool
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
    found = await _untold(connection, now=now)
    if not found:
        return None
    refused, expired = [each for each in found if each.is_refused], [each for each in found if not each.is_refused]
    troubles = (*([_expired(expired)] if expired else []), *([_refused(refused)] if refused else []))
    told = Notice(to=settings.operator, outage=found[0].id, now=now, troubles=troubles)
    return await noted.write(connection, told, [each.id for each in found], sender=settings.mail.sender)


async def _untold(connection: Connection, *, now: datetime) -> list[Undelivered]:
    cursor = await connection.cursor(row_factory=class_row(Undelivered)).execute(
        # What did not reach the operator is not told to the operator; nor what was for somebody who has left. An outage of its reader
        # says as much as this; and whoever is suspended is told all when they are back.
        f"""select mail.id, mail.recipient, kind, coalesce(over_at, noted_at) as over_at,
               coalesce(error, said, 'nobody was there to send it') as error,
               unanswered > 0 as is_doubtful, state <> 'expired' as is_refused,
               (select count(*) from due where due.recipient = mail.recipient and due.mail = mail.id)
               + (select count(*) from correction where correction.recipient = mail.recipient and correction.mail = mail.id) as stories
           from mail left join bounce on bounce.mail = mail.id
           where mail.id in (select id from mail where over_at is not null and state = 'expired' union all {BACK})
               and noted is null and kind <> 'note' and (
               state = 'expired' and error is distinct from %(left)s
               or state <> 'expired' and kind <> 'correction'
                   and exists (select from due where due.recipient = mail.recipient and due.mail = mail.id)
                   and not exists (
                       select from outage where outage.recipient = mail.recipient and outage.state = 'unreachable'
                           and began_at <= created_at and (ended_at is null or ended_at > created_at))
                   and not exists (
                       select from absence where absence.recipient = mail.recipient and absence.kind = 'suspended'
                           and (absence.over_at is null or absence.over_at > %(now)s)))
           order by mail.id for update of mail skip locked""",
        {"now": now, "left": LEFT},
    )
    return await cursor.fetchall()


def _expired(found: Sequence[Undelivered]) -> Trouble:
    return Trouble(
        what=f"Mails that could not be sent in time: {len(found)}",
        since=min(each.over_at for each in found),
        detail=str(found[0]),
        listing=noted.listing(found),
        means=_MEANS[any(each.is_doubtful for each in found)],
        advice="Look at the mail server; `wirewatch status` shows what waits, `wirewatch digest` tries it at once.",
    )


def _refused(found: Sequence[Undelivered]) -> Trouble:
    return Trouble(
        what=f"Mails that were refused for good, and whose news is not told again: {len(found)}",
        since=min(each.over_at for each in found),
        detail=str(found[0]),
        listing=noted.listing(found),
        means="The stories that are counted here were refused twice, or a server may have them from another try: they count as told. "
        "The archive has them.",
        advice="Read what the mail server says. What a reader must know now, tell them by hand.",
    )
