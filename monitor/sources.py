"""The SQL of sources: which exist, which are due, who polls them, and how their last poll went."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from psycopg import AsyncConnection
from psycopg.rows import TupleRow, class_row, scalar_row

from spiders.settings import LOCAL
from spiders.source import Source

#: A worker that crawls renews its claims three times within this; one that died is replaced when it is over.
CLAIM_TIME = timedelta(seconds=45)
#: Key of the lock that who claims holds.
CLAIMING = 0x636C6169

#: How long a server may say "not modified" before we look at the list itself: some say so though it changed.
TRUST = timedelta(hours=6)
#: Share of a list that was not there at the last poll, above which the source is asked more often, below which less often again:
#: the more of a list is known, the surer it is that nothing fell out of it in between.
HURRIED, CALM = 0.5, 0.2
#: How much faster than ``every`` that may get, and the shortest pace that comes of it.
MOST_HURRIED = 8
SHORTEST = timedelta(seconds=30)
#: Sources polled less often than this are asked early where a page is to be fetched again before.
SELDOM = timedelta(minutes=15)

Connection = AsyncConnection[TupleRow]


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Where we stand with a source when we come to ask it."""

    id: str
    #: Validators of its last answer, and the digest of its last whole one.
    etag: str | None
    modified: str | None
    digest: bytes | None
    #: Its last whole answer; None if there was none, or its validators cannot be trusted.
    full_at: datetime | None
    #: It stays the same while the list changes.
    lies: bool
    began_at: datetime
    #: When it last listed entries, and when the newest of all was published.
    listed_at: datetime | None
    newest_at: datetime | None
    audited_on: date | None
    #: Some page is to be fetched.
    pending: bool
    #: A hole in its list is still open.
    has_gap: bool

    def may_trust(self, now: datetime) -> bool:
        """Whether its server may answer that nothing changed, which we then believe."""
        return not self.lies and self.full_at is not None and now - self.full_at < TRUST


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """How a source does, as ``wirewatch status`` shows it."""

    id: str
    polled_at: datetime | None
    succeeded_at: datetime | None
    failures: int
    error: str | None
    next_poll_at: datetime
    #: That explained the bytes of its last list, whatever it declared; None where none was needed.
    charset: str | None
    pending: int
    headline_only: int
    refused: int


async def configure(connection: Connection, sources: Iterable[Source], *, now: datetime) -> None:
    """Make the table say what the configuration says: new sources begin now, missing ones rest."""
    # Rows are locked in the order of their ids here and in every claim: otherwise two of them could wait for each other.
    await connection.execute("update source set active = false where id in (select id from source where active order by id for update)")
    # Sent together: one by one, two thousand sources take seconds in which nobody may store.
    await connection.cursor().executemany(
        """insert into source (id, feed, host, began_at, every, next_poll_at)
           values (%(id)s, %(feed)s, %(host)s, %(now)s, %(every)s, %(now)s)
           on conflict (id) do update set active = true, every = excluded.every, feed = excluded.feed, host = excluded.host,
               next_poll_at = least(source.next_poll_at, excluded.next_poll_at + excluded.every),
               etag = case when source.feed = excluded.feed then source.etag end,
               digest = case when source.feed = excluded.feed then source.digest end,
               full_at = case when source.feed = excluded.feed then source.full_at end,
               lies = source.lies and source.feed = excluded.feed,
               pace = case when source.every = excluded.every then source.pace end,
               modified = case when source.feed = excluded.feed then source.modified end,
               listed_at = case when source.feed = excluded.feed then source.listed_at end,
               began_at = case when source.feed = excluded.feed then source.began_at else excluded.began_at end""",
        [
            {"id": source.id, "feed": source.home, "host": _host(source), "every": source.every, "now": now}
            for source in sorted(sources, key=lambda source: source.id)
        ],
    )


def _host(source: Source) -> str | None:
    """Whom one worker asks at a time; None for a folder and for this machine, where nobody minds many."""
    host = urlsplit(source.home).hostname
    return None if host in LOCAL else host


async def hold_claims(connection: Connection) -> None:
    """Let nobody else claim until this transaction ends: what each of two had seen free, one host's two sources, both would take."""
    await connection.execute("select pg_advisory_xact_lock(%(key)s)", {"key": CLAIMING})


async def claim_due(connection: Connection, *, by: str, now: datetime, limit: int = 50) -> list[str]:
    """Claim the sources that are due for one batch, so that nobody else polls them or asks their hosts; ids.

    A host's sources come together. Call ``hold_claims`` before.
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


async def claim(connection: Connection, ids: Sequence[str], *, by: str, now: datetime) -> list[str]:
    """Claim these sources, due or not; the ids that nobody else holds, nor their hosts. Call ``hold_claims`` before."""
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


async def standings(connection: Connection, ids: Sequence[str], *, now: datetime) -> list[Standing]:
    """Where we stand with these sources."""
    cursor = await connection.cursor(row_factory=class_row(Standing)).execute(
        # The one that is due first, by its index: Postgres thinks a third of all entries due, and would rather look through them.
        """select id, etag, modified, digest, full_at, lies, began_at, listed_at, newest_at, audited_on,
               coalesce((select next_try_at <= %(now)s from entry where entry.source = source.id and next_try_at is not null
                         order by next_try_at limit 1), false) as pending,
               exists (select from gap where gap.source = source.id and closed_at is null) as has_gap
           from source where id = any(%(ids)s)""",
        {"ids": list(ids), "now": now},
    )
    return await cursor.fetchall()


async def listed(
    connection: Connection,
    id: str,
    *,
    any: bool,
    newest_at: datetime | None,
    fresh: float | None,
    etag: str | None,
    modified: str | None,
    digest: bytes | None,
    charset: str | None,
    lies: bool,
    now: datetime,
) -> None:
    """Note a list that was read; in the transaction that stores its entries, or a crash in between loses them.

    ``any``: it lists entries. While it lists none, its first list, which may be an archive, is still to come. ``fresh``: the share
    of it that was not there before, which sets the pace; None where that says nothing. ``lies``: it changed, its validators did not.
    """
    await connection.execute(
        """with counted as (
               insert into account (source, hour, polls) values (%(id)s, date_trunc('hour', %(now)s::timestamptz), 1)
               on conflict (source, hour) do update set polls = account.polls + 1
           )
           update source set polled_at = %(now)s, succeeded_at = %(now)s, failures = 0, error = null, full_at = %(now)s,
               etag = %(etag)s, modified = %(modified)s, digest = %(digest)s, charset = %(charset)s, lies = lies or %(lies)s,
               listed_at = case when %(any)s then %(now)s else listed_at end, newest_at = greatest(newest_at, %(newest_at)s),
               pace = case when %(fresh)s::real > %(hurried)s then greatest(coalesce(pace, every) / 2, every / %(most)s, %(shortest)s)
                           when %(fresh)s::real < %(calm)s then pace * 1.5 else pace end
           where id = %(id)s""",
        {
            "id": id,
            "any": any,
            "newest_at": newest_at,
            "fresh": fresh,
            "hurried": HURRIED,
            "calm": CALM,
            "most": MOST_HURRIED,
            "shortest": SHORTEST,
            "etag": etag,
            "modified": modified,
            "digest": digest,
            "charset": charset,
            "lies": lies,
            "now": now,
        },
    )


async def listed_at(connection: Connection, id: str, *, newest_at: datetime | None, now: datetime) -> None:
    """Note that a list came, though not from the first rung."""
    await connection.execute(
        "update source set listed_at = %(now)s, newest_at = greatest(newest_at, %(newest_at)s) where id = %(id)s",
        {"id": id, "newest_at": newest_at, "now": now},
    )


async def failed(connection: Connection, id: str, *, error: str, now: datetime) -> int:
    """Note a poll that failed; how many have in a row."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """with counted as (
               insert into account (source, hour, polls, failed) values (%(id)s, date_trunc('hour', %(now)s::timestamptz), 1, 1)
               on conflict (source, hour) do update set polls = account.polls + 1, failed = account.failed + 1
           )
           update source set polled_at = %(now)s, failures = failures + 1, error = %(error)s where id = %(id)s returning failures""",
        {"id": id, "error": error[:500], "now": now},
    )
    return int(await cursor.fetchone() or 0)


async def page_failed(connection: Connection, id: str, *, error: str, now: datetime) -> int:
    """Note that a page of a source could not be read, or is not as its selectors say; how many in a row."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """update source set page_failures = page_failures + 1, page_error = %(error)s, page_failed_at = coalesce(page_failed_at, %(now)s)
           where id = %(id)s returning page_failures""",
        {"id": id, "error": error[:500], "now": now},
    )
    return int(await cursor.fetchone() or 0)


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


async def health(connection: Connection) -> list[Health]:
    """How each configured source does."""
    cursor = await connection.cursor(row_factory=class_row(Health)).execute(
        """select source.id, polled_at, succeeded_at, failures, source.error, next_poll_at, charset,
               count(entry.id) filter (where entry.state = 'pending') as pending,
               count(entry.id) filter (where entry.state = 'headline-only') as headline_only,
               count(entry.id) filter (where entry.state = 'refused') as refused
           from source left join entry on entry.source = source.id and entry.state <> 'read'
           where active group by source.id order by source.id"""
    )
    return await cursor.fetchall()
