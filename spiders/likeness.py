"""Likeness: how much alike two headlines are, by their words; where a number or a "not" differs, never surely the same."""

import re
import unicodedata
from functools import lru_cache

#: So few words in common are chance.
_FEW = 2
#: What two headlines are at most that differ in a number or a negation: North Korea fires 2 missiles, fires 3 missiles.
MOST_OF_OTHERS = 0.8
_NUMBERS_TEXT = (
    "one eins un uno один одна",
    "two zwei deux dos due dois два две",
    "three drei trois tres tre três три",
    "four vier quatre cuatro quattro четыре",
    "five fünf cinq cinco cinque пять",
    "six sechs seis sei шесть",
    "seven sieben sept siete sette семь",
    "eight acht huit ocho otto восемь",
    "nine neun neuf nueve nove девять",
    "ten zehn dix diez dieci dez десять",
)
_NUMBERS = {word: str(number) for number, words in enumerate(_NUMBERS_TEXT, 1) for word in words.split()} | {"twelve": "12", "dozen": "12"}
_FIGURES = re.compile(r"\d{1,20}(?:[.,]\d{1,20})*")
_NEGATION = re.compile(
    r"\b(?:not|no|never|nor|neither|without|cannot|denies|denied|nicht|kein\w{0,2}|nie|ohne|pas|jamais|sans|nunca|sin|não|sem|non|mai|senza"
    r"|не|нет|без|опроверг\w{0,6}|değil|yok)\b|n[’']t\b|不|没|沒|未|否|ない|せず|않|못|없|부인",
    re.IGNORECASE,
)
_SPACELESS = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
#: Characters of a headline.
_LONGEST = 500


def of(one: str, other: str) -> float:
    """0 to 1: how many of the words of two headlines are the same, twice the shared over all (Dice)."""
    ours, theirs = _said(one), _said(other)
    shared = len(ours & theirs)
    if not shared:
        return 0.0
    # "Live updates" is like any other "Live updates".
    alike = (1.0 if shared > _FEW else 0.8) * 2 * shared / (len(ours) + len(theirs))
    return alike if alike <= MOST_OF_OTHERS or _claims(one) == _claims(other) else MOST_OF_OTHERS


@lru_cache(maxsize=64)  # a notice's headlines are compared with those of each story that it may mean, two thousand
def _said(text: str) -> frozenset[str]:
    return frozenset(_NUMBERS.get(word, word) for word in words(text))


def words(text: str) -> list[str]:
    """The words of a headline or slug, folded; scripts without spaces make one word of a headline: there pairs of characters."""
    folded = text[:_LONGEST].casefold()
    found = re.findall(r"\w+", folded)
    if not _SPACELESS.search(folded):
        return found
    return [part for word in found for part in (_pairs(word) if _SPACELESS.search(word) else [word])]


@lru_cache(maxsize=64)
def _claims(text: str) -> tuple[frozenset[str], bool]:
    """The numbers that a headline names, and whether it says that something is not so."""
    folded = unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()
    named = (_NUMBERS[word] for word in re.findall(r"[^\W\d_]+", folded) if word in _NUMBERS)
    return frozenset([*_FIGURES.findall(folded), *named]), bool(_NEGATION.search(folded))


def _pairs(word: str) -> list[str]:
    return [word[at : at + 2] for at in range(len(word) - 1)] or [word]
