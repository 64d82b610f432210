"""Planner: turns the trees of queries into plans over one set of literals."""

from collections.abc import Callable, Iterable

from alerts import ordinal
from alerts.pattern import Pattern, patterns
from alerts.plan import All, Counted, Lengthy, Nearby, Once, Plan, Repeated, Season, Some, Terms, Without
from alerts.reading import TEXT_FIELDS
from alerts.tree import And, Around, AtLeast, Long, Named, Near, Node, Not, Or, Since, Term, Within

#: Single words, which many stories have, are not scanned for where a term list has at most so many literals and is not what calls for
#: its rule: a story that has the anchor is searched for them.
FEW = 16
HEADLINES = frozenset({"headline", "other_headlines"})


def read_by(field: str) -> frozenset[str]:
    """The fields of a story that ``field:`` looks in."""
    return HEADLINES if field == "headline" else frozenset({field})


class Literals:
    """The literals of all rules, each with its number."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        #: How rare each is likely to be: longer ones are rarer, and phrases far rarer than words.
        self.rarity: list[int] = []
        #: Those that every story is scanned for.
        self.scanned: set[int] = set()
        #: The automaton that scans is made: of what comes later stories are searched.
        self.complete = False

    def number(self, literal: str) -> int:
        """The number of a literal, a new one where it is new."""
        number = self.numbers.setdefault(literal, len(self.rarity))
        if number == len(self.rarity):
            self.rarity.append(len(literal) + 6 * literal.count(" "))
        return number


class Planner:
    """Turns trees into plans; ``named`` gives the plan of an ``@name``."""

    def __init__(self, literals: Literals, named: Callable[[str, frozenset[str]], Plan]) -> None:
        self._literals, self._named = literals, named
        self.fields: set[str] = set()

    def plan(self, node: Node, fields: frozenset[str] = TEXT_FIELDS) -> Plan:
        """The plan of a tree; its terms look in ``fields`` where it does not name one."""
        match node:
            case Term():
                return self._terms([node], fields)
            case Named(name):
                plan = self._named(name, fields)
                return Once(plan, plan.anchors())
            case Or(parts):
                return self._some(parts, fields)
            case And(parts):
                plans = tuple(self.plan(part, fields) for part in parts)
                return All(plans, self._rarest(plans))
            case Not(part):
                return Without(self.plan(part, fields))
            case Near(left, right):
                sides = self.plan(left, fields), self.plan(right, fields)
                return Nearby(*sides, node, self._rarest(sides[:1] if node.apart else sides))
            case Within(field, part):
                self.fields.add(field)
                return self.plan(part, read_by(field))
            case AtLeast(count, part):
                return Repeated(self.plan(part, fields), count)
            case Since():
                return Counted(self._terms(ordinal.MARKS, fields), node)
            case Long(least):
                return Lengthy(least)
            case Around():
                return Season(node)

    def _some(self, parts: Iterable[Node], fields: frozenset[str]) -> Plan:
        terms = [part for part in parts if isinstance(part, Term)]
        plans = [self.plan(part, fields) for part in parts if not isinstance(part, Term)]
        if terms:
            plans.append(self._terms(terms, fields))
        return plans[0] if len(plans) == 1 else Some(tuple(plans))

    def _terms(self, terms: Iterable[Term], fields: frozenset[str]) -> Terms:
        spellings: dict[int, list[Pattern]] = {}
        for pattern in (pattern for term in terms for pattern in patterns(term)):
            spellings.setdefault(self._literals.number(pattern.literal), []).append(pattern)
        words = [number for number, (first, *_) in spellings.items() if " " not in first.literal.strip()]
        searched = tuple(words) if len(spellings) <= FEW else ()
        if self._literals.complete:
            searched = tuple(spellings)
        else:
            self._literals.scanned.update(spellings.keys() - searched)
        return Terms(spellings, fields, searched, self._literals.scanned)

    def _rarest(self, plans: Iterable[Plan]) -> frozenset[int]:
        """The anchors that fewest stories are likely to have: those whose commonest literal is the rarest."""
        rarity = self._literals.rarity
        known = [anchors for plan in plans if (anchors := plan.anchors())]
        return max(known, key=lambda anchors: (min(rarity[number] for number in anchors), -len(anchors)), default=frozenset())
