"""The SQL of stories: each version that was read, what it matched, and to whom it is now due; one transaction a story."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from alerts import reading, superset
from alerts.canon import words
from alerts.match import Match
from alerts.material import is_furniture, lasting
from monitor import storyrow
from monitor.database import Connection
from spiders.story import Story, fingerprint_of_words

#: What a new source, rule or recipient begins with.
CATCH_UP = timedelta(hours=24)
#: What was published longer ago when it came in is never told at once.
FRESH = timedelta(hours=6)
#: Places kept of those where one rule hit; a page may repeat a word a million times.
MOST_SPANS = 500
#: Key of the advisory lock between storing a story (shared) and a change of subscriptions (exclusive): a story that is not
#: committed yet is not seen by the change, nor the change by the story, and nobody would be told.
SUBSCRIPTIONS = 0x77697265
#: And between the stories of one agency that bear marks.
MARKED = 0x6D61726B


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A story as it stands in the store."""

    id: int
    #: The source that brought it first: the only one whose word on it counts.
    source: str
    url: str
    latest: int
    fingerprint: bytes | None
    #: Its text is gone by retention: it is a tombstone, and never news again.
    purged_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """One version of a story as it was stored."""

    number: int
    story: Story
    #: Read from the feed because the page could not be.
    headline_only: bool
    read_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """A version of a story as it is to be stored."""

    story: Story
    #: ``words(searched(story))``.
    canonical: str
    fingerprint: bytes
    #: Read from the feed because the page could not be.
    headline_only: bool
    #: That brought it, and that source's country, as rules were asked; None: its story's, and none.
    source: str | None = None
    country: str | None = None
    #: ``RuleSet.fingerprint`` of the rules that were asked; None: those in force.
    asked: str | None = None


def story_fingerprint(story: Story, canonical: str | None = None) -> bytes:
    """Changes when the wire changed its words: not with times, counters and other furniture of the page, not with marks or keywords.

    ``canonical``: ``words(searched(story))``, where somebody has it.
    """
    if canonical is None or any(map(is_furniture, story.paragraphs)):
        canonical = words(searched(lasting(story)))
    return fingerprint_of_words([" ".join(story.headline.split()), canonical, story.status])


async def hold_stories(connection: Connection) -> None:
    """Until the transaction ends no story is stored, so that subscriptions may change."""
    await connection.execute("select pg_advisory_xact_lock(%s)", [SUBSCRIPTIONS])


async def hold_marked(connection: Connection, agency: str) -> None:
    """Until the transaction ends no other marked story of an agency is stored: a LEAD finds the URGENT that came with it."""
    await connection.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", [MARKED, agency])


async def let_store(connection: Connection) -> None:
    """Wait for a change of subscriptions that is under way; until the transaction ends there is none."""
    await (await connection.execute("select pg_advisory_xact_lock_shared(%s)", [SUBSCRIPTIONS])).fetchone()


#: The columns of Known.
KNOWN = ("id", "source", "url", "latest", "fingerprint", "purged_at")


async def of_entry(connection: Connection, entry: int) -> tuple[Known, Story, bool] | None:
    """The story that an entry led to, its newest version, and whether that is read from the list only; None: it is purged."""
    cursor = await connection.cursor(row_factory=dict_row).execute(
        """select story.id, story.source, story.url, story.url as canonical_url, latest, fingerprint, purged_at, revision.*
           from entry join story on story.id = entry.story join revision on revision.story = story.id and number = latest
           where entry.id = %s""",
        [entry],
    )
    row = await cursor.fetchone()
    return (Known(**{name: row[name] for name in KNOWN}), storyrow.story(row), row["headline_only"]) if row else None


async def newest(connection: Connection, id: int) -> tuple[Known, Story, bool] | None:
    """A story, locked, its newest version, and whether that is read from the list only; None: there is none, or it is purged."""
    cursor = await connection.cursor(row_factory=dict_row).execute(
        """select story.id, story.source, story.url, story.url as canonical_url, latest, fingerprint, purged_at, revision.*
           from story join revision on revision.story = story.id and number = latest where story.id = %s for update of story""",
        [id],
    )
    row = await cursor.fetchone()
    return (Known(**{name: row[name] for name in KNOWN}), storyrow.story(row), row["headline_only"]) if row else None


async def revise(connection: Connection, known: Known, version: Version, matches: list[Match], *, now: datetime) -> list[str]:
    """Write the next version of a story with what it matched, and make it due to whoever is to be told; their addresses.

    Somebody who was told of this story, or is about to be, is not told again.
    """
    story = version.story
    values = storyrow.revision(story) | {
        "story": known.id,
        "number": known.latest + 1,
        "headline_only": version.headline_only,
        "now": now,
        "characters": sum(map(len, story.paragraphs)),
        "fingerprint": version.fingerprint,
        "search": indexed(story, version.canonical.split()),
        "source": version.source,
        "country": version.country,
        "asked": version.asked,
        "rules": [match.rule.id for match in matches],
        "versions": [match.version for match in matches],
        "spans": [Jsonb(match.spans[:MOST_SPANS]) for match in matches],
        "catch_up": CATCH_UP,
    }
    cursor = await connection.execute(_REVISE, values)
    # What nothing matched is due to nobody: in a pipeline its statement need not be waited for.
    return [recipient for (recipient,) in await cursor.fetchall()] if matches else []


#: One statement: five cost a quarter more of a crawl.
_REVISE = """
with version as (
    insert into revision (story, number, headline, other_headlines, lead, paragraphs, byline, agency, section, dateline, language,
                          published_at, published_precision, updated_at, status, keywords, slug, version, note, headline_only, read_at,
                          characters, source, country)
    values (%(story)s, %(number)s, %(headline)s, %(other_headlines)s, %(lead)s, %(paragraphs)s, %(byline)s, %(agency)s, %(section)s,
            %(dateline)s, %(language)s, %(published_at)s, %(published_precision)s, %(updated_at)s, %(status)s, %(keywords)s, %(slug)s,
            %(version)s, %(note)s, %(headline_only)s, %(now)s, %(characters)s, %(source)s, %(country)s)
), newest as (
    update story set latest = %(number)s, fingerprint = %(fingerprint)s, search = array_to_tsvector(string_to_array(%(search)s, ' '))
    where id = %(story)s returning id, source, news_at, fresh_until
), hit as (
    insert into match (story, revision, rule, version, spans, matched_at)
    select %(story)s, %(number)s, rule, version, spans, %(now)s
    from unnest(%(rules)s::text[], %(versions)s::text[], %(spans)s::jsonb[]) as matched (rule, version, spans)
), again as (
    insert into unasked (story) select %(story)s from ruleset where fingerprint <> %(asked)s on conflict do nothing
)
insert into due (recipient, story, revision, rule, created_at, instant)
select distinct on (subscription.recipient) subscription.recipient, newest.id, %(number)s, subscription.rule, %(now)s,
    coalesce(newest.fresh_until >= %(now)s, false) and bool_or(subscription.instant) over (partition by subscription.recipient)
from newest
join source on source.id = newest.source and newest.news_at >= source.began_at - %(catch_up)s
join subscription on subscription.rule = any(%(rules)s) and ended_at is null and newest.news_at >= subscription.began_at - %(catch_up)s
order by subscription.recipient, subscription.position
on conflict (recipient, story) do nothing
returning recipient
"""


def searched(story: Story) -> str:
    """The text that rules and searches look in."""
    return reading.text(story)


def indexed(story: Story, told: Iterable[str]) -> str:
    """What the archive indexes of it: the words ``told`` by its canonical text, and those that the desk printed around it."""
    return superset.indexed([*words(reading.printed(story)).split(), *told] if story.slug or story.note else told)


async def versions(connection: Connection, wanted: Mapping[int, int]) -> dict[int, Story]:
    """These versions of these stories: story → number, story → what it said."""
    cursor = await connection.cursor(row_factory=dict_row).execute(
        """select story.id, story.url as canonical_url, revision.*
           from unnest(%(stories)s::bigint[], %(numbers)s::integer[]) as wanted (story, number)
           join revision using (story, number) join story on story.id = revision.story""",
        {"stories": list(wanted), "numbers": list(wanted.values())},
    )
    return {row["id"]: storyrow.story(row) for row in await cursor.fetchall()}


async def latest(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Story → the number of its newest version."""
    cursor = await connection.execute("select id, latest from story where id = any(%s)", [list(ids)])
    return dict(await cursor.fetchall())


async def revisions(connection: Connection, id: int) -> list[Revision]:
    """Every version of a story, oldest first; none of one that was purged."""
    cursor = await connection.cursor(row_factory=dict_row).execute(
        """select story.url as canonical_url, revision.* from story join revision on revision.story = story.id
           where story.id = %s order by number""",
        [id],
    )
    return [
        Revision(number=row["number"], story=storyrow.story(row), headline_only=row["headline_only"], read_at=row["read_at"])
        for row in await cursor.fetchall()
    ]


async def full_text(connection: Connection, known: Known) -> Story | None:
    """The newest version of a story that was read from its page, if there is one."""
    cursor = await connection.cursor(row_factory=dict_row).execute(
        """select story.url as canonical_url, revision.* from story join revision on revision.story = story.id
           where story.id = %s and not headline_only order by number desc limit 1""",
        [known.id],
    )
    row = await cursor.fetchone()
    return storyrow.story(row) if row else None


def on_old_text(told_by_feed: Story, page: Story) -> Story:
    """A changed entry whose page cannot be read: the feed's new headline over the text that was read before."""
    return replace(page, headline=told_by_feed.headline or page.headline, lead=told_by_feed.lead or page.lead)
