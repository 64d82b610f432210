"""monitor.volume: how many stories each rule found on each of the last days."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from desk import Clock, a_reader, a_rule, a_story, a_watch, an_entry, comes_in, lists, shows

from alerts.bars import DAYS
from monitor.database import Database
from monitor.volume import volumes
from monitor.watch import Watch

TODAY = date(2026, 11, 23)
SEOUL = ZoneInfo("Asia/Seoul")


async def found(watch: Watch, *rules: str, zone: ZoneInfo = SEOUL) -> dict[str, tuple[int, ...]]:
    async with watch.database.connection() as connection:
        told = await volumes(connection, rules, TODAY, zone)
    assert [(each.rule, each.first) for each in told] == [(rule, TODAY - timedelta(days=DAYS - 1)) for rule in rules]
    return {each.rule: each.counts for each in told}


async def comes(watch: Watch, clock: Clock, name: str, headline: str, at: datetime) -> None:
    clock.at = at
    body = " ".join(f"{name}{number}" for number in range(20))  # words of its own: it is no version of another
    await comes_in(watch, a_story(name, headline=headline, body=body, published_at=at))


def on(days: dict[int, int]) -> tuple[int, ...]:
    """The counts of fourteen days by how many days ago they were."""
    return tuple(days.get(DAYS - 1 - place, 0) for place in range(DAYS))


async def test_stories_are_counted_by_rule_and_day_of_the_reader(database: Database, tmp_path: Path) -> None:
    clock = Clock(datetime(2026, 11, 9, tzinfo=UTC))
    rules = (a_rule("strike"), a_rule("grain"), a_rule("never"))
    watch = await a_watch(database, tmp_path, clock=clock, rules=rules, readers=(a_reader(rules=("strike", "grain", "never")),))
    first = datetime(2026, 11, 9, 15, tzinfo=UTC)  # midnight in Seoul: the first of its fourteen days begins
    await comes(watch, clock, "old", "Dockers strike", first - timedelta(seconds=1))
    await comes(watch, clock, "new", "Dockers strike", first)
    await comes(watch, clock, "both", "Grain strike", first + timedelta(days=12, hours=23))
    await comes(watch, clock, "grain", "Grain falls", first + timedelta(days=13))

    assert await found(watch, "grain", "strike", "never") == {
        "grain": on({1: 1, 0: 1}),
        "strike": on({13: 1, 1: 1}),
        "never": on({}),
    }


async def test_a_story_of_two_versions_counts_once_on_the_day_it_came(database: Database, tmp_path: Path) -> None:
    clock = Clock(datetime(2026, 11, 21, 9, tzinfo=UTC))
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    clock.advance(days=1)
    for page in await lists(watch, an_entry(summary="2")):
        await shows(watch, page, a_story(body="The strike of 2,000 men goes on."))

    assert await found(watch, "strike", zone=ZoneInfo("UTC")) == {"strike": on({2: 1})}
