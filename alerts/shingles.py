"""Shingles: what two texts are compared by, to tell whether one is a copy of the other. Pure.

A shingle is a run of four canonical words, as a number (Broder's w-shingling). Texts share them as far as they share wording:
two reports of one event have next to none in common. ``marks`` are the few by which a store finds texts that may be copies;
all ``shingles`` of the two then tell whether they are.
"""

from collections.abc import Set as AbstractSet
from zlib import crc32

#: Words of a run.
RUN = 4
#: Words of a text that are looked at; a page may have millions.
MOST_WORDS = 4000
#: Wires are cut from the end: of the first words every second shingle is a mark, of the others every sixteenth,
HEAD, OF_HEAD, OF_REST = 100, 2, 16
#: of a flash no fewer than these, and of a text that was written to have too many no more.
LEAST_MARKS, MOST_MARKS = 6, 1000
#: Marks that two texts share before they are compared; reports of one event share two or three.
SHARED_MARKS = 4
#: Two texts are one copy when they share so many shingles, and this share of the shorter text's: with a quarter of the words replaced
#: a third of the shingles is left; reports of one event that quote the same speech had up to 0.14 in common.
SHARED, SHARE = 16, 0.23
#: A text too short for that is a copy when it is nearly all there: a flash, but not the same stub below two headlines.
SHARED_BY_FLASHES, SHARE_BY_FLASHES = 5, 0.8
#: How much of its first words a copy shares, though a quarter of the words were replaced.
OPENING = 0.15


def shingles(words: str) -> frozenset[int]:
    """All shingles of a text: numbers of 32 bits, the same in every process.

    ``words`` is canonical text as ``alerts.canon.words`` makes it. None of a text of fewer than four words.
    """
    return frozenset(_hashes(words))


def marks(words: str) -> list[int]:
    """The shingles by which copies of a text are looked for, in ascending order."""
    hashes = _hashes(words)
    kept = {hash for hash in hashes[:HEAD] if not hash % OF_HEAD}
    kept.update(hash for hash in hashes[HEAD:] if not hash % OF_REST)
    if len(kept) < LEAST_MARKS:
        kept = set(sorted(set(hashes), key=_rank)[:LEAST_MARKS])
    return sorted(kept)[:MOST_MARKS]


def is_copy(one: AbstractSet[int], other: AbstractSet[int]) -> bool:
    """Whether one text is a copy of the other, or of a part of it, by the shingles of both."""
    shared, share = len(one & other), contained(one, other)
    return (shared >= SHARED and share >= SHARE) or (shared >= SHARED_BY_FLASHES and share >= SHARE_BY_FLASHES)


def opens_in(words: str, other: str) -> bool:
    """Whether a text begins with what stands somewhere in the other: if not, it says something of its own before it repeats the other."""
    head = shingles(" ".join(words.split(" ", HEAD)[:HEAD]))
    return len(head & shingles(other)) >= OPENING * len(head)


def contained(one: AbstractSet[int], other: AbstractSet[int]) -> float:
    """How much of the shorter text stands in the longer one, 0 to 1, by the shingles of both."""
    return len(one & other) / max(1, min(len(one), len(other)))


def _hashes(words: str) -> list[int]:
    found = words.encode("utf-8", "replace").split(b" ", MOST_WORDS)[:MOST_WORDS]
    # No loop of Python's: this is done for every story.
    return list(map(crc32, map(b" ".join, zip(*(found[at:] for at in range(RUN)), strict=False))))


def _rank(hash: int) -> tuple[int, int]:
    return hash % OF_HEAD, hash
