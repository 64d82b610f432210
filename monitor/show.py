"""What people look at on a terminal: tables and a progress bar. Texts from the network never become markup or control codes."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from alerts.plain import plain
from monitor.accounts import Account, Fates, Gap
from monitor.crawls import Crawl
from monitor.health import Report
from monitor.outbox import Box
from monitor.reach import Absence
from monitor.sources import Health
from monitor.tally import Tally
from monitor.vitals import Vitals

#: Answers; progress and messages go to standard error.
out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)
#: What becomes of entries, as `crawl` and `account` call it: all that are listed, and the five that this adds up from.
ENTRIES = ("listed", "new", "changed", "seen", "refused", "pending")
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


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """Print a table; numbers stand at the right, and where it is wider than the terminal the widest texts are folded."""
    drawn = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    rows = [list(row) for row in rows]
    for number, name in enumerate(columns):
        figures = bool(rows) and all(isinstance(row[number], int) for row in rows)
        drawn.add_column(name, justify="right" if figures else "left", overflow="fold", no_wrap=figures or name in _SHORT)
    for row in rows:
        drawn.add_row(*(Text(plain(str(cell))) for cell in row))
    out.print(drawn)


def say(line: str, style: str = "") -> None:
    """Print a line of an answer; a terminal folds it, a pipe gets it whole."""
    out.print(Text(line, style=style), soft_wrap=True)


def crawled(told: Crawl) -> None:
    """What a crawl came to: a line a source, the sum, gaps, and what went wrong."""
    columns = ("source", *ENTRIES, "read", "matched")
    lines = (*told.lines, told.total) if len(told.lines) > 1 else told.lines
    table(columns, ([line.source or "all", *_entries(line), line.read, line.matched] for line in lines))
    due = sum(each.due for each in told.tallies.values())
    say(f"\n{_stories(told.total)} · {due} due")
    _gaps(told.gaps)
    failures({id: [each.error] for id, each in told.tallies.items() if each.error})


def _entries(line: Fates) -> list[int]:
    return [line.listed, line.new, line.changed, line.seen, line.refused, line.pending]


def _stories(line: Fates) -> str:
    return f"stories: {line.read} read · {line.headline_only} headline-only · {line.merged} merged · {line.matched} matched"


def _gaps(gaps: Iterable[Gap]) -> None:
    for gap in gaps:
        fate = f"filled by its {gap.filled_by}, {gap.stories} entries" if gap.filled_by else "noticed, not filled"
        say(f"gap: {gap.source}: {gap.from_at:%Y-%m-%d %H:%M} – {gap.to_at:%Y-%m-%d %H:%M} UTC, {plain(fate)}")


def failures(errors: Mapping[str, Sequence[str]]) -> None:
    """What went wrong in each source, a line each, beside the answers."""
    for source, said in sorted(errors.items()):
        for error in said:
            err.print(Text(f"{source}: {plain(error)}"), soft_wrap=True)


def status(report: Report) -> None:
    """The state of everything, the troubles last, where the eye rests."""
    table(
        ("source", "state", "last poll", "next", "newest", "pending"),
        (_source(each, report) for each in report.sources),
    )
    out.print()
    table(
        ("source", "24 h / usual", "14 days", "seen", "body", "date", "dateline", "length"),
        (_pattern(each.id, report.vitals[each.id]) for each in report.sources if each.id in report.vitals),
    )
    out.print()
    table(
        ("recipient", "next digest (UTC)", "due", "away"),
        (
            (each.email, f"{each.next_at:%a %Y-%m-%d %H:%M}" if each.next_at else "", each.due, away(each.absence))
            for each in report.readers
        ),
    )
    if report.members:
        out.print()
        table(
            ("process", "part", "version", "last sign of life", "does"),
            ((each.name, each.part, each.version, ago(each.seen_at, report.at), each.doing(report.at)) for each in report.members),
        )
    oldest = f", the oldest since {report.box.oldest_at:%Y-%m-%d %H:%M} UTC" if report.box.oldest_at else ""
    why = f" ({plain(report.box.error)})" if report.box.error and report.box.queued else ""
    room = f" · disk: {report.disk.free >> 30} GiB free" if report.disk else ""
    say(f"\noutbox: {report.box.queued} to send{oldest}{why}{_week(report.box)}{room}")
    for each in report.sources:
        if each.error and report.state(each.id) != "failing":
            say(f"last poll: {each.id}: {plain(each.error)}")
    for trouble in report.troubles:
        say(f"not well: {plain(trouble)}", style="bold red")
    if not report.troubles:
        say("all is well", style="green")


def _week(box: Box) -> str:
    """What became of the mails of a week, but for those that simply went out."""
    counts = ((box.failed, "refused for good"), (box.expired, "given up, told by a later digest"), (box.doubtful, "sent perhaps twice"))
    told = ", ".join(f"{count} {what}" for count, what in counts if count)
    return f" · in 7 days: {told}" if told else ""


def _source(source: Health, report: Report) -> list[object]:
    newest = report.newest_at.get(source.id)
    asked = [source.id, report.state(source.id), ago(source.polled_at, report.at), ago(source.next_poll_at, report.at)]
    return [*asked, ago(newest, report.at) if newest else "none", source.pending]


def _pattern(source: str, found: Vitals) -> list[object]:
    usual = f" / {found.usual:g}" if found.usual is not None else ""
    shares = map(percent, (found.overlap, found.body, found.date, found.dateline))
    return [source, f"{found.days[-1]}{usual}", bars(found.days), *shares, "–" if found.length is None else found.length]


def account(told: Account) -> None:
    """The coverage account: a line a source, the sum, and whether it adds up."""
    total = f"{told.healthy}/{len(told.lines)} ok"
    lines = [*((line.source, line.state, line) for line in told.lines), ("all", total, told.total)]
    table(
        ("source", "state", *ENTRIES),
        ([name, state, *_entries(line)] for name, state, line in lines),
        title=f"{told.since:%Y-%m-%d %H:%M} – {told.until:%Y-%m-%d %H:%M} UTC",
    )
    out.print()
    table(
        ("source", "polls", "failed", "skipped", "read", "headline-only", "merged", "matched"),
        (
            [name, line.polls, line.failed, line.skipped, line.read, line.headline_only, line.merged, line.matched]
            for name, _, line in lines
        ),
    )
    out.print()
    for source, reasons in told.refusals.items():
        for reason, count in reasons.items():
            say(f"refused: {source}: {count} × {plain(reason) or 'no reason given'}")
    _gaps(told.gaps)
    for each in told.recalls:
        say(f"recall: {each.source}: {each.day}: {each.known} of {each.listed} that its {plain(each.rung)} lists")
    _post(told)
    for line in (*told.lines, told.total):
        if line.difference:
            what = f"{line.source or 'all'}: {line.difference} entries that nobody knows the fate of; please report this"
            say(f"does not add up: {what}", style="bold red")
    if told.adds_up:
        say("it adds up: listed = new + changed + seen + refused + pending", style="green")


def _post(told: Account) -> None:
    for each in told.slots:
        mailed = f"{each.mailed} mailed, {each.empty} with nothing to tell, {each.covered} covered by a later one, {each.open} open"
        say(f"digests: {each.recipient}: {mailed}")
    if mails := {state: count for state, count in told.mails.items() if count}:
        say(f"mails: {', '.join(f'{count} {state}' for state, count in mails.items())}")


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


@contextmanager
def counting(what: str, total: int | None, of: str = "rows") -> Iterator[Callable[[int], None]]:
    """A bar of what is done while the block works, which the given function moves on; nothing where nobody watches."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(of))
    with Progress(*columns, console=err, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.advance(task, done)
