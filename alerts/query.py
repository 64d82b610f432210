"""The rule language: text to tree.

    query := part {AND part | [AND] NOT near} | part {OR part}      AND beside OR needs parentheses
    part  := NOT near | near
    near  := operand {(NEAR/n | ONEAR/n | NOT NEAR/n) operand}      n: most words in between
    operand := (query) | field:operand | MIN/n(query) | word | stem* | wom?n | "a phrase" | {Exact Case} | @rule
             | words:300 | since:1948-09-09 | around:09-09/14+3

Operators are upper case; ``w/n``, ``pre/n``, ``atleastN()``, ``ANDNOT``, ``title:``, curly quotes and ``"a b"~n`` are read and
stored as ours. Whatever other services read differently from each other is refused with the readings to choose from.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from alerts import operand
from alerts.refusals import QueryError, asks_nothing, bad_value, mixed, no_such_value, not_words, side_by_side
from alerts.tokens import OPERANDS, Kind, Token, tokens
from alerts.tree import And, Around, AtLeast, Long, Named, Near, Node, Not, Or, Term, Within, children, joined, stands, walk

__all__ = ["Query", "QueryError", "parse"]

#: Parentheses within parentheses, and NEAR after NEAR: bounds on how deep the tree of a hostile query gets.
MOST_DEPTH, MOST_IN_A_ROW = 20, 8
#: Characters of a query: a bound on what a hostile one can cost.
LONGEST = 50_000
#: Faults of a rewrite that are mended one after the other.
MOST_FAULTS = 8


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. ``str`` prints it normalised; two queries are equal when they say the same in the same order."""

    root: Node
    #: As it was written.
    text: str = field(default="", compare=False)

    def __str__(self) -> str:
        return str(self.root)


def parse(text: str) -> Query:
    """Read a query. Raise QueryError, which shows the place and what to write instead."""
    if not text.strip():
        raise QueryError('the query is empty; write words, for example "grain deal" OR "grain corridor"', 0, 0, query=text)
    if len(text) > LONGEST:
        much = f"the query has {len(text):,} characters and may have {LONGEST:,}; move words to any = […] or to [[aliases]]"
        raise QueryError(much, LONGEST, len(text), query=text)
    try:
        return Query(_Parser(text).whole(), text)
    except QueryError as exc:
        exc.offer(filter(None, map(_ready, exc.rewrites)))
        raise


def _ready(query: str) -> str:
    """A rewrite that is a query; where it has a further fault, mended by what is suggested for that. "" where that leads nowhere."""
    for _ in range(MOST_FAULTS):
        try:
            _Parser(query).whole()
            return query
        except QueryError as exc:
            query = exc.suggestion
            if not query.strip() or len(query) > LONGEST:
                break
    return ""


class _Parser:
    """Recursive descent over the tokens of one query."""

    def __init__(self, query: str) -> None:
        self.query, self.tokens, self.at, self.depth = query, tokens(query), 0, 0

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def refused(self, message: str, token: Token, suggestion: str = "") -> QueryError:
        return QueryError(message, token.start, token.end, suggestion, query=self.query)

    def whole(self) -> Node:
        root = self.level()
        if self.next.kind is Kind.CLOSE:
            without = self.query[: self.next.start] + self.query[self.next.end :]
            raise self.refused("this parenthesis was never opened", self.next, without.strip())
        if not _asks(root):
            raise asks_nothing(self.query, 0, len(self.query), root)
        return root

    def level(self) -> Node:
        """Parts joined by AND or by OR, up to a closing parenthesis or the end."""
        start, parts, operators = self.next.start, [self.part()], list[str]()
        while (operator := self.operator()) is not None:
            operators.append(operator)
            parts.append(self.part())
        end = self.tokens[self.at - 1].end
        if len(set(operators)) > 1:
            raise mixed(self.query, start, end, parts, operators)
        if operators[:1] == ["OR"] and not all(_asks(part) or isinstance(part, Long | Around) for part in parts):
            raise asks_nothing(self.query, start, end, joined(Or, parts))
        return joined(Or if operators[:1] == ["OR"] else And, parts)

    def operator(self) -> str | None:
        if self.next.kind in (Kind.AND, Kind.OR):
            return "AND" if self.take().kind is Kind.AND else "OR"
        if self.next.kind is Kind.NOT:
            return "AND"
        if self.next.kind in OPERANDS:
            raise self.side_by_side()
        return None

    def side_by_side(self) -> QueryError:
        """The run of words around the place where an operator is missing."""
        wordy = (Kind.WORD, Kind.PHRASE)
        first = last = self.at
        while first and self.tokens[first - 1].kind in wordy:
            first -= 1
        while self.tokens[last].kind in wordy:
            last += 1
        run = self.tokens[first:last]
        if len(run) < 2:
            return self.refused("something is missing before this: AND, OR, NOT or NEAR", self.next, self.joined_here())
        pieces = [self.query[token.start : token.end] for token in run]
        return side_by_side(self.query, run[0].start, run[-1].end, pieces)

    def joined_here(self) -> str:
        return f"{self.query[: self.next.start].rstrip()} AND {self.query[self.next.start :]}"

    def part(self) -> Node:
        if self.next.kind is Kind.NOT:
            self.take()
            return Not(self.near())
        return self.near()

    def near(self) -> Node:
        start, left, row = self.next.start, self.operand(), 0
        while (operator := self.nearness()) is not None:
            apart, token = operator
            row += 1
            if row > MOST_IN_A_ROW:
                raise self.refused(f"more than {MOST_IN_A_ROW} NEAR in a row", token)
            right = self.operand()
            name = ("NOT " if apart else "") + f"{token.kind.name}/{token.number}"
            if not (stands(left) and stands(right)):
                raise not_words(self.query, start, self.tokens[self.at - 1].end, left, right, name)
            left = Near(left, right, token.number, ordered=token.kind is Kind.ONEAR, apart=apart)
        return left

    def nearness(self) -> tuple[bool, Token] | None:
        """NEAR, ONEAR or NOT NEAR, and whether NOT stood before it."""
        near = (Kind.NEAR, Kind.ONEAR)
        if self.next.kind in near:
            return False, self.take()
        if self.next.kind is Kind.NOT and self.tokens[self.at + 1].kind in near:
            self.take()
            return True, self.take()
        return None

    def operand(self) -> Node:
        token = self.take()
        reader = self.readers.get(token.kind)
        if reader is None:
            raise self.missing(token)
        return reader(token)

    def missing(self, token: Token) -> QueryError:
        if token.kind is Kind.CLOSE:
            return self.refused("a word is missing before this parenthesis", token)
        if token.kind is Kind.END:
            return self.refused("the query ends where a word is missing", token)
        return self.refused(f"{token.text} stands where a word is missing", token, f'"{token.text}"' if len(self.tokens) == 2 else "")

    @cached_property
    def readers(self) -> dict[Kind, Callable[[Token], Node]]:
        return {
            Kind.OPEN: self.group,
            Kind.WORD: self.term,
            Kind.PHRASE: self.term,
            Kind.EXACT: self.term,
            Kind.NAME: lambda token: Named(token.text, token.start, token.end),
            Kind.FIELD: self.within,
            Kind.VALUE: self.value,
            Kind.MIN: self.at_least,
        }

    def term(self, token: Token) -> Node:
        if token.number:  # "a b"~n
            left, right = (operand.read(word, self.query, token.start, token.end) for word in token.text.split())
            return Near(left, right, token.number - 1)
        return operand.read(token.text, self.query, token.start, token.end, exact=token.kind is Kind.EXACT)

    def within(self, token: Token) -> Node:
        part = self.nested(self.operand)
        if any(isinstance(node, Long | Around) for node in walk(part)):
            raise self.refused("words: and around: speak of the whole story, not of a field", token)
        for term in _terms_of(part):
            if not operand.can_be(token.text, term.text):
                raise no_such_value(self.query, term.start, term.end, token.text, term.text)
        return Within(token.text, part)

    def value(self, token: Token) -> Node:
        node = operand.valued(token.text)
        if node is None:
            raise bad_value(self.query, token.start, token.end, token.text.partition(":")[0])
        return node

    def at_least(self, token: Token) -> Node:
        part = self.group(self.take())
        if not stands(part):
            raise self.refused("MIN counts words; AND and NOT cannot be counted", token)
        return AtLeast(token.number, part)

    def group(self, token: Token) -> Node:
        inner = self.nested(self.level)
        if self.next.kind is not Kind.CLOSE:
            raise self.refused("this parenthesis is never closed", token, self.query.rstrip() + ")")
        self.take()
        return inner

    def nested(self, read: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise self.refused(f"more than {MOST_DEPTH} parts within one another", self.tokens[self.at - 1])
        inner = read()
        self.depth -= 1
        return inner


def _terms_of(part: Node) -> Iterator[Term]:
    """The terms of a field's part, but for those that look in another field."""
    if isinstance(part, Term):
        yield part
    elif not isinstance(part, Within):
        for child in children(part):
            yield from _terms_of(child)


def _asks(node: Node) -> bool:
    """Whether a part asks for something, or only takes away."""
    match node:
        case Not() | Long() | Around():
            return False
        case And(parts):
            return any(map(_asks, parts))
        case Or(parts):
            return all(map(_asks, parts))
        case Within(_, part) | AtLeast(_, part):
            return _asks(part)
        case _:
            return True
