"""Fit: which stories a part of a mail shows at length, which by headline and link, and how many are left to another part. Pure.

Mail programs cut long pages off: Gmail at about 102 KB, its own changes counted. What a row takes is not known before it is
rendered with its styles inlined, so a page with none, one with a few at length and one with some by headline are measured, and
the rest is arithmetic. The rules take turns: the first story of each comes before the second of any.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import accumulate
from typing import Any

#: The form of a row of which no more is shown than headline and link.
HEADLINE = "headline"
#: What makes a part of a mail out of the values of its templates.
Page = Callable[[Mapping[str, Any]], str]

#: Rows that are measured; what the others take beyond their own texts is taken to be the same.
SAMPLE = 12
#: Markup hardly makes a page longer than its texts times this: below it is rendered without measuring.
MARKUP = 6
#: Rows at length get this share of a page, even when there is no room then to name all others by headline.
LONG_SHARE = 1 / 4
#: Where not all has room, no story takes a greater share of a page at length, or by headline, however long it is.
MOST_LONG, MOST_HEADLINE = 1 / 8, 1 / 20
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
    """The bytes that a row takes at length and by headline."""

    long: float
    headline: float


def fitted(page: Page, values: Mapping[str, Any], room: Room) -> str:
    """Make a part of a mail that keeps to its room as far as its stories decide that.

    Its rows are the ``entries`` of ``values``, or of each of its ``groups``; ``form`` says how each is shown where there is room.
    The template gets them with that ``form``, or with "headline", without those that are left out, which ``more`` counts.
    """
    rows = list(_in_turns(values))
    forms = [row["form"] for row in rows]
    if len(rows) <= room.rows and MARKUP * _length(rows) <= room.bytes:
        made = page(_shown(values, forms))
        if _bytes(made) <= room.bytes:
            return made
    empty = page(_shown(values, []))
    sizes = _sizes(page, values, rows[: room.rows], _bytes(empty))
    left = room.bytes - _bytes(empty)
    for _ in range(TRIES if rows else 0):
        made = page(_shown(values, list(map(_form, forms, chosen(sizes, left)))))
        if _bytes(made) <= room.bytes:
            return made
        left -= _bytes(made) - room.bytes + room.bytes // 100
    return empty


def chosen(sizes: Sequence[Size], room: float) -> list[bool | None]:
    """Choose for each row whether it is shown at length: the first are, the following by headline, None is left out."""
    if sum(size.long for size in sizes) <= room:
        return [True] * len(sizes)
    most = room * MOST_HEADLINE
    usual = [replace(size, long=size.headline) if size.long > room * MOST_LONG else size for size in sizes]
    count = _long([size for size in usual if size.headline <= most], room)
    found: list[bool | None] = []
    for size in usual:
        needs = size.long if count else size.headline
        if size.headline > most or needs > room:
            found.append(None)
            continue
        found.append(count > 0 and size.long != size.headline)
        room, count = room - needs, max(0, count - 1)
    return found


def _long(sizes: Sequence[Size], room: float) -> int:
    """How many of the first rows are shown at length: while all others can still be named, and their own share in any case."""
    spare = room - sum(size.headline for size in sizes)
    taken = list(accumulate(size.long for size in sizes))
    extra = list(accumulate(size.long - size.headline for size in sizes))
    return sum(more <= spare or whole <= room * LONG_SHARE for more, whole in zip(extra, taken, strict=True))


def _sizes(page: Page, values: Mapping[str, Any], rows: Sequence[dict[str, Any]], empty: int) -> list[Size]:
    """What each row takes: its own texts, and what a few of its form take beyond theirs."""

    def beyond(form: str, length: Callable[[dict[str, Any]], int]) -> float:
        """What a row of this form takes beyond its texts."""
        alike = [number for number, row in enumerate(rows) if form in (HEADLINE, row["form"])]
        sample = set(alike[:: max(1, len(alike) // SAMPLE)][:SAMPLE])
        made = page(_shown(values, [form if number in sample else None for number in range(len(rows))]))
        return (_bytes(made) - empty - sum(length(rows[number]) for number in sample)) / max(1, len(sample))

    more = {form: beyond(form, _length) for form in {row["form"] for row in rows} - {HEADLINE}}
    by_headline = beyond(HEADLINE, _headline_length)
    return [_size(row, more.get(row["form"]), by_headline) for row in rows]


def _size(row: dict[str, Any], more: float | None, by_headline: float) -> Size:
    headline = max(1, by_headline + _headline_length(row))
    return Size(long=headline if more is None else max(headline, more + _length(row)), headline=headline)


def _form(form: str, is_long: bool | None) -> str | None:
    return (form if is_long else HEADLINE) if is_long is not None else None


def _groups(values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    groups: Sequence[Mapping[str, Any]] = values.get("groups", [values])
    return groups


def _in_turns(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    lists = [group["entries"] for group in _groups(values)]
    for turn in range(max(map(len, lists), default=0)):
        yield from (entries[turn] for entries in lists if turn < len(entries))


def _shown(values: Mapping[str, Any], forms: Sequence[str | None]) -> dict[str, Any]:
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
    """The bytes of a row's texts as HTML writes them, and of what ``repr`` sets between them: that is much the same in all rows."""
    return _bytes(escape(repr(value), quote=False))


def _headline_length(row: Mapping[str, Any]) -> int:
    return _length([row["headline"], row.get("link")])


def _bytes(text: str) -> int:
    return len(text.encode())
