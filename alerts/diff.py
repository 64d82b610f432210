"""Diff: what one version of a story says otherwise than another, word by word. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from spiders.story import Story

Kind = Literal["kept", "removed", "added"]
#: (kind, text): kept and removed together are the old text, kept and added the new.
Piece = tuple[Kind, str]
#: Steps that two stories may take to be compared, about half a second; what is left then is shown as replaced whole.
MOST_STEPS = 2_000_000
#: A word, the space between two, any other character; of scripts that write no spaces each character.
_TOKEN = re.compile(r"(?:[^\W\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|(?<=\w)['’](?=\w)|(?<=\d)[.,](?=\d))+|\s+|.")
#: What is kept between two changes though it says nothing by itself.
_JOINT = re.compile(r"\W*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One passage that reads otherwise than before."""

    #: "headline", "other_headlines", "lead" or "paragraphs"; of the last two or more, a line break between two.
    field: str
    pieces: tuple[Piece, ...]
    #: Too much changed for a comparison word by word: it is shown as replaced whole.
    whole: bool = False

    @property
    def before(self) -> str:
        """The passage as it was."""
        return "".join(text for kind, text in self.pieces if kind != "added")

    @property
    def after(self) -> str:
        """The passage as it is."""
        return "".join(text for kind, text in self.pieces if kind != "removed")


def changes(before: Story, after: Story) -> list[Change]:
    """The passages that changed, in reading order; paragraphs that did not are left out."""
    return list(_Comparison().changes(before, after))


#: (removed from, to, added from, to), as slices of the two sequences.
_Edit = tuple[int, int, int, int]


class _TooMuch(Exception):
    """The steps are used up."""


class _Comparison:
    """The comparison of two stories, with the steps that it may still take."""

    def __init__(self) -> None:
        self.steps = MOST_STEPS

    def changes(self, before: Story, after: Story) -> Iterator[Change]:
        for field in ("headline", "other_headlines", "lead", "paragraphs"):
            for old, new in self._passages(_lines(before, field), _lines(after, field)):
                yield self._change(field, old, new)

    def _passages(self, old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
        try:
            edits = self._edits(old, new)
        except _TooMuch:
            edits = [(0, len(old), 0, len(new))]
        for a, b, c, d in edits:
            yield "\n".join(old[a:b]), "\n".join(new[c:d])

    def _change(self, field: str, old: str, new: str) -> Change:
        before, after = _TOKEN.findall(old), _TOKEN.findall(new)
        try:
            edits = self._edits(before, after) if old and new else [(0, len(before), 0, len(after))]
        except _TooMuch:
            whole: tuple[Piece, ...] = (("removed", old), ("added", new))
            return Change(field=field, pieces=whole, whole=True)
        return Change(field=field, pieces=tuple(_pieces(before, after, _joined(edits, before))))

    def _edits(self, old: Sequence[str], new: Sequence[str]) -> list[_Edit]:
        """The shortest way from one sequence to the other (Myers, An O(ND) difference algorithm, 1986)."""
        first, last = _common(old, new)
        old, new = old[first : len(old) - last], new[first : len(new) - last]
        if not old or not new:
            return [(first, first + len(old), first, first + len(new))] if old or new else []
        return [(a + first, b + first, c + first, d + first) for a, b, c, d in _together(_walked(self._reached(old, new), old, new))]

    def _reached(self, old: Sequence[str], new: Sequence[str]) -> list[dict[int, int]]:
        """By number of edits: diagonal → how far in ``old`` one comes on it."""
        trace: list[dict[int, int]] = []
        far = {1: 0}
        while True:
            trace.append(far.copy())
            edits = len(trace) - 1
            for diagonal in range(-edits, edits + 1, 2):
                down = diagonal == -edits or (diagonal != edits and far[diagonal - 1] < far[diagonal + 1])
                x = start = far[diagonal + 1] if down else far[diagonal - 1] + 1
                while x < len(old) and 0 <= x - diagonal < len(new) and old[x] == new[x - diagonal]:
                    x += 1
                far[diagonal] = x
                self.steps -= x - start + 2
                if x >= len(old) and x - diagonal >= len(new):
                    return trace
            if self.steps < 0:
                raise _TooMuch


def _lines(story: Story, field: str) -> Sequence[str]:
    value: str | tuple[str, ...] = getattr(story, field)
    return value if isinstance(value, tuple) else (value,) if value else ()


def _common(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How much two sequences have in common at the beginning and, of the rest, at the end."""
    most = min(len(old), len(new))
    first = next((at for at in range(most) if old[at] != new[at]), most)
    last = next((at for at in range(most - first) if old[-1 - at] != new[-1 - at]), most - first)
    return first, last


def _walked(trace: list[dict[int, int]], old: Sequence[str], new: Sequence[str]) -> list[_Edit]:
    """The single edits on the way that was found, first to last."""
    found: list[_Edit] = []
    x, y = len(old), len(new)
    for edits in range(len(trace) - 1, 0, -1):
        far, diagonal = trace[edits], x - y
        down = diagonal == -edits or (diagonal != edits and far[diagonal - 1] < far[diagonal + 1])
        came = diagonal + 1 if down else diagonal - 1
        x, y = far[came], far[came] - came
        found.append((x, x, y, y + 1) if down else (x, x + 1, y, y))
    return found[::-1]


def _together(edits: Sequence[_Edit]) -> list[_Edit]:
    """Edits that touch made one."""
    found: list[_Edit] = []
    for a, b, c, d in edits:
        if found and found[-1][1] == a and found[-1][3] == c:
            a, _, c, _ = found.pop()
        found.append((a, b, c, d))
    return found


def _joined(edits: Sequence[_Edit], old: Sequence[str]) -> list[_Edit]:
    """Edits with nothing but a space or a mark between them made one: words read better than their pieces."""
    found: list[_Edit] = []
    for a, b, c, d in edits:
        replaces = found and found[-1][0] < found[-1][1] and found[-1][2] < found[-1][3] and a < b and c < d
        if replaces and _JOINT.fullmatch("".join(old[found[-1][1] : a])):
            a, _, c, _ = found.pop()
        found.append((a, b, c, d))
    return found


def _pieces(old: Sequence[str], new: Sequence[str], edits: Sequence[_Edit]) -> Iterator[Piece]:
    at = 0
    for a, b, c, d in [*edits, (len(old), len(old), len(new), len(new))]:
        if at < a:
            yield "kept", "".join(old[at:a])
        if a < b:
            yield "removed", "".join(old[a:b])
        if c < d:
            yield "added", "".join(new[c:d])
        at = b
