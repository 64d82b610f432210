"""Lint: what a rule that can be used probably does not mean, where, and what to write instead. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alerts.canon import ANY_LETTERS, is_hangul, words
from alerts.pattern import canonical_words
from alerts.query import parse
from alerts.refusals import QueryError
from alerts.rules import Rule, in_language, plain
from alerts.tokens import Kind, tokens
from alerts.tree import Node, Or, Term, walk

#: More than this is warned of.
MOST_WILDCARDS, WIDEST_NEAR = 50, 20
#: Common words of the desk's languages that are acronyms or names when they are written in capitals.
_COMMON_WORDS = """
a ai aid all am an and are arm art as at be bat but by can car cat do eu for gas go he hot i ice if in is it its king last led mad man
map may me met mint my no nor not of on one or pact pen red rest sad salt sea see set she so start step sun swift tank tap the to top
two un up us was we who will win you das den der die er es ist la le les ma ou par pas sa se si son sur ta te une de del el en eso las
los mas por que sin что это он она как его со да на не за из но мы ты вы быть
"""
_COMMON = frozenset(_COMMON_WORDS.split())


#: The canonical words of an alias, and whether the last of them may go on.
_Said = tuple[tuple[str, ...], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """One thing to look at. ``start`` and ``end`` are code points of ``text``: the rule's query, or one of its words."""

    message: str
    text: str
    start: int
    end: int
    #: The same query, or the words to write for this one, no longer warned of; "" where only its author knows.
    instead: str = ""

    def __str__(self) -> str:
        return str(QueryError(self.message, self.start, self.end, self.instead, query=self.text))


def lint(rule: Rule) -> tuple[Advice, ...]:
    """Everything that is worth a second look in a rule, in the order of its text."""
    read = [(rule.query, parse(rule.query).root)] if rule.query.strip() else []
    read += [(word, plain(word)) for word in rule.any]
    found = [*_wildcards(read), *_redundant(read)]
    for text, root in read:
        is_query = text is rule.query
        found += [*_capitals(text, root, is_query=is_query), *([*_wide_nears(text), *_languages(text, root)] if is_query else ())]
    order = {text: number for number, (text, _) in enumerate(read)}
    return tuple(sorted(found, key=lambda advice: (order[advice.text], advice.start)))


def _terms(root: Node) -> Iterator[Term]:
    return (node for node in walk(root) if isinstance(node, Term))


def _wildcards(read: list[tuple[str, Node]]) -> Iterator[Advice]:
    wild = [(text, term) for text, root in read for term in _terms(root) if not term.exact and {"*", "?"} & set(term.text)]
    if len(wild) > MOST_WILDCARDS:
        text, first = wild[MOST_WILDCARDS]
        message = (
            f"{len(wild)} words with * or ?: above {MOST_WILDCARDS} nobody can say what a rule finds; write out the forms that are meant"
        )
        yield Advice(message=message, text=text, start=first.start, end=first.end)


def _wide_nears(query: str) -> Iterator[Advice]:
    for token in tokens(query):
        if token.kind in (Kind.NEAR, Kind.ONEAR) and token.number > WIDEST_NEAR:
            message = f"{token.text} is hardly nearer than AND: {WIDEST_NEAR} words are a long sentence"
            instead = f"{query[: token.start]}{token.kind.name}/{WIDEST_NEAR}{query[token.end :]}"
            yield Advice(message=message, text=query, start=token.start, end=token.end, instead=instead)


def _languages(query: str, root: Node) -> Iterator[Advice]:
    """Words of a query with a language before them, which only words of ``any`` have: none of their stories would be found."""
    for term in _terms(root):
        if forms := in_language(term.text):
            message = f"a language stands before a word of any = […]; in a query the story would have to say {words(term.text)!r}"
            either = " OR ".join(f'"{form}"' for form in forms)
            instead = f"({either})" if len(forms) > 1 else either
            yield Advice(
                message=message,
                text=query,
                start=term.start,
                end=term.end,
                instead=query[: term.start] + instead + query[term.end :],
            )


def _capitals(text: str, root: Node, *, is_query: bool) -> Iterator[Advice]:
    exact = {term.text for term in _terms(root) if term.exact}
    for term in _terms(root):
        word = words(term.text)
        if not term.exact and len(word) > 1 and term.text.isupper() and word in _COMMON:
            message = f'capitals do not count: {term.text} finds every "{word}"; in braces they do'
            instead = _in_braces([each for each in (term.text, _dotted(term.text)) if each not in exact], is_query=is_query)
            whole = text[term.start : term.end].strip('"') == term.text  # not of "US army"~3
            rewrite = text[: term.start] + instead + text[term.end :] if instead and whole else ""
            yield Advice(message=message, text=text, start=term.start, end=term.end, instead=rewrite)


def _dotted(acronym: str) -> str:
    return "".join(f"{letter}." for letter in acronym)


def _in_braces(spellings: list[str], *, is_query: bool) -> str:
    """The spellings as parts of a query, or as entries of a list of words: {US} alone does not find the U.S."""
    if not is_query:
        return ", ".join(f'"{{{each}}}"' for each in spellings)
    either = " OR ".join(f"{{{each}}}" for each in spellings)
    return f"({either})" if len(spellings) > 1 else either


def _redundant(read: list[tuple[str, Node]]) -> Iterator[Advice]:
    """Aliases of one OR that another of the same OR finds already."""
    lists = [[(text, part) for part in node.parts] for text, root in read for node in walk(root) if isinstance(node, Or)]
    lists.append([(text, root) for text, root in read if isinstance(root, Term)])
    for each in lists:
        aliases = [(text, part, _said(part)) for text, part in each if isinstance(part, Term) and not part.exact]
        wider = _Wider(said for _, _, said in aliases)
        for number, (text, part, said) in enumerate(aliases):
            if (other := wider.of(number, said)) is not None:
                message = f"{part} finds nothing that {aliases[other][1]} beside it does not find: leave it out"
                yield Advice(message=message, text=text, start=part.start, end=part.end)


def _said(term: Term) -> _Said:
    *inner, last = canonical_words(term.text)
    return (*inner, last.removesuffix(ANY_LETTERS)), last.endswith(ANY_LETTERS) or is_hangul(last[-1])


class _Wider:
    """Of the aliases of one list, the one that finds all that another finds: looked up, since lists have thousands."""

    def __init__(self, aliases: Iterable[_Said]) -> None:
        self._first: dict[_Said, int] = {}
        for number, said in enumerate(aliases):
            self._first.setdefault(said, number)
        self._lengths = {len(words) for words, _ in self._first}
        self._stems = {len(words[-1]) for words, goes_on in self._first if goes_on}

    def of(self, number: int, said: _Said) -> int | None:
        """The number of the first that covers an alias; of two that say the same only the second is covered."""
        found = (self._first.get(each, number) for each in self._parts(*said))
        return min((other for other in found if other != number), default=None)

    def _parts(self, words: tuple[str, ...], goes_on: bool) -> Iterator[_Said]:
        """All that an alias that covers these words can say."""
        for length in self._lengths:
            for end in range(length, len(words) + 1):
                *inner, last = words[end - length : end]
                if end < len(words) or not goes_on:
                    yield (*inner, last), False
                yield from (((*inner, last[:stem]), True) for stem in self._stems if stem <= len(last))
