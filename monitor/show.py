"""What people look at on a terminal: tables and a progress bar. Texts from the network never become markup or control codes."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from alerts.plain import plain
from monitor.health import Report
from monitor.sources import Health
from monitor.tally import Tally

#: Answers; progress and messages go to standard error.
out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """Print a table; numbers stand at the right."""
    drawn = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    rows = [list(row) for row in rows]
    for number, name in enumerate(columns):
        figures = bool(rows) and all(isinstance(row[number], int) for row in rows)
        drawn.add_column(name, justify="right" if figures else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(plain(str(cell))) for cell in row))
    out.print(drawn)


def crawled(tallies: Mapping[str, Tally]) -> None:
    """One summary line a source."""
    columns = ("source", "new", "changed", "seen", "read", "headline only", "refused", "matched", "due", "error")
    table(
        columns,
        (
            (id, each.new, each.changed, each.seen, each.read, each.headline_only, each.refused, each.matched, each.due, each.error or "")
            for id, each in sorted(tallies.items())
        ),
    )


def failures(errors: Mapping[str, Sequence[str]]) -> None:
    """What went wrong in each source, a line each, beside the answers."""
    for source, said in sorted(errors.items()):
        for error in said:
            err.print(Text(f"{source}: {plain(error)}"), soft_wrap=True)


def status(report: Report) -> None:
    """The state of everything, the troubles last, where the eye rests."""
    table(
        ("source", "last poll", "next", "entries", "pending", "headline only", "refused", "error"),
        ([each.id, ago(each.polled_at, report.at), ago(each.next_poll_at, report.at), *_entries(each)] for each in report.sources),
    )
    out.print()
    table(
        ("recipient", "next digest (UTC)", "due"),
        ((each.email, f"{each.next_at:%a %Y-%m-%d %H:%M}" if each.next_at else "", each.due) for each in report.readers),
    )
    oldest = f", the oldest since {report.box.oldest_at:%Y-%m-%d %H:%M} UTC" if report.box.oldest_at else ""
    why = f" ({plain(report.box.error)})" if report.box.error and report.box.queued else ""
    out.print(
        f"\noutbox: {report.box.queued} to send{oldest}{why}, {report.box.failed} failed · disk: {report.free >> 30} GiB free", markup=False
    )
    for trouble in report.troubles:
        out.print(Text(f"not well: {plain(trouble)}", style="bold red"))
    if not report.troubles:
        out.print(Text("all is well", style="green"))


def _entries(source: Health) -> list[object]:
    return [source.entries, source.pending, source.headline_only, source.refused, source.error or ""]


def ago(moment: datetime | None, now: datetime) -> str:
    """A moment as people say it: "3 min ago", "in 2 h"."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    size, unit = next(((size, unit) for size, unit in ((86400, "d"), (3600, "h"), (60, "min")) if abs(seconds) >= size), (1, "s"))
    amount = f"{abs(seconds) / size:.0f} {unit}"
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
