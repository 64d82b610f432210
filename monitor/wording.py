"""Wording: what changed between two versions of a story, word by word. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from spiders.story import Story

Kind = Literal["same", "removed", "added"]
#: (kind, text): together the old text and the new.
Piece = tuple[Kind, str]
#: Pairs of words that are compared at most; a longer text is shown as replaced whole. A page may try to take hours.
MOST_PAIRS = 1_000_000
#: A word with the space after it; of scripts that write none each character.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]\s*|[^\s\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+\s*|\s+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One passage that reads otherwise than before."""

    field: str
    pieces: tuple[Piece, ...]


def changes(before: Story, after: Story) -> list[Change]:
    """The passages that changed, in reading order; paragraphs that did not are left out."""
    found = []
    for field in ("headline", "other_headlines", "lead", "paragraphs"):
        for old, new in _passages(_lines(before, field), _lines(after, field)):
            found.append(Change(field=field, pieces=tuple(_pieces(old, new))))
    return found


def _lines(story: Story, field: str) -> Sequence[str]:
    value: str | tuple[str, ...] = getattr(story, field)
    return value if isinstance(value, tuple) else (value,) if value else ()


def _passages(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    for kind, *(a, b, c, d) in _steps(old, new):
        if kind != "equal":
            yield "\n".join(old[a:b]), "\n".join(new[c:d])


def _pieces(old: str, new: str) -> Iterator[Piece]:
    before, after = _WORD.findall(old), _WORD.findall(new)
    for kind, a, b, c, d in _steps(before, after):
        if kind == "equal":
            yield "same", "".join(before[a:b])
            continue
        if a < b:
            yield "removed", "".join(before[a:b])
        if c < d:
            yield "added", "".join(after[c:d])


def _steps(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    if len(old) * len(new) > MOST_PAIRS:
        return [("equal" if old == new else "replace", 0, len(old), 0, len(new))]
    return list(SequenceMatcher(None, old, new).get_opcodes())
