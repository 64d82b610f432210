"""The SQL of entries: what the feeds list, and which pages are still to be fetched."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import dict_row, tuple_row

from monitor.sources import Connection
from spiders.feed import Entry
from spiders.story import fingerprint

#: After the n-th failure a page is tried again this much later; after the last one the feed's text stays all there is.
TRY_AGAIN = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """What a list of entries came to."""

    new: int
    changed: int
    seen: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """An entry whose page is to be fetched."""

    id: int
    entry: Entry


def identities(entries: Sequence[Entry]) -> dict[str, Entry]:
    """Name → entry. The name is the guid, but the address where one document gives several addresses the same guid.

    Of entries that are the same by name the first stays: feeds list the newest first.
    """
    addresses = Counter(guid for guid, _ in {(entry.guid, entry.url) for entry in entries})
    named: dict[str, Entry] = {}
    for entry in entries:
        named.setdefault(entry.guid if entry.guid and addresses[entry.guid] == 1 else entry.url, entry)
    return named


async def store(connection: Connection, source: str, entries: Sequence[Entry], *, now: datetime) -> Listed:
    """Write what a feed lists: a new or changed entry is pending, its page to be fetched at once."""
    named = identities(entries)
    rows = [
        {
            "source": source,
            "guid": guid,
            "url": entry.url,
            "title": entry.title,
            "summary": entry.summary,
            "body": entry.body,
            "published_at": entry.published_at,
            "hash": fingerprint([entry.title, entry.summary, entry.body, str(entry.published_at)]),
        }
        for guid, entry in named.items()
    ]
    cursor = await connection.cursor(row_factory=tuple_row).execute(_STORE, _columns(rows) | {"source": source, "now": now})
    written = [new for (new,) in await cursor.fetchall()]
    return Listed(new=sum(written), changed=len(written) - sum(written), seen=len(rows) - len(written))


#: One statement for a whole feed. ``xmax = 0`` holds for a row that was inserted, not updated.
_STORE = """
insert into entry (source, guid, url, title, summary, body, published_at, hash, backlog, state, next_try_at, seen_at)
select %(source)s, guid, url, title, summary, body, published_at, hash,
       (select listed_at is null from source where id = %(source)s), 'pending', %(now)s, %(now)s
from unnest(%(guid)s::text[], %(url)s::text[], %(title)s::text[], %(summary)s::text[], %(body)s::text[],
            %(published_at)s::timestamptz[], %(hash)s::bytea[]) as listed (guid, url, title, summary, body, published_at, hash)
on conflict (source, guid) do update
    set url = excluded.url, title = excluded.title, summary = excluded.summary, body = excluded.body,
        published_at = excluded.published_at, hash = excluded.hash, state = 'pending', attempts = 0, next_try_at = excluded.next_try_at
    where entry.hash <> excluded.hash
returning xmax = 0
"""


def _columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    names = ("guid", "url", "title", "summary", "body", "published_at", "hash")
    return {name: [row[name] for row in rows] for name in names}


async def pending(connection: Connection, source: str, *, now: datetime) -> list[Pending]:
    """The entries of a source whose page is to be fetched now, oldest first."""
    cursor = await connection.cursor(row_factory=dict_row).execute(
        """select id, url, guid, title, summary, published_at, body from entry
           where source = %(source)s and next_try_at <= %(now)s order by next_try_at, id""",
        {"source": source, "now": now},
    )
    return [Pending(id=row.pop("id"), entry=Entry(**row)) for row in await cursor.fetchall()]


async def finish(connection: Connection, id: int, *, story: int) -> None:
    """Note that an entry's page is read."""
    await connection.execute(
        "update entry set state = 'read', next_try_at = null, error = null, body = '', story = %(story)s where id = %(id)s",
        {"id": id, "story": story},
    )


async def postpone(connection: Connection, id: int, *, story: int | None, error: str, now: datetime) -> None:
    """Note that an entry's page could not be read: its story stands on the feed's text, the page is tried again later."""
    await connection.execute(
        """update entry set state = 'headline-only', attempts = attempts + 1, error = %(error)s, story = coalesce(%(story)s, story),
               next_try_at = %(now)s + (%(waits)s::interval[])[attempts + 1] where id = %(id)s""",
        {"id": id, "story": story, "error": error[:500], "now": now, "waits": list(TRY_AGAIN)},
    )


async def refuse(connection: Connection, id: int, *, error: str) -> None:
    """Note that an entry is no story: nothing to read, nothing to show."""
    await connection.execute(
        "update entry set state = 'refused', next_try_at = null, error = %(error)s where id = %(id)s", {"id": id, "error": error[:500]}
    )
