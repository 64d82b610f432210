"""The SQL of gaps: lists in which nothing was seen before, how far other rungs filled them, and how much of a day we had."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from psycopg.rows import class_row, scalar_row

from monitor.database import Connection
from spiders.entry import Entry

#: Climbs after which a gap that no rung reaches across stays one.
MOST_TRIES = 5
#: Clocks differ, and a list's date may be the minute after its story's.
SLACK = timedelta(hours=1)
#: Entries from before a gap, without one from its very beginning, that show that a list reaches across it.
WITNESSES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A stretch of time in which a source may have published what we did not see."""

    id: int
    from_at: datetime
    to_at: datetime
    noticed_at: datetime


async def notice(connection: Connection, source: str, *, from_at: datetime, to_at: datetime, now: datetime) -> None:
    """Note that a list does not reach back to what we had; while a gap is open it grows."""
    await connection.execute(
        """insert into gap (source, from_at, to_at, noticed_at) values (%(source)s, least(%(from_at)s, %(to_at)s), %(to_at)s, %(now)s)
           on conflict (source) where closed_at is null do update set to_at = greatest(gap.to_at, excluded.to_at)""",
        {"source": source, "from_at": from_at, "to_at": to_at, "now": now},
    )


async def open_gap(connection: Connection, source: str) -> Gap | None:
    """The gap of a source that is still to be filled."""
    cursor = await connection.cursor(row_factory=class_row(Gap)).execute(
        "select id, from_at, to_at, noticed_at from gap where source = %s and closed_at is null", [source]
    )
    return await cursor.fetchone()


def may_be_in(gap: Gap, entry: Entry, zone: tzinfo) -> bool:
    """Whether an entry may have been published in a gap; one without a date may."""
    return entry.published_at is None or _until(entry.published_at, zone) >= gap.from_at - SLACK


def _until(moment: datetime, zone: tzinfo) -> datetime:
    """The last moment that a date may stand for: midnight is printed for a whole day."""
    is_day = any(moment.astimezone(each).time() == time() for each in (UTC, zone))
    return moment + timedelta(days=1) if is_day else moment


async def reaches_across(connection: Connection, source: str, gap: Gap, listed: Sequence[Entry], zone: tzinfo) -> bool:
    """Whether a list goes back to before a gap; to be asked before the list is stored.

    It names what was published when the gap began, or several that are older or were known: one old link proves nothing.
    """
    dated = [entry.published_at for entry in listed if entry.published_at and _until(entry.published_at, zone) == entry.published_at]
    if any(abs(moment - gap.from_at) <= SLACK for moment in dated):
        return True
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """select count(*) from entry where source = %(source)s and seen_at < %(noticed_at)s
               and (url = any(%(urls)s) or guid = any(%(guids)s))""",
        {
            "source": source,
            "noticed_at": gap.noticed_at,
            "urls": [entry.url for entry in listed if entry.url],
            "guids": [entry.guid for entry in listed],
        },
    )
    known = await cursor.fetchone() or 0
    return max(known, sum(moment < gap.from_at for moment in dated)) >= WITNESSES


async def brought(connection: Connection, gap: Gap, *, stories: int, filled_by: str | None, now: datetime) -> None:
    """Note what a climb brought, and whether its list reaches across the gap, which then is closed."""
    await connection.execute(
        """update gap set stories = stories + %(stories)s, filled_by = %(filled_by)s,
               closed_at = case when %(filled_by)s::text is not null then %(now)s::timestamptz end
           where id = %(id)s""",
        {"id": gap.id, "stories": stories, "filled_by": filled_by, "now": now},
    )


async def tried(connection: Connection, gap: Gap, *, now: datetime, over: bool = False) -> None:
    """Note a climb that did not reach across; after the last the gap is closed unfilled, at once when there is nothing to climb."""
    await connection.execute(
        """update gap set tries = tries + 1, closed_at = case when tries + 1 >= %(most)s or %(over)s then %(now)s::timestamptz end
           where id = %(id)s""",
        {"id": gap.id, "most": MOST_TRIES, "over": over, "now": now},
    )


async def remember(connection: Connection, source: str, day: date, *, rung: str, listed: Sequence[Entry], now: datetime) -> None:
    """Note how much of what another rung lists of a day we had; to be asked before that list is stored."""
    await connection.execute(
        """insert into recall (source, day, rung, listed, known, at)
           select %(source)s, %(day)s, %(rung)s, count(*), count(*) filter (where exists (
               select from entry where entry.source = %(source)s and (entry.url = named.url or entry.guid = named.guid))), %(now)s
           from unnest(%(urls)s::text[], %(guids)s::text[]) as named (url, guid)
           on conflict (source, day) do update set listed = recall.listed + excluded.listed, known = recall.known + excluded.known""",
        {
            "source": source,
            "day": day,
            "rung": rung,
            "urls": [entry.url for entry in listed],
            "guids": [entry.guid for entry in listed],
            "now": now,
        },
    )


async def audited(connection: Connection, source: str, day: date) -> None:
    """Note that a day's list was compared, or cannot be."""
    await connection.execute("update source set audited_on = %s where id = %s", [day, source])
