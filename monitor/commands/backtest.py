"""``wirewatch rules backtest`` and ``rules results``: what a rule would have told, at once or as a job."""

import asyncio
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from alerts.recipient import AlertError
from alerts.rules import Rule, packaged, preset, presets, speaks_of_own_words, versions
from monitor import backtest, backtesting, backtests, rulebook, show
from monitor.backtests import Placed
from monitor.clock import now
from monitor.commands import ruleview
from monitor.commands.where import Where, where
from monitor.commands.where import as_json as json_option
from monitor.config import ConfigError, Fault, Settings
from monitor.faults import meant
from monitor.files import File
from monitor.outcome import Outcome, as_row, of_row
from monitor.store import Store, looking

#: Seconds that a daemon has to begin with a back-test, before it is begun here.
PATIENCE = 5


@click.command(name="backtest")
@click.argument("rule")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 10_000), help="How far back, newest first.")
@click.option(
    "--all", "everything", is_flag=True, help="All that is stored, as a job: it goes on when you leave, `rules results` keeps it."
)
@click.option("--against", metavar="QUERY", help="What the rule would say instead: shows what that gains and loses.")
@click.option("--file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The same from a file with the edited [[rule]].")
@click.option("--upgrade", is_flag=True, help="The same for a preset: its newest version, against the one you pinned or the one before.")
@json_option
@where
def backtest_command(
    at: Where, rule: str, days: int, everything: bool, against: str | None, file: Path | None, upgrade: bool, as_json: bool
) -> None:
    """What a rule would have told: hits a day, samples, an estimate of its noise; of an edit, what it gains and loses.

    Example: wirewatch rules backtest dprk --against '@dprk AND NOT headline:football'
    """
    settings = at.settings()
    if sum(map(bool, (against, file, upgrade))) > 1:
        raise click.UsageError("one edit at a time: --against, --file or --upgrade")
    before, edited, names = known_rule(settings, rule), None, settings.rules
    if against:
        edited = _edit(before, against)
    elif file:
        edited, names = _from_file(before, file, settings.rules)
    elif upgrade:
        before, edited = _upgraded(before)
    told = asyncio.run(_as_job(settings, before, edited, names)) if everything else tested(settings, before, days, edited, names)
    if told is None:
        return
    if as_json:
        show.row(as_row(told))
    else:
        ruleview.show(told)


@click.command(name="results")
@click.argument("number", required=False, type=click.IntRange(1, 2**63 - 1))
@json_option
@where
def results_command(at: Where, number: int | None, as_json: bool) -> None:
    """Back-tests that are jobs: of `rules backtest --all`, and of presets that were upgraded. They are kept for a week.

    Example: wirewatch rules results 3
    """
    placed = asyncio.run(_placed(at.settings(), number))
    if number and not placed:
        raise click.ClickException(f"there is no result {number}; `wirewatch rules results` lists them")
    if as_json:
        for each in placed:
            show.row(_row(each) | {"result": each.result})
    elif not number:
        show.table(tuple(_row(placed[0])), (tuple(_row(each).values()) for each in placed)) if placed else _say("there are none")
    elif placed[0].result:
        ruleview.show(of_row(placed[0].result))
    else:
        _say(f"{placed[0].rule}: {_state(placed[0])}")


def _row(placed: Placed) -> dict[str, Any]:
    compared = {name: placed.result[name]["hits"] if placed.result and name in placed.result else None for name in ("gained", "lost")}
    asked_at = placed.asked_at.isoformat(timespec="minutes")
    return {"number": placed.id, "rule": placed.rule, "asked at": asked_at, "state": _state(placed), "hits": placed.hits, **compared}


def _state(placed: Placed) -> str:
    if placed.error:
        return f"failed: {placed.error}"
    if placed.ended_at:
        return "done"
    return f"{placed.done:.0%} done" if placed.claimed_until else "waits for `wirewatch run`"


async def _placed(settings: Settings, number: int | None) -> list[Placed]:
    async with looking(settings) as store, store.database.connection() as connection:
        return await backtests.find(connection, number)


def _edit(rule: Rule, query: str) -> Rule:
    return made(rule.id, query=query, any=rule.any if speaks_of_own_words(query) else (), own=rule.own)


def _from_file(rule: Rule, path: Path, known: tuple[Rule, ...]) -> tuple[Rule, tuple[Rule, ...]]:
    """The rule of this name in a file, or the only one there, and the known rules with the file's in place of those of their names."""
    faults: list[Fault] = []
    read, _ = rulebook.read([File.open(path.absolute(), path.name, faults)], os.environ, known)
    if faults:
        raise ConfigError(faults)
    rules = [each for each in read if each.asked]
    found = next((each for each in rules if each.id == rule.id or len(rules) == 1), None)
    if found is None:
        raise click.UsageError(f'{path} has no [[rule]] "{rule.id}"')
    others = {each.id: each for each in (*known, *read) if each.id != found.id}
    return replace(found, id=rule.id), (*others.values(), rule)


def _upgraded(rule: Rule) -> tuple[Rule, Rule]:
    """A preset as it is pinned, or as it was in the version before, and its newest version."""
    if rule.id not in presets():
        raise click.UsageError(f'"{rule.id}" is no preset')
    newest, numbers = preset(rule.id), versions(rule.id)
    if rule == newest and len(numbers) == 1:
        raise click.UsageError(f'preset "{rule.id}" has one version, {numbers[0]}')
    return (preset(f"{rule.id}@{numbers[-2]}") if rule == newest else rule), newest


def made(id: str, **given: Any) -> Rule:
    """A rule of what somebody typed. Raise UsageError."""
    try:
        return Rule(id=id, **given)
    except AlertError as exc:
        raise click.UsageError(str(exc)) from exc


def known_rule(settings: Settings, name: str) -> Rule:
    """A configured rule, or a preset. Raise ConfigError."""
    rule = next((each for each in settings.rules if each.id == name), None)
    if rule is None and name not in packaged():
        known = list(dict.fromkeys([*(each.id for each in settings.rules), *packaged()]))
        raise ConfigError([Fault(file=settings.path.name, message=f'there is no rule "{name}"; {meant(name, known)}')])
    return rule or preset(name)


def tested(settings: Settings, rule: Rule, days: int, edited: Rule | None = None, known: tuple[Rule, ...] = ()) -> Outcome:
    """Ask a rule, and its edited form, of some days; how far that is shows on a terminal. ``known`` are rules that they may name."""
    until = now()
    return asyncio.run(_tested(settings, rule, edited, known, since=until - timedelta(days=days), until=until))


async def _tested(
    settings: Settings, rule: Rule, edited: Rule | None, known: tuple[Rule, ...], *, since: datetime, until: datetime
) -> Outcome:
    async with looking(settings) as store, store.database.connection() as connection:
        with ruleview.progress() as progress:
            return await backtest.backtest(connection, rule, known, since=since, until=until, edited=edited, progress=progress)


async def _as_job(settings: Settings, rule: Rule, edited: Rule | None, known: tuple[Rule, ...]) -> Outcome | None:
    """Place a back-test, and follow the daemon's work on it; where there is no daemon, work here."""
    backtest.question(rule, known, edited)  # what cannot be asked is refused here
    async with looking(settings) as store:
        async with store.database.connection() as connection:
            id = await backtests.place(connection, rule, known, edited=edited, now=now())
        _say(f"back-test {id}: it goes on when you leave; wirewatch rules results {id} shows it")
        return await _followed(store, id)


async def _followed(store: Store, id: int) -> Outcome | None:
    following = asyncio.create_task(_begun(store, id))
    with ruleview.progress() as progress:
        while (placed := await _look(store, id)).ended_at is None:
            progress(placed.done, placed.hits)
            await asyncio.sleep(0.5)
    await following
    if placed.error:
        raise click.ClickException(placed.error)
    return of_row(placed.result) if placed.result else None


async def _begun(store: Store, id: int) -> None:
    """Do it where nobody else has begun to."""
    await asyncio.sleep(PATIENCE)
    await backtesting.work(store, id)


async def _look(store: Store, id: int) -> Placed:
    async with store.database.connection() as connection:
        [placed] = await backtests.find(connection, id)
    return placed


def _say(line: str) -> None:
    show.err.print(line, markup=False, soft_wrap=True)
