"""Operands of the rule language: one word or phrase, or one value such as since:1948-09-09, and what it may be. Pure."""

import re
from datetime import date

from alerts.canon import is_hangul, is_spaceless, words
from alerts.refusals import STATES, QueryError, short_stem
from alerts.tokens import QUOTES
from alerts.tree import Around, Long, Node, Since, Term

#: Characters of a word or phrase: a bound on what a hostile one can cost.
LONGEST_TERM = 1_000
#: Letters before a wildcard; in scripts without spaces, and in Hangul.
LEAST_STEM, LEAST_SPACELESS_STEM = 3, 2
#: Days that ``around:`` takes before and after its day where it is given none, and at most.
WINDOW, WIDEST_WINDOW = 14, 180
_UNQUOTED = dict.fromkeys((*QUOTES, ord('"')), " ")
#: A language tag in canonical text.
_LANGUAGE = re.compile(r"[a-z]{2,3}(?: [a-z0-9]{2,8})*")
_VALUE = re.compile(
    r"words:(?P<least>[1-9]\d{0,5})|since:(?P<since>\d{4}-\d\d-\d\d)|around:(?P<day>\d\d-\d\d)(?:/(?P<before>\d{1,3})(?:\+(?P<after>\d{1,3}))?)?"
)


def term(text: str) -> Term:
    """A word or phrase taken as it stands, wildcards included. Raise QueryError when nothing in it can be looked for.

    Quotation marks in it, which do not count, are left out: no query could hold them.
    """
    return read(text.translate(_UNQUOTED), text, 0, len(text))


def read(text: str, query: str, start: int, end: int, *, exact: bool = False) -> Term:
    """A word or phrase that stands in a query from ``start`` to ``end``; ``exact``: {Exact Case}. Raise QueryError."""
    if len(text) > LONGEST_TERM:
        raise QueryError(f"a word or phrase has at most {LONGEST_TERM:,} characters, this one {len(text):,}", start, end, query=query)
    if not words(text.replace("*", "").replace("?", "")):
        raise QueryError("there is no letter or digit to look for", start, end, query=query)
    if exact and set("*?") & set(text):
        raise QueryError("{Exact Case} takes no * or ?", start, end, text, query=query)
    _check_stem(text, query, start, end)
    return Term(" ".join(text.split()), exact, start, end)


def _check_stem(text: str, query: str, start: int, end: int) -> None:
    """In a phrase the words before count too: ``"Kim Jong Un*"`` is no short stem."""
    stem = re.split(r"[*?]", text, maxsplit=1)[0]
    if stem == text:
        return
    letters = words(stem).replace(" ", "")
    spaceless = any(is_spaceless(char) or is_hangul(char) for char in letters)
    least = LEAST_SPACELESS_STEM if spaceless else LEAST_STEM
    if len(letters) < least:
        raise short_stem(query, start, end, text, least)


def valued(text: str) -> Node | None:
    """``words:``, ``since:`` or ``around:`` with its value; None where it is none."""
    form = _VALUE.fullmatch(text)
    try:
        if form and form["least"]:
            return Long(int(form["least"]))
        if form and form["since"]:
            return Since(date.fromisoformat(form["since"]))
        if form:
            day = date.fromisoformat(f"2000-{form['day']}")  # a leap year: 29 February is a day
            before = int(form["before"] or WINDOW)
            after = int(form["after"]) if form["after"] else before
            return Around(day.month, day.day, before, after) if max(before, after) <= WIDEST_WINDOW else None
    except ValueError:  # no such day
        return None
    return None


def can_be(field: str, text: str) -> bool:
    """Whether a story can say so in a field that takes few values."""
    if field not in ("status", "lang") or set("*?") & set(text):
        return True
    said = words(text)
    return said in STATES if field == "status" else bool(_LANGUAGE.fullmatch(said))
