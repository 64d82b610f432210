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
from monitor.accounts import Account, Line
from monitor.health import Report
from monitor.sources import Health
from monitor.tally import Tally
from monitor.vitals import Vitals

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
        ("source", "state", "last poll", "next", "newest", "a day / usual", "14 days"),
        (_source(each, report) for each in report.sources),
    )
    out.print()
    table(
        ("source", "entries", "pending", "known", "stories in 7 d", "body", "date", "dateline", "length", "error"),
        (_stock(each, report.vitals[each.id]) for each in report.sources if each.id in report.vitals),
    )
    out.print()
    table(
        ("recipient", "next digest (UTC)", "due"),
        ((each.email, f"{each.next_at:%a %Y-%m-%d %H:%M}" if each.next_at else "", each.due) for each in report.readers),
    )
    oldest = f", the oldest since {report.box.oldest_at:%Y-%m-%d %H:%M} UTC" if report.box.oldest_at else ""
    why = f" ({plain(report.box.error)})" if report.box.error and report.box.queued else ""
    room = f" · disk: {report.disk.free >> 30} GiB free" if report.disk else ""
    out.print(f"\noutbox: {report.box.queued} to send{oldest}{why}, {report.box.failed} failed{room}", markup=False)
    for trouble in report.troubles:
        out.print(Text(f"not well: {plain(trouble)}", style="bold red"))
    if not report.troubles:
        out.print(Text("all is well", style="green"))


def _source(source: Health, report: Report) -> list[object]:
    newest, found = report.newest_at.get(source.id), report.vitals.get(source.id)
    asked = [source.id, report.state(source.id), ago(source.polled_at, report.at), ago(source.next_poll_at, report.at)]
    usual = f" / {found.usual:g}" if found and found.usual is not None else ""
    listed = [f"{found.days[-1]}{usual}", bars(found.days)] if found else ["", ""]
    return [*asked, ago(newest, report.at) if newest else "none", *listed]


def _stock(source: Health, found: Vitals) -> list[object]:
    shares = map(percent, (found.body, found.date, found.dateline))
    length = "–" if found.length is None else found.length
    return [source.id, source.entries, source.pending, percent(found.overlap), found.stories, *shares, length, source.error or ""]


def account(told: Account) -> None:
    """The coverage account: a line a source, the sum, and whether it adds up."""
    most = max((line.entries for line in told.lines), default=0)
    columns = ("source", "state", "polls", "failed", "skipped", "entries", "new", "changed", "seen", "refused", "pending", "")
    total = f"{told.healthy}/{len(told.lines)} ok"
    table(
        columns,
        [*(_line(line, line.source, line.state, most) for line in told.lines), _line(told.total, "all", total, 0)],
        title=f"{told.since:%Y-%m-%d %H:%M} – {told.until:%Y-%m-%d %H:%M} UTC",
    )
    sum_ = told.total
    out.print(f"\nstories: {sum_.headline_only} by headline only · {sum_.matched} matched · {sum_.merged} merged", markup=False)
    for source, reasons in told.refusals.items():
        for reason, count in reasons.items():
            out.print(Text(f"refused: {source}: {count} × {plain(reason) or 'no reason given'}"))
    for gap in told.gaps:
        fate = f"filled by its {gap.filled_by}, {gap.stories} entries" if gap.filled_by else "not filled"
        out.print(Text(f"gap: {gap.source}: {gap.from_at:%Y-%m-%d %H:%M} – {gap.to_at:%Y-%m-%d %H:%M} UTC, {plain(fate)}"))
    for each in told.recalls:
        out.print(Text(f"recall: {each.source}: {each.day}: {each.known} of {each.listed} that its {plain(each.rung)} lists"))
    for line in (*told.lines, sum_):
        if line.difference:
            what = f"{line.source or 'all'}: {line.difference} entries that nobody knows the fate of; please report this"
            out.print(Text(f"does not add up: {what}", style="bold red"))
    if told.adds_up:
        out.print(Text("it adds up: entries = new + changed + seen + refused + pending", style="green"))


def _line(line: Line, name: str, state: str, most: int) -> list[object]:
    asked = [name, state, line.polls, line.failed, line.skipped]
    return [*asked, line.entries, line.new, line.changed, line.seen, line.refused, line.pending, bar(line.entries, most)]


def bar(value: float, most: float, width: int = 8) -> str:
    """A bar as long as the value is of the most; the least value above 0 still shows."""
    return "█" * max(round(width * value / most), value > 0) if most else ""


def bars(values: Sequence[float]) -> str:
    """A column a value, as high as it is of the highest."""
    most = max(values, default=0)
    return "".join(" ▁▂▃▄▅▆▇█"[max(round(8 * value / most), value > 0) if most else 0] for value in values)


def percent(share: float | None) -> str:
    """A share as "87%"; "–" where there is nothing to share."""
    return "–" if share is None else f"{share:.0%}"


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
