"""The sentence of a text that says why: found, cut to size around its hits, marked. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from alerts.abbreviations import is_abbreviation

#: A stretch of a text, in code points: start, end.
Stretch = tuple[int, int]

# A full stop ends a sentence before white space; a CJK one anywhere but between two digits.
_END = re.compile(r"""(?:[.!?…؟۔।]+["'”’»)\]]*(?=\s)|(?<!\d)[。！？｡]+[」』”’）]*|(?<=\d)[。！？｡]+[」』”’）]*(?!\d))""")
_LAST_WORD = re.compile(r"[^\W_]+$")
ELLIPSIS = "…"
#: Looking further than this for white space would empty a line of a script that has none.
LONGEST_WORD = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A run of text that is all hit or all not."""

    text: str
    hit: bool = False


def sentences(text: str, near: Sequence[Stretch] | None = None) -> Iterator[Stretch]:
    """Cut a text into its sentences, trimmed of white space; a line break always ends one. Only lines that ``near`` touches are cut.

    >>> [text[start:end] for text in ["Gen. Kim left. He rose 3.5 percent."] for start, end in sentences(text)]
    ['Gen. Kim left.', 'He rose 3.5 percent.']
    """
    for line in re.finditer(r"[^\n]+", text):
        start = line.start()
        if near is not None and not any(a < line.end() and b > start for a, b in near):
            continue
        for stop in _END.finditer(text, line.start(), line.end()):
            if not _goes_on(text, stop, line.end()):
                yield from trimmed(text, start, stop.end())
                start = stop.end()
        yield from trimmed(text, start, line.end())


def cut(text: str, stretch: Stretch, hits: Iterable[Stretch], limit: int) -> tuple[Piece, ...]:
    """Take one sentence of a text, with the hits in it marked: at most ``limit`` characters, the … at a cut end included.

    A sentence that is too long is cut at word ends around its first hit.
    """
    start, end = stretch
    marks = merged((max(start, a), min(end, b)) for a, b in hits if a < end and b > start)
    left, right = _window(text, stretch, marks[0] if marks else (start, start), limit)
    body = mark(text, (left, right), marks)
    if not body:
        return ()
    before, after = (Piece(text=ELLIPSIS),) if left > start else (), (Piece(text=ELLIPSIS),) if right < end else ()
    return before + body + after


def mark(text: str, stretch: Stretch, hits: Iterable[Stretch]) -> tuple[Piece, ...]:
    """Divide a stretch of a text into pieces that are hit and pieces that are not."""
    start, end = stretch
    pieces = []
    for a, b in merged((max(start, a), min(end, b)) for a, b in hits):
        pieces += [Piece(text=text[start:a]), Piece(text=text[a:b], hit=True)]
        start = b
    return tuple(piece for piece in (*pieces, Piece(text=text[start:end])) if piece.text)


def trimmed(text: str, start: int, end: int) -> Iterator[Stretch]:
    """Leave white space off both ends of a stretch; nothing is left of one that is all white space."""
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    end -= len(words) - len(words.rstrip())
    if start < end:
        yield start, end


def merged(hits: Iterable[Stretch]) -> list[Stretch]:
    """Sort hits and join those that overlap; empty ones are left out."""
    joined: list[Stretch] = []
    for start, end in sorted(hit for hit in hits if hit[0] < hit[1]):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _goes_on(text: str, stop: re.Match[str], end: int) -> bool:
    """Is this full stop one of an abbreviation, an initial or a numeral, or does a lower-case letter follow?"""
    if text[stop.end() : end].lstrip()[:1].islower():
        return True
    word = _LAST_WORD.search(text, max(0, stop.start() - 20), stop.start())
    return stop[0] == "." and word is not None and _is_short(word[0])


def _is_short(word: str) -> bool:
    if word.isdecimal():  # 27. Juli
        return len(word) <= 2
    return is_abbreviation(word) or (len(word) == 1 and word.lower() != word.upper())


def _window(text: str, stretch: Stretch, hit: Stretch, limit: int) -> Stretch:
    """The part of a sentence that is kept: from its start if the hit fits in, else around the hit, a third of the room before it."""
    start, end = stretch
    if end - start <= limit:
        return stretch
    room = max(0, limit - 2 * len(ELLIPSIS))
    spare = max(0, room - (hit[1] - hit[0]))
    begin = start if hit[1] - start <= room else hit[0] - spare // 3
    right = min(end, begin + room)
    left = min(max(start, right - room), hit[0])
    return _word_start(text, start, left, hit[0]), _word_end(text, end, min(left + room, end), min(hit[1], left + room))


def _word_start(text: str, start: int, left: int, hit: int) -> int:
    if left in (start, hit) or text[left - 1].isspace():
        return left
    space = re.compile(r"\s+").search(text, left, min(hit, left + LONGEST_WORD))
    if space:
        return space.end()
    while left < hit and _joins(text, left):
        left += 1
    return left


def _word_end(text: str, end: int, right: int, hit: int) -> int:
    if right < end and not text[right].isspace():
        spaces = [at for at in range(max(hit, right - LONGEST_WORD), right) if text[at].isspace()]
        right = spaces[-1] if spaces else right
    while hit < right < end and (text[right - 1].isspace() or _joins(text, right)):
        right -= 1
    return right


def _joins(text: str, at: int) -> bool:
    """Does this character only complete the one before it: an accent, a vowel sign, a part of an emoji?"""
    return unicodedata.category(text[at]) in ("Mn", "Mc", "Me", "Sk") or "\u200d" in text[at - 1 : at + 1]
