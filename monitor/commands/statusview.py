"""Statusview: the state of everything, for a terminal."""

from collections.abc import Iterable, Iterator, Sequence

from alerts.plain import plain
from monitor import show
from monitor.health import Reader, Report
from monitor.members import Member
from monitor.outbox import Box
from monitor.sources import Health
from monitor.vitals import Vitals


def status(report: Report) -> None:
    """The state of everything, the troubles last, where the eye rests."""
    for heads, rows in _tables(report):
        show.table(heads, rows)
        show.out.print()
    show.say(_outbox(report))
    for each in report.sources:
        if each.error and report.state(each.id) != "failing":
            show.say(f"last poll: {each.id}: {plain(each.error)}")
    for trouble in report.troubles:
        show.say(f"not well: {plain(trouble)}", style="bold red")
    if not report.troubles:
        show.say("all is well", style="green")


def _tables(report: Report) -> Iterator[tuple[tuple[str, ...], Iterable[Sequence[object]]]]:
    yield ("source", "state", "last poll", "next", "newest", "pending"), (_source(each, report) for each in report.sources)
    yield (
        ("source", "24 h / usual", "14 days", "seen", "body", "date", "dateline", "length"),
        (_pattern(each.id, report.vitals[each.id]) for each in report.sources if each.id in report.vitals),
    )
    yield ("recipient", "next digest (UTC)", "due", "away"), map(_reader, report.readers)
    if report.members:
        yield ("process", "part", "version", "last sign of life", "does"), (_member(each, report) for each in report.members)


def _outbox(report: Report) -> str:
    box = report.box
    oldest = f", the oldest since {box.oldest_at:%Y-%m-%d %H:%M} UTC" if box.oldest_at else ""
    why = f" ({plain(box.error)})" if box.error and box.queued else ""
    room = f" · disk: {report.disk.room} free" if report.disk else ""
    return f"outbox: {box.queued} to send{oldest}{why}{_week(box)}{room}"


def _week(box: Box) -> str:
    """What became of the mails of a week, but for those that simply went out."""
    counts = ((box.failed, "refused for good"), (box.expired, "given up, told by a later digest"), (box.doubtful, "sent perhaps twice"))
    told = ", ".join(f"{count} {what}" for count, what in counts if count)
    return f" · in 7 days: {told}" if told else ""


def _source(source: Health, report: Report) -> list[object]:
    newest = report.newest_at.get(source.id)
    asked = [source.id, report.state(source.id), show.ago(source.polled_at, report.at), show.ago(source.next_poll_at, report.at)]
    return [*asked, show.ago(newest, report.at) if newest else "none", source.pending]


def _pattern(source: str, found: Vitals) -> list[object]:
    usual = f" / {found.usual:g}" if found.usual is not None else ""
    shares = map(show.percent, (found.overlap, found.body, found.date, found.dateline))
    return [source, f"{found.days[-1]}{usual}", show.bars(found.days), *shares, "–" if found.length is None else found.length]


def _reader(reader: Reader) -> list[object]:
    return [reader.email, f"{reader.next_at:%a %Y-%m-%d %H:%M}" if reader.next_at else "", reader.due, show.away(reader.absence)]


def _member(member: Member, report: Report) -> list[object]:
    return [member.name, member.part, member.version, show.ago(member.seen_at, report.at), member.doing(report.at)]
