"""Pattern: a regular expression of addresses, refused where one address could keep it busy for hours. Pure.

Python's engine tries every way in which two repeats may share what they match: "(a+)+" takes 2^n steps, ".*x.*" n³. Addresses come
from the network and have up to 2,000 characters, so a pattern in which two repeats may take the same characters is not taken.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations

# The standard library's own parser of patterns: it has no public name (sre_parse until Python 3.11), and a second one would differ.
from re import _parser  # type: ignore[attr-defined]
from typing import Any

LONGEST = 500
#: Ways through a pattern, by its alternatives and options, that are looked at.
MOST_WAYS = 256
_CATEGORIES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}


class BadPattern(ValueError):
    """A pattern that is refused; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One part of a way through a pattern."""

    #: What it may take, of the characters of addresses and of the pattern itself; capitals as small letters.
    chars: frozenset[str]
    #: It may take more or fewer of them.
    free: bool = False
    #: It takes one at least.
    needed: bool = True


#: A way through a pattern: its parts in order.
Way = tuple[Step, ...]


def compiled(text: str) -> re.Pattern[str]:
    """The pattern that ``text`` writes. Raise BadPattern where it is none, or where an address could keep it busy."""
    if len(text) > LONGEST:
        raise BadPattern(f"it is longer than {LONGEST} characters")
    try:
        pattern, parsed = re.compile(text), _parser.parse(text)
    except (re.error, OverflowError, RecursionError) as exc:
        raise BadPattern(str(exc)) from exc
    alphabet = {chr(code) for code in range(33, 127)} | set(text)
    for way in _ways(parsed, alphabet):
        _check(way)
    return pattern


def _ways(nodes: Iterable[tuple[Any, Any]], alphabet: set[str]) -> list[Way]:
    return reduce(_joined, (_ways_of(str(kind), of, alphabet) for kind, of in nodes), [()])


def _joined(before: list[Way], after: list[Way]) -> list[Way]:
    if len(before) * len(after) > MOST_WAYS:
        raise BadPattern("it has too many alternatives")
    return [one + other for one in before for other in after]


def _ways_of(kind: str, of: Any, alphabet: set[str]) -> list[Way]:
    """The ways through one node of the parser's tree."""
    match kind:
        case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
            return [(Step(chars=frozenset(char.lower() for char in alphabet if _takes(kind, of, char))),)]
        case "AT":
            return [()]
        case "BRANCH":
            return [way for branch in of[1] for way in _ways(branch, alphabet)]
        case "SUBPATTERN":
            return _ways(of[-1], alphabet)
        case "ATOMIC_GROUP":
            return _ways(of, alphabet)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _repeated(of[0], of[1], _ways(of[2], alphabet))
        case "ASSERT" | "ASSERT_NOT":
            if any(step.free for way in _ways(of[1], alphabet) for step in way):
                raise BadPattern("it looks ahead or behind by a repeat")
            return [()]
    raise BadPattern("it refers back to what a group matched")


def _repeated(least: int, most: int, inner: list[Way]) -> list[Way]:
    if most == 1:
        return inner if least else [(), *inner]
    if len(inner) != 1:
        raise BadPattern("it repeats alternatives")
    way = inner[0]
    if least == most and not any(step.free for step in way):
        return inner
    _check(way + way)
    return [(Step(chars=frozenset().union(*(step.chars for step in way)), free=True, needed=least > 0),)]


def _check(way: Sequence[Step]) -> None:
    """Raise BadPattern where two repeats may take the same characters, and nothing between them says where one ends."""
    free = [number for number, step in enumerate(way) if step.free]
    for first, second in combinations(free, 2):
        one, other = way[first].chars, way[second].chars
        between = (step.chars for step in way[first + 1 : second] if step.needed)
        if one & other and not any(chars.isdisjoint(one) or chars.isdisjoint(other) for chars in between):
            raise BadPattern("two of its repeats can take the same characters")


def _takes(kind: str, of: Any, char: str) -> bool:
    match kind:
        case "LITERAL":
            return bool(ord(char) == of)
        case "NOT_LITERAL":
            return bool(ord(char) != of)
        case "RANGE":
            return bool(of[0] <= ord(char) <= of[1])
        case "CATEGORY":
            return re.match(_CATEGORIES[str(of)], char) is not None
        case "IN":
            negated = str(of[0][0]) == "NEGATE"
            return negated != any(_takes(str(each), what, char) for each, what in of[negated:])
    return True
