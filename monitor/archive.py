"""The archive: search in what was stored."""

from dataclasses import asdict
from typing import Any

from psycopg.rows import tuple_row

from alerts.canon import words
from monitor import stories
from monitor.sources import Connection
from spiders.story import Story


async def search(connection: Connection, query: str, *, limit: int) -> list[dict[str, Any]]:
    """The stories whose newest version has all the words of ``query``, newest first, as ``--json`` prints them."""
    cursor = await connection.cursor(row_factory=tuple_row).execute(
        """select id, latest, source,
               array(select distinct rule from match where match.story = story.id and revision = latest order by rule)
           from story where search @@ plainto_tsquery('simple', %(words)s) order by news_at desc, id desc limit %(limit)s""",
        {"words": words(query), "limit": limit},
    )
    found = await cursor.fetchall()
    told = await stories.versions(connection, {id: latest for id, latest, _, _ in found})
    return [as_row(id, source, rules, told[id], latest) for id, latest, source, rules in found]


def as_row(id: int, source: str, rules: list[str], story: Story, revision: int) -> dict[str, Any]:
    """A stored story as plain values that JSON can carry."""
    told = asdict(story)
    return {
        "id": id,
        "url": told.pop("canonical_url"),
        "source": source,
        "revision": revision,
        "rules": rules,
        **{key: value.isoformat() if key.endswith("_at") and value else value for key, value in told.items()},
    }
