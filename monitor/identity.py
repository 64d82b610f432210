"""Identity: which stored story a page or an entry is a version of, at whatever address; the row of one that is new."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from alerts.canon import words
from monitor import stories
from monitor.database import Connection
from monitor.stories import Known
from spiders.story import Story


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """How a story came to us."""

    source: str
    #: Where its entry says that it is.
    url: str
    #: The story that its entry led to before, if any: a page that moved is still the same story.
    story: int | None
    #: When its entry was first seen.
    seen_at: datetime


async def know(connection: Connection, entry: int, story: Story) -> tuple[Arrival, Known]:
    """How the story of an entry came to us, and the stored story that this is a version of, locked; made if it is new.

    Until the transaction ends no subscription changes.
    """
    arrival, known = await _known(connection, entry, story, is_new=False)
    if known is None:
        known = await _moved(connection, story, arrival)
    if known is None:
        arrival, known = await _known(connection, entry, story, is_new=True)
    assert known, "the row is inserted or updated"
    return arrival, known


async def _known(connection: Connection, entry: int, story: Story, *, is_new: bool) -> tuple[Arrival, Known | None]:
    """The story at that address, made if need be; None where the entry led to one before, unless we know that this ``is_new``."""
    cursor = await connection.execute(
        _KNOW,
        {
            "entry": entry,
            "lock": stories.SUBSCRIPTIONS,
            "url": story.canonical_url,
            "published_at": story.published_at,
            "embargoed_until": story.embargoed_until,
            "whole_day": timedelta(days=story.published_precision == "day"),
            "fresh": stories.FRESH,
            "is_new": is_new,
        },
    )
    row = await cursor.fetchone()
    assert row, "entries are never deleted while their page is fetched"
    source, url, before, seen_at, *known = row
    arrival = Arrival(source=source, url=url, story=before, seen_at=seen_at)
    return arrival, Known(**dict(zip(stories.KNOWN, known, strict=True))) if known[0] else None


#: A story counts as having reached us when it was seen; but what a new source lists may be old, and is then never told at once.
_KNOW = """
with hold as materialized (
    select pg_advisory_xact_lock_shared(%(lock)s)
), arrival as materialized (
    select source, entry.url, story, seen_at, backlog, greatest(%(published_at)s, %(embargoed_until)s::timestamptz) as published_at,
        greatest(seen_at, %(embargoed_until)s) as shown_at
    from entry, hold where id = %(entry)s
), known as (
    insert into story (source, url, seen_at, news_at, fresh_until)
    select source, %(url)s, seen_at, case when backlog then least(%(published_at)s::timestamptz + %(whole_day)s, seen_at) else seen_at end,
        case when not backlog or arrival.published_at >= (select began_at from source where id = arrival.source)
            then least(arrival.published_at + %(whole_day)s, shown_at) + %(fresh)s end
    from arrival where story is null or %(is_new)s
    on conflict (url) do update set url = excluded.url
    returning id, source, url, latest, fingerprint, purged_at
)
select arrival.source, arrival.url, arrival.story, arrival.seen_at, known.* from arrival left join known on true
"""


async def _moved(connection: Connection, story: Story, arrival: Arrival) -> Known | None:
    """The story that the entry led to before, if this is a version of it, at whatever address."""
    cursor = await connection.cursor(row_factory=class_row(Known)).execute(
        # Of another source's story an entry may tell, but never what it says.
        "select id, source, url, latest, fingerprint, purged_at from story where id = %(story)s and source = %(source)s for update",
        {"story": arrival.story, "source": arrival.source},
    )
    known = await cursor.fetchone()
    if known is None or known.url in (story.canonical_url, arrival.url):
        return known
    if known.purged_at:  # its words are gone, their fingerprint is not
        return known if known.fingerprint == stories.story_fingerprint(story) else None
    # Some wires name every top story "top", or number them from above: the guid stays, the story is another.
    before = await stories.versions(connection, {known.id: known.latest})
    return known if known.id in before and is_version(before[known.id], story) else None


def is_version(before: Story, after: Story) -> bool:
    """Whether two texts under one name are versions of one story: the same headline, or a fifth of the shorter's 4-word runs."""
    return words(before.headline) == words(after.headline) or shares_words(before, after)


def shares_words(before: Story, after: Story) -> bool:
    """Whether two texts have a fifth of the shorter's 4-word runs in common."""
    old, new = _runs(before), _runs(after)
    return len(old & new) >= max(1, min(len(old), len(new)) / 5)


def _runs(story: Story) -> set[tuple[str, ...]]:
    told = words(story.text or story.lead).split()
    return {tuple(told[at : at + 4]) for at in range(len(told) - 3)}


async def take_over(connection: Connection, known: Known, source: str) -> None:
    """Note that a story is a source's own, though another one listed it first."""
    await connection.execute("update story set source = %s where id = %s", [source, known.id])


async def give_way(connection: Connection, known: Known) -> None:
    """Let the publisher of a page have its address: what another source said there stays that one's, and is news to nobody any more.

    Whoever was told of it is told of what the publisher says, too: it is another story.
    """
    # No page's address has a fragment.
    await connection.execute("update story set url = url || '#' || id where id = %s", [known.id])
    await connection.execute("delete from due where story = %s and mail is null and named is null", [known.id])


async def forget(connection: Connection, known: Known) -> None:
    """Let go a story that was made for an item which turned out to be none."""
    await connection.execute("delete from story where id = %s and latest = 0", [known.id])


async def is_other_pages(connection: Connection, known: Known, entry: int, title: str) -> bool:
    """Whether other entries of its source led to this story, all under other titles: a consent page, a homepage, an error page."""
    cursor = await connection.execute(
        """select count(*) > 0 and bool_and(other.title <> %(title)s) from entry
           join entry as other on other.source = entry.source and other.id <> entry.id
           where entry.id = %(entry)s and other.story = %(story)s""",
        {"entry": entry, "story": known.id, "title": title},
    )
    return await cursor.fetchone() == (True,)
