"""Pattern: one spelling of a term in canonical text, as a literal to scan for and, where that is not enough, a check."""

import re
from dataclasses import dataclass
from itertools import islice, product

from alerts.canon import ANY_LETTERS, MARKS, ONE_LETTER, Canonical, is_hangul
from alerts.tree import Term

#: Letters of a literal. An automaton takes the square of the time for one that repeats itself, and fewer are as rare.
LONGEST_LITERAL = 100
#: Of a phrase with acronyms in it: with n of them it could be spelt in 2ⁿ ways.
MOST_SPELLINGS = 8
_WILDCARD = re.compile(f"[{ANY_LETTERS}{ONE_LETTER}]")
_ACRONYM = re.compile(r"[^\W\d_a-z][^\W\d_a-z]")
_LETTER = f"[^ {MARKS}]"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One spelling of one term."""

    #: The term in canonical words, ANY_LETTERS and ONE_LETTER among them.
    text: str
    #: " word word " is whole words; without the last blank the word may go on.
    literal: str
    #: As the rule prints the term.
    alias: str
    #: A stem takes in the rest of its word; a Hangul term leaves the particle out.
    whole_word: bool = False
    #: What must match from the literal's first letter on, when wildcards stand inside or the literal is not all.
    check: re.Pattern[str] | None = None
    #: The letters and digits that the original must show, capitals and accents included.
    exact: str | None = None

    def end(self, text: str, start: int, end: int) -> int | None:
        """Where the hit ends whose literal is ``text[start - 1:end]``; None if it is not one."""
        if self.check:
            checked = self.check.match(text, start)
            return checked.end() if checked else None
        if self.literal[-1] == " ":
            return end - 1
        return text.index(" ", end) if self.whole_word else end


def patterns(term: Term) -> tuple[Pattern, ...]:
    """The spellings of a term: DPRK is also looked for as D.P.R.K."""
    spellings = (term.text,) if term.exact else tuple(_spellings(term.text))
    found = (_pattern(canonical_words(spelling), term) for spelling in spellings)
    return tuple(dict.fromkeys(found))


def canonical_words(text: str) -> list[str]:
    """The words of a term in canonical text, ANY_LETTERS and ONE_LETTER among them."""
    if text.isascii() and text.replace(" ", "").isalnum():  # most terms, and canonical but for their capitals
        return text.lower().split()
    marked = text.replace("*", ANY_LETTERS).replace("?", ONE_LETTER)
    tokens = [token for token in Canonical(marked).text.split() if token not in MARKS]
    while tokens[-1] == ANY_LETTERS:  # 朝鲜* says no more than 朝鲜, each character being a word
        tokens.pop()
    return tokens


def solid(text: str) -> str:
    """A text without all that is neither letter nor digit: what {Exact Case} compares."""
    return "".join(char for char in text if char.isalnum())


def _spellings(text: str) -> list[str]:
    if not _ACRONYM.search(text):
        return [text]
    words = text.split()
    acronyms = [_is_acronym(word) for word in words]
    if len(words) > 1 and text.upper() == text:  # a phrase all in capitals says nothing about its words
        return [text]
    choices = ((word, ".".join(word)) if acronym else (word,) for word, acronym in zip(words, acronyms, strict=True))
    return [" ".join(choice) for choice in islice(product(*choices), MOST_SPELLINGS)]


def _is_acronym(word: str) -> bool:
    return 2 <= len(word) <= 6 and word.isalpha() and word.isupper()


def _pattern(tokens: list[str], term: Term) -> Pattern:
    alias, exact = str(term).strip('"'), solid(term.text) if term.exact else None
    text = " ".join(tokens)
    wildcard = _WILDCARD.search(text)
    goes_on = not exact and is_hangul(text[-1])
    if wildcard is None and len(text) > LONGEST_LITERAL:
        return Pattern(text, f" {text[:LONGEST_LITERAL]}", alias, check=_check(text, goes_on), exact=exact)
    if wildcard is None:
        return Pattern(text, f" {text}" if goes_on else f" {text} ", alias, exact=exact)
    literal = f" {text[: wildcard.start()][:LONGEST_LITERAL]}"
    if wildcard[0] == ANY_LETTERS and wildcard.end() == len(text) <= LONGEST_LITERAL:
        return Pattern(text, literal, alias, whole_word=True)
    return Pattern(text, literal, alias, check=_check(text, goes_on))


def _check(text: str, goes_on: bool) -> re.Pattern[str]:
    """What a term with wildcards inside must match.

    Of what stands between two ``*`` the first place is as good as any other, so no other is tried, however hostile the text.
    """
    first, *more = (re.escape(part).replace(ONE_LETTER, _LETTER) for part in text.split(ANY_LETTERS))
    middle = "".join(f"(?>{_LETTER}*?{part})" for part in more[:-1])
    last = "".join(f"{_LETTER}*{part}" if part else f"{_LETTER}*+" for part in more[-1:])
    return re.compile(f"{first}{middle}{last}" if goes_on else f"{first}{middle}{last}(?= )")
