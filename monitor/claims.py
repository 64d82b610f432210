"""The SQL of claims: which sources are due, who polls them, and when each is due again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import scalar_row

from monitor.database import Connection

#: A worker that crawls renews its claims three times within this; one that died is replaced when it is over.
CLAIM_TIME = timedelta(seconds=45)
#: Key of the lock that who claims holds.
CLAIMING = 0x636C6169
#: Sources polled less often than this are asked early where a page is to be fetched again before.
SELDOM = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """One poll of a source, as it is noted when it is over."""

    id: str
    began_at: datetime
    #: It answered that nothing changed; by ``whole`` bytes that were the same, not by a 304.
    unchanged: bool
    whole: bool
    #: It asks to be left alone for so long.
    retry_after: timedelta | None


async def hold(connection: Connection) -> None:
    """Let nobody else claim until this transaction ends: what each of two had seen free, one host's two sources, both would take."""
    await connection.execute("select pg_advisory_xact_lock(%(key)s)", {"key": CLAIMING})


async def take_due(connection: Connection, *, by: str, now: datetime, limit: int = 50) -> list[str]:
    """Claim the sources that are due for one batch, so that nobody else polls them or asks their hosts; ids.

    A host's sources come together. Call ``hold`` before.
    """
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """with due as materialized (
               select id from source
               where active and next_poll_at <= %(now)s and (claimed_by is null or claimed_until <= %(now)s) and not exists (
                   select from source as other where other.host = source.host and other.claimed_until > %(now)s)
               order by min(next_poll_at) over (partition by coalesce(host, id)), host, next_poll_at, id limit %(limit)s
           ), held as materialized (
               select id from source where id in (select id from due) and (claimed_by is null or claimed_until <= %(now)s)
               order by id for update skip locked
           )
           update source set claimed_by = %(by)s, claimed_until = %(until)s where id in (select id from held) returning id""",
        {"by": by, "now": now, "until": now + CLAIM_TIME, "limit": limit},
    )
    return await cursor.fetchall()


async def take(connection: Connection, ids: Sequence[str], *, by: str, now: datetime) -> list[str]:
    """Claim these sources, due or not; the ids that nobody else holds, nor their hosts. Call ``hold`` before."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """update source set claimed_by = %(by)s, claimed_until = %(until)s
           where id in (
               select id from source
               where id = any(%(ids)s) and (claimed_by is null or claimed_until <= %(now)s) and not exists (
                   select from source as other where other.host = source.host and other.claimed_until > %(now)s)
               order by id for update)
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


async def release(connection: Connection, visits: Sequence[Visit], *, by: str, now: datetime) -> None:
    """Give claims back after their polls, and note those that found nothing changed.

    The next poll is due a pace after this one began, a little earlier so that sources spread; later with each failure in a row up to
    an hour, and when the server asks for it. While it ran the polls that were due were skipped.
    """
    columns = ("id", "began_at", "unchanged", "whole", "retry_after")
    await connection.execute(
        _RELEASE,
        {column: [getattr(visit, column) for visit in visits] for column in columns} | {"by": by, "now": now, "seldom": SELDOM},
    )


_RELEASE = """
with visit as (
    select * from unnest(%(id)s::text[], %(began_at)s::timestamptz[], %(unchanged)s::boolean[], %(whole)s::boolean[],
                         %(retry_after)s::interval[]) as visit (id, began_at, unchanged, whole, retry_after)
), held as (
    select source.id, visit.began_at, unchanged, whole, retry_after, least(pace, every) as pace
    from source join visit on visit.id = source.id where claimed_by = %(by)s order by source.id for update of source
), counted as (
    insert into account (source, hour, polls, unchanged, skipped)
    select id, date_trunc('hour', %(now)s::timestamptz), unchanged::integer, unchanged::integer,
           floor(extract(epoch from %(now)s - began_at) / extract(epoch from pace))
    from held where unchanged or %(now)s - began_at >= pace
    on conflict (source, hour) do update set polls = account.polls + excluded.polls, unchanged = account.unchanged + excluded.unchanged,
        skipped = account.skipped + excluded.skipped
)
update source set claimed_by = null, claimed_until = null,
    polled_at = case when unchanged then %(now)s else polled_at end,
    succeeded_at = case when unchanged then %(now)s else succeeded_at end,
    failures = case when unchanged then 0 else failures end,
    error = case when unchanged then null else error end,
    full_at = case when whole then %(now)s else full_at end,
    pace = case when source.pace >= every then null else source.pace end,
    next_poll_at = greatest(
        %(now)s + retry_after,
        case when failures > 0 and not unchanged
             then %(now)s + greatest(every, least(every * power(2, least(failures, 12)), interval '1 hour'))
             else greatest(%(now)s + held.pace / 10, least(held.began_at + held.pace * (1 - random() / 10), (
                 select %(now)s + greatest(min(next_try_at) - %(now)s, interval '1 minute') from entry
                 where entry.source = source.id and next_try_at is not null and held.pace > %(seldom)s))) end)
from held where held.id = source.id
"""
