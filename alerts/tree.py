"""The tree a query is parsed into, and how it is printed again. What ``str`` prints, ``parse`` reads back as the same tree."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

#: What each field reads. The first four are where a bare term looks.
FIELDS = {
    "headline": "the headline and other headlines of the page",
    "lead": "the deck between headline and body",
    "body": "the paragraphs, dateline included",
    "dateline": "the dateline as printed",
    "place": "the places of the dateline",
    "byline": "the authors",
    "agency": "the agency's short name",
    "source": "the id of the source",
    "lang": "the language, as in lang:zh",
    "section": "the section",
    "status": "usable, corrected, withdrawn, held or gone",
    "slug": 'what the agency printed around the headline, as in slug:"2nd LD"; of a packet its slugline too',
    "version": "the number that such a mark or a packet gives it, as in version:2",
    "note": "what the desk says of the story beside it: advisories, notes at its head or foot",
}
#: What is written like a field and takes a value instead of words.
VALUES = {
    "words": "a number: the story has at least so many words, as in words:300",
    "since": "a date: an anniversary counted from it, as in since:1948-09-09",
    "around": "month-day/days: the story came so near to that day, as in around:09-09/14 or around:09-09/14+3",
}
#: A word that can stand without quotation marks: no blank, none of the characters that mean something.
_BARE = re.compile(r'[^\s()"{}:~^\[\]@+!&|/<>=#-][^\s()"{}:~^\[\]@]*')
_NAME = re.compile(r"[\w.-]+")
OPERATORS = frozenset({"AND", "OR", "NOT", "ANDNOT", "NEAR", "ONEAR", "MIN"})
#: What is an operator here or elsewhere, and so is no word without quotation marks.
_OPERATOR_LIKE = re.compile(r"(?:O?NEAR|MIN|W|PRE|ADJ|ATLEAST|BEFORE|WITHIN)/?\d*|W/[SP]|XOR|SAME|SENTENCE|PARAGRAPH", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Term:
    """A word, a phrase, or with ``exact`` a spelling whose capitals count. ``*`` stands for any letters, ``?`` for one."""

    text: str
    exact: bool = False
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        if self.exact:
            return f"{{{self.text}}}"
        return self.text if is_bare(self.text) else f'"{self.text}"'


@dataclass(frozen=True, slots=True)
class Named:
    """``@name``: another rule or a packaged preset."""

    name: str
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    @property
    def is_name(self) -> bool:
        """Whether it can be written: ids of rules that were made in between may have blanks."""
        return bool(_NAME.fullmatch(self.name))

    def __str__(self) -> str:
        return f"@{self.name}"


@dataclass(frozen=True, slots=True)
class Not:
    """True where the part is not. It adds nothing by itself: it takes stories away from what it is joined to with AND."""

    part: "Node"

    def __str__(self) -> str:
        return f"NOT {_inside(self.part, And, Or, Not)}"


@dataclass(frozen=True, slots=True)
class And:
    """All parts."""

    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return " AND ".join(_inside(part, And, Or) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part."""

    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return " OR ".join(_inside(part, And, Or, Not) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Near:
    """Both sides with at most ``distance`` words in between; ``ordered``: the left one first."""

    left: "Node"
    right: "Node"
    distance: int
    ordered: bool = False
    #: NOT NEAR: the left side where the right one is not near; it throws away a hit, never the story.
    apart: bool = False

    def __str__(self) -> str:
        name = ("NOT " if self.apart else "") + ("ONEAR" if self.ordered else "NEAR")
        return f"{_inside(self.left, And, Or, Not)} {name}/{self.distance} {_inside(self.right, And, Or, Not, Near)}"


@dataclass(frozen=True, slots=True)
class Within:
    """``field:part``."""

    field: str
    part: "Node"

    def __str__(self) -> str:
        return f"{self.field}:{_inside(self.part, And, Or, Not, Near, Within)}"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """``MIN/n(part)``: at least n hits."""

    count: int
    part: "Node"

    def __str__(self) -> str:
        return f"MIN/{self.count}({self.part})"


@dataclass(frozen=True, slots=True)
class Long:
    """``words:n``: headline, lead and body together have at least n words."""

    least: int

    def __str__(self) -> str:
        return f"words:{self.least}"


@dataclass(frozen=True, slots=True)
class Since:
    """``since:1948-09-09``: a word for an anniversary with the number of years that story and day are apart: 70th anniversary, 70주년."""

    day: date

    def __str__(self) -> str:
        return f"since:{self.day}"


@dataclass(frozen=True, slots=True)
class Around:
    """``around:09-09/14+3``: the story came at most 14 days before and 3 days after 9 September of some year."""

    month: int
    day: int
    before: int
    after: int

    def __str__(self) -> str:
        after = "" if self.after == self.before else f"+{self.after}"
        return f"around:{self.month:02}-{self.day:02}/{self.before}{after}"


Node = Term | Named | Not | And | Or | Near | Within | AtLeast | Long | Since | Around


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    match node:
        case And(parts) | Or(parts):
            return parts
        case Near(left, right):
            return (left, right)
        case Not(part) | Within(_, part) | AtLeast(_, part):
            return (part,)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, from left to right."""
    yield node
    for child in children(node):
        yield from walk(child)


def joined(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    """The parts under one operator; ``(a OR b) OR c`` is one OR of three."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, kind) else (part,))]
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def stands(node: Node, named: Callable[[str], bool] = lambda _: True) -> bool:
    """Whether a part stands at places of the text, so that nearness can be measured and hits counted.

    ``named`` says it of the rule behind an ``@name``.
    """
    match node:
        case And() | Not() | Long() | Around():
            return False
        case Named(name):
            return named(name)
        case Or() | Within():
            return all(stands(child, named) for child in children(node))
        case _:
            return True


def is_bare(text: str) -> bool:
    """Whether a term can be printed without quotation marks."""
    return bool(_BARE.fullmatch(text)) and text not in OPERATORS and not _OPERATOR_LIKE.fullmatch(text)


def _inside(node: Node, *bracketed: type) -> str:
    return f"({node})" if isinstance(node, bracketed) else str(node)
