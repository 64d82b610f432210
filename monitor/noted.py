"""Noted: what became of mails is told to the operator in a note, and each mail by one note only."""

import asyncio
from collections.abc import Sequence

from alerts import notice
from alerts.notice import Notice
from monitor import outbox
from monitor.database import Connection


async def write(connection: Connection, told: Notice, mails: Sequence[int], *, sender: str) -> int:
    """Put a note about ``mails`` into the outbox, and note on each that it was told; the note's number."""
    data = await asyncio.to_thread(notice.build, told, sender=sender)
    note = await outbox.put_note(connection, told.to, data, now=told.now)
    await connection.execute("update mail set noted = %(note)s where id = any(%(mails)s)", {"note": note, "mails": list(mails)})
    return note


def listing(found: Sequence[object]) -> tuple[str, ...]:
    """What of several stands one by one in a note, as many as it takes; one alone is told in its detail."""
    return tuple(map(str, found[: notice.MOST])) if len(found) > 1 else ()
