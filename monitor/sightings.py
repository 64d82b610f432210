"""The SQL of sightings: what a source lists becomes entries, the new and changed ones pending; and each sighting is counted."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from monitor.database import Connection
from spiders.entry import Entry
from spiders.story import fingerprint

#: What a list that may name years has from before its source was followed: known from then on, and never asked for.
ARCHIVE = "old when it was first listed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """What a list of entries came to."""

    new: int
    changed: int
    seen: int
    #: That were there before this list came, by name or address, changed or not.
    known: int


def identities(entries: Sequence[Entry]) -> dict[str, Entry]:
    """Name → entry. The name is the guid, but the address where one document gives several addresses the same guid.

    Of entries that are the same by name the first stays: feeds list the newest first.
    """
    addresses = Counter(guid for guid, _ in {(entry.guid, entry.url) for entry in entries})
    named: dict[str, Entry] = {}
    for entry in entries:
        named.setdefault(entry.guid if entry.guid and addresses[entry.guid] == 1 else entry.url, entry)
    return named


async def store(
    connection: Connection,
    source: str,
    entries: Sequence[Entry],
    *,
    now: datetime,
    backlog: bool = False,
    items: Mapping[str, dict[str, Any]] | None = None,
    archive: Container[str] = frozenset(),
    by_address: bool = False,
    only_new: bool = False,
) -> Listed:
    """Write what a source lists: a new or changed entry is pending, its page to be fetched at once; and count it.

    ``backlog``: what is new in it counts as news from when it was published. ``items``: guid → the story as a packet tells it.
    ``archive``: guids of what, if it is new, is only noted. ``by_address``: what another list of the source has named by its address
    is known. ``only_new``: of what is known this list says other things than the one that is polled, which is no change.
    """
    items = items or {}
    rows = [_row(guid, entry, items.get(entry.guid)) | {"archive": entry.guid in archive} for guid, entry in identities(entries).items()]
    values = {
        "source": source,
        "now": now,
        "reason": ARCHIVE,
        "by_address": by_address,
        "only_new": only_new,
        "backlog": backlog,
        "listed": len(rows),
    }
    if by_address and not only_new:
        await _adopt(connection, source, rows)
    cursor = await connection.execute(_STORE, _columns(rows) | values)
    found = await cursor.fetchone()
    assert found
    new, changed, unheard = found
    return Listed(new=new, changed=changed, seen=len(rows) - new - changed, known=len(rows) - unheard)


def _row(guid: str, entry: Entry, item: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "guid": guid,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "body": entry.body,
        "published_at": entry.published_at,
        "hash": fingerprint([entry.title, entry.summary, entry.body, str(entry.published_at), *map(str, (item or {}).values())]),
        "item": item and Jsonb(item),
    }


#: One statement for a whole list. ``xmax = 0`` holds for a row that was inserted, not updated. An entry that changes while it is
#: pending stays one sighting: nothing more is to be done, so this listing of it counts as seen.
_STORE = """
with listed as (
    select * from unnest(%(guid)s::text[], %(url)s::text[], %(title)s::text[], %(summary)s::text[], %(body)s::text[],
                         %(published_at)s::timestamptz[], %(hash)s::bytea[], %(item)s::jsonb[], %(archive)s::boolean[])
        as listed (guid, url, title, summary, body, published_at, hash, item, archive)
    where not %(by_address)s or exists (select from entry where entry.source = %(source)s and entry.guid = listed.guid) or not exists (
        select from entry where entry.source = %(source)s and entry.url = listed.url and entry.guid <> listed.guid
            and (entry.guid = entry.url or listed.guid = listed.url))
), written as (
    insert into entry (source, guid, url, title, summary, body, published_at, hash, item, backlog, state, next_try_at, error, seen_at)
    select %(source)s, guid, url, title, summary, body, published_at, hash, item,
           %(backlog)s,
           case when archive then 'refused' else 'pending' end, case when not archive then %(now)s end,
           case when archive then %(reason)s end, %(now)s
    from listed
    on conflict (source, guid) do update
        set url = excluded.url, title = excluded.title, summary = excluded.summary, body = excluded.body,
            published_at = excluded.published_at, hash = excluded.hash, item = excluded.item, state = 'pending', attempts = 0,
            gone = 0, error = null, next_try_at = %(now)s
        where entry.hash <> excluded.hash and not %(only_new)s
    returning id, url, xmax = 0 as is_new, state, error
), sighted as (
    insert into sighting (entry, source, at, outcome, reason, settled_at)
    select id, %(source)s, %(now)s, case state when 'refused' then state end, error,
           case state when 'refused' then %(now)s::timestamptz end
    from written
    on conflict (entry) where outcome is null do nothing
    returning entry
), counted as (
    insert into account (source, hour, listed, seen)
    values (%(source)s, date_trunc('hour', %(now)s::timestamptz), %(listed)s, %(listed)s - (select count(*) from sighted))
    on conflict (source, hour) do update set listed = account.listed + excluded.listed, seen = account.seen + excluded.seen
)
select count(*) filter (where is_new), count(*) filter (where not is_new),
       count(*) filter (where is_new and not exists (
           select from entry where entry.source = %(source)s and entry.url = written.url and written.url <> ''))
from written
"""


async def _adopt(connection: Connection, source: str, rows: list[dict[str, Any]]) -> None:
    """Give what another list named by its address the name that the polled list has for it, whose next change is then seen.

    What was read, or is archive, is known with the words of this list; of all else these are news.
    """
    names = ("guid", "url", "hash")
    await connection.execute(
        """update entry set guid = named.guid,
               hash = case when entry.state = 'read' or entry.error = %(reason)s then named.hash else entry.hash end
           from unnest(%(guid)s::text[], %(url)s::text[], %(hash)s::bytea[]) as named (guid, url, hash)
           where entry.source = %(source)s and entry.guid = named.url and entry.url = named.url and named.guid <> named.url
               and not exists (select from entry as own where own.source = %(source)s and own.guid = named.guid)""",
        {name: [row[name] for row in rows] for name in names} | {"source": source, "reason": ARCHIVE},
    )


def _columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    names = ("guid", "url", "title", "summary", "body", "published_at", "hash", "item", "archive")
    return {name: [row[name] for row in rows] for name in names}
