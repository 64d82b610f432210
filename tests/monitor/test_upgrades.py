"""monitor.upgrades: a preset that says something else than it did is asked of the archive beside what it said."""

from pathlib import Path

import pytest
from desk import Clock, a_rule, a_story, a_watch, change, comes_in, rows

from alerts.rules import Rule, preset
from monitor import backtesting
from monitor.database import Database

#: As an older version might have been.
OLD = Rule(id="missile", name="Missiles", any=("rocket", "quay"))


async def test_an_upgrade_of_a_preset_shows_what_it_gains_and_loses(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, rules=(OLD, a_rule("strike")), readers=())
    await comes_in(watch, a_story("one", headline="A ballistic missile flies", body="So it is."))
    await comes_in(watch, a_story("two", headline="On the quay", body="So it is."))
    clock.advance(hours=1)

    with caplog.at_level("INFO"):
        await change(watch, rules=(preset("missile"), a_rule("lockout", "strike")))
        await backtesting.work(watch, 1)

    assert "preset upgraded code=preset-upgraded preset=missile shown by: wirewatch rules results 1" in caplog.text
    assert "back-tested result=1 rule=missile hits=1 gained=1 lost=1" in caplog.text
    assert await rows(watch, "select rules -> 'rule' ->> 'id' from backtest") == [("missile",)]


async def test_what_says_the_same_is_no_upgrade(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, rules=(preset("missile"),), readers=())
    for rules in ((), (preset("missile"),), (preset("missile"), a_rule("strike")), (a_rule("ferry", "strike"),)):
        clock.advance(hours=1)
        await change(watch, rules=rules)

    assert await rows(watch, "select count(*) from backtest") == [(0,)]


async def test_an_upgrade_is_shown_once(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, rules=(OLD,), readers=())
    for _ in range(3):
        clock.advance(hours=1)
        await change(watch, rules=(preset("missile"),))

    assert await rows(watch, "select count(*) from backtest") == [(1,)]
