"""monitor.backtest: what a rule would have told of the archive, and what an edit changes."""

import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from desk import NOON, Clock, a_rule, a_story, a_watch, comes_in

from alerts.rules import Rule
from monitor.backtest import SAMPLES, backtest
from monitor.database import Database
from monitor.outcome import Outcome
from monitor.watch import Watch


async def outcome(watch: Watch, rule: Rule, *, days: float = 5, edited: Rule | None = None, known: tuple[Rule, ...] = ()) -> Outcome:
    async with watch.database.connection() as connection:
        until = watch.clock() + timedelta(seconds=1)
        return await backtest(connection, rule, known, since=until - timedelta(days=days), until=until, edited=edited)


async def a_week(database: Database, folder: Path) -> Watch:
    """A story on the first day, two on the second, and so on: five days, fifteen stories; every third is of a ferry."""
    clock = Clock(datetime(2026, 11, 19, 12, tzinfo=UTC))
    watch = await a_watch(database, folder, clock=clock, rules=(), readers=())
    number = 0
    for day in range(5):
        for _ in range(day + 1):
            number += 1
            headline = f"Ferry strike {number}" if number % 3 == 0 else f"Strike {number}"
            await comes_in(watch, a_story(f"n{number}", headline=headline, body="Nothing moves.\nDockers say so.\nA harbour strike it is."))
        clock.advance(days=1)
    clock.at = NOON
    return watch


async def test_hits_are_counted_by_day(database: Database, tmp_path: Path) -> None:
    watch = await a_week(database, tmp_path)

    told = await outcome(watch, a_rule("strike"))

    days = {date(2026, 11, 18) + timedelta(days=number): number for number in range(1, 6)}
    assert told.days == {date(2026, 11, 18): 0} | days
    assert (told.hits.count, round(told.a_day, 1)) == (15, 3.0)


async def test_an_edit_shows_what_it_gains_and_loses(database: Database, tmp_path: Path) -> None:
    watch = await a_week(database, tmp_path)

    told = await outcome(watch, Rule(id="r", query="ferry"), edited=Rule(id="r", query='"strike 1" OR "strike 3"'))

    assert (told.hits.count, told.gained and told.gained.count, told.lost and told.lost.count) == (2, 1, 4)
    assert told.gained and [sample.headline for sample in told.gained.samples] == ["Strike 1"]
    assert told.lost and [sample.headline for sample in told.lost.samples] == [f"Ferry strike {number}" for number in (15, 12, 9, 6)]
    assert told.query == '"strike 1" OR "strike 3"'


async def test_an_edit_may_name_other_rules(database: Database, tmp_path: Path) -> None:
    watch = await a_week(database, tmp_path)
    known = (a_rule("ferry"), Rule(id="ferries", query="@ferry AND strike"), Rule(id="r", query="@ferries"))

    told = await outcome(watch, known[2], edited=Rule(id="r", query="@ferries AND NOT headline:15"), known=known)

    assert (told.hits.count, told.gained and told.gained.count, told.lost and told.lost.count) == (4, 0, 1)


async def test_samples_show_the_sentence_with_its_hit(database: Database, tmp_path: Path) -> None:
    watch = await a_week(database, tmp_path)

    told = await outcome(watch, a_rule("harbour"))

    sample = told.hits.samples[0]
    assert (sample.headline, sample.field) == ("Ferry strike 15", "body")
    assert [(piece.text, piece.hit) for piece in sample.sentence] == [("A ", False), ("harbour", True), (" strike it is.", False)]


async def test_samples_are_so_many_and_the_same_each_time(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, rules=(), readers=())
    for number in range(SAMPLES + 10):
        await comes_in(watch, a_story(f"n{number}", headline=f"Strike {number}"))

    first, second = [(await outcome(watch, a_rule("strike"))).hits.samples for _ in range(2)]

    assert len(first) == SAMPLES
    assert first == second
    assert {sample.id for sample in first} != set(range(1, SAMPLES + 1))


async def test_noise_is_the_share_of_hits_in_passing(database: Database, tmp_path: Path) -> None:
    watch = await a_week(database, tmp_path)

    assert (await outcome(watch, a_rule("harbour"))).hits.noise == 1.0
    assert (await outcome(watch, a_rule("strike"))).hits.noise == 0.0
    assert (await outcome(watch, Rule(id="r", query="harbour AND ferry"))).hits.noise == 0.0
    assert (await outcome(watch, a_rule("nobody"))).hits.noise == 0.0


async def test_a_rule_that_looks_in_no_text_is_no_noise_and_its_samples_show_the_field(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, rules=(), readers=())
    story = replace(
        a_story("n1", headline="Strike"), slug="2nd LD", version=2, note="Adds details.\nNot for use before noon.", language="en"
    )
    await comes_in(watch, story)

    for query, shown in {"source:wire": "wire", "slug:ld": "2nd LD", "version:2": "2", "note:noon": "Not for use before noon."}.items():
        told = await outcome(watch, Rule(id="r", query=query))
        assert told.hits.noise == 0.0
        assert "".join(piece.text for piece in told.hits.samples[0].sentence) == shown


async def test_aliases_show_which_of_them_brings_a_story_alone(database: Database, tmp_path: Path) -> None:
    watch = await a_week(database, tmp_path)

    told = await outcome(watch, Rule(id="r", any=("strike", "ferry", "nobody")))

    assert told.hits.aliases == {"strike": 15, "ferry": 5}
    assert told.hits.alone == {"strike": 10}


async def test_progress_goes_from_the_newest_to_the_oldest(database: Database, tmp_path: Path) -> None:
    watch = await a_week(database, tmp_path)
    seen: list[tuple[float, int]] = []
    async with watch.database.connection() as connection:
        until = NOON + timedelta(hours=1)
        since = until - timedelta(days=5)
        await backtest(connection, a_rule("strike"), (), since=since, until=until, progress=lambda *told: seen.append(told))

    assert [hits for _, hits in seen] == [15]
    assert 0.5 < seen[-1][0] <= 1.0


async def test_memory_does_not_grow_with_the_archive(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, rules=(), readers=())
    async with watch.database.connection() as connection:
        await connection.execute(
            """with made as (
                   insert into story (source, url, latest, seen_at, news_at, search)
                   select 'wire', 'https://wire.example.org/' || n, 1, %(now)s, %(now)s - n * interval '1 min',
                       array_to_tsvector('{strike}')
                   from generate_series(1, 1500) as n returning id)
               insert into revision (story, number, headline, other_headlines, lead, paragraphs, byline, published_precision, status,
                   keywords, headline_only, read_at)
               select id, 1, 'Strike', '{}', '', array[repeat('Nothing else goes on. ', 20)], '{}', 'minute', 'usable', '{}', false,
                   %(now)s from made""",
            {"now": NOON},
        )

    few, many = [await peak(watch, days=share) for share in (0.4, 1.4)]

    assert few[0] < 600
    assert many[0] == 1500
    assert many[1] < 1.2 * few[1]


async def peak(watch: Watch, *, days: float) -> tuple[int, int]:
    """How many stories were hit, and the most bytes that were in use."""
    tracemalloc.start()
    told = await outcome(watch, a_rule("strike"), days=days)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return told.hits.count, most
