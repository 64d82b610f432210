"""Rule: one ``[[rule]]`` table, or a packaged preset; a bad one is refused by its name."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any

from alerts.calendar import days
from alerts.inflect import forms
from alerts.operand import term
from alerts.query import Query, QueryError, parse
from alerts.recipient import AlertError
from alerts.tree import And, AtLeast, Named, Near, Node, Not, Or, Term, Within, joined, walk

#: The name under which a rule's query speaks of the rule's own words.
OWN_WORDS = "any"
#: What an alias may say before it: "ru: …". Russian and German are inflected; a Korean word takes its particles in any case.
_LANGUAGES = """
ar az be bg bn bs ca cs da de el en es et fa fi fr he hi hr hu hy id is it ja ka kk ko ky lt lv mk mn ms nl no pl pt ro ru sk sl
sr sv th tl tr uk ur uz vi zh
"""
_IN_LANGUAGE = re.compile(r"(?P<language>[a-z]{2}):\s+(?P<alias>.+)")
_OPERATORS = frozenset({"AND", "OR", "NOT"})
_PRESETS = files("alerts") / "presets"


class RuleError(AlertError):
    """A rule, a preset or a set of rules that cannot be used. ``faults`` are all that were found, one text each."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What a desk wants to be told of: a query, or plain words any of which is enough. Raise RuleError for a bad one.

    With both, the query speaks of the words as ``@any``: ``@any NOT NEAR/3 (sale* OR wedding)``.
    """

    id: str
    #: In the rule language.
    query: str = ""
    #: Words and phrases, ``*`` and ``?`` allowed; no operators. "ru: зерновая сделка" says the language, and finds every case of it.
    any: tuple[str, ...] = ()
    #: False: an alias set, which other rules name; no story is asked for it.
    asked: bool = True
    #: Shown to people; the id where it is not given. As ``max``, it says nothing of what the rule means.
    name: str = field(default="", compare=False)
    #: ISO 3166-1 alpha-2 of the topic's own countries: their wires do not match by dateline or agency alone.
    own: tuple[str, ...] = ()
    #: Stories in one digest that are told with more than their headline; None: all.
    #: It says nothing of what the rule means: a preset with it is the packaged one still.
    max: int | None = field(default=None, compare=False)
    #: What query and words say together.
    parsed: Query = field(init=False, repr=False, compare=False)
    #: The rules and presets that the query speaks of.
    names: tuple[Named, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            parsed = Query(_whole(self.query, tuple(self.any)), self.query)
        except QueryError as exc:
            raise RuleError(f'rule "{self.id}": {exc}') from exc
        object.__setattr__(self, "parsed", parsed)
        object.__setattr__(self, "names", tuple(node for node in walk(parsed.root) if isinstance(node, Named)))


@cache
def presets() -> tuple[str, ...]:
    """The names of the packaged rules."""
    return tuple(sorted(name for name in _files() if "@" not in name))


@cache
def packaged() -> tuple[str, ...]:
    """All that an ``@name`` may name without a rule of its own: presets, people's names, and the days of the calendar."""
    return (*presets(), *people(), *days())


@cache
def people() -> Mapping[str, Rule]:
    """The packaged alias sets of names, as each script and romanisation writes them, by their ids."""
    tables = tomllib.loads((files("alerts") / "names.toml").read_text(encoding="utf-8"))
    return {each: Rule(id=each, name=table["name"], any=tuple(table["any"])) for each, table in tables.items()}


@cache
def versions(name: str) -> tuple[int, ...]:
    """The versions of a preset that can be pinned, the newest last."""
    old = (int(each.partition("@")[2]) for each in _files() if each.startswith(f"{name}@"))
    return tuple(sorted((*old, int(_table(name)["version"]))))


@cache
def preset(name: str) -> Rule:
    """A packaged rule, a name in all its spellings, or a day of the calendar, by its id: "dprk", or with a version to stay at, "dprk@1".

    Its id is the bare name in either case. Raise RuleError for an unknown one.
    """
    bare, pinned, version = name.partition("@")
    if bare not in packaged():
        close = get_close_matches(bare, packaged(), n=2, cutoff=0.4) or presets()
        raise RuleError(f'no preset is called "{name}"; there are: {", ".join(close)}')
    if bare not in presets():
        if pinned:
            raise RuleError(f'"{bare}" has no versions; write "{bare}"')
        return people().get(bare) or Rule(id=bare, name=days()[bare].name["en"], query=days()[bare].query)
    if not pinned:
        return _packaged(bare, name)
    there = [f"{bare}@{each}" for each in versions(bare)]
    if name not in there:
        raise RuleError(f'preset "{bare}" has no version "{version}"; there are: {", ".join(there)}')
    return _packaged(bare, bare if name == there[-1] else name)


def is_packaged(rule: Rule) -> bool:
    """Whether a rule is the packaged one of its name, in its newest version."""
    return rule.id in packaged() and rule == preset(rule.id)


def preset_words(name: str) -> dict[str, tuple[str, ...]]:
    """The words of one of the ``presets``, by language."""
    return {language: tuple(words) for language, words in _table(name).get("aliases", {}).items()}


@cache
def _files() -> tuple[str, ...]:
    """The presets' files by their names: the newest version of each bears the bare name, older ones stay as ``name@1``."""
    return tuple(entry.name.removesuffix(".toml") for entry in _PRESETS.iterdir() if entry.name.endswith(".toml"))


def _table(file: str) -> dict[str, Any]:
    return tomllib.loads((_PRESETS / f"{file}.toml").read_text(encoding="utf-8"))


def _packaged(name: str, file: str) -> Rule:
    table = _table(file)
    words = tuple(dict.fromkeys(chain.from_iterable(preset_words(file).values())))
    return Rule(id=name, name=table["name"], any=words, query=table.get("query", ""), own=tuple(table.get("own", ())))


def speaks_of_own_words(query: str) -> bool:
    """Whether a query says where the rule's own words belong, as ``@any``; one that cannot be used does not."""
    try:
        return Named(OWN_WORDS) in walk(parse(query).root)
    except QueryError:
        return False


def _whole(query: str, words: tuple[str, ...]) -> Node:
    """The tree of a query with the rule's own words in it."""
    if not words:
        return _without_own(query)
    own = joined(Or, [plain(word) for word in words])
    if not query.strip():
        return own
    root = parse(query).root
    if Named(OWN_WORDS) not in walk(root):
        both = f"@{OWN_WORDS} OR ({root})"
        raise QueryError("a rule with words and a query says in the query where the words belong", 0, len(query), both, query=query)
    return _replaced(root, own)


def _without_own(query: str) -> Node:
    root = parse(query).root
    for node in walk(root):
        if isinstance(node, Named) and node.name == OWN_WORDS:
            raise QueryError(f"@{OWN_WORDS} means the rule's own words, and it has none", node.start, node.end, query=query)
    return root


def plain(word: str) -> Node:
    """One of a rule's words: no query, but ``{Exact Case}`` and ``@name`` may stand alone, and a language before a word."""
    if word.startswith(("@", "{")):
        return _alone(word)
    if _OPERATORS.intersection(word.split()) and word != word.upper():
        raise _no_operators(word)
    if form := _IN_LANGUAGE.fullmatch(word):
        if inflected := in_language(word):
            return joined(Or, [term(each) for each in inflected])
        message = f'"{form["language"]}" is no language of an alias; without it leave out the colon'
        raise QueryError(message, 0, len(form["language"]) + 1, f"{form['language']} {form['alias']}", query=word)
    return term(word)


def in_language(word: str) -> tuple[str, ...]:
    """The forms of a word that says its language before it, "ru: договор о дружбе"; none of any other."""
    form = _IN_LANGUAGE.fullmatch(word)
    return forms(form["alias"], form["language"]) if form and form["language"] in _LANGUAGES.split() else ()


def _alone(word: str) -> Node:
    """``{Exact Case}`` or ``@name`` with nothing beside it."""
    root = parse(word).root
    if not isinstance(root, Named | Term):
        raise _no_operators(word)
    if root == Named(OWN_WORDS):
        raise QueryError(f"@{OWN_WORDS} means these words, and cannot be one of them", 0, len(word), query=word)
    return root


def _no_operators(word: str) -> QueryError:
    """The word as a query, where it is one, or what is to be written for it."""
    queries: Sequence[str] = (word,)
    try:
        parse(word)
    except QueryError as exc:
        queries = exc.rewrites
    written = [f"query = {_literal(query)}" for query in queries]
    return QueryError("words take no operators; write a query", 0, len(word), query=word, rewrites=written)


def _literal(text: str) -> str:
    """A text as TOML writes it, quotation marks of a query unescaped where that can be."""
    return f"'{text}'" if "'" not in text and text.isprintable() else json.dumps(text, ensure_ascii=False)


def _replaced(node: Node, own: Node) -> Node:
    """The tree with the rule's own words where ``@any`` stands."""

    def inside(parts: Iterable[Node]) -> list[Node]:
        return [_replaced(part, own) for part in parts]

    match node:
        case Named(name) if name == OWN_WORDS:
            return own
        case And(parts):
            return joined(And, inside(parts))
        case Or(parts):
            return joined(Or, inside(parts))
        case Not(part):
            return Not(_replaced(part, own))
        case Within(name, part):
            return Within(name, _replaced(part, own))
        case AtLeast(count, part):
            return AtLeast(count, _replaced(part, own))
        case Near(left, right, distance, ordered, apart):
            return Near(_replaced(left, own), _replaced(right, own), distance, ordered, apart)
        case _:
            return node
