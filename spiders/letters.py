"""Letters: words made unreadable letter by letter, each by another of its own script and case. Pure, and the same every time."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from hashlib import blake2b

#: Of an alphabet without a large block of its own, the letters of one block of this size are exchanged for each other.
_BLOCK = 128
_LARGE = ((0xAC00, 0xD7A4), (0x4E00, 0x9FA6), (0x3400, 0x4DB6))  # Hangul, Han, its extension A
_RUN = re.compile(r"[^\W\d_]+|\d+")
#: A date in figures, which readers are to find again: 2026-11-23, 23.11.2026, 2026년 11월 23일, 20261123.
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d\s?[-./年년]\s?\d{1,2}\s?[-./月월]\s?\d{1,2}[日일]?|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d)"
)


def words(text: str) -> Iterator[str]:
    """The words that must not come back: four letters and more, case folded."""
    return (run.casefold() for run in _RUN.findall(text) if len(run) > 3 and not run.isdigit())


def scrambled(text: str, secret: Collection[str] = ()) -> str:
    """The text with each letter and figure replaced by another of its kind, dates in figures kept; as long as it was.

    A word is always replaced by the same one, in capitals or not, and by none of ``secret``, which holds folded words.
    """
    kept = iter(_DATE.findall(text))
    parts = [_RUN.sub(lambda run: _word(run[0], secret), part) + next(kept, "") for part in _DATE.split(text)]
    return "".join(parts)


def _word(word: str, secret: Collection[str]) -> str:
    made = _exchanged(word, 0)
    # One letter of a small alphabet may have no other; longer words always have.
    for salt in range(1, 100):
        if made.casefold() not in secret:
            break
        made = _exchanged(word, salt)
    return made


def _exchanged(word: str, salt: int) -> str:
    noise = blake2b(f"{salt} {word.casefold()}".encode("utf-8", "replace")).digest()
    return "".join(_other(char, int.from_bytes(noise[at % 32 * 2 :][:2]) + at) for at, char in enumerate(word))


def _other(char: str, number: int) -> str:
    large = next((block for block in _LARGE if ord(char) in range(*block)), None)
    alphabet = _alphabet(ord(char) // _BLOCK, unicodedata.category(char), large)
    return alphabet[number % len(alphabet)] if alphabet else char


@lru_cache(maxsize=512)
def _alphabet(block: int, category: str, large: tuple[int, int] | None) -> str:
    """All letters, or figures, of one kind that stand together in Unicode."""
    codes = range(*large) if large else range(block * _BLOCK, (block + 1) * _BLOCK)
    return "".join(char for char in map(chr, codes) if unicodedata.category(char) == category)
