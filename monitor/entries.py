"""The SQL of entries: which pages are still to be fetched, and what became of each sighting."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from psycopg.rows import dict_row

from monitor.database import Connection
from spiders.entry import Entry

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
#: The page of a matched story is fetched again 15 minutes, 1, 6 and 24 hours and 3 days after it was read: agencies overwrite in
#: place, and their feeds do not say so. The waits between.
LOOK_AGAIN = (timedelta(minutes=15), timedelta(minutes=45), timedelta(hours=5), timedelta(hours=18), timedelta(hours=48))
#: Before a page that is gone is believed to be.
GONE_AGAIN = timedelta(minutes=15)
#: Answers in a row after which it is.
GONE = 2
Outcome = Literal["new", "changed", "seen", "refused"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """An entry whose page is to be fetched, or fetched again."""

    id: int
    entry: Entry
    state: str
    attempts: int
    gone: int
    #: The story as a packet told it, as ``store`` was given it: there is no page.
    item: dict[str, Any] | None

    @property
    def is_look(self) -> bool:
        """Its story was read from the page before, and it is looked at again."""
        return self.state == "read"

    def try_again_at(self, now: datetime, wait: timedelta | None) -> datetime | None:
        """When its page is tried again after it failed now, or its server asked for a ``wait``; None: never."""
        if wait:
            return now + wait
        return now + TRY_AGAIN[self.attempts] if self.attempts < len(TRY_AGAIN) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What became of an entry."""

    outcome: Outcome
    story: int | None = None
    #: Its story came from another source before.
    merged: bool = False
    matched: bool = False


async def pending(connection: Connection, source: str, *, now: datetime, since: datetime | None = None) -> list[Pending]:
    """The entries of a source whose page is to be fetched now, oldest first: a list begins with the newest.

    ``since``: of these only what was published then or later, or changed on its list, or names no time; the rest stays as it is.
    """
    cursor = await connection.cursor(row_factory=dict_row).execute(
        """select id, state, attempts, gone, item, url, guid, title, summary, published_at, body from entry
           where source = %(source)s and next_try_at <= %(now)s and (
               %(since)s::timestamptz is null or coalesce(published_at, %(since)s) >= %(since)s
               or exists (select from sighting where entry = entry.id and outcome is null and at > seen_at and at >= %(since)s))
           order by next_try_at, published_at, seen_at, id desc""",
        {"source": source, "now": now, "since": since},
    )
    own = ("id", "state", "attempts", "gone", "item")
    return [Pending(**{name: row.pop(name) for name in own}, entry=Entry(**row)) for row in await cursor.fetchall()]


async def finish(connection: Connection, id: int, settled: Settled, *, readable: bool, now: datetime) -> None:
    """Note that an entry's page is read, and that its source's pages are ``readable``; that of a matched story is read again later."""
    await connection.execute(
        """with settled as (
               update sighting set outcome = coalesce(outcome, %(outcome)s), headline_only = false, merged = %(merged)s,
                   matched = matched or %(matched)s, story = %(story)s, settled_at = %(now)s
               where entry = %(id)s and (outcome is null or headline_only)
           ), well as (
               update source set page_failures = 0, page_failed_at = null, page_error = null
               where %(readable)s and page_failures > 0 and id = (select source from entry where id = %(id)s)
           )
           update entry set state = 'read', error = null, body = '', item = null, story = %(story)s, gone = 0,
               rechecks = case when state = 'read' or %(outcome)s = 'seen' then rechecks + sign(rechecks) else %(matched)s::integer end,
               next_try_at = %(now)s + (%(waits)s::interval[])[case when state = 'read' or %(outcome)s = 'seen'
                   then nullif(rechecks, 0) + 1 else %(matched)s::integer end]
           where id = %(id)s""",
        {"id": id, "readable": readable, "now": now, "waits": list(LOOK_AGAIN), **_said(settled)},
    )


async def postpone(
    connection: Connection, id: int, settled: Settled, *, error: str, next_try_at: datetime | None, tried: bool, now: datetime
) -> None:
    """Note that an entry's page could not be read: its story stands on the feed's text, the page is tried again then.

    ``tried``: it was asked for, and that counts; its server did not just ask for a pause.
    """
    await connection.execute(
        """with settled as (
               update sighting set outcome = %(outcome)s, headline_only = true, merged = %(merged)s, matched = %(matched)s,
                   story = %(story)s, settled_at = %(now)s
               where entry = %(id)s and outcome is null
           )
           update entry set state = 'headline-only', attempts = attempts + %(tried)s::integer, error = %(error)s, story = %(story)s,
               next_try_at = %(next_try_at)s
           where id = %(id)s""",
        {"id": id, "error": error[:500], "now": now, "next_try_at": next_try_at, "tried": tried, **_said(settled)},
    )


async def delay(connection: Connection, id: int, *, error: str, next_try_at: datetime) -> None:
    """Note that an entry could not even be stored on the feed's text: it stays pending."""
    await connection.execute(
        "update entry set attempts = attempts + 1, error = %(error)s, next_try_at = %(next_try_at)s where id = %(id)s",
        {"id": id, "error": error[:500], "next_try_at": next_try_at},
    )


async def hold_back(connection: Connection, id: int, *, until: datetime) -> None:
    """Note that an entry's story is embargoed: it stays pending, and its page is read again when that ends."""
    await connection.execute(
        "update entry set error = %(error)s, next_try_at = %(until)s where id = %(id)s",
        {"id": id, "error": f"embargoed until {until:%Y-%m-%d %H:%M %Z}", "until": until},
    )


async def refuse(connection: Connection, id: int, *, error: str, now: datetime) -> None:
    """Note that an entry is no story: nothing to read, nothing to show."""
    await connection.execute(
        """with settled as (
               update sighting set outcome = 'refused', reason = %(error)s, settled_at = %(now)s where entry = %(id)s and outcome is null
           )
           update entry set state = 'refused', next_try_at = null, error = %(error)s, item = null where id = %(id)s""",
        {"id": id, "error": error[:500], "now": now},
    )


async def refuse_unread(connection: Connection, source: str, url: str, *, error: str, now: datetime) -> None:
    """Note that a document which should hold an entry cannot be read at all: it is listed, and refused."""
    await connection.execute(
        """with written as (
               insert into entry (source, guid, url, title, summary, body, hash, backlog, state, error, seen_at)
               values (%(source)s, %(url)s, %(url)s, '', '', '', '', false, 'refused', %(error)s, %(now)s)
               on conflict (source, guid) do update set error = excluded.error returning id
           ), counted as (
               insert into account (source, hour, listed) values (%(source)s, date_trunc('hour', %(now)s::timestamptz), 1)
               on conflict (source, hour) do update set listed = account.listed + 1
           )
           insert into sighting (entry, source, at, outcome, reason, settled_at)
           select id, %(source)s, %(now)s, 'refused', %(error)s, %(now)s from written""",
        {"source": source, "url": url, "error": error[:500], "now": now},
    )


async def look_again(connection: Connection, id: int, *, error: str, gone: bool, now: datetime) -> None:
    """Note that the page of a story that was read before could not be fetched again; the story stands."""
    await connection.execute(
        """update entry set error = %(error)s, gone = case when %(gone)s then gone + 1 else 0 end, rechecks = rechecks + 1,
               next_try_at = %(now)s + case when %(gone)s then %(soon)s else (%(waits)s::interval[])[rechecks + 1] end
           where id = %(id)s""",
        {"id": id, "error": error[:500], "gone": gone, "now": now, "soon": GONE_AGAIN, "waits": list(LOOK_AGAIN)},
    )


async def supersede(connection: Connection, story: int, *, by: int) -> None:
    """Note that another entry tells of a story now: the pages of those before still say what they said, and are looked at no more."""
    await connection.execute(
        "update entry set next_try_at = null, rechecks = 0 where story = %(story)s and id <> %(by)s and state = 'read'",
        {"story": story, "by": by},
    )


async def look_now(connection: Connection, story: int, *, now: datetime) -> None:
    """Let the page that told a story last be looked at now, and then as after it was read first; advisories on the story have none."""
    await connection.execute(
        """update entry set next_try_at = %(now)s, rechecks = 1 where state = 'read' and gone < %(gone)s and id = (
               select max(id) from entry where story = %(story)s and not exists (select from advisory where entry = entry.id))""",
        {"story": story, "now": now, "gone": GONE},
    )


async def give_up(connection: Connection, id: int, *, error: str) -> None:
    """Note that the page of a story is gone: it is asked for no more."""
    await connection.execute("update entry set next_try_at = null, gone = gone + 1, error = %s where id = %s", [error[:500], id])


def _said(settled: Settled) -> dict[str, Any]:
    return {name: getattr(settled, name) for name in ("outcome", "story", "merged", "matched")}
