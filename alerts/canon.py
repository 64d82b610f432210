"""Canonical text: what rules read instead of a story's own spelling, and the way back to the story's offsets.

Words are separated by one space: case, accents, dashes, punctuation, soft hyphens and the kind of an apostrophe do not
count, ``'s`` is cut off, and in scripts without spaces every character is a word. Addresses and markup are not read.
Every step up to ``translate`` keeps the length and every later one only adds or takes blanks, so the n-th character that
is not a blank stands for the same character of the original: that is the way back.
"""

import re
import unicodedata
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate, chain, groupby

from alerts.abbreviations import is_abbreviation

#: The end of a sentence, which no phrase crosses. Marks are ASCII: one other character makes ``translate`` five times slower.
SENTENCE = "\x01"
#: The end of a paragraph, which NEAR does not cross either.
PARAGRAPH = "\x02"
#: The end of a field.
FIELD = "\x03"
MARKS = SENTENCE + PARAGRAPH + FIELD
#: What ``*`` and ``?`` of a rule become, so that they pass through canonical text.
ANY_LETTERS, ONE_LETTER = "\ue000", "\ue001"

#: Raised whenever a change here can change what a rule matches: it is part of every rule's version.
VERSION = 3

_KEPT = frozenset(MARKS + ANY_LETTERS + ONE_LETTER)
_ALIKE = {"'": "‘’‚‛ʼʻ′´`＇ꞌ", '"': "“”„‟«»″＂", " ": "\u00a0\u2009\u202f•", "-": "‐‑‒–—―−", ".": "…"}
_REPLACEMENTS = tuple((char, plain) for plain, chars in _ALIKE.items() for char in chars)

_LOWER = "".join(chr(code) for code in range(0x61, 0x588) if chr(code).islower())
# Not after an initial ("N. Korea"), a word that looks like a short title ("Mr. Kim") or an ordinal ("70. Jahrestag"); not before a
# small letter or a number ("Sept. 9"); longer abbreviations ("Gen. Kim") are looked up. Scripts without capitals end a sentence at
# every full stop that a blank follows.
_SENTENCE_END = re.compile(
    r"[.!?\n](?:(?<=\n)(?=[ \t\r]*\n)|(?<!\n)(?<!\b\w\.)(?<!\b[A-Z][a-z]\.)(?<!\b\d\d\.)(?<!\b\d\d\d\.)"
    rf"""(?=["')\]]*\s+["'(\[]*[^\W\d_{_LOWER}]))"""
)
_LAST_WORD = re.compile(r"[^\W\d_]+$")
#: Letters, more than any abbreviation has: a bound on how far back a word is read.
_LONGEST_ABBREVIATION = 10
_ALWAYS_AN_END = frozenset("。！？｡؟۔।")
_ADDRESS = re.compile(r"(?:\bhttps?://|\bwww\.)[!#-;=?-~]+", re.IGNORECASE)
_MARKUP = re.compile(r"<[/!a-zA-Z][^<>\x01-\x03]*>")
_POSSESSIVE = re.compile(r"'[sS]\b")
_HANGUL = re.compile(r"[가-힣]")
_HANGUL_EDGE = re.compile(r"[0-9a-z](?=[가-힣])|[가-힣](?=[0-9a-z])")

# Letters that carry no separable accent in Unicode though readers take them for one, and Arabic letters that Arabic,
# Persian and careless keyboards exchange.
_SAME_LETTER = dict(zip("ıøłđðħёأإآٱىیکةۀۃ", "iolddhеاااايي\u0643\u0647\u0647\u0647", strict=True)) | {"æ": "ae", "œ": "oe", "þ": "th"}
_DROPPED = frozenset("ـ゙゚")
# Vowel signs and the like that are no combining characters and yet are composed with the letter before them (Unicode's NFC_QC=Maybe).
_COMPOSED_BACKWARD = frozenset(
    "\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dcf\u0ddf\u102e\u1b35"
    "\U00011127\U0001133e\U00011357\U000114b0\U000114ba\U000114bd\U000115af\U00011930"
)
#: Combining marks on one letter; no orthography has more (Unicode's Stream-Safe Text Format, UAX #15).
MOST_MARKS = 30
# No combining characters themselves, and made of nothing else.
_MARKS_IN_ONE = frozenset("\u0f73\u0f75\u0f81")
# No mark is a letter, a digit or white space; the exact answer, asked of each character, would cost all texts.
_MANY_MARKS = re.compile(rf"[^\w\s\0-\u02ff]{{{MOST_MARKS + 1},}}")
_SPACELESS = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x30FF), (0x3100, 0x312F)),
    *((0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)),
)


class _Table(dict[int, str]):
    """What each code point becomes, worked out when it is first seen."""

    def __missing__(self, code: int) -> str:
        folded = _fold(chr(code))
        if code < 0x20000:  # a bound on what a hostile text can make us keep
            self[code] = folded
        return folded


class Canonical:
    """One text in canonical form; ``origin`` leads back."""

    def __init__(self, original: str) -> None:
        self.original = original
        self._composed = _compose(original) if not unicodedata.is_normalized("NFC", original) else None
        self._prepared = _prepare("".join(char for char, _, _ in self._composed) if self._composed else original)
        self._translated = self._prepared.translate(_TABLE)
        #: Words and marks, in order.
        self.words = _parted(self._translated)
        #: Those with one blank between, before the first and after the last.
        self.text = f" {' '.join(self.words)} "

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` stands in the original. Both ends must touch a word, not a blank."""
        begin = self._same(start)
        # Most hits are spelt alike in both texts, down to their blanks.
        alike = self._translated.startswith(self.text[start:end], begin)
        first, last = self._prepared_at(begin), self._prepared_at(begin + end - 1 - start if alike else self._same(end - 1))
        if self._composed:
            return self._composed[first][1], self._composed[last][2]
        end = last + 1
        while end < len(self.original) and unicodedata.combining(self.original[end]):
            end += 1
        return first, end

    def _prepared_at(self, translated: int) -> int:
        """The character of the prepared text that a character of the translated one came from."""
        return translated if self._ends is None else bisect_right(self._ends, translated)

    def _same(self, at: int) -> int:
        """Where ``text[at]`` stands in the translated text: counted on from the nearest place before it that is known."""
        mine, theirs = self._known
        nearest = bisect_right(mine, at) - 1
        begin = theirs[nearest]
        letters = at - mine[nearest] - self.text.count(" ", mine[nearest], at)
        same, blanks = begin, 0
        while same != begin + letters + blanks:  # as many blanks as were passed are still to go
            before, same = same, begin + letters + blanks
            blanks += self._translated.count(" ", before + 1, same + 1)
        if at != mine[nearest]:
            mine.insert(nearest + 1, at)
            theirs.insert(nearest + 1, same)
        return same

    @cached_property
    def _known(self) -> tuple[list[int], list[int]]:
        """Places that stand for one another, in the text and in the translated text; at first only the first letter of both."""
        return [1], [len(self._translated) - len(self._translated.lstrip(" "))]

    @cached_property
    def _ends(self) -> list[int] | None:
        """Where in the translated text each prepared character ends; None while each became one."""
        if self._prepared.isascii() or all(len(_TABLE[ord(char)]) == 1 for char in set(self._prepared)):
            return None
        return list(accumulate(map(len, map(_TABLE.__getitem__, map(ord, self._prepared)))))


def unmarked(canonical: str) -> str:
    """The words of canonical text, with one blank between and no marks: what ``words`` makes of its original."""
    # Made alike first: to look for one character takes a tenth of the time of looking for two.
    for mark in MARKS:
        canonical = canonical.replace(mark, SENTENCE)
    canonical = canonical.replace(f" {SENTENCE}", "")
    return canonical[1:-1] if canonical.isascii() else " ".join(canonical.translate(_UNMARKED).split())


def words(text: str) -> str:
    """The canonical words of a text with one blank between and no marks: what the archive indexes and searches."""
    # Not _prepare(): ends of sentences become blanks here, marked or not, and to find them costs as much as all the rest.
    composed = text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", _bounded(text))
    prepared = _without_possessive(_without_markup(composed))
    return " ".join(_apart(prepared.translate(_TABLE)).translate(_UNMARKED).split())


def is_spaceless(char: str) -> bool:
    """Whether a letter belongs to a script that puts no blanks between words, so that each character is a word."""
    return any(first <= ord(char) <= last for first, last in _SPACELESS)


def is_hangul(char: str) -> bool:
    """Whether a character is a Hangul syllable."""
    return "가" <= char <= "힣"


def _prepare(text: str) -> str:
    """Mark sentences and blank what is not read, keeping the length."""
    return _without_possessive(_SENTENCE_END.sub(_marked, _without_markup(text)))


def _marked(end: re.Match[str]) -> str:
    """The mark of a sentence's end, or the full stop as it is where it only shortens the word before it."""
    at = end.start()
    if end[0] != "." or not end.string[at + 1].isspace():
        return SENTENCE
    word = end.string[max(0, at - _LONGEST_ABBREVIATION) : at].rpartition(" ")[2]
    if not word.isalpha():  # a bracket, a quote or a line break stands before it
        found = _LAST_WORD.search(word)
        word = found[0] if found else ""
    return end[0] if is_abbreviation(word) else SENTENCE


def _without_markup(text: str) -> str:
    if not text.isascii():
        for char, plain in _REPLACEMENTS:
            text = text.replace(char, plain)
    if "://" in text or "www." in text.casefold():
        text = _ADDRESS.sub(_blank, text)
    if "<" in text:
        text = _MARKUP.sub(_blank, text)
    return text


def _without_possessive(text: str) -> str:
    return _POSSESSIVE.sub("  ", text) if "'" in text else text


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _parted(text: str) -> list[str]:
    """The words of a text and the marks between them, Hangul apart from other letters."""
    for mark in MARKS:
        text = text.replace(mark, f" {mark} ")
    return _apart(text).split()


def _apart(text: str) -> str:
    # To look for an edge takes six times as long as to look for Hangul.
    return text if text.isascii() or not _HANGUL.search(text) else _HANGUL_EDGE.sub(r"\g<0> ", text)


def _compose(text: str) -> list[tuple[str, int, int]]:
    """The characters of a decomposed text put together, each with where it came from (start, end)."""
    starts = [index for index, char in enumerate(text) if not _goes_on(char)]
    starts = starts if starts[:1] == [0] else [0, *starts]
    pieces = zip(starts, [*starts[1:], len(text)], strict=True)
    return [(char, start, end) for start, end in pieces for char in unicodedata.normalize("NFC", _bounded(text[start:end]))]


def _goes_on(char: str) -> bool:
    return _is_mark(char) or "\u1160" <= char <= "\u11ff" or char in _COMPOSED_BACKWARD


def _is_mark(char: str) -> bool:
    return bool(unicodedata.combining(char)) or char in _MARKS_IN_ONE


def _bounded(text: str) -> str:
    """The text with at most MOST_MARKS combining marks in a row: to put n of them in order takes the square of n."""
    return _MANY_MARKS.sub(_without_more, text) if len(text) > MOST_MARKS else text


def _without_more(found: re.Match[str]) -> str:
    runs = (list(run) if is_mark else ["".join(run)] for is_mark, run in groupby(found[0], _is_mark))
    return "".join(chain.from_iterable(run[:MOST_MARKS] for run in runs))


def _fold(char: str) -> str:
    if char in _KEPT:
        return char
    if char in _ALWAYS_AN_END:
        return SENTENCE
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())
    return "".join(_plain(part) for part in folded)


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if char in _SAME_LETTER:
        return _SAME_LETTER[char]
    if category == "Cf" or char in _DROPPED or (category == "Mn" and ord(char) < 0x0700):
        return ""
    if category[0] not in "LNM":
        return " "
    if ord(char) < 0x0400 or 0x1E00 <= ord(char) < 0x2000:  # Latin and Greek
        char = unicodedata.normalize("NFD", char)[0]
    return f" {char} " if is_spaceless(char) else char


_TABLE = _Table()
_UNMARKED = dict.fromkeys(map(ord, MARKS + ANY_LETTERS + ONE_LETTER), " ")
