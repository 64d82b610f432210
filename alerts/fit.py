"""Fit: which stories a part of a mail shows in full, which by headline and link, and how many are left to another part. Pure.

Mail programs cut long pages off: Gmail at about 102 KB, its own changes counted. What a row takes is not known before it is
rendered with its styles inlined, so a page with none, one with a few in full and one with the same by headline are measured, and
the rest is arithmetic. The rules take turns: the first story of each comes before the second of any.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import accumulate
from typing import Any, Literal

#: How a row is shown; None: not at all.
Form = Literal["full", "headline"] | None
#: What makes a part of a mail out of the values of its templates.
Page = Callable[[Mapping[str, Any]], str]

#: Rows that are measured; what the others take beyond their own texts is taken to be the same.
SAMPLE = 24
#: Markup hardly makes a page longer than its texts times this: below it is rendered without measuring.
MARKUP = 6
#: Full rows get this share of a page, even when there is no room then to name all others by headline.
FULL_SHARE = 1 / 4
#: No story takes a greater share of a page, however long its headline.
ROW_SHARE = 1 / 20
#: Rows vary; a page that came out too long is made again, this often.
TRIES = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """What a part of a mail may take."""

    #: Of its UTF-8, after inlining.
    bytes: int
    rows: int


#: No row takes less than a hundred bytes of HTML.
HTML = Room(bytes=80_000, rows=800)
#: Short enough for every mail server, where ten megabytes are usual.
TEXT = Room(bytes=1_000_000, rows=2_000)


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """The bytes that a row takes in either form; ``full`` is None for one that is not to be shown in full."""

    full: float | None
    headline: float


def fitted(page: Page, values: Mapping[str, Any], room: Room) -> str:
    """Make a part of a mail that keeps to its room as far as its stories decide that.

    Its rows are the ``entries`` of ``values``, or of each of its ``groups``; ``form``, where a row has one, is the most that it is
    shown in. The template gets them with ``form`` as chosen, without those that are left out, which ``more`` counts.
    """
    rows = list(_in_turns(values))
    forms: list[Form] = [row.get("form", "full") for row in rows]
    if len(rows) <= room.rows and MARKUP * sum(map(_length, rows)) <= room.bytes:
        made = page(_shown(values, forms))
        if _bytes(made) <= room.bytes:
            return made
    empty = page(_shown(values, []))
    sizes = _sizes(page, values, rows[: room.rows], _bytes(empty))
    left = room.bytes - _bytes(empty)
    for _ in range(TRIES if rows else 0):
        made = page(_shown(values, chosen(sizes, left)))
        if _bytes(made) <= room.bytes:
            return made
        left -= _bytes(made) - room.bytes + room.bytes // 100
    return empty


def chosen(sizes: Sequence[Size], room: float) -> list[Form]:
    """Choose a form for each row: the first in full, the following by headline, as many as there is room for."""
    most = room * ROW_SHARE
    usual = [replace(size, full=None if size.full and size.full > most else size.full) for size in sizes]
    count = _in_full([size for size in usual if size.headline <= most], room)
    forms: list[Form] = []
    for size in usual:
        full = size.full if count else None
        needs = full or size.headline
        if size.headline > most or needs > room:
            forms.append(None)
            continue
        forms.append("full" if full else "headline")
        room, count = room - needs, max(0, count - 1)
    return forms


def _in_full(sizes: Sequence[Size], room: float) -> int:
    """How many of the first rows are shown in full: while all others can still be named, and their own share in any case."""
    spare = room - sum(size.headline for size in sizes)
    full = list(accumulate(size.full or size.headline for size in sizes))
    extra = list(accumulate((size.full or size.headline) - size.headline for size in sizes))
    return sum(more <= spare or whole <= room * FULL_SHARE for more, whole in zip(extra, full, strict=True))


def _sizes(page: Page, values: Mapping[str, Any], rows: Sequence[dict[str, Any]], empty: int) -> list[Size]:
    """What each row takes: its own texts, and what the measured ones take beyond theirs."""
    sample = [number for number, row in enumerate(rows) if row.get("form", "full") == "full"]
    sample = sample[:: max(1, len(sample) // SAMPLE)][:SAMPLE] or list(range(len(rows)))[:SAMPLE]

    def beyond(form: Form, length: Callable[[dict[str, Any]], int]) -> float:
        made = page(_shown(values, [form if number in sample else None for number in range(len(rows))]))
        return (_bytes(made) - empty - sum(length(rows[number]) for number in sample)) / max(1, len(sample))

    full, headline = beyond("full", _length), beyond("headline", _headline_length)
    return [
        Size(
            full=max(1, full + _length(row)) if row.get("form", "full") == "full" else None,
            headline=max(1, headline + _headline_length(row)),
        )
        for row in rows
    ]


def _groups(values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    groups: Sequence[Mapping[str, Any]] = values.get("groups", [values])
    return groups


def _in_turns(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    lists = [group["entries"] for group in _groups(values)]
    for turn in range(max(map(len, lists), default=0)):
        yield from (entries[turn] for entries in lists if turn < len(entries))


def _shown(values: Mapping[str, Any], forms: Sequence[Form]) -> dict[str, Any]:
    """The values with only those rows that have a form; ``forms`` in the order of turns, none for those at its end."""
    rows = list(_in_turns(values))
    by_row = {id(row): form for row, form in zip(rows, forms, strict=False)}
    groups = [
        {
            **group,
            "count": len(group["entries"]),
            "entries": [{**row, "form": form} for row in group["entries"] if (form := by_row.get(id(row)))],
        }
        for group in _groups(values)
    ]
    more = len(rows) - sum(len(group["entries"]) for group in groups)
    return {**values, "groups": groups, "more": more} if "groups" in values else {**groups[0], "more": more}


def _length(value: object) -> int:
    """The bytes of a row's texts as HTML writes them. What JSON sets between them is the same for all rows, and so comes off again."""
    return _bytes(escape(json.dumps(value, ensure_ascii=False), quote=False))


def _headline_length(row: Mapping[str, Any]) -> int:
    return _length([row["headline"], row.get("link")])


def _bytes(text: str) -> int:
    return len(text.encode())
