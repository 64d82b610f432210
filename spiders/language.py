"""Languages: which one a text is written in, by its letters and its common words."""

import re
from collections import Counter
from itertools import chain

from spiders.languages import LETTERS, PARTS, PREFIXES, SCRIPTS, SIMPLIFIED, TRADITIONAL, WORDS

#: Characters that are looked at.
SAMPLE = 800
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
#: Not \w: in Hindi and its like a vowel is a mark, no letter.
_WORD = re.compile(r"[^\s\d.,;:!?()\[\]\"'’«»“”„/|…—–।،؟_-]+")
_LETTER = re.compile(r"[^\W\d_]")
_NOT_LATIN = re.compile("[\u0370-\u1cff\u3041-\ud7ff]")
_HAN, _KANA = re.compile("[\u3400-\u9fff]"), re.compile("[\u3041-\u30fa]")
_PREFIXES = re.compile(PREFIXES)
_PARTS = tuple((language, re.compile(parts)) for language, parts in PARTS)
_OWN_SCRIPTS = tuple((language, re.compile(f"[{letters}]")) for language, letters in SCRIPTS)
#: Other codes of a language; pages use both, and rules and filters know one.
_SAME = {"nb": "no", "nn": "no", "iw": "he", "in": "id", "sh": "sr", "fil": "tl"}
#: Words and letters that must speak for a language, and the part of all words that they must be, for it to be sure.
_FEWEST, _PART = 4, 0.1
_IS_TEXT = re.compile(rf"(?:[\W\d_]*[^\W\d_]){{{_FEWEST}}}")
#: How much must speak for a language compared to the best, for a page's word to decide between them.
_CLOSE = 0.75


def tag(stated: str) -> str:
    """A language as pages state it, as BCP 47 in lower case: "de_DE" is "de-de", "nb" is "no"; "" where it is none."""
    folded = stated.strip().lower().replace("_", "-")
    return _SAME.get(folded.partition("-")[0], folded) if _TAG.fullmatch(folded) else ""


def of(text: str, *, stated: str | None = None) -> str | None:
    """The language of a text, BCP 47 in lower case: "uk", "zh-hant".

    ``stated`` by the page, as ``tag`` gives it, decides between languages that are alike, and where the text is too short to be sure.
    """
    likely = candidates(text)
    if stated and (not likely or stated.partition("-")[0] in likely):
        return stated
    return likely[0] if likely else None


def candidates(text: str) -> list[str]:
    """The languages that a text may be written in, the likeliest first; more than one where they are alike, [] where it is not sure."""
    sample = text[:SAMPLE]
    if not _IS_TEXT.match(sample):
        return []
    return _by_script(sample) or _by_words(sample)


def _by_script(sample: str) -> list[str]:
    if not _NOT_LATIN.search(sample):
        return []
    letters = len(_LETTER.findall(sample))
    han, kana = len(_HAN.findall(sample)), len(_KANA.findall(sample))
    if 2 * (han + kana) > letters:
        return ["ja"] if kana * 12 > han else _chinese(sample)
    return next(([language] for language, pattern in _OWN_SCRIPTS if 3 * len(pattern.findall(sample)) > letters), [])


def _chinese(sample: str) -> list[str]:
    simplified, traditional = (sum(char in only for char in sample) for only in (SIMPLIFIED - TRADITIONAL, TRADITIONAL - SIMPLIFIED))
    if simplified == traditional:
        return []
    return ["zh-hans" if simplified > traditional else "zh-hant"]


def _by_words(sample: str) -> list[str]:
    folded = sample.lower()
    words = _WORD.findall(folded)
    found = Counter(chain.from_iterable(WORDS[word] for word in words if word in WORDS))
    if not folded.isascii():  # no letter of one language is
        found.update(LETTERS[letter] for letter in folded if letter in LETTERS)
    if found["zu"] or found["xh"]:
        _count_parts(folded, found)
    most = max(found.values(), default=0)
    if most < max(_FEWEST, _PART * len(words)):
        return []
    return [language for language, count in found.most_common() if count >= _CLOSE * most]


def _count_parts(folded: str, found: Counter[str]) -> None:
    prefixed = len(_PREFIXES.findall(folded))
    for language, pattern in _PARTS:
        found[language] += prefixed + len(pattern.findall(folded))
