"""The SQL of mails that wait while their reader is away: recalled, so that what they told comes when the reader is back."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import scalar_row

from monitor import unsent
from monitor.sources import Connection


async def waited_for(connection: Connection) -> list[str]:
    """The readers for whom a mail lies in the outbox that no server can have."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        "select distinct recipient from mail where state = 'queued' and next_try_at is not null and kind <> 'note'"
    )
    return await cursor.fetchall()


async def recall(connection: Connection, recipients: Sequence[str], *, now: datetime) -> None:
    """Recall what waits for these readers, unless a server may have it: what it told is due again."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """update mail set state = 'recalled', next_try_at = null, over_at = %(now)s, error = 'its recipient is away' where id in (
               select id from mail where recipient = any(%(recipients)s) and state = 'queued' and next_try_at is not null and kind <> 'note'
               for update skip locked)
           returning id""",
        {"recipients": list(recipients), "now": now},
    )
    await unsent.give_back(connection, await cursor.fetchall(), now=now)
