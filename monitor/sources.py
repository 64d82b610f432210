"""The SQL of sources: which exist, where we stand with each, and how its last poll went."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from psycopg.rows import class_row, scalar_row

from monitor.database import Connection
from spiders.settings import LOCAL
from spiders.source import Source

#: How long a server may say "not modified" before we look at the list itself: some say so though it changed.
TRUST = timedelta(hours=6)
#: Share of a list that was not there at the last poll, above which the source is asked more often, below which less often again:
#: the more of a list is known, the surer it is that nothing fell out of it in between.
HURRIED, CALM = 0.5, 0.2
#: How much faster than ``every`` that may get, and the shortest pace that comes of it.
MOST_HURRIED = 8
SHORTEST = timedelta(seconds=30)


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
