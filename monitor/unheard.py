"""Unheard: corrections and kills that were refused for good, or came back, told to the operator by story and reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from alerts.correction import TAKEN_BACK
from alerts.notice import Notice, Trouble
from alerts.plain import plain
from alerts.recipient import masked
from monitor import noted
from monitor.config import Settings
from monitor.database import Connection
from monitor.outbox import BACK


@dataclass(frozen=True, kw_only=True, slots=True)
class Unheard:
    """What a refused mail was to say of one story."""

    mail: int
    recipient: str
    over_at: datetime
    error: str
    headline: str
    source: str
    status: str
    #: It counts as told, for it is not told again.
    is_final: bool

    def __str__(self) -> str:
        who = masked(self.recipient)
        fate = "not told again: tell them by hand" if self.is_final else "told again after an hour"
        # A server repeats the address; whoever is forgotten later must not live on in a mail to somebody else.
        said = plain(self.error).replace(self.recipient, who)
        return f'{self.status}: "{plain(self.headline)}" ({self.source}), to {who}, {fate}: {said}'


async def tell(connection: Connection, settings: Settings, *, now: datetime) -> int | None:
    """Write one mail about all that was refused and that the operator was not told of; its number, None when there is nothing.

    What takes nothing back is told when it is not told again: of a reader whose server refuses all ``unreachable`` tells.
    """
    if not settings.operator:
        return None
    found = await _untold(connection)
    if not found:
        return None
    told = Notice(to=settings.operator, outage=found[0].mail, now=now, troubles=(_trouble(found),))
    return await noted.write(connection, told, [each.mail for each in found], sender=settings.mail.sender)


async def _untold(connection: Connection) -> list[Unheard]:
    cursor = await connection.cursor(row_factory=class_row(Unheard)).execute(
        f"""select mail.id as mail, mail.recipient, coalesce(over_at, noted_at) as over_at, coalesce(error, said, '') as error,
               headline, story.source, revision.status, refused_at is null as is_final
           from mail left join bounce on bounce.mail = mail.id
           join correction on correction.recipient = mail.recipient and correction.mail = mail.id
           join story on story.id = correction.story
           join revision on revision.story = correction.story and number = correction.revision
           where mail.id in ({BACK}) and kind = 'correction' and noted is null and (refused_at is null or revision.status = any(%s))
           order by mail.id, story.id for update of mail skip locked""",
        [list(TAKEN_BACK)],
    )
    return await cursor.fetchall()


def _trouble(found: Sequence[Unheard]) -> Trouble:
    return Trouble(
        what=f"Corrections that were refused for good: {len(found)}",
        since=min(each.over_at for each in found),
        detail=str(found[0]),
        listing=noted.listing(found),
        means="Their readers were told the story and have not heard of this; what is refused twice is not tried a third time.",
        advice="Read what the mail server says. What a reader must know now, tell them by hand.",
    )
