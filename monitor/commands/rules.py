"""``wirewatch rules``: which there are, what they would have told, why a story matches or does not, how one more is made."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import click

from alerts import lint as linter
from alerts.explain import Branch, explain
from alerts.match import RuleSet
from alerts.rules import Rule, is_packaged, packaged, preset, preset_words, presets
from monitor import archive, backtest, denied, show, slug, tomllines, values
from monitor.archive import Question
from monitor.clock import now
from monitor.commands import ruleview
from monitor.commands.backtest import backtest_command, known_rule, made, results_command, tested
from monitor.commands.where import STORY, Where, as_json, next_step, where
from monitor.config import Settings
from monitor.faults import meant
from monitor.outcome import days_of
from monitor.store import is_made, looking
from monitor.values import BadValue
from spiders import dateline
from spiders.story import Story

#: What the archive is asked of when a rule is new or looked over.
LINT_DAYS, NEW_DAYS, NEW_SAMPLES = 30, 90, 10


@click.group()
def rules() -> None:
    """What you watch for: list the rules, try them on a text or on the archive, write new ones.

    Example: wirewatch rules list
    """


rules.add_command(backtest_command)
rules.add_command(results_command)


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
            show.row(row)
    elif rows:
        show.table(tuple(rows[0]), (tuple(row.values()) for row in rows))


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
    warnings = [*_advice(settings), *_noisy(asyncio.run(_a_day(settings, days)) if days and is_made(settings) else {})]
    for warning in warnings:
        _say(warning)
    _say(f"{len(settings.rules)} rules, {len(warnings) or 'no'} warning{'s' * (len(warnings) != 1)}")
    sys.exit(bool(warnings))


def _advice(settings: Settings) -> Iterator[str]:
    """What is worth a second look in rules of the desk's own."""
    for rule in settings.rules:
        if not is_packaged(rule):
            yield from (f"{rule.id}: {advice}" for advice in linter.lint(rule))


def _noisy(a_day: Mapping[str, float]) -> Iterator[str]:
    return (f"{id}: {count:.0f} hits a day: narrow it" for id, count in a_day.items() if count > backtest.NOISY)


async def _a_day(settings: Settings, days: int) -> dict[str, float]:
    """Hits a day of each rule in what reached us in so many days, or since there is an archive."""
    asked, until = [rule for rule in settings.rules if rule.asked], now()
    since = until - timedelta(days=days)
    counts = dict.fromkeys((rule.id for rule in asked), 0)
    question = Question.of(asked, settings.rules)
    async with looking(settings) as store, store.database.connection() as connection:
        stored = days_of(since, until, await archive.oldest_at(connection) or since)
        async for batch in archive.look(connection, question, since=since):
            for match in (match for looked in batch for match in looked.matches):
                counts[match.rule.id] += 1
    return {id: count / stored for id, count in counts.items()}


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
    denied.ask(file.parent)
    rule = made(named, any=words)
    if named in {name.name for name in rule.names}:
        known = list(dict.fromkeys([*(each.id for each in settings.rules), *packaged()]))
        raise click.UsageError(f'there is no rule "{named}" that @{named} could name; {meant(named, known)}')
    if is_made(settings):
        ruleview.show(tested(settings, rule, NEW_DAYS, known=settings.rules), samples=NEW_SAMPLES)
    else:
        _say(f"nothing is stored yet; later `wirewatch rules backtest {named}` shows what it would have told")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"[[rule]]\n{tomllines.lines({'id': named, 'any': list(words)})}", encoding="utf-8")
    _say(f"wrote {file}")
    _say(next_step(at, file, "`wirewatch run` takes it up by itself"))
    _say(f'and tell somebody: rules = ["{named}"] of a [[recipient]]')


@rules.command()
@click.argument("rule")
@click.option("--text", required=True, help="The text of a story; its first line is the headline, the next may begin with a dateline.")
@click.option("--source", help="The id of the source that it came from, for rules with source:.")
@click.option("--country", metavar="XX", help="The country of that source in two letters, for rules with own.")
@where
def test(at: Where, rule: str, text: str, source: str | None, country: str | None) -> None:
    """Whether a rule is true of a text, branch by branch. Exit 1 when it is not.

    Example: wirewatch rules test dprk --text "North Korea fires a missile"
    """
    settings = at.settings()
    headline, _, body = text.partition("\n")
    stands = dateline.parse(body)
    agency = stands.agency if stands else None
    story = Story(
        canonical_url="https://example.org/", headline=headline, paragraphs=tuple(body.split("\n")), dateline=stands, agency=agency
    )
    told = explain(_set(settings, rule), rule, story, country=country, source=source, now=now())
    ruleview.explained(told)
    sys.exit(not told.true)


@rules.command(name="explain")
@click.argument("rule")
@click.argument("story", type=STORY)
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
        show.row(asdict(told))
    else:
        ruleview.explained(told)
    sys.exit(not told.true)


async def _explain(settings: Settings, known: RuleSet, rule: str, id: int) -> Branch | None:
    async with looking(settings) as store, store.database.connection() as connection:
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
    rule = known_rule(settings, name)
    words = preset_words(name) if name in presets() and is_packaged(rule) else {"": rule.any}
    for language, each in words.items():
        if as_json:
            show.row({"rule": name, "language": language, "words": each})
        else:
            show.out.print(f"{language or 'words'}: {', '.join(each)}", markup=False, soft_wrap=True)


def _set(settings: Settings, name: str) -> RuleSet:
    """A configured rule, or a preset, and what it names."""
    return Question.of([known_rule(settings, name)], settings.rules).rules


def _say(line: str) -> None:
    show.err.print(line, markup=False, soft_wrap=True)
