"""Ruleview: back-tests and explanations for a terminal. Texts from the network never become markup or control codes."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from alerts.explain import Branch
from alerts.plain import plain
from alerts.sentence import Piece
from monitor import backtest
from monitor.backtest import NOISY
from monitor.outcome import Found, Outcome
from monitor.show import bars, err, out, percent, table

WEEK = 7
#: Characters of the longest bar.
WIDTH = 40
#: Aliases that are shown, those first that hit most.
ALIASES = 12
#: Columns of the text of a part of a rule.
NARROWEST, WIDEST = 20, 200
#: Samples of what an edit gains and loses.
COMPARED = 10


@contextmanager
def progress() -> Iterator[backtest.Progress]:
    """A bar of the time that is read while the block works; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield lambda done, hits: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as drawn:
        task = drawn.add_task("asking the archive", total=1.0)
        yield lambda done, hits: drawn.update(task, completed=done, description=f"{hits} hits")


def show(told: Outcome, *, samples: int = backtest.SAMPLES) -> None:
    """Print what came of a back-test: hits a day as a chart, a warning, aliases, samples, what an edit changes."""
    _line(f"{told.rule} {told.version}: {told.query}"[:500], style="bold")
    _chart(told)
    if told.a_day > NOISY:
        _line(f"more than {NOISY} hits a day: nobody reads them; narrow the rule", style="bold red")
    if told.hits.count:
        share, passing = percent(told.hits.noise), told.hits.passing
        _line(f"noise: about {share}: {passing} of {told.hits.count} name it in passing, below the first paragraph")
        _aliases(told.hits)
        _samples(f"{samples} samples" if told.hits.count > samples else "all hits", told.hits, samples)
    for name, hits in (("gained", told.gained), ("lost", told.lost)):
        if hits is not None:
            _samples(f"{name}: {hits.count}", hits, COMPARED)


def _chart(told: Outcome) -> None:
    days = list(told.days.items())
    counts = [count for _, count in days]
    columns, weeks = bars(counts), range(len(days), 0, -WEEK)
    rows = [(max(end - WEEK, 0), end) for end in weeks]
    most = max((sum(counts[start:end]) for start, end in rows), default=0)
    table(
        ("from", "to", "by day", "hits", "a day", ""),
        [
            (
                f"{days[start][0]:%Y-%m-%d}",
                f"{days[end - 1][0]:%Y-%m-%d}",
                columns[start:end],
                (week := sum(counts[start:end])),
                f"{week / (end - start):.1f}",
                _bar(week, most),
            )
            for start, end in rows
        ],
    )
    young = f" since {told.begins_at:%Y-%m-%d}, where the archive begins" if told.begins_at > told.since else ""
    asked = max(round((told.until - told.since) / timedelta(days=1)), 1)  # from noon to noon a day stands on two rows
    _line(f"{told.hits.count} hits in {asked} days, {told.a_day:.1f} a day{young}, {max(counts)} on the fullest")


def _bar(value: float, most: float) -> str:
    """A bar as long as the value is of the most; the least value above 0 still shows."""
    return "█" * max(round(WIDTH * value / most), value > 0) if most else ""


def _aliases(hits: Found) -> None:
    out.print()
    rows = [(alias, count, hits.alone.get(alias, 0)) for alias, count in list(hits.aliases.items())[:ALIASES]]
    table(("alias", "stories", "it alone"), rows)


def _samples(title: str, hits: Found, most: int) -> None:
    out.print()
    _line(title, style="bold")
    for sample in hits.samples[:most]:
        _line(f"{sample.news_at:%Y-%m-%d} story {sample.id} · {sample.source} · {sample.headline}")
        if sample.sentence:
            out.print(_marked(sample.sentence, f"    {sample.field}: "), soft_wrap=True)


def _marked(pieces: Iterable[Piece], start: str = "") -> Text:
    """A text with its hits marked, in colour and without."""
    line = Text(start)
    for piece in pieces:
        said = plain(piece.text)
        line.append(f"[{said}]" if piece.hit else said, style="bold green" if piece.hit else "")
    return line


def explained(branch: Branch, depth: int = 0) -> None:
    """Print a rule as a tree: what is true of the story, and the words that hit."""
    hits = ", ".join(dict.fromkeys(f"{span.field} {span.start}–{span.end}" for span in branch.spans[:5]))
    more = f" and {len(branch.spans) - 5} more" if len(branch.spans) > 5 else ""
    mark, style = ("✓", "green") if branch.true else ("✗", "red")
    where = Text(f"  {hits}{more}" if hits else "", style="dim")
    said = Text(plain(branch.text))
    said.truncate(_room(2 * depth + 2 + where.cell_len), overflow="ellipsis")
    out.print(Text("  " * depth).append(mark, style=style).append(" ").append(said).append(where), soft_wrap=True)
    for part in branch.parts:
        explained(part, depth + 1)
    if branch.more:
        _line(f"{'  ' * (depth + 1)}✗ {branch.more} more")


def _room(taken: int) -> int:
    """Columns that a part of a rule may have on its line beside ``taken``: a terminal's are few."""
    return min(max(out.width - taken, NARROWEST), WIDEST) if out.is_terminal else WIDEST


def _line(text: str, *, style: str = "") -> None:
    out.print(Text(plain(text), style=style), soft_wrap=True)
