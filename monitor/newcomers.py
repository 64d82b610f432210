"""New stories, as nearly all are, kept by one statement for many: their version, what it matched, to whom it is now due.

All else goes the way of pages.py, story by story: so does what is found here to be known, and a group that the store refuses.
"""

import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from psycopg.types.json import Jsonb

from alerts.match import Match, RuleSet
from alerts.plain import plain
from alerts.reading import Reading
from alerts.shingles import marks
from monitor import advisories, copies, disk, entries, evidence, stories, storyrow
from monitor.config import Settings
from monitor.database import Connection, Database, StoreError, StoreUnavailable
from monitor.marking import bare
from monitor.pageresult import AHEAD, strangeness, told_by_both
from monitor.tally import Tally
from monitor.together import Together
from spiders.order import Answer, PageFailed, PageRead
from spiders.source import Source
from spiders.story import Status, Story

log = logging.getLogger(__name__)

#: Stories of one statement: more save little, and all wait for the last.
MOST = 16
#: Seconds that stories wait for more where others were stored just before: one of 16 costs a quarter less than one of six.
PAUSE = 0.05


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Newcomer:
    """A page whose story, by all that its page and entry say, is told for the first time."""

    entry: int
    story: Story
    source: Source
    answer: Answer | None
    tally: Tally


class Newcomers:
    """Keeps new stories, those together that come together."""

    def __init__(self, database: Database, clock: Callable[[], datetime], configured: Callable[[], tuple[RuleSet, Settings]]) -> None:
        self.database, self.clock, self.configured = database, clock, configured
        self._together = Together(self._keep, most=MOST, pause=PAUSE)

    async def keep(self, result: PageRead | PageFailed, tally: Tally) -> bool:
        """Store a story if it is new; False where it takes a closer look, and nothing is stored. Raise StoreUnavailable."""
        newcomer = _newcomer(result, tally, self.configured()[1])
        return newcomer is not None and await self._together.done(newcomer)

    async def _keep(self, group: list[Newcomer]) -> Collection[Newcomer]:
        # Of two under one address the second is a version of the first.
        firsts = list({each.story.canonical_url: each for each in reversed(group)}.values())
        try:
            return await self._store(firsts)
        except StoreUnavailable:
            raise
        except StoreError as exc:
            log.warning("stories stored singly code=stored-singly stories=%d error=%s", len(firsts), plain(str(exc)))
            return ()

    async def _store(self, group: Sequence[Newcomer]) -> list[Newcomer]:
        async with self.database.pipeline() as connection:
            await stories.let_store(connection)
            # Only now: until we were let, subscriptions could change, and the rules with them.
            (rules, settings), now = self.configured(), self.clock()
            asked = [rules.read(each.story, country=each.source.country, source=each.source.id, now=now) for each in group]
            matches = list(map(rules.matches, asked))
            has_room, all_bytes = disk.keeps_bytes(settings), settings.retention.bytes is not None
            bodies = [
                await evidence.packed(each.answer.body) if each.answer and has_room and (all_bytes or found) else b""
                for each, found in zip(group, matches, strict=True)
            ]
            rows = [
                _row(number, each, ready.reading, found)
                for number, (each, ready, found) in enumerate(zip(group, asked, matches, strict=True), 1)
            ]
            due = await _bring(connection, rows, bodies, asked=rules.fingerprint, now=now)
        stored = [(each, found) for each, found in zip(group, matches, strict=True) if each.entry in due]
        for each, found in stored:
            each.tally.read += 1
            each.tally.matched += bool(found)
            each.tally.due += due[each.entry]
        return [each for each, _ in stored]


def _newcomer(result: PageRead | PageFailed, tally: Tally, settings: Settings) -> Newcomer | None:
    """None where by its looks alone a result is not a new story, or one so large that others should not wait for it."""
    if isinstance(result, PageFailed) or strangeness(result) or result.order.key.is_look:
        return None
    page, is_whole = result.order, result.order.key.item is not None
    story = result.story if is_whole else told_by_both(page, result.story, settings.sources)
    # What an agency says beside a story may be about another one.
    if story.status is not Status.USABLE or story.slug or story.releases or story.embargoed_until or bare(story):
        return None
    size = len(result.answer.body) if result.answer else 0
    if max(size, sum(map(len, story.paragraphs))) > evidence.LARGE:
        return None
    return Newcomer(
        entry=page.key.id,
        story=story,
        source=page.source,
        answer=result.answer,
        tally=tally,
    )


def _row(number: int, each: Newcomer, reading: Reading, matches: Sequence[Match]) -> dict[str, Any]:
    story, canonical = each.story, reading.canonical_words
    return storyrow.columns(story) | {
        "number": number,
        "entry": each.entry,
        "url": story.canonical_url,
        "dateline": story.dateline and asdict(story.dateline),
        "status": story.status,
        "characters": sum(map(len, story.paragraphs)),
        "fingerprint": rf"\x{stories.story_fingerprint(story, canonical).hex()}",
        "country": each.source.country,
        "search": stories.indexed(story, reading.told),
        "own": copies.is_own(story, each.source),
        "marks": marks(canonical) if matches and each.source.copies else None,
        "rules": [match.rule.id for match in matches],
        "matches": [{"rule": match.rule.id, "version": match.version, "spans": match.spans[: stories.MOST_SPANS]} for match in matches],
        "answer": each.answer and _answered(each.answer),
    }


def _answered(answer: Answer) -> Mapping[str, Any]:
    told = evidence.told(answer)
    return told | {"sha256": rf"\x{told['sha256'].hex()}"}


async def _bring(
    connection: Connection, rows: Sequence[Mapping[str, Any]], bodies: list[bytes], *, asked: str, now: datetime
) -> dict[int, bool]:
    """Write stories whose entries led to none before and whose addresses are unknown, their entries read and accounted for.

    Return entry → whether somebody is to be told; an entry that is not there was left as it was. ``bodies`` are packed, b"" where
    none is to be kept; ``asked`` is the fingerprint of the rules.
    """
    values = {
        # One document, not thirty parameters a story: adapting those cost more than all that Postgres's client does besides.
        "told": Jsonb(rows, dumps=_json),
        "bodies": bodies,
        "asked": asked,
        "now": now,
        "ahead": AHEAD,
        "catch_up": stories.CATCH_UP,
        "fresh": stories.FRESH,
        "wait": entries.LOOK_AGAIN[0],
        "advised": now - advisories.BEFORE,
    }
    cursor = await connection.execute(_BRING, values)
    return dict(await cursor.fetchall())


def _json(rows: Sequence[Mapping[str, Any]]) -> bytes:
    try:
        return orjson.dumps(rows, default=tuple)  # spans are tuples with names
    except TypeError:  # a lone surrogate; json takes twenty times as long, and leaves it to us
        return json.dumps(rows, ensure_ascii=False, default=datetime.isoformat).encode("utf-8", "replace")


_BRING = """
with told as materialized (
    select * from jsonb_to_recordset(%(told)s::jsonb) as told (
        number integer, entry bigint, url text, headline text, other_headlines text[], lead text, paragraphs text[], byline text[],
        agency text, section text, dateline jsonb, language text, published_at timestamptz, published_precision text,
        updated_at timestamptz, status text, keywords text[], slug text, version integer, note text,
        characters integer, fingerprint bytea, search text, country text, own boolean, marks bigint[], rules text[],
        matches jsonb, answer jsonb)
), brought as (
    insert into story (source, url, latest, fingerprint, search, seen_at, news_at, fresh_until)
    select source, told.url, 1, fingerprint, array_to_tsvector(string_to_array(search, ' ')), seen_at,
        case when backlog then least(told.published_at + whole_day, seen_at) else seen_at end,
        case when not backlog or told.published_at >= (select began_at from source where id = entry.source)
            then least(told.published_at + whole_day, seen_at) + %(fresh)s end
    from told cross join lateral (select case published_precision when 'day' then interval '1 day' else '0' end as whole_day) as precise
    join entry on entry.id = told.entry and entry.story is null
    -- An advisory that waits for its story may mean this one.
    where not exists (select from advisory where settled_at is null and entry.source = any(sources) and at > %(advised)s)
    order by told.url -- or two groups could each wait for the other
    on conflict (url) do nothing
    returning id as story, source, url, seen_at, news_at, fresh_until
), new as (
    select brought.*, told.*, published_at > seen_at + %(ahead)s as too_early from brought join told using (url)
), version as (
    insert into revision (story, number, headline, other_headlines, lead, paragraphs, byline, agency, section, dateline, language,
                          published_at, published_precision, updated_at, status, keywords, slug, version, note, headline_only, read_at,
                          characters, source, country)
    select story, 1, headline, other_headlines, lead, paragraphs, byline, agency, section, dateline, language,
           case when not too_early then published_at end, case when too_early then 'minute' else published_precision end,
           updated_at, status, keywords, slug, version, note, false, %(now)s, characters, source, country
    from new
), hit as (
    insert into match (story, revision, rule, version, spans, matched_at)
    select story, 1, matched.*, %(now)s from new, jsonb_to_recordset(matches) as matched (rule text, version text, spans jsonb)
), again as (
    insert into unasked (story) select story from new, ruleset where ruleset.fingerprint <> %(asked)s
), told_to as (
    insert into due (recipient, story, revision, rule, created_at, instant)
    select distinct on (story, recipient) recipient, story, 1, rule, %(now)s,
        coalesce(fresh_until >= %(now)s, false) and bool_or(subscription.instant) over (partition by story, recipient)
    from new
    join source on source.id = new.source and news_at >= source.began_at - %(catch_up)s
    join subscription on rule = any(rules) and subscription.ended_at is null and news_at >= subscription.began_at - %(catch_up)s
    order by story, recipient, position
    returning story
), copied as (
    insert into copy (story, own, standing, marks, placed, noted_at)
    select story, own, status, marks, cardinality(marks) = 0, %(now)s from new where marks is not null
), marked as (
    insert into mark (hash, story) select unnest(marks), story from new where marks is not null on conflict do nothing
), proof as (
    insert into evidence (source, story, revision, url, status, headers, fetched_at, sha256, size, bytes)
    select source, story, 1, answer.url, answer.status, headers, %(now)s, sha256, size, nullif((%(bodies)b::bytea[])[number], '')
    from new, jsonb_to_record(new.answer) as answer (url text, status integer, headers jsonb, sha256 bytea, size integer)
    where new.answer is not null
), settled as (
    update sighting set outcome = coalesce(outcome, 'new'), headline_only = false, merged = false,
        matched = sighting.matched or rules <> '{}', story = new.story, settled_at = %(now)s
    from new where sighting.entry = new.entry and (outcome is null or sighting.headline_only)
), well as (
    update source set page_failures = 0, page_failed_at = null, page_error = null
    where page_failures > 0 and id in (select source from new)
), read as (
    update entry set state = 'read', error = null, body = '', item = null, story = new.story, gone = 0,
        rechecks = (rules <> '{}')::integer, next_try_at = case when rules <> '{}' then %(now)s + %(wait)s end
    from new where entry.id = new.entry
)
select entry, story in (select story from told_to) from new
"""
