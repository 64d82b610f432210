"""monitor.sweep: the last days matched again, what was missed told late."""

from datetime import timedelta
from pathlib import Path

import pytest
from desk import NOON, Clock, a_reader, a_rule, a_story, a_watch, change, comes_in, mails, rows, text

from monitor.database import Database
from monitor.schedule import Schedule
from monitor.sweep import Swept, sweep
from monitor.watch import Watch

NIGHT = NOON + timedelta(hours=15, minutes=1)


async def forget(watch: Watch, story: int) -> None:
    """As if the match of a story had been missed."""
    async with watch.database.connection() as connection:
        await connection.execute("delete from due where story = %s", [story])
        await connection.execute("delete from match where story = %s", [story])


async def three_stories(database: Database, folder: Path) -> Watch:
    watch = await a_watch(database, folder, clock=Clock())
    for name in ("one", "two", "three"):
        await comes_in(watch, a_story(name, headline=f"Strike {name}"))
    await comes_in(watch, a_story("four", headline="Ferry sails", body="It left."))
    return watch


async def test_what_the_same_version_of_a_rule_missed_is_told_late_and_once(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watch = await three_stories(database, tmp_path)
    await forget(watch, 2)
    await watch.tell_now(watch.settings.recipients[0])
    assert "Strike two" not in text(mails(watch)[0])
    watch.clock.at = NIGHT  # type: ignore[attr-defined]

    assert await sweep(watch) == Swept(stories=4, missed=1, wrong=0)
    watch.clock.at += timedelta(days=1)  # type: ignore[attr-defined]
    assert await sweep(watch) == Swept(stories=4, missed=0, wrong=0)

    assert await rows(watch, "select story, revision, rule from match order by story") == [(n, 1, "strike") for n in (1, 2, 3)]
    assert (await watch.tell_now(watch.settings.recipients[0])).mail
    assert not (await watch.tell_now(watch.settings.recipients[0])).mail
    late = text(mails(watch)[1])
    assert ("Strike two" in late, "Strike one" in late) == (True, False)
    assert [record.getMessage() for record in caplog.records if "code=match-missed" in record.getMessage()] == [
        f"match missed code=match-missed story=2 revision=1 rule=strike version={watch.rules.version('strike')}"
    ]
    assert await rows(watch, "select stories, missed, wrong, ended_at is not null from sweep order by day") == [
        (4, 1, 0, True),
        (4, 0, 0, True),
    ]


async def test_a_match_that_should_not_be_is_logged_and_stays(database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    watch = await three_stories(database, tmp_path)
    async with database.connection() as connection:
        await connection.execute("insert into match select 4, 1, rule, version, spans, matched_at from match where story = 1")

    assert await sweep(watch) == Swept(stories=4, missed=0, wrong=1)

    assert [record for record in caplog.records if "code=match-wrong story=4" in record.getMessage()]
    assert await rows(watch, "select count(*) from match") == [(4,)]


async def test_a_new_rule_tells_from_its_start_and_an_edited_one_is_no_fault(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watch = await three_stories(database, tmp_path)
    watch.clock.at += timedelta(days=2)  # type: ignore[attr-defined]
    await change(watch, rules=(a_rule("ferry"), a_rule("stri*", "strike")), recipients=(a_reader(rules=("ferry", "strike")),))

    assert await sweep(watch) == Swept(stories=4, missed=0, wrong=0)

    assert "code=" not in caplog.text
    assert await rows(watch, "select distinct rule from due") == [("strike",)]


async def test_only_the_last_seven_days_are_swept(database: Database, tmp_path: Path) -> None:
    watch = await three_stories(database, tmp_path)
    watch.clock.at += timedelta(days=8)  # type: ignore[attr-defined]

    assert await sweep(watch) == Swept(stories=0, missed=0, wrong=0)
    assert await rows(watch, "select stories from sweep") == [(0,)]


async def test_a_reader_who_was_told_by_another_rule_is_not_told_again(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, rules=(a_rule("strike"), a_rule("dockers")), readers=(a_reader(rules=("dockers", "strike")),))
    await comes_in(watch, a_story())
    await watch.tell_now(watch.settings.recipients[0])
    async with database.connection() as connection:
        await connection.execute("delete from match where rule = 'strike'")

    assert await sweep(watch) == Swept(stories=1, missed=1, wrong=0)

    assert not (await watch.tell_now(watch.settings.recipients[0])).mail


async def test_a_night_is_swept_once_and_again_when_it_was_cut_short(database: Database, tmp_path: Path) -> None:
    watch = await three_stories(database, tmp_path)
    watch.clock.at = NIGHT  # type: ignore[attr-defined]
    assert await sweep(watch)
    assert not await sweep(watch)

    async with database.connection() as connection:
        await connection.execute("update sweep set ended_at = null")
    assert not await sweep(watch)
    watch.clock.at += timedelta(hours=7)  # type: ignore[attr-defined]
    assert await sweep(watch)


async def test_the_schedule_queues_it_in_the_night(database: Database, tmp_path: Path) -> None:
    from monitor import jobs

    watch = await three_stories(database, tmp_path)
    async with jobs.app.open_async(database.pool):
        await Schedule(watch).tick(NOON + timedelta(hours=14, minutes=30))
        assert await rows(watch, "select count(*) from procrastinate_jobs where task_name = 'sweep'") == [(0,)]

        await Schedule(watch).tick(NIGHT)
        await Schedule(watch).tick(NIGHT)
        assert await rows(watch, "select count(*) from procrastinate_jobs where task_name = 'sweep'") == [(1,)]
