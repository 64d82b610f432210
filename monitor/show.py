"""What commands print: tables, lines, JSON rows, a progress bar. Texts from the network never become markup or control codes."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from alerts.plain import plain
from monitor.reach import Absence
from monitor.tally import Tally

#: Answers; progress and messages go to standard error.
out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)
#: Columns of words that stay on one line.
_SHORT = frozenset(
    [
        "state",
        "part",
        "last sign of life",
        "last poll",
        "next",
        "newest",
        "24 h / usual",
        "14 days",
        "seen",
        "body",
        "date",
        "dateline",
        "length",
    ]
)
#: Columns that stay on one line each, cut with "…" to what fits.
_CUT = frozenset(["query"])


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """Print a table; numbers stand at the right, and where it is wider than the terminal the widest texts are folded."""
    drawn = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    rows = [list(row) for row in rows]
    for number, name in enumerate(columns):
        figures = bool(rows) and all(isinstance(row[number], int) for row in rows)
        drawn.add_column(name, justify="right" if figures else "left", overflow="fold", no_wrap=figures or name in _SHORT)
    for row in rows:
        drawn.add_row(*(_cell(name, plain(str(cell))) for name, cell in zip(columns, row, strict=True)))
    out.print(drawn)


def _cell(column: str, said: str) -> Text:
    return Text(said, no_wrap=True, overflow="ellipsis") if column in _CUT else Text(said)


def say(line: str, style: str = "") -> None:
    """Print a line of an answer; a terminal folds it, a pipe gets it whole."""
    out.print(Text(line, style=style), soft_wrap=True)


def row(values: Mapping[str, Any]) -> None:
    """Print a JSON object on a line of its own; moments are in ISO form, and what JSON has no word for is as text."""
    click.echo(json.dumps(values, ensure_ascii=False, default=_as_text))


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def failures(errors: Mapping[str, Sequence[str]]) -> None:
    """What went wrong in each source, a line each, beside the answers."""
    for source, said in sorted(errors.items()):
        for error in said:
            err.print(Text(f"{source}: {plain(error)}"), soft_wrap=True)


def away(absence: Absence | None) -> str:
    """Why nothing is sent to somebody: "paused until 2027-01-07 00:00 UTC"; "" when it is."""
    if absence is None:
        return ""
    end = f" until {absence.over_at:%Y-%m-%d %H:%M} UTC" if absence.over_at else f" since {absence.began_at:%Y-%m-%d %H:%M} UTC"
    return f"{absence.kind}{end}"


def bars(values: Sequence[float]) -> str:
    """A column a value, as high as it is of the highest."""
    most = max(values, default=0)
    return "".join(" ▁▂▃▄▅▆▇█"[max(round(8 * value / most), value > 0) if most else 0] for value in values)


def percent(share: float | None) -> str:
    """A share as "87%"; "–" where there is nothing to share."""
    return "–" if share is None else f"{share:.0%}"


def ago(moment: datetime | None, now: datetime) -> str:
    """A moment as people say it: "3 min ago", "now", "in 2 h"."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    size, unit = next(((size, unit) for size, unit in ((86400, "d"), (3600, "h"), (60, "min")) if abs(seconds) >= size), (1, "s"))
    amount = f"{abs(seconds) / size:.0f} {unit}"
    if amount == "0 s":
        return "now"  # by two clocks, what was just now may be still to come
    return f"{amount} ago" if seconds >= 0 else f"in {amount}"


@asynccontextmanager
async def progress(tallies: Mapping[str, Tally]) -> AsyncIterator[None]:
    """A bar of pages read while the block works; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("pages"))
    with Progress(*columns, console=err, transient=True) as bar:
        drawing = asyncio.create_task(_draw(bar, tallies))
        try:
            yield
        finally:
            drawing.cancel()


async def _draw(bar: Progress, tallies: Mapping[str, Tally]) -> None:
    task = bar.add_task("crawling", total=None)
    while True:
        asked = sum(each.asked for each in tallies.values())
        bar.update(task, total=asked or None, completed=sum(each.finished for each in tallies.values()))
        await asyncio.sleep(0.1)


@contextmanager
def counting(what: str, total: int | None, of: str = "rows") -> Iterator[Callable[[int], None]]:
    """A bar of what is done while the block works, which the given function moves on; nothing where nobody watches."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(of))
    with Progress(*columns, console=err, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.advance(task, done)
