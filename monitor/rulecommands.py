"""``wirewatch rules``: which there are, what they would have told, why a story matches or does not, how one more is made."""

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from alerts import lint as linter
from alerts.explain import Branch, explain
from alerts.match import RuleSet
from alerts.recipient import AlertError
from alerts.rules import Rule, is_packaged, packaged, preset, preset_words, presets
from monitor import archive, backtest, ruleview, sections, show, slug, values, wirefile
from monitor.archive import Question
from monitor.backtest import Backtest
from monitor.config import ConfigError, Fault, Settings
from monitor.files import File
from monitor.ondemand import meant
from monitor.program import now, opened
from monitor.values import BadValue
from monitor.where import Where, as_json, next_step, where
from spiders.story import Story

#: What the archive is asked of when a rule is new or looked over.
LINT_DAYS, NEW_DAYS, NEW_SAMPLES = 30, 90, 10


@click.group()
def rules() -> None:
    """What you watch for: list the rules, try them on a text or on the archive, write new ones."""


@rules.command(name="list")
@as_json
@where
def list_command(at: Where, as_json: bool) -> None:
    """Your rules, and the presets that your readers name.

    Example: wirewatch rules list
    """
    settings = at.settings()
    known = RuleSet(settings.rules)
    rows = [_row(rule, known, settings) for rule in settings.rules]
    if as_json:
        for row in rows:
            _print(row)
    elif rows:
        shown = [row | {"query": str(row["query"])[:80]} for row in rows]
        show.table(tuple(rows[0]), (tuple(row.values()) for row in shown))


def _row(rule: Rule, known: RuleSet, settings: Settings) -> dict[str, object]:
    readers = ", ".join(each.email for each in settings.recipients if rule.id in each.rules)
    return {"id": rule.id, "name": rule.name, "version": known.version(rule.id), "readers": readers, "query": str(rule.parsed)}


@rules.command()
@click.option("--days", default=LINT_DAYS, show_default=True, type=click.IntRange(0, 10_000), help="Of the archive; 0: do not look there.")
@where
def lint(at: Where, days: int) -> None:
    """Look over your rules: what cannot be used, what is hardly meant, what brings more hits a day than anybody reads.

    Exit 1 when there is a warning.

    Example: wirewatch rules lint
    """
    settings = at.settings()  # what cannot be used is refused here, each with its place and what to write instead
    hits = asyncio.run(_hits(settings, now() - timedelta(days=days))) if days else {}
    warnings = [*_advice(settings), *_noisy(hits, days)]
    for warning in warnings:
        _say(warning)
    _say(f"{len(settings.rules)} rules, {len(warnings) or 'no'} warning{'s' * (len(warnings) != 1)}")
    sys.exit(bool(warnings))


def _advice(settings: Settings) -> Iterator[str]:
    """What is worth a second look in rules of the desk's own."""
    for rule in settings.rules:
        if not is_packaged(rule):
            yield from (f"{rule.id}: {advice}" for advice in linter.lint(rule))


def _noisy(hits: Mapping[str, int], days: int) -> Iterator[str]:
    return (f"{id}: {count / days:.0f} hits a day: narrow it" for id, count in hits.items() if count > backtest.NOISY * days)


async def _hits(settings: Settings, since: datetime) -> dict[str, int]:
    """Hits of each rule in what reached us since then."""
    asked = [rule for rule in settings.rules if rule.asked]
    counts = dict.fromkeys((rule.id for rule in asked), 0)
    question = Question.of(asked, settings.rules)
    async with opened(settings, configure=False) as watch, watch.database.connection() as connection:
        async for batch in archive.look(connection, question, since=since):
            for match in (match for looked in batch for match in looked.matches):
                counts[match.rule.id] += 1
    return counts


@rules.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--id", "id", help="What to call it; by default after its first word.")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Folder to write to; by default rules, beside wirewatch.toml.")
@where
def new(at: Where, words: tuple[str, ...], id: str | None, folder: Path | None) -> None:
    """Write a rule that any of these words and phrases is enough for; shows what it would have told in the last 90 days.

    Example: wirewatch rules new "grain deal" "зерновая сделка" "곡물 협정"
    """
    settings = at.settings()
    try:
        named = values.identifier(id or slug.of_text(words[0]))
    except BadValue as exc:
        raise click.UsageError(f"name it with --id: {exc}") from exc
    if named in {*(rule.id for rule in settings.rules), *packaged()}:
        raise click.UsageError(f'there is a rule "{named}" already; name this one with --id')
    file = (folder or settings.path.parent / "rules") / f"{named}.toml"
    if file.exists():
        raise click.UsageError(f"{file} exists; name another with --id, or remove it")
    rule = _made(named, any=words)
    ruleview.show(_tested(settings, rule, NEW_DAYS), samples=NEW_SAMPLES)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"[[rule]]\n{wirefile.lines({'id': named, 'any': list(words)})}", encoding="utf-8")
    _say(f"wrote {file}")
    _say(next_step(at, file, "`wirewatch run` takes it up by itself"))
    _say(f'and tell somebody: rules = ["{named}"] of a [[recipient]]')


@rules.command()
@click.argument("rule")
@click.option("--text", required=True, help="The text of a story; its first line is the headline.")
@where
def test(at: Where, rule: str, text: str) -> None:
    """Whether a rule is true of a text, branch by branch. Exit 1 when it is not.

    Example: wirewatch rules test dprk --text "North Korea fires a missile"
    """
    settings = at.settings()
    headline, _, body = text.partition("\n")
    story = Story(canonical_url="https://example.org/", headline=headline, paragraphs=tuple(body.split("\n")))
    told = explain(_set(settings, rule), rule, story, now=now())
    ruleview.explained(told)
    sys.exit(not told.true)


@rules.command(name="backtest")
@click.argument("rule")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 10_000), help="How far back, newest first.")
@click.option("--against", metavar="QUERY", help="What the rule would say instead: shows what that gains and loses.")
@click.option("--file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The same from a file with the edited [[rule]].")
@as_json
@where
def backtest_command(at: Where, rule: str, days: int, against: str | None, file: Path | None, as_json: bool) -> None:
    """What a rule would have told: hits a day, samples, an estimate of its noise; of an edit, what it gains and loses.

    Example: wirewatch rules backtest dprk --against '@dprk AND NOT headline:football'
    """
    settings = at.settings()
    before = known(settings, rule)
    if against and file:
        raise click.UsageError("one edit at a time: --against or --file")
    edited = _edit(before, against) if against else _from_file(before, file) if file else None
    told = _tested(settings, before, days, edited)
    if as_json:
        _print(ruleview.as_row(told))
    else:
        ruleview.show(told)


def _edit(rule: Rule, query: str) -> Rule:
    return _made(rule.id, query=query, any=rule.any if "@any" in query else (), own=rule.own)


def _from_file(rule: Rule, path: Path) -> Rule:
    """The rule of this name in a file, or the only one there."""
    faults: list[Fault] = []
    read = [sections.rule(table) for table in File.open(path.absolute(), path.name, faults).tables("rule", "id", "preset")]
    if faults:
        raise ConfigError(faults)
    found = [each for each in read if each and (each.id == rule.id or len(read) == 1)]
    if not found:
        raise click.UsageError(f'{path} has no [[rule]] "{rule.id}"')
    return found[0]


def _made(id: str, **given: Any) -> Rule:
    try:
        return Rule(id=id, **given)
    except AlertError as exc:
        raise click.UsageError(str(exc)) from exc


def _tested(settings: Settings, rule: Rule, days: int, edited: Rule | None = None) -> Backtest:
    until = now()
    return asyncio.run(_backtest(settings, rule, edited, since=until - timedelta(days=days), until=until))


async def _backtest(settings: Settings, rule: Rule, edited: Rule | None, *, since: datetime, until: datetime) -> Backtest:
    async with opened(settings, configure=False) as watch, watch.database.connection() as connection:
        with ruleview.progress() as progress:
            return await backtest.backtest(connection, rule, settings.rules, since=since, until=until, edited=edited, progress=progress)


@rules.command(name="explain")
@click.argument("rule")
@click.argument("story", type=click.IntRange(1, 2**63 - 1))
@as_json
@where
def explain_command(at: Where, rule: str, story: int, as_json: bool) -> None:
    """The rule as a tree: what is true of the newest version of a story, and where it hits. Exit 1 when the rule is not.

    Example: wirewatch rules explain dprk 12
    """
    settings = at.settings()
    told = asyncio.run(_explain(settings, _set(settings, rule), rule, story))
    if told is None:
        raise click.ClickException(f"there is no story {story}; `wirewatch search` shows their numbers")
    if as_json:
        _print(asdict(told))
    else:
        ruleview.explained(told)
    sys.exit(not told.true)


async def _explain(settings: Settings, known: RuleSet, rule: str, id: int) -> Branch | None:
    async with opened(settings, configure=False) as watch, watch.database.connection() as connection:
        found = await archive.newest(connection, id)
    if found is None:
        return None
    stored, story = found
    return explain(known, rule, story, country=stored.country, source=stored.source, now=stored.read_at)


@rules.command()
@click.argument("name", required=False)
@as_json
@where
def aliases(at: Where, name: str | None, as_json: bool) -> None:
    """The words of a preset or of a rule, by language; without a name, which presets have words.

    Example: wirewatch rules aliases dprk
    """
    if name is None:
        show.table(("preset", "name", "words"), [(each.id, each.name, len(each.any)) for each in map(preset, packaged()) if each.any])
        return
    settings = at.settings()
    rule = known(settings, name)
    words = preset_words(name) if name in presets() and is_packaged(rule) else {"": rule.any}
    for language, each in words.items():
        if as_json:
            _print({"rule": name, "language": language, "words": each})
        else:
            show.out.print(f"{language or 'words'}: {', '.join(each)}", markup=False, soft_wrap=True)


def known(settings: Settings, name: str) -> Rule:
    """A configured rule, or a preset. Raise ConfigError."""
    rule = next((each for each in settings.rules if each.id == name), None)
    if rule is None and name not in packaged():
        known = [*(each.id for each in settings.rules), *packaged()]
        raise ConfigError([Fault(file=settings.path.name, message=f'there is no rule "{name}"; {meant(name, known)}')])
    return rule or preset(name)


def _set(settings: Settings, name: str) -> RuleSet:
    """A configured rule, or a preset, and what it names."""
    return Question.of([known(settings, name)], settings.rules).rules


def _print(row: dict[str, object]) -> None:
    click.echo(json.dumps(row, ensure_ascii=False, default=_plain_value))


def _plain_value(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _say(line: str) -> None:
    show.err.print(line, markup=False, soft_wrap=True)
