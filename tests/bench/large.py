"""``python -m tests.bench.large [STORIES]``: what each step takes beside an archive of generated stories, and beside none.

The same steps by turns on two databases of one server. All that grows with the archive is filled: versions, entries, sightings,
matches, what was told and by which mail, marks of copies. Ends with an assertion where a story is stored, a digest chosen or the
archive searched three times as slowly.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import monotonic
from urllib.parse import urlsplit

import psycopg

from alerts.rules import preset
from monitor import accounts, archive, claims, copies, corrections, due, echoes, embedded, health, outbox, retention, sources, summary
from monitor.archive import Question
from monitor.config import Retention, Settings
from monitor.database import Connection, Database
from monitor.judgement import judge
from monitor.migration import migrate
from monitor.watch import Watch
from spiders.source import Source
from tests.bench.archive import STORIES, UNTIL, fill
from tests.monitor.desk import Clock, a_reader, a_story, comes_in

BENCH, WIRE = (Source(id=id, feed=f"https://{id}.example.org/rss") for id in ("bench", "wire"))
READER = a_reader(rules=("dprk",))
ROUNDS, NEW = 7, 20
#: What may take three times as long at most.
PROMISED = ("store a story", "choose a digest", "search the archive")


async def main(folder: Path, count: int) -> None:
    with embedded.start(folder) as server:
        empty, full = [await a_store(server.url, name, folder) for name in ("nothing", "archive")]
        began = monotonic()
        await fill(full, count)
        await fill_more(full)
        print(f"{count} stories made and stored in {monotonic() - began:.0f} s; {await size(full)} on the disk\n")
        took = {name: ([await timed(step, empty)], [await timed(step, full)]) for name, step in STEPS.items()}  # the first is cold
        for _ in range(ROUNDS):
            for name, step in STEPS.items():
                for store, seconds in zip((empty, full), took[name], strict=True):
                    seconds.append(await timed(step, store))
        ratios = show(took, count)
        for watch in (empty, full):
            await watch.database.close()
    assert all(ratios[name] <= 3 for name in PROMISED), ratios


async def a_store(url: str, name: str, folder: Path) -> Watch:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    own = urlsplit(url)._replace(path=f"/{name}").geturl()
    await migrate(own)
    settings = Settings(
        path=folder / "wirewatch.toml",
        data_dir=folder,
        outbox=folder / name,
        sources=(BENCH, WIRE),
        rules=(preset("dprk"),),
        recipients=(READER,),
    )
    watch = Watch(database=await Database.open(own), settings=settings, clock=Clock(UNTIL))
    await watch.configure()
    return watch


async def fill_more(watch: Watch) -> None:
    """All that comes with a story: of each an entry, a sighting, an answer; of one in ten a match, and the mail that told it."""
    async with await psycopg.AsyncConnection.connect(watch.database.target, autocommit=True) as connection:
        await connection.execute("set statement_timeout = 0")
        for statement in _MORE:
            await connection.execute(statement.encode(), {"reader": READER.email, "now": UNTIL})


_MORE = (
    "select setval(pg_get_serial_sequence('story', 'id'), max(id)) from story",
    """insert into entry (source, guid, url, title, summary, body, hash, backlog, state, story, seen_at)
       select 'bench', url, url, 'As listed', '', '', sha256(url::bytea), false, 'read', id, seen_at from story""",
    """insert into sighting (entry, source, at, outcome, matched, story, settled_at)
       select id, source, seen_at, 'new', story %% 10 = 0, story, seen_at from entry""",
    """insert into account (source, hour, polls, listed) select source, date_trunc('hour', at), 12, count(*) from sighting group by 1, 2""",
    """insert into evidence (source, story, revision, url, status, headers, fetched_at, sha256, size)
       select 'bench', id, 1, url, 200, '[]', seen_at, sha256(url::bytea), 1 from story""",
    """insert into match (story, revision, rule, version, spans, matched_at)
       select id, 1, 'dprk', '1', '[["headline", 0, 4, "dprk"]]', seen_at from story where id %% 10 = 0""",
    """insert into run (recipient, slot, created_at, closed_at)
       select %(reader)s, at::date::text, at, at from (select distinct date_trunc('day', seen_at) as at from story) as day""",
    """insert into mail (run, recipient, message_id, bytes, state, created_at, sent_at, next_try_at)
       select id, recipient, '<' || id || '@bench>', 'x', 'sent', created_at, created_at, null from run""",
    """insert into due (recipient, story, revision, rule, created_at, mail, told)
       select %(reader)s, story, 1, 'dprk', matched_at, mail.id, 1
       from match join mail on date_trunc('day', matched_at) = mail.created_at""",
    """insert into copy (story, own, standing, marks, placed, noted_at)
       select id, false, 'usable', array(select hashtextextended(id || ' ' || n, 0) from generate_series(1, 20) as n), true, seen_at
       from story where seen_at > %(now)s - interval '3 days'""",
    "insert into mark (hash, story) select unnest(marks), story from copy",
    "analyze",
)


# -- the steps


async def store(watch: Watch) -> None:
    """Bring stories in as a poll does: listed, read, matched, due; per story."""
    store.made += NEW  # type: ignore[attr-defined]
    for number in range(store.made, store.made + NEW):  # type: ignore[attr-defined]
        body = f"Pyongyang said on Monday that harbour zyx{number} was opened. " + " ".join(f"word{number}x{at}" for at in range(200))
        await comes_in(watch, a_story(f"s{number}", headline=f"Zyxword opened {number}", body=body, published_at=UNTIL), source=WIRE)


store.made = 0  # type: ignore[attr-defined]


async def choose(watch: Watch) -> None:
    async with watch.database.connection() as connection:
        telling = watch._telling(connection, READER)
        digest = await telling.digest(await echoes.take(connection, READER.email, now=telling.now))
        assert digest.news
        await connection.rollback()


async def search(watch: Watch) -> None:
    rule = archive.plainly("zyxword")
    assert rule
    async with watch.database.connection() as connection:
        assert len(await archive.search(connection, Question.of([rule]), limit=20)) == 20


def reading(ask: Callable[[Watch, Connection], Awaitable[object]]) -> Callable[[Watch], Awaitable[None]]:
    """A step that only asks the store."""

    async def step(watch: Watch) -> None:
        async with watch.database.connection() as connection:
            await ask(watch, connection)

    return step


async def report(watch: Watch) -> None:
    await health.report(watch)


async def let_go(watch: Watch) -> None:
    await retention.purge(watch.database, Retention(text=timedelta(days=1000), mail=timedelta(days=1000)), UNTIL)


WEEK = timedelta(days=7)
STEPS: dict[str, Callable[[Watch], Awaitable[None]]] = {
    "store a story": store,
    "choose a digest": choose,
    "search the archive": search,
    "claim what is due": reading(lambda _, connection: claims.take_due(connection, by="none", now=UNTIL - WEEK)),
    "untold, by reader": reading(lambda _, connection: due.open_count(connection)),
    "told at once": reading(lambda watch, connection: watch.ready(connection)),
    "corrections": reading(lambda _, connection: corrections.urgent(connection, now=UNTIL)),
    "mails that wait": reading(lambda _, connection: outbox.waiting(connection, now=UNTIL)),
    "the outbox": reading(lambda _, connection: outbox.box(connection, now=UNTIL)),
    "place copies": reading(lambda _, connection: copies.place(connection)),
    "judge the sources": reading(lambda watch, connection: judge(connection, watch.settings.sources, now=UNTIL)),
    "account of a week": reading(lambda _, connection: accounts.account(connection, UNTIL - WEEK, UNTIL)),
    "summary of an hour": reading(lambda _, connection: summary.summary(connection, since=UNTIL - timedelta(hours=1), until=UNTIL)),
    "health of the sources": reading(lambda _, connection: sources.health(connection)),
    "status": report,
    "retention": let_go,
}


async def timed(step: Callable[[Watch], Awaitable[None]], watch: Watch) -> float:
    began = monotonic()
    await step(watch)
    return (monotonic() - began) / (NEW if step is store else 1)


async def size(watch: Watch) -> str:
    async with watch.database.connection() as connection:
        row = await (await connection.execute("select pg_size_pretty(pg_database_size(current_database()))")).fetchone()
    assert row
    return str(row[0])


def show(took: dict[str, tuple[list[float], list[float]]], count: int) -> dict[str, float]:
    """Print the table; the ratios."""
    print(f"{'ms, median of ' + str(ROUNDS):24}{'no archive':>12}{count:>12,}{'ratio':>8}{'first time':>12}")
    ratios = {}
    for name, sides in took.items():
        without, beside = (median(side[1:]) * 1000 for side in sides)
        ratios[name] = beside / without
        print(f"{name:24}{without:12.1f}{beside:12.1f}{ratios[name]:8.1f}{sides[1][0] * 1000:12.1f}")
    return ratios


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="wirewatch-bench-") as name:
        Path(name).chmod(0o711)  # as root the server runs as another user
        asyncio.run(main(Path(name), int(sys.argv[1]) if sys.argv[1:] else STORIES))
