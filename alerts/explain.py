"""Explain: a rule as a tree, and for one story which of its branches are true and where they hit.

Each branch is asked by the plan that the matcher makes of it, so that an explanation and a match cannot disagree.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.match import RuleSet
from alerts.plan import Asked
from alerts.planner import read_by
from alerts.reading import TEXT_FIELDS, Span
from alerts.tree import Named, Node, Within, children
from spiders.story import Story

#: Of a part that has more parts than this, as a set of aliases has, only the true ones are shown.
MOST = 30
#: A rule by its name, in some fields, deaf to what a wire says of itself or not.
Told = tuple[str, frozenset[str], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """One part of a rule, asked of one story."""

    #: As the rule language prints it.
    text: str
    true: bool
    #: Where it hit; empty where it is false, or true without a word, as NOT is.
    spans: tuple[Span, ...]
    parts: tuple["Branch", ...] = ()
    #: Parts that are left out: false ones of many.
    more: int = 0


def explain(
    rules: RuleSet, rule_id: str, story: Story, *, country: str | None = None, source: str | None = None, now: datetime | None = None
) -> Branch:
    """What each part of a rule says of a story, from the whole down; ``country``, ``source`` and ``now`` as in ``RuleSet.match``."""
    asked = rules.read(story, country=country, source=source, now=now)
    return _branch(rules, Named(rule_id), TEXT_FIELDS, asked, set())


def _branch(rules: RuleSet, node: Node, fields: frozenset[str], asked: Asked, told: set[Told]) -> Branch:
    hits = rules.plan(node, fields).hits(asked)
    parts = tuple(_parts(rules, node, fields, asked, told))
    shown = parts if len(parts) <= MOST else tuple(part for part in parts if part.true)
    spans = asked.reading.spans(hits) if hits else ()
    return Branch(text=str(node), true=hits is not None, spans=spans, parts=shown, more=len(parts) - len(shown))


def _parts(rules: RuleSet, node: Node, fields: frozenset[str], asked: Asked, told: set[Told]) -> Iterator[Branch]:
    """The parts of a part; those of a rule that is named more than once where it is named first."""
    match node:
        case Named(name):
            rule = rules.named(name)
            is_own = asked.country in {country.upper() for country in rule.own}
            heard = replace(asked, deaf=True) if is_own else asked
            if (name, fields, heard.deaf) not in told:
                told.add((name, fields, heard.deaf))
                yield _branch(rules, rule.parsed.root, fields, heard, told)
        case Within(field, part):
            yield _branch(rules, part, read_by(field), asked, told)
        case _:
            for part in children(node):
                yield _branch(rules, part, fields, asked, told)
