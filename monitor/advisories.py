"""The SQL of advisories: kills, holds and corrections that came as items of their own, and the stories that they may mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from monitor.sources import Connection
from spiders.story import Status, Story
from spiders.target import Candidate

#: How old a story may be that an advisory speaks of.
BEFORE = timedelta(days=14)
#: Stories that are looked through for it, newest first.
MOST_CANDIDATES = 2000
#: Of those that it may mean so many are shown to the operator.
MOST_LIKELY = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Advisory:
    """One that waits for an answer."""

    id: int
    source: str
    status: Status
    headline: str
    text: str
    likely: tuple[int, ...]
    at: datetime


async def candidates(connection: Connection, sources: Sequence[str], *, now: datetime, before: timedelta = BEFORE) -> list[Candidate]:
    """The stories of these sources that an advisory, or a later version, may speak of: those of the time ``before``."""
    cursor = await connection.cursor(row_factory=class_row(Candidate)).execute(
        """select recent.id, recent.url, array_agg(distinct headline) as headlines, string_agg(distinct slug, ' ') as slug,
               coalesce((select guid from entry where entry.story = recent.id order by id limit 1), '') as guid,
               max(published_at) as published_at
           from (select id, url from story where source = any(%(sources)s) and latest > 0 and seen_at > %(since)s
                 order by id desc limit %(most)s) as recent
           join revision on revision.story = recent.id group by recent.id, recent.url""",
        {"sources": list(sources), "since": now - before, "most": MOST_CANDIDATES},
    )
    return await cursor.fetchall()


async def note(
    connection: Connection, entry: int, source: str, told: Story, *, likely: Sequence[int] = (), story: int | None = None, now: datetime
) -> None:
    """Note an advisory and the ``story`` that it means; without one the operator is to say which."""
    await connection.execute(
        """insert into advisory (entry, source, status, headline, text, likely, at, story, settled_at)
           values (%(entry)s, %(source)s, %(status)s, %(headline)s, %(text)s, %(likely)s, %(now)s, %(story)s,
                   case when %(story)s::bigint is not null then %(now)s::timestamptz end) on conflict (entry) do nothing""",
        {
            "entry": entry,
            "source": source,
            "status": told.status,
            "headline": " ".join(filter(None, (told.slug, told.headline))),
            "text": "\n".join(filter(None, (told.note, told.lead, told.text)))[:4000],
            "likely": list(likely)[:MOST_LIKELY],
            "story": story,
            "now": now,
        },
    )


async def stands(connection: Connection, story: int) -> bool:
    """Whether a story's status is what an advisory says of it, and not its own page."""
    cursor = await connection.execute("select exists (select from advisory where story = %s)", [story])
    return await cursor.fetchone() == (True,)


async def open_ones(connection: Connection, *, untold: bool = False) -> list[Advisory]:
    """The advisories that wait for an answer, oldest first; or those of them of which the operator was not ``told``."""
    cursor = await connection.execute(
        """select id, source, status, headline, text, likely, at from advisory
           where settled_at is null and (told is null or not %(untold)s) order by id""",
        {"untold": untold},
    )
    return [
        Advisory(id=id, source=source, status=Status(status), headline=headline, text=text, likely=tuple(likely), at=at)
        for id, source, status, headline, text, likely, at in await cursor.fetchall()
    ]


async def tell(connection: Connection, advisories: Sequence[Advisory], *, mail: int) -> None:
    """Note which mail asked the operator."""
    await connection.execute("update advisory set told = %s where id = any(%s)", [mail, [each.id for each in advisories]])


async def settle(connection: Connection, advisory: int, story: int | None, *, now: datetime) -> None:
    """Note the answer: the story that is meant, or none of ours."""
    await connection.execute(
        "update advisory set settled_at = %(now)s, story = %(story)s where id = %(advisory)s",
        {"advisory": advisory, "story": story, "now": now},
    )
