"""The words, signs and operators of a query, with their places; operators of other services are read as ours or refused by name."""

import re
from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import NamedTuple

from alerts.refusals import QueryError, unknown_field
from alerts.tree import FIELDS, VALUES, is_bare

#: Words in between when NEAR stands without a number.
NEAR_WORDS = 4
MOST_WORDS = 1000


class Kind(Enum):
    """What a token is."""

    OPEN = auto()
    CLOSE = auto()
    WORD = auto()
    PHRASE = auto()
    EXACT = auto()
    NAME = auto()
    FIELD = auto()
    VALUE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    NEAR = auto()
    ONEAR = auto()
    MIN = auto()
    END = auto()


#: What an operand can begin with.
OPERANDS = frozenset({Kind.OPEN, Kind.WORD, Kind.PHRASE, Kind.EXACT, Kind.NAME, Kind.FIELD, Kind.VALUE, Kind.MIN})


class Token(NamedTuple):
    """One piece of a query; ``text`` without quotes and braces, ``number`` of NEAR/n and MIN/n."""

    kind: Kind
    text: str
    start: int
    end: int
    number: int = 0


#: Curly and other quotation marks are read as the straight one.
QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″＂", '"'))
_PIECE = re.compile(
    r"""(?P<open>\()|(?P<close>\))|(?P<phrase>"[^"]*"(?:~\d*)?)|(?P<exact>\{[^{}]*\})|(?P<name>@[\w.-]+)|(?P<run>[^\s()"{}]+)|(?P<stray>["{}])"""
)
_FIELD = re.compile(r"([A-Za-z_]+):")
_DISTANCE = re.compile(r"(?P<near>NEAR(?:/(\d+))?|[wW]/\d+)|(?P<onear>ONEAR(?:/\d+)?|(?:PRE|pre)/\d+)")
_AT_LEAST = re.compile(r"MIN/(\d+)|(?:ATLEAST|atleast)/?(\d+)")
_PLAIN = {"AND": Kind.AND, "OR": Kind.OR, "NOT": Kind.NOT}
#: Operators of other services that are not built, and what to write for them.
_FOREIGN = (
    (re.compile(r"NEAR(\d+)"), r"NEAR/\1"),
    (re.compile(r"ADJ/?(\d+)|BEFORE/(\d+)"), r"ONEAR/\1\2"),
    (re.compile(r"ADJ|BEFORE"), "ONEAR"),
    (re.compile(r"[wW]/[sS]|SAME|SENTENCE"), "NEAR/15"),
    (re.compile(r"[wW]/[pP]|PARAGRAPH"), "NEAR/50"),
    (re.compile(r"WITHIN/?(\d+)"), r"NEAR/\1"),
    (re.compile(r"XOR|\|\|?"), "OR"),
    (re.compile(r"&&?"), "AND"),
    (re.compile(r"MIN|ATLEAST"), "MIN/2"),
)
#: Signs before a word that mean something elsewhere.
_SIGNS = {"+": "AND ", "-": "NOT ", "!": "NOT ", "#": "", "=": "", "~": "", "^": "", "<": "", ">": "", "/": "", "&": "AND ", "|": "OR "}
#: What AND or OR can be written behind.
_ENDS_IN_OPERAND = re.compile(r"(?<=[^(\s])(?<!\b(?:AND|NOT))(?<!\bOR)\s*$")
_NOT_IN_WORDS = re.compile(r"[:~^\[\]@]")


def tokens(query: str) -> list[Token]:
    """Cut a query into tokens, an END token last. Raise QueryError."""
    return list(_tokens(query.translate(QUOTES)))


def _tokens(query: str) -> Iterator[Token]:
    at = 0
    while piece := _PIECE.search(query, at):
        kind = str(piece.lastgroup)
        found = _READERS[kind](query, piece[0], piece.start())
        yield from found
        at = found[-1].end
    yield Token(Kind.END, "", len(query), len(query))


def _sign(query: str, text: str, start: int) -> list[Token]:
    return [Token(Kind.OPEN if text == "(" else Kind.CLOSE, text, start, start + 1)]


def _phrase(query: str, text: str, start: int) -> list[Token]:
    phrase, _, slack = text[1:].partition('"')
    end = start + len(text)
    if not slack:
        return [Token(Kind.PHRASE, phrase, start, end)]
    words, number = phrase.split(), slack[1:]
    if len(words) != 2 or not number or any(word in _PLAIN for word in words):
        near = f" NEAR/{number or NEAR_WORDS} ".join(word if is_bare(word) else f'"{word}"' for word in words)
        raise QueryError('"…"~n takes two words and a number', start, end, _with(query, start, end, near), query=query)
    return [Token(Kind.PHRASE, phrase, start, end, _number(query, slack, end - len(slack), NEAR_WORDS, least=0) + 1)]


def _exact(query: str, text: str, start: int) -> list[Token]:
    return [Token(Kind.EXACT, " ".join(text[1:-1].split()), start, start + len(text))]


def _name(query: str, text: str, start: int) -> list[Token]:
    return [Token(Kind.NAME, text[1:], start, start + len(text))]


def _stray(query: str, text: str, start: int) -> list[Token]:
    what = "the quotation mark is" if text == '"' else "the brace is"
    closed = f"{query}{'}' if text == '{' else text}"
    without = _with(query, start, start + 1, "").strip()
    instead = closed if text != "}" and query[start + 1 :].strip() else without
    raise QueryError(f"{what} never {'opened' if text == '}' else 'closed'}", start, start + 1, instead, query=query)


def _run(query: str, text: str, start: int) -> list[Token]:
    end = start + len(text)
    if field := _FIELD.match(text):
        return [_field(query, field[1], start, text)]
    if text in _PLAIN:
        return [Token(_PLAIN[text], text, start, end)]
    if text == "ANDNOT":
        return [Token(Kind.AND, text, start, end), Token(Kind.NOT, text, start, end)]
    if distance := _DISTANCE.fullmatch(text):
        kind = Kind.NEAR if distance["near"] else Kind.ONEAR
        return [Token(kind, text, start, end, _number(query, text, start, NEAR_WORDS, least=0))]
    if _AT_LEAST.fullmatch(text) and query[end:].lstrip()[:1] == "(":
        return [Token(Kind.MIN, text, start, end, _number(query, text, start, 1))]
    return [_word(query, text, start)]


def _field(query: str, name: str, start: int, run: str) -> Token:
    if name.casefold() in VALUES:
        return Token(Kind.VALUE, name.casefold() + run[len(name) :], start, start + len(run))
    end = start + len(name) + 1
    known = {"title": "headline"}.get(name.casefold(), name.casefold())
    if known not in FIELDS:
        raise unknown_field(query, start, name, run)
    return Token(Kind.FIELD, known, start, end)


def _number(query: str, text: str, start: int, default: int, least: int = 1) -> int:
    digits = re.sub(r"\D", "", text)
    number = int(digits.lstrip("0")[:9] or 0) if digits else default
    if not least <= number <= MOST_WORDS:
        raise QueryError(f"{text}: the number goes from {least} to {MOST_WORDS}", start, start + len(text), query=query)
    return number


def _word(query: str, text: str, start: int) -> Token:
    end = start + len(text)
    for foreign, ours in _FOREIGN:
        if found := foreign.fullmatch(text):
            instead = _with(query, start, end, found.expand(ours))
            raise QueryError(f"{text} is an operator elsewhere and not built here", start, end, instead, query=query)
    if text[0] in _SIGNS:
        rest = text.lstrip("".join(_SIGNS))
        operator = _SIGNS[text[0]]
        joins = operator == "NOT " or _ENDS_IN_OPERAND.search(query[:start])
        instead = _with(query, start, end, (operator if joins else "") + rest if rest else "").strip()
        raise QueryError(f'a word cannot begin with "{text[0]}"', start, end, instead, query=query)
    if sign := _NOT_IN_WORDS.search(text):
        instead = _with(query, start, end, f'"{text}"')
        raise QueryError(f'"{sign[0]}" cannot stand in a word without quotation marks', start, end, instead, query=query)
    return Token(Kind.WORD, text, start, end)


def _with(query: str, start: int, end: int, instead: str) -> str:
    return query[:start] + instead + query[end:]


_READERS: dict[str, Callable[[str, str, int], list[Token]]] = {
    "open": _sign,
    "close": _sign,
    "phrase": _phrase,
    "exact": _exact,
    "name": _name,
    "run": _run,
    "stray": _stray,
}
