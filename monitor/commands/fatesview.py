"""Fatesview: what became of the entries that sources listed, of one crawl and in the coverage account, for a terminal."""

from collections.abc import Iterable

from alerts.plain import plain
from monitor import show
from monitor.accounts import Account, Fates, Gap
from monitor.crawls import Crawl

#: What becomes of entries, as `crawl` and `account` call it: all that are listed, and the five that this adds up from.
ENTRIES = ("listed", "new", "changed", "seen", "refused", "pending")


def crawled(told: Crawl) -> None:
    """What a crawl came to: a line a source, the sum, gaps, and what went wrong."""
    if told.reached_none:
        _unreached(told)
        return
    columns = ("source", *ENTRIES, "read", "matched")
    lines = (*told.lines, told.total) if len(told.lines) > 1 else told.lines
    show.table(columns, ([line.source or "all", *_entries(line), line.read, line.matched] for line in lines))
    due = sum(each.due for each in told.tallies.values())
    show.say(f"\n{_stories(told.total)} · {due} due")
    _gaps(told.gaps)
    show.failures({id: [each.error] for id, each in told.tallies.items() if each.error})


def _unreached(told: Crawl) -> None:
    """What to do where no source was reached; what one of them says stands for all."""
    id, tally = next(iter(told.tallies.items()))
    why = f"{id}: {plain(tally.error or '')}"
    show.say(f"None of the {len(told.tallies)} sources could be reached: is this machine on the network? {why}", style="bold red")
    show.say("Look at its network, its DNS, its proxy (proxy of [fetch]). Then: wirewatch crawl")


def _entries(line: Fates) -> list[int]:
    return [line.listed, line.new, line.changed, line.seen, line.refused, line.pending]


def _stories(line: Fates) -> str:
    parts = {"read": line.read, "headline-only": line.headline_only, "merged": line.merged, "copies": line.copies, "matched": line.matched}
    return f"stories: {' · '.join(f'{count} {name}' for name, count in parts.items())}"


def _gaps(gaps: Iterable[Gap]) -> None:
    for gap in gaps:
        fate = f"filled by its {gap.filled_by}, {gap.stories} entries" if gap.filled_by else "noticed, not filled"
        show.say(f"gap: {gap.source}: {gap.from_at:%Y-%m-%d %H:%M} – {gap.to_at:%Y-%m-%d %H:%M} UTC, {plain(fate)}")


def account(told: Account) -> None:
    """The coverage account: a line a source, the sum, and whether it adds up."""
    total = f"{told.healthy}/{len(told.lines)} ok"
    lines = [*((line.source, line.state, line) for line in told.lines), ("all", total, told.total)]
    show.table(
        ("source", "state", *ENTRIES),
        ([name, state, *_entries(line)] for name, state, line in lines),
        title=f"{told.since:%Y-%m-%d %H:%M} – {told.until:%Y-%m-%d %H:%M} UTC",
    )
    show.out.print()
    show.table(
        ("source", "polls", "failed", "skipped", "read", "headline-only", "merged", "copies", "matched"),
        (
            [name, line.polls, line.failed, line.skipped, line.read, line.headline_only, line.merged, line.copies, line.matched]
            for name, _, line in lines
        ),
    )
    show.out.print()
    for source, reasons in told.refusals.items():
        for reason, count in reasons.items():
            show.say(f"refused: {source}: {count} × {plain(reason) or 'no reason given'}")
    _gaps(told.gaps)
    for each in told.recalls:
        show.say(f"recall: {each.source}: {each.day}: {each.known} of {each.listed} that its {plain(each.rung)} lists")
    _post(told)
    for line in (*told.lines, told.total):
        if line.difference:
            what = f"{line.source or 'all'}: {line.difference} entries that nobody knows the fate of; please report this"
            show.say(f"does not add up: {what}", style="bold red")
    if told.adds_up:
        show.say("it adds up: listed = new + changed + seen + refused + pending", style="green")


def _post(told: Account) -> None:
    for each in told.slots:
        mailed = f"{each.mailed} mailed, {each.empty} with nothing to tell, {each.covered} covered by a later one, {each.open} open"
        show.say(f"digests: {each.recipient}: {mailed}")
    if mails := {state: count for state, count in told.mails.items() if count}:
        show.say(f"mails: {', '.join(f'{count} {state}' for state, count in mails.items())}")
