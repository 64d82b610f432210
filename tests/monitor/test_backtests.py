"""monitor.backtests and monitor.backtesting: a back-test that is a job is done once, by whoever is there, and what came of it is kept."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from desk import NOON, a_rule, a_story, a_watch, comes_in, rows
from procrastinate import PsycopgConnector

from alerts.rules import Rule
from monitor import backtesting, backtests, jobs, retention
from monitor.backtest import backtest
from monitor.backtests import CLAIM_TIME, Placed
from monitor.config import Retention
from monitor.database import Database
from monitor.outcome import as_row, of_row
from monitor.schedule import Schedule
from monitor.watch import Watch

BEFORE, AFTER = Rule(id="strike", any=("strike",)), Rule(id="strike", query='"strike 1" OR @pier')
PIER = a_rule("pier")


@pytest.fixture
async def watch(database: Database, tmp_path: Path) -> Watch:
    watch = await a_watch(database, tmp_path, rules=(PIER,), readers=())
    for name, headline in (("one", "A strike 1"), ("two", "A strike 2"), ("three", "On the pier")):
        await comes_in(watch, a_story(name, headline=headline, body="Nothing moves."))
    return watch


async def placed(watch: Watch, rule: Rule = BEFORE, edited: Rule | None = AFTER) -> int:
    async with watch.database.connection() as connection:
        return await backtests.place(connection, rule, [PIER], edited=edited, now=NOON + timedelta(hours=1))


async def found(watch: Watch, id: int) -> Placed:
    async with watch.database.connection() as connection:
        [one] = await backtests.find(connection, id)
        return one


async def test_what_came_of_it_is_what_a_back_test_at_once_says(watch: Watch) -> None:
    id = await placed(watch)

    await backtesting.work(watch, id)

    one = await found(watch, id)
    async with watch.database.connection() as connection:
        at_once = await backtest(connection, BEFORE, [PIER], since=one.since, until=one.until, edited=AFTER)
    assert one.result is not None
    assert of_row(one.result) == at_once
    assert json.loads(json.dumps(as_row(at_once))) == one.result
    assert (one.done, one.hits, one.error, one.ended_at) == (1.0, 2, None, watch.clock())
    assert (at_once.hits.count, at_once.gained and at_once.gained.count, at_once.lost and at_once.lost.count) == (2, 1, 1)


async def test_all_that_is_stored_is_asked(watch: Watch) -> None:
    [(oldest_at,)] = await rows(watch, "select min(news_at) from story")

    assert (await found(watch, await placed(watch))).since == oldest_at


async def test_of_two_that_would_do_it_one_does(watch: Watch) -> None:
    id = await placed(watch)
    async with watch.database.connection() as connection:
        taken = [await backtests.claim(connection, id, now=NOON) for _ in range(2)]
        late = await backtests.claim(connection, id, now=NOON + CLAIM_TIME * 1.1)

    assert [one is not None for one in (*taken, late)] == [True, False, True]


async def test_one_whose_worker_died_is_due_again(watch: Watch) -> None:
    id = await placed(watch)
    async with watch.database.connection() as connection:
        await backtests.claim(connection, id, now=NOON)
        await backtests.go_on(connection, id, 0.4, 7, now=NOON + CLAIM_TIME / 2)
        due = [await backtests.next_due(connection, now=NOON + CLAIM_TIME * share) for share in (0.1, 1.4, 1.6)]

    assert due == [None, None, id]
    assert ((await found(watch, id)).done, (await found(watch, id)).hits) == (pytest.approx(0.4), 7)


async def test_a_rule_that_cannot_be_asked_any_more_ends_with_its_error(watch: Watch) -> None:
    id = await placed(watch, edited=Rule(id="strike", query="@nobody"))

    await backtesting.work(watch, id)

    one = await found(watch, id)
    assert (one.result, one.ended_at) == (None, watch.clock())
    assert one.error and 'no rule or preset is called "nobody"' in one.error


async def test_the_daemon_does_what_was_asked_for_once(watch: Watch) -> None:
    id = await placed(watch)
    with jobs.app.replace_connector(PsycopgConnector()):
        async with jobs.app.open_async(watch.database.pool):
            for seconds in range(3):
                await Schedule(watch).tick(NOON + timedelta(seconds=seconds))
            queued = await rows(watch, "select count(*) from procrastinate_jobs where task_name = 'backtest'")
            await jobs.app.run_worker_async(
                queues=["backtest"], wait=False, install_signal_handlers=False, additional_context={"watch": watch}
            )

    assert queued == [(1,)]
    assert (await found(watch, id)).hits == 2


async def test_how_far_it_is_can_be_seen_while_it_goes_on(watch: Watch) -> None:
    id = await placed(watch)
    async with watch.database.connection() as connection:
        await connection.execute("lock table revision")  # it waits for its first story
        working = asyncio.create_task(backtesting.work(watch, id))
        await asyncio.sleep(0.3)
        first = (await found(watch, id)).claimed_until
        watch.clock.advance(seconds=20)  # type: ignore[attr-defined]
        await asyncio.sleep(backtesting.NOTED * 1.3)
        later = (await found(watch, id)).claimed_until
    await working

    assert later and first and later - first == timedelta(seconds=20)


async def test_results_go_after_a_week(watch: Watch) -> None:
    await backtesting.work(watch, await placed(watch))
    waiting = await placed(watch)

    for days, left in ((6, 2), (8, 1)):
        await retention.purge(watch.database, Retention(), NOON + timedelta(days=days))
        assert await rows(watch, "select count(*) from backtest") == [(left,)]
    assert (await found(watch, waiting)).ended_at is None
