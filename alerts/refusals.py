"""QueryError, and every way in which a query is refused: what is wrong, where, and what to write instead."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

from alerts.recipient import AlertError
from alerts.tree import FIELDS, VALUES, And, Around, Long, Node, Not, Or, walk
from spiders.story import Status

#: Of a long query only this many characters are shown on either side of the fault.
SHOWN = 50

#: What ``status:`` takes.
STATES = tuple(status.value for status in Status)
#: Languages that are often written out.
_LANGUAGES = {
    "ar": "arabic",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "ja": "japanese",
    "ko": "korean",
    "ru": "russian",
    "zh": "chinese",
}
_SMALL_OPERATOR = re.compile(r"and|or|not|o?near(?:/\d+)?")


class QueryError(AlertError):
    """A query that cannot be used. ``start`` and ``end`` are code points of the query; ``suggestion`` is a query to write instead."""

    def __init__(self, message: str, start: int, end: int, suggestion: str = "", *, query: str = "", rewrites: Iterable[str] = ()) -> None:
        self.rewrites = tuple(rewrites) or ((suggestion,) if suggestion else ())
        self.message, self.start, self.end = message, start, end
        self.suggestion = suggestion or next(iter(self.rewrites), "")
        self.query = query
        super().__init__(message, start, end, self.suggestion)

    def offer(self, rewrites: Iterable[str]) -> None:
        """Suggest these instead, each once."""
        self.rewrites = tuple(dict.fromkeys(rewrites))
        self.suggestion = next(iter(self.rewrites), "")

    def __str__(self) -> str:
        lines = [self.message, *_pointed(self.query, self.start, self.end)] if self.query.strip() else [self.message]
        lines += [f"{'write:' if number == 0 else '   or:'} {rewrite}" for number, rewrite in enumerate(self.rewrites)]
        return "\n".join(lines)


def side_by_side(query: str, start: int, end: int, pieces: list[str]) -> QueryError:
    """Two words or phrases with nothing in between: a phrase at Nexis, OR at Media Cloud, AND at Google."""
    plain = [piece.strip('"') for piece in pieces]
    if any(map(_SMALL_OPERATOR.fullmatch, pieces[1:-1])):
        second = " ".join(piece.upper() if _SMALL_OPERATOR.fullmatch(piece) else piece for piece in pieces)
        message = "in small letters and, or, not, near are words, and words side by side are not a query"
    else:
        second = " AND ".join(pieces)
        message = "nothing says what stands between these: quote them for a phrase, or join them with AND or OR"
    phrase = '"' + " ".join(plain) + '"'
    first = phrase if all(_is_word(piece) for piece in pieces) else " OR ".join(pieces)
    # A word with a slash and a number is hardly meant.
    readings = (second, first) if any("/" in piece and _SMALL_OPERATOR.fullmatch(piece) for piece in pieces[1:-1]) else (first, second)
    return _refused(query, start, end, message, *readings)


def mixed(query: str, start: int, end: int, parts: list[Node], operators: list[str]) -> QueryError:
    """AND beside OR: Nexis binds OR first, Factiva and Meltwater AND."""
    readings = (_grouped(parts, operators, "AND"), _grouped(parts, operators, "OR"))
    return _refused(query, start, end, "AND and OR side by side are read differently everywhere: set parentheses", *readings)


def unknown_field(query: str, start: int, name: str, run: str) -> QueryError:
    """A field that no story has. ``run`` is the name with its colon and what is written on to it."""
    known = [*FIELDS, *VALUES]
    close = get_close_matches(name, known, n=1)
    others = [close[0] + run[len(name) :]] if close else []
    others += [f'"{run}"'] if run[len(name) + 1 :] else []
    rewrites = (query[:start] + other + query[start + len(run) :] for other in others)
    message = f'no field "{name}"; the fields are {", ".join(known)}'
    return QueryError(message, start, start + len(name) + 1, query=query, rewrites=rewrites)


def unknown_name(query: str, start: int, end: int, name: str, known: Iterable[str], more: Iterable[str] | None) -> QueryError:
    """An ``@name`` that is neither a rule nor a preset, nor one of ``more``, which are too many to be listed.

    With None for ``more`` no name that comes near is looked for.
    """
    known = sorted(known)
    close = get_close_matches(name, sorted({*known, *more}), n=2) if more is not None else []
    there_are = "" if close else f"; there are {', '.join(f'@{other}' for other in known[:12])}"
    message = f'no rule or preset is called "{name}"{there_are}'
    return QueryError(message, start, end, query=query, rewrites=[query[:start] + f"@{other}" + query[end:] for other in close])


def short_stem(query: str, start: int, end: int, word: str, least: int) -> QueryError:
    """A wildcard after too few letters."""
    return QueryError(f'"{word}" would match too many words: put at least {least} letters before * or ?', start, end, query=query)


def bad_value(query: str, start: int, end: int, name: str) -> QueryError:
    """``words:``, ``since:`` or ``around:`` with something else behind it."""
    form = VALUES[name]
    return QueryError(f"{name}: takes {form}", start, end, query=query)


def no_such_value(query: str, start: int, end: int, field: str, text: str) -> QueryError:
    """``status:`` or ``lang:`` with what no story has there."""
    if field == "status":
        message, close = f"no story has this status; there are {', '.join(STATES)}", get_close_matches(text.casefold(), STATES, n=1)
    else:
        message = "a language is its tag, two or three letters and what may follow, as in lang:en or lang:zh-hant"
        close = [tag for tag, name in _LANGUAGES.items() if name == text.casefold()]
    return _refused(query, start, end, message, *close)


def asks_nothing(query: str, start: int, end: int, part: Node) -> QueryError:
    """No word is asked for, so nearly every story would match."""
    counted = any(isinstance(node, Long | Around) for node in walk(part))
    says = "asks for no word" if counted else "only says what is not wanted"
    message = f"this part {says} and would match nearly every story: join it with AND to what is wanted"
    return QueryError(message, start, end, query=query)


def not_words(query: str, start: int, end: int, left: Node, right: Node, operator: str) -> QueryError:
    """NEAR between things that stand at no one place."""
    loose = left if isinstance(left, And) else right
    parts = loose.parts if isinstance(loose, And) else ()
    spread = " AND ".join(f"{part} {operator} {right}" if loose is left else f"{left} {operator} {part}" for part in parts)
    return QueryError(f"{operator} needs words on both sides; AND and NOT stand at no one place", start, end, spread, query=query)


def _refused(query: str, start: int, end: int, message: str, *instead: str) -> QueryError:
    rewrites = [query[:start] + text + query[end:] for text in instead if text]
    return QueryError(message, start, end, query=query, rewrites=rewrites)


def _is_word(piece: str) -> bool:
    return not piece.startswith(('"', "@", "{", "(")) and ":" not in piece


def _grouped(parts: list[Node], operators: list[str], tight: str) -> str:
    """The same parts with parentheses around what ``tight`` joins."""
    groups = [[parts[0]]]
    for operator, part in zip(operators, parts[1:], strict=True):
        if operator == tight:
            groups[-1].append(part)
        else:
            groups.append([part])
    inner, outer = (And, Or) if tight == "AND" else (Or, And)
    return str(outer(tuple(_group(inner, group) for group in groups)))


def _group(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    if len(parts) == 1:
        return parts[0]
    first, *rest = parts
    if isinstance(first, Not) and kind is Or:  # c NOT d OR e, OR binding first, takes away both
        return Not(Or((first.part, *rest)))
    return kind(tuple(parts))


def _pointed(query: str, start: int, end: int) -> tuple[str, str]:
    """The query on one line and the line below it that points at a part."""
    first, last = max(0, start - SHOWN), min(len(query), max(end, start + 1) + SHOWN)
    before, part, after = (" ".join(f".{piece}.".split())[1:-1] for piece in (query[first:start], query[start:end], query[end:last]))
    before, after = ("…" if first else "") + before, after + ("…" if last < len(query) else "")
    return f"  {before}{part}{after}", "  " + " " * _width(before) + "^" * max(1, _width(part))


def _width(text: str) -> int:
    """Columns on a terminal."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else not unicodedata.combining(char) for char in text)
