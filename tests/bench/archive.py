"""``python -m tests.bench.archive [STORIES]``: back-tests over an archive of generated stories, by the index and by reading them all.

The same rules, rows and engine on both sides, by turns in one run; both must count the same hits.
"""

import asyncio
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from time import monotonic

import psutil
import psycopg

from alerts.canon import words
from alerts.rules import Rule, preset
from monitor import archive
from monitor import stories as stories_
from monitor.archive import Question
from monitor.config import Settings
from monitor.program import opened
from monitor.watch import Watch
from spiders.source import Source
from spiders.story import Story

STORIES, BATCH = 300_000, 5_000
UNTIL = datetime(2026, 11, 23, tzinfo=UTC)
#: Between two stories.
SPACING = timedelta(seconds=90)
#: Words of the desk's field, and the share of stories that have each somewhere.
COMMON = {
    "said": 0.8,
    "government": 0.35,
    "minister": 0.3,
    "president": 0.3,
    "agreed": 0.25,
    "war": 0.25,
    "people": 0.3,
    "day": 0.4,
    "north": 0.08,
    "korea": 0.03,
    "south": 0.08,
    "republic": 0.06,
    "party": 0.12,
    "workers": 0.06,
    "talks": 0.12,
    "summit": 0.06,
    "nuclear": 0.05,
    "missile": 0.03,
    "sanctions": 0.06,
    "kim": 0.02,
    "army": 0.06,
    "central": 0.08,
    "agency": 0.15,
    "news": 0.3,
}
#: A story in so many has one of the preset's names.
NAMED = 150
RULES = {
    "alias list": preset("dprk"),
    "NEAR": Rule(id="near", query="(government OR minister OR president) NEAR/4 (said OR agreed OR war)"),
    "NEAR, rarer": Rule(id="rarer", query="(talks OR summit) NEAR/5 (nuclear OR missile* OR sanction*)"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What one back-test took."""

    seconds: float
    looked: int
    hits: int
    #: Megabytes at most, in the first tenth and in all.
    first: float
    most: float


async def main(folder: Path, count: int) -> None:
    source = Source(id="bench", feed="http://127.0.0.1/rss")
    settings = Settings(path=folder / "wirewatch.toml", data_dir=folder / "data", outbox=folder / "outbox", sources=(source,))
    async with opened(settings) as watch:
        began = monotonic()
        await fill(watch, count)
        print(f"{count} stories made and stored in {monotonic() - began:.0f} s\n")
        heads = (("hits", 9), ("looked at", 11), ("first s", 9), ("index s", 9), ("scan s", 9), ("scan/index", 12), ("MB at 10 %", 12))
        print(f"{'rule':14}" + "".join(f"{head:>{width}}" for head, width in (*heads, ("MB at most", 12))))
        for name, rule in RULES.items():
            question = Question.of([rule])
            # Filling leaves little of the index in memory, and the first question reads it from the disk: that is shown apart.
            cold, by_index = [await ask(watch, question, count) for _ in range(2)]
            by_scan = await ask(watch, Question(rules=question.rules, ids=question.ids), count)
            assert by_index.hits == by_scan.hits, (by_index, by_scan)
            ratio = by_scan.seconds / by_index.seconds
            print(
                f"{name:14}{by_index.hits:9}{by_index.looked:11}{cold.seconds:9.2f}{by_index.seconds:9.2f}{by_scan.seconds:9.1f}{ratio:12.1f}"
                f"{by_scan.first:12.0f}{by_scan.most:12.0f}",
                f"   of 1 M: {by_index.seconds * 1e6 / count:.1f} s",
            )


async def ask(watch: Watch, question: Question, count: int) -> Asked:
    """Ask of all stories; a terminal shows how far it is."""
    began, looked, hits, memory = monotonic(), 0, 0, list[tuple[int, float]]()
    async with watch.database.connection() as connection:
        async for batch in archive.look(connection, question, since=UNTIL - timedelta(days=10_000), until=UNTIL):
            looked += len(batch)
            hits += sum(bool(each.matches) for each in batch)
            memory.append((looked, psutil.Process().memory_info().rss / 1e6))
            done = (UNTIL - batch[-1].stored.news_at) / (SPACING * count)
            say(f"\r{done:6.1%} {hits} hits")
    say("\r" + " " * 30 + "\r")
    first = max((size for at, size in memory if at <= looked / 10), default=0.0)
    return Asked(seconds=monotonic() - began, looked=looked, hits=hits, first=first, most=max((size for _, size in memory), default=0.0))


def say(progress: str) -> None:
    """Show on a terminal how far it is."""
    if sys.stderr.isatty():
        print(progress, end="", file=sys.stderr, flush=True)


async def fill(watch: Watch, count: int) -> None:
    """Store generated stories, newest first."""
    made = stories(random.Random(1))
    async with watch.database.connection() as connection:
        await connection.execute("drop index story_search")  # built at once it takes a fraction of the time
    for start in range(0, count, BATCH):
        batch = [next(made) for _ in range(min(BATCH, count - start))]
        async with watch.database.connection() as connection:
            await connection.execute(
                "create temporary table made (id bigint, headline text, paragraphs text[], search text, news_at timestamptz) on commit drop"
            )
            async with connection.cursor().copy("copy made from stdin") as copy:
                for id, story in enumerate(batch, start + 1):
                    at = UNTIL - SPACING * id
                    await copy.write_row(
                        (id, story.headline, list(story.paragraphs), stories_.indexed(story, words(stories_.searched(story)).split()), at)
                    )
            await connection.execute(_STORE)
    # Not from the pool: that hangs up on who says nothing for half a minute.
    async with await psycopg.AsyncConnection.connect(watch.database.target, autocommit=True) as connection:
        await connection.execute("set statement_timeout = 0")
        await connection.execute("create index story_search on story using gin (search)")
        await connection.execute("analyze")


_STORE = """
with stored as (
    insert into story (id, source, url, latest, seen_at, news_at, search) overriding system value
    select id, 'bench', 'http://127.0.0.1/' || id, 1, news_at, news_at, array_to_tsvector(string_to_array(search, ' ')) from made
)
insert into revision (story, number, headline, other_headlines, lead, paragraphs, byline, published_at, published_precision, status,
    keywords, headline_only, read_at, characters)
select id, 1, headline, '{}', '', paragraphs, '{}', news_at, 'minute', 'usable', '{}', false, news_at,
    length(array_to_string(paragraphs, '')) from made
"""


def stories(chance: random.Random) -> Iterator[Story]:
    """Stories of some 250 words, of 30,000 invented ones as frequent as words are, with those of COMMON and now and then a name."""
    syllables = [first + second for first in "bdfgklmnprstvz" for second in ("a", "e", "i", "o", "u", "ar", "en", "is")]
    vocabulary = sorted({"".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(30_000)})
    chance.shuffle(vocabulary)
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(vocabulary))))
    names = [alias for alias in preset("dprk").any if not set("*?{@") & set(alias)]
    while True:
        words = chance.choices(vocabulary, cum_weights=weights, k=chance.randint(150, 350))
        for word, share in COMMON.items():
            if chance.random() < share:
                words[chance.randrange(len(words))] = word
        if chance.randrange(NAMED) == 0:
            words[chance.randrange(len(words))] = chance.choice(names)
        paragraphs = tuple(" ".join(words[at : at + 50]).capitalize() + "." for at in range(10, len(words), 50))
        yield Story(canonical_url="http://127.0.0.1/", headline=" ".join(words[:10]), paragraphs=paragraphs)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="wirewatch-bench-") as name:
        Path(name).chmod(0o711)  # as root the server runs as another user
        asyncio.run(main(Path(name), int(sys.argv[1]) if sys.argv[1:] else STORIES))
