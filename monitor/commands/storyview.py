"""Storyview: a story's history for a terminal and as JSON. Texts from the network never become markup or control codes."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from rich.text import Text

from alerts.diff import Change
from alerts.plain import plain
from alerts.utc import utc
from monitor.copies import Member
from monitor.evidence import Evidence
from monitor.history import History, Told
from monitor.show import out, table

#: How a piece is marked where there are no colours, and where there are.
_MARKS = {"kept": ("", "", ""), "removed": ("[-", "-]", "red"), "added": ("{+", "+}", "green")}


def show(told: History, *, diff: bool, proof: bool) -> None:
    """Print what there is of a story."""
    _line(f"story {told.id} · {told.source} · {told.url}", style="bold")
    _line(f"seen {utc(told.seen_at)}" + (f" · purged {utc(told.purged_at)}: only this tombstone is left" if told.purged_at else ""))
    if told.revisions:
        out.print()
        _revisions(told)
    if told.copies:
        out.print()
        _copies(told)
    if diff:
        reasons = told.reasons
        for number, changes in told.changes.items():
            _changes(number, changes, ", ".join(reasons[number]) or "cosmetic")
    out.print()
    _readers(told.told)
    if proof:
        out.print()
        _evidence(told.evidence)


def as_row(told: History) -> dict[str, Any]:
    """A story's history as plain values that JSON can carry."""
    row = asdict(told)
    changes = {number: [asdict(change) for change in found] for number, found in told.changes.items()}
    reasons = told.reasons
    for revision in row["revisions"]:
        revision |= revision.pop("story")
        revision["rules"] = told.rules.get(revision["number"], ())
        revision["changes"] = changes.get(revision["number"], [])
        revision["material"] = reasons.get(revision["number"], ())
    del row["rules"]
    return row


def _revisions(told: History) -> None:
    changes = told.changes
    table(
        ("version", "read", "status", "rules", "changed", "headline"),
        (
            (
                each.number,
                utc(each.read_at),
                str(each.story.status) + (", headline only" if each.headline_only else ""),
                ", ".join(told.rules.get(each.number, ())),
                _summary(changes.get(each.number, ())),
                each.story.headline,
            )
            for each in told.revisions
        ),
    )


def _summary(changes: Iterable[Change]) -> str:
    words = {"removed": 0, "added": 0}
    for kind, text in (piece for change in changes for piece in change.pieces):
        if kind != "kept":
            words[kind] += len(text.split())
    return f"+{words['added']} -{words['removed']} words" if any(words.values()) else ""


def _changes(number: int, changes: Iterable[Change], why: str) -> None:
    out.print()
    _line(f"version {number} · {why}", style="bold")
    for change in changes:
        line = Text(f"{change.field.replace('_', ' ')}{' (too much changed to compare it by words)' if change.whole else ''}: ")
        for kind, text in change.pieces:
            opening, closing, style = _MARKS[kind]
            line.append(f"{opening}{plain(text)}{closing}", style=style)
        out.print(line)


def _copies(told: History) -> None:
    def role(number: int, member: Member) -> str:
        return " · ".join(filter(None, ("this one" if member.story == told.id else "", "leads" if number == 0 else "")))

    table(
        ("same copy", "source", "", "headline", "url"),
        ((each.story, each.source, role(number, each), each.headline or "", each.url) for number, each in enumerate(told.copies)),
    )


def _readers(told: Iterable[Told]) -> None:
    table(
        ("recipient", "rule", "due since", "mail", "version", "state", "sent"),
        (
            (
                each.recipient,
                each.rule,
                utc(each.created_at),
                each.message_id or "",
                f"copy of {each.copy_of}" if each.copy_of else each.told or "",
                each.state or "still to be told",
                utc(each.sent_at) if each.sent_at else "",
            )
            for each in told
        ),
    )


def _evidence(proof: Iterable[Evidence]) -> None:
    table(
        ("version", "fetched", "status", "bytes", "kept", "sha256", "url"),
        (
            (each.revision, utc(each.fetched_at), each.status, each.size, "yes" if each.kept else "no", each.sha256, each.url)
            for each in proof
        ),
    )


def _line(text: str, *, style: str = "") -> None:
    out.print(Text(plain(text), style=style), soft_wrap=True)
