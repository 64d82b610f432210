"""Summary: one line an hour in the log, of what was polled, stored and mailed; its figures come from the rows, whoever wrote them."""

import logging
from dataclasses import asdict, dataclass
from datetime import datetime

from psycopg.rows import class_row

from monitor.database import Connection, Database

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """What a stretch of time came to."""

    #: Polls, and how many of them brought no change, or failed.
    polls: int
    unchanged: int
    failed: int
    #: Entries as often as they were listed; of those new or changed, what became of them so far.
    listed: int
    new: int
    changed: int
    refused: int
    pending: int
    #: Mails that went out, and all that were given up.
    mails_sent: int
    mails_failed: int
    #: Sources by how they are now: "ok:12,failing:1".
    sources: str

    def __str__(self) -> str:
        return " ".join(f"{name}={value}" for name, value in asdict(self).items())


async def summary(connection: Connection, *, since: datetime, until: datetime) -> Summary:
    """What came in and went out from ``since``, a full hour, until before ``until``."""
    cursor = await connection.cursor(row_factory=class_row(Summary)).execute(
        """select polled.*, settled.*, posted.*, states.*
           from (select coalesce(sum(polls), 0) as polls, coalesce(sum(unchanged), 0) as unchanged, coalesce(sum(failed), 0) as failed,
                     coalesce(sum(listed), 0) as listed from account where hour >= %(since)s and hour < %(until)s) as polled,
               (select count(*) filter (where outcome = 'new') as new, count(*) filter (where outcome = 'changed') as changed,
                     count(*) filter (where outcome = 'refused') as refused, count(*) filter (where outcome is null) as pending
                from sighting where at >= %(since)s and at < %(until)s) as settled,
               (select count(*) filter (where sent_at >= %(since)s and sent_at < %(until)s) as mails_sent,
                     count(*) filter (where state = 'failed') as mails_failed from mail) as posted,
               (select coalesce(string_agg(state || ':' || count, ',' order by state), 'none') as sources
                from (select state, count(*) from source where active group by state) as each) as states""",
        {"since": since, "until": until},
    )
    found = await cursor.fetchone()
    assert found
    return found


class Hourly:
    """Says the summary of an hour when the next one begins."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hour: datetime | None = None

    async def tick(self, now: datetime) -> None:
        """Look at the clock; of hours that nobody ticked in, a suspend's, the one line tells all."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if self._hour and hour > self._hour:
            async with self._database.connection() as connection:
                said = await summary(connection, since=self._hour, until=hour)
            log.info("hour since=%s %s", f"{self._hour:%Y-%m-%dT%H:%MZ}", said)
        self._hour = hour
