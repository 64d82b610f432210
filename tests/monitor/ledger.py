"""A small vocabulary to write the account's rows with: what a source was asked and listed, and how its polls and pages went."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count

from desk import NOON, WIRE

from monitor.database import Database

_numbers = count(1)


async def execute(database: Database, statement: str, **values: object) -> None:
    async with database.connection() as connection:
        await connection.execute(statement, values)  # type: ignore[call-overload]


async def is_(database: Database, source: str = WIRE.id, **columns: object) -> None:
    """The source's row says so."""
    sets = ", ".join(f"{name} = %({name})s" for name in columns)
    await execute(database, f"update source set {sets} where id = %(id)s", id=source, **columns)


async def polled(database: Database, source: str = WIRE.id, *, at: datetime = NOON, **figures: int) -> None:
    """The hour's account of a source."""
    given = {"polls": 0, "unchanged": 0, "failed": 0, "skipped": 0, "listed": 0, "seen": 0} | figures
    await execute(
        database,
        """insert into account (source, hour, polls, unchanged, failed, skipped, listed, seen)
           values (%(source)s, date_trunc('hour', %(at)s), %(polls)s, %(unchanged)s, %(failed)s, %(skipped)s, %(listed)s, %(seen)s)""",
        source=source,
        at=at,
        **given,
    )


async def sighted(
    database: Database,
    outcome: str | None = "new",
    *,
    source: str = WIRE.id,
    at: datetime = NOON,
    reason: str | None = None,
    backlog: bool = False,
    headline_only: bool = False,
    merged: bool = False,
    matched: bool = False,
    story: int | None = None,
) -> None:
    """An entry was new or changed when it was listed, and this became of it."""
    number = next(_numbers)
    await execute(
        database,
        """with entry as (
               insert into entry (source, guid, url, title, summary, body, hash, backlog, state, seen_at)
               values (%(source)s, %(guid)s, %(guid)s, '', '', '', '', %(backlog)s, 'read', %(at)s) returning id)
           insert into sighting (entry, source, at, outcome, reason, headline_only, merged, matched, story)
           select id, %(source)s, %(at)s, %(outcome)s, %(reason)s, %(headline_only)s, %(merged)s, %(matched)s, %(story)s from entry""",
        source=source,
        guid=f"https://wire.example.org/sighted/{number}",
        at=at,
        outcome=outcome,
        reason=reason,
        backlog=backlog,
        headline_only=headline_only,
        merged=merged,
        matched=matched,
        story=story,
    )


async def brought(database: Database, body: str, *, source: str = WIRE.id, at: datetime = NOON, dateline: bool = False) -> None:
    """A story came in with this body."""
    number = next(_numbers)
    async with database.connection() as connection:
        cursor = await connection.execute(
            """with story as (
                   insert into story (source, url, latest, seen_at, news_at) values (%(source)s, %(url)s, 1, %(at)s, %(at)s) returning id)
               insert into revision (story, number, headline, other_headlines, lead, paragraphs, byline, dateline, published_at,
                   published_precision, status, keywords, headline_only, read_at, characters)
               select id, 1, '', '{}', '', %(body)s, '{}', %(dateline)s::jsonb, %(at)s, 'minute', 'live', '{}', false, %(at)s,
                   %(length)s from story
               returning story""",
            {
                "source": source,
                "url": f"https://wire.example.org/brought/{number}",
                "at": at,
                "body": [body] if body else [],
                "length": len(body),
                "dateline": '{"raw": "LONDON"}' if dateline else None,
            },
        )
        [(story,)] = await cursor.fetchall()
    await sighted(database, source=source, at=at, story=story)


async def stands_on_its_list(database: Database, story: int) -> None:
    """There is a story of this number, and all of it is what a list said."""
    await execute(
        database,
        """with story as (
               insert into story (id, source, url, latest, seen_at, news_at) overriding system value
               values (%(id)s, %(source)s, %(url)s, 1, %(at)s, %(at)s) returning id)
           insert into revision (story, number, headline, other_headlines, lead, paragraphs, byline, published_precision, status, keywords,
               headline_only, read_at)
           select id, 1, '', '{}', '', '{}', '{}', 'minute', 'live', '{}', true, %(at)s from story""",
        id=story,
        source=WIRE.id,
        url=f"https://wire.example.org/list/{story}",
        at=NOON,
    )


async def gapped(
    database: Database, *, source: str = WIRE.id, start: datetime, end: datetime, filled_by: str | None = None, stories: int = 0
) -> None:
    """A gap was noticed when it ended."""
    await execute(
        database,
        """insert into gap (source, from_at, to_at, noticed_at, stories, filled_by, closed_at)
           values (%(source)s, %(start)s, %(end)s, %(end)s, %(stories)s, %(filled_by)s, %(end)s)""",
        source=source,
        start=start,
        end=end,
        stories=stories,
        filled_by=filled_by,
    )


def every(step: timedelta, *, until: datetime, since: datetime) -> Iterable[datetime]:
    """Moments, ``step`` apart."""
    while since <= until:
        yield since
        since += step
