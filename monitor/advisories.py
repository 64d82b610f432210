"""The SQL of advisories: kills, holds and corrections that came as items of their own, and the stories that they may mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb

from monitor.database import Connection
from monitor.storyrow import packed, unpacked
from spiders.story import Status, Story
from spiders.target import Candidate

#: How old a story may be that an advisory speaks of; and one that somebody was told, or is to be told.
BEFORE, TOLD = timedelta(days=14), timedelta(days=90)
#: Stories that are looked through for it, newest first; but for those that somebody was told: of these, all.
MOST_CANDIDATES = 2000
#: Where no story was found the operator is asked within this time, or not at all: not of a month of kills once an address is set.
NEWS = timedelta(days=1)
#: Advisories on no story of ours that a new story is compared with, newest first: an agency, or a broken feed, may send any number.
MOST_OPEN = 100
#: Of those that it may mean so many are shown to the operator.
MOST_LIKELY = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Advisory:
    """What an agency said of another item."""

    id: int
    #: The entry that it came as.
    entry: int
    source: str
    status: Status
    headline: str
    #: The story as it was told, packed.
    item: dict[str, Any]
    likely: list[int]
    at: datetime
    #: The one that it means; None where that is not said, or it is none of ours; and when that was settled.
    story: int | None
    settled_at: datetime | None
    #: The advisories that withdrew that story.
    kills: list[int]


_COLUMNS: LiteralString = """id, entry, source, status, headline, item, likely, at, story, settled_at,
    array(select kill.id from advisory as kill where kill.story = advisory.story and kill.status = 'withdrawn' order by kill.id) as kills"""


async def candidates(
    connection: Connection, sources: Sequence[str], *, now: datetime, before: timedelta = BEFORE, told: timedelta = TOLD
) -> list[Candidate]:
    """The stories of these sources that an advisory, or a later version, may speak of: those of the time ``before``.

    Of what somebody was told, or is to be told, those of the time ``told``, however many came since.
    """
    cursor = await connection.cursor(row_factory=class_row(Candidate)).execute(
        """select recent.id, recent.url, array_agg(distinct headline) as headlines, string_agg(distinct slug, ' ') as slug,
               coalesce((select guid from entry where entry.story = recent.id order by id limit 1), '') as guid,
               max(published_at) as published_at
           from (
               (select id, url from story where source = any(%(sources)s) and latest > 0 and seen_at > %(since)s
                order by id desc limit %(most)s)
               union
               select id, url from story where source = any(%(sources)s) and purged_at is null and seen_at > %(told)s
                   and exists (select from due where due.story = story.id)
           ) as recent
           join revision on revision.story = recent.id group by recent.id, recent.url""",
        {"sources": list(sources), "since": now - before, "told": now - told, "most": MOST_CANDIDATES},
    )
    return await cursor.fetchall()


async def note(
    connection: Connection,
    entry: int,
    source: str,
    told: Story,
    *,
    of: Sequence[str],
    likely: Sequence[int] = (),
    story: int | None = None,
    now: datetime,
) -> None:
    """Note an advisory on a story ``of`` these sources, and which it is; without that it waits, and the operator may say it."""
    await connection.execute(
        """insert into advisory (entry, source, sources, status, headline, item, likely, at, story, settled_at)
           values (%(entry)s, %(source)s, %(of)s, %(status)s, %(headline)s, %(item)s, %(likely)s, %(now)s, %(story)s,
                   case when %(story)s::bigint is not null then %(now)s::timestamptz end) on conflict (entry) do nothing""",
        {
            "entry": entry,
            "source": source,
            "of": list(of),
            "status": told.status,
            "headline": " ".join(filter(None, (told.slug, told.headline))),
            "item": Jsonb(packed(told)),
            "likely": list(likely)[:MOST_LIKELY],
            "story": story,
            "now": now,
        },
    )


async def settled(connection: Connection, story: int) -> list[Story]:
    """What advisories say of a story, as they were told, oldest first."""
    cursor = await connection.cursor(row_factory=scalar_row).execute("select item from advisory where story = %s order by id", [story])
    return [unpacked(item) for item in await cursor.fetchall()]


async def said_before(connection: Connection, advisory: Advisory) -> Status:
    """What was said of the story that an advisory is taken to mean before that was settled, by any but advisories; usable, if nothing.

    What they say is written on the story in the transaction, and with the time, that notes them or settles which they mean.
    """
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """select status from revision
           where story = %(story)s and read_at <= %(settled_at)s and not (read_at = %(settled_at)s and status = %(status)s)
               and not exists (
                   select from advisory join story on story.id = revision.story and story.source = any(sources)
                   where read_at in (at, settled_at) and advisory.status = revision.status)
           order by number desc limit 1""",
        {"story": advisory.story, "settled_at": advisory.settled_at, "status": advisory.status},
    )
    return Status(await cursor.fetchone() or Status.USABLE)


async def killed(connection: Connection, stories: Sequence[int], *, before: datetime | None) -> list[int]:
    """Those of the stories that the agency withdrew ``before``, by its own time where it tells one, else by when we saw it."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """select story.id from story join revision on revision.story = story.id and number = latest
           where story.id = any(%(stories)s) and revision.status = 'withdrawn' and %(before)s::timestamptz > coalesce(
               (select max(coalesce((item ->> 'published_at')::timestamptz, at)) from advisory
                where advisory.story = story.id and advisory.status = 'withdrawn'),
               (select min(read_at) from revision as killed where killed.story = story.id and killed.status = 'withdrawn'))""",
        {"stories": list(stories), "before": before},
    )
    return await cursor.fetchall()


async def open_ones(connection: Connection) -> list[Advisory]:
    """The advisories that wait for an answer, oldest first."""
    cursor = await connection.cursor(row_factory=class_row(Advisory)).execute(
        f"select {_COLUMNS} from advisory where settled_at is null order by id"
    )
    return await cursor.fetchall()


async def early(connection: Connection, source: str, *, now: datetime) -> list[Advisory]:
    """The advisories that may mean a story of a source which comes only now, oldest first; of very many the newest.

    What may be a story itself, and was told as one, means none that comes later.
    """
    cursor = await connection.cursor(row_factory=class_row(Advisory)).execute(
        f"""select * from (
               select {_COLUMNS} from advisory where settled_at is null and at > %(since)s and %(source)s = any(sources)
                   and not exists (select from entry where entry.id = advisory.entry and entry.story is not null)
               order by id desc limit %(most)s
           ) as newest order by id""",
        {"source": source, "since": now - BEFORE, "most": MOST_OPEN},
    )
    return await cursor.fetchall()


async def unasked(connection: Connection, *, now: datetime) -> list[Advisory]:
    """The advisories that wait for an answer and of which the operator was not told, oldest first; and those that undo no kill."""
    cursor = await connection.cursor(row_factory=class_row(Advisory)).execute(
        f"""select {_COLUMNS} from advisory
           where told is null and (settled_at is null and at > %(news)s or (settled_at is null or settled_at = at) and likely <> '{{}}')
           order by id""",
        {"news": now - NEWS},
    )
    return await cursor.fetchall()


async def advisory(connection: Connection, id: int) -> Advisory | None:
    """One advisory, answered or not."""
    cursor = await connection.cursor(row_factory=class_row(Advisory)).execute(f"select {_COLUMNS} from advisory where id = %s", [id])
    return await cursor.fetchone()


async def tell(connection: Connection, advisories: Sequence[Advisory], *, mail: int) -> None:
    """Note which mail asked the operator."""
    await connection.execute("update advisory set told = %s where id = any(%s)", [mail, [each.id for each in advisories]])


async def settle(connection: Connection, advisory: int, story: int | None, *, now: datetime) -> None:
    """Note the answer: the story that is meant, or none of ours; the same answer again changes nothing."""
    await connection.execute(
        """update advisory set settled_at = %(now)s, story = %(story)s
           where id = %(advisory)s and (settled_at is null or story is distinct from %(story)s)""",
        {"advisory": advisory, "story": story, "now": now},
    )
