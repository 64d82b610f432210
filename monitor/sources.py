"""The SQL of sources: which exist, which are due, who polls them, and how their last poll went."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import AsyncConnection
from psycopg.rows import TupleRow, class_row, scalar_row

from spiders.source import Source

#: A worker that crawls renews its claims three times within this; one that died is replaced when it is over.
CLAIM_TIME = timedelta(seconds=45)

Connection = AsyncConnection[TupleRow]


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """A source that we alone may poll until the claim lapses, with the validators of its last answer."""

    id: str
    etag: str | None
    modified: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """How a source does, as ``wirewatch status`` shows it."""

    id: str
    polled_at: datetime | None
    succeeded_at: datetime | None
    failures: int
    error: str | None
    next_poll_at: datetime
    entries: int
    pending: int
    headline_only: int
    refused: int


async def configure(connection: Connection, sources: Iterable[Source], *, now: datetime) -> None:
    """Make the table say what the configuration says: new sources begin now, missing ones rest."""
    # Rows are locked in the order of their ids here and in every claim: otherwise two of them could wait for each other.
    await connection.execute("update source set active = false where id in (select id from source where active order by id for update)")
    for source in sorted(sources, key=lambda source: source.id):
        await connection.execute(
            """insert into source (id, feed, began_at, every, next_poll_at) values (%(id)s, %(feed)s, %(now)s, %(every)s, %(now)s)
               on conflict (id) do update set active = true, every = excluded.every, feed = excluded.feed,
                   next_poll_at = least(source.next_poll_at, excluded.next_poll_at + excluded.every),
                   etag = case when source.feed = excluded.feed then source.etag end,
                   modified = case when source.feed = excluded.feed then source.modified end,
                   listed_at = case when source.feed = excluded.feed then source.listed_at end,
                   began_at = case when source.feed = excluded.feed then source.began_at else excluded.began_at end""",
            {"id": source.id, "feed": source.home, "every": source.every, "now": now},
        )


async def claim_due(connection: Connection, *, by: str, now: datetime, limit: int = 50) -> list[str]:
    """Claim the sources that are due for one batch, so that nobody else polls them; ids."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """update source set claimed_by = %(by)s, claimed_until = %(until)s where id in (
               select id from source where active and next_poll_at <= %(now)s and (claimed_by is null or claimed_until <= %(now)s)
               order by next_poll_at limit %(limit)s for update skip locked)
           returning id""",
        {"by": by, "now": now, "until": now + CLAIM_TIME, "limit": limit},
    )
    return await cursor.fetchall()


async def claim(connection: Connection, ids: Sequence[str], *, by: str, now: datetime) -> list[str]:
    """Claim these sources, due or not; the ids that nobody else holds."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """update source set claimed_by = %(by)s, claimed_until = %(until)s
           where id in (
               select id from source where id = any(%(ids)s) and (claimed_by is null or claimed_until <= %(now)s) order by id for update)
           returning id""",
        {"ids": list(ids), "by": by, "now": now, "until": now + CLAIM_TIME},
    )
    return await cursor.fetchall()


async def renew(connection: Connection, *, by: str, now: datetime) -> list[str]:
    """Keep a batch's claims for another CLAIM_TIME; the ids that are still its own."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """update source set claimed_until = %(until)s
           where id in (select id from source where claimed_by = %(by)s order by id for update) returning id""",
        {"by": by, "until": now + CLAIM_TIME},
    )
    return await cursor.fetchall()


async def abandon(connection: Connection, *, by: str | None) -> None:
    """Give back the claims of a batch that ended early, or all claims: their sources are due as before."""
    await connection.execute(
        """update source set claimed_by = null, claimed_until = null
           where id in (select id from source where claimed_by = coalesce(%(by)s, claimed_by) order by id for update)""",
        {"by": by},
    )


async def validators(connection: Connection, ids: Sequence[str]) -> list[Claimed]:
    """The validators of the sources' last answers."""
    cursor = await connection.cursor(row_factory=class_row(Claimed)).execute(
        "select id, etag, modified from source where id = any(%s)", [list(ids)]
    )
    return await cursor.fetchall()


async def answered(connection: Connection, id: str, *, now: datetime) -> None:
    """Note a poll that went well."""
    await connection.execute(
        "update source set polled_at = %(now)s, succeeded_at = %(now)s, failures = 0, error = null where id = %(id)s",
        {"id": id, "now": now},
    )


async def listed(connection: Connection, id: str, *, any: bool, etag: str | None, modified: str | None, now: datetime) -> None:
    """Keep the validators of an answer; in the transaction that stores its entries, or a crash in between loses them.

    ``any``: it listed entries. While it lists none, its first list, which may be an archive, is still to come.
    """
    await connection.execute(
        """update source set etag = %(etag)s, modified = %(modified)s, listed_at = case when %(any)s then %(now)s else listed_at end
           where id = %(id)s""",
        {"id": id, "any": any, "etag": etag, "modified": modified, "now": now},
    )


async def failed(connection: Connection, id: str, *, error: str, now: datetime) -> None:
    """Note a poll that failed."""
    await connection.execute(
        "update source set polled_at = %(now)s, failures = failures + 1, error = %(error)s where id = %(id)s",
        {"id": id, "error": error[:500], "now": now},
    )


async def release(connection: Connection, id: str, *, by: str, now: datetime) -> None:
    """Give a claim back after the poll; the next one is due in ``every``, doubled with each failure up to an hour."""
    await connection.execute(
        """update source set claimed_by = null, claimed_until = null,
               next_poll_at = %(now)s + greatest(every, least(every * power(2, least(failures, 12)), interval '1 hour'))
           where id = %(id)s and claimed_by = %(by)s""",
        {"id": id, "by": by, "now": now},
    )


async def health(connection: Connection) -> list[Health]:
    """How each configured source does."""
    cursor = await connection.cursor(row_factory=class_row(Health)).execute(
        """select source.id, polled_at, succeeded_at, failures, source.error, next_poll_at, count(entry.id) as entries,
               count(entry.id) filter (where entry.state = 'pending') as pending,
               count(entry.id) filter (where entry.state = 'headline-only') as headline_only,
               count(entry.id) filter (where entry.state = 'refused') as refused
           from source left join entry on entry.source = source.id where active group by source.id order by source.id"""
    )
    return await cursor.fetchall()
