"""RuleSet: rules compiled once, asked of every story. Each match says which rule in which version, and where it hit.

One automaton finds all literals of all rules; a rule is looked at only when a literal that it cannot do without was found.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from graphlib import TopologicalSorter
from hashlib import blake2b

from ahocorasick_rs import AhoCorasick

from alerts import calendar
from alerts.calendar import Day
from alerts.canon import VERSION
from alerts.plan import Asked, Own, Plan
from alerts.planner import Literals, Planner
from alerts.rank import Rank, rank
from alerts.reading import TEXT_FIELDS, Reading, Span
from alerts.refusals import QueryError, unknown_name
from alerts.rules import OWN_WORDS, Rule, RuleError, packaged, preset, presets
from alerts.tree import AtLeast, Named, Near, Node, Since, children, stands, walk
from spiders.story import Story

#: Parts of a rule within one another, through the names of other rules: each is a few calls deep, and Python allows a thousand. A query
#: by itself has fewer (``query.MOST_DEPTH``).
MOST_DEPTH = 200

__all__ = ["Match", "Rank", "RuleSet", "Span", "rank"]

#: Unknown names of one set for which a name that comes near is looked for: each is compared with all that there are.
MOST_SUGGESTIONS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """One rule that is true of one story."""

    rule: Rule
    #: As ``RuleSet.version`` gave it when the story was matched.
    version: str
    #: In the order of the story: headline, other headlines, lead, body. Empty when the rule hit by no word.
    spans: tuple[Span, ...]
    #: The best of its hits; MENTION where the rule hit by no word.
    rank: Rank


class RuleSet:
    """A set of rules, compiled. It never changes: an edited rule makes a new set, which then takes the old one's place."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Raise RuleError with all faults: a name twice, an ``@name`` that nobody has, a circle of names."""
        given = tuple(rules)
        self._named = _resolved(given)
        #: Those that stories are asked for; alias sets are only named.
        self.rules = tuple(rule for rule in given if rule.asked)
        self._versions: dict[str, str] = {}
        literals = Literals()
        self._plans: dict[tuple[str, frozenset[str]], Plan] = {}
        self._planner = Planner(literals, self._plan)
        plans = [self._plan(rule.id, TEXT_FIELDS) for rule in self.rules]
        self._asked = tuple(zip(self.rules, plans, strict=True))
        self._extra = frozenset(self._planner.fields)
        #: All that is looked for in canonical text, to be weighed against other engines.
        self.literals = tuple(literals.numbers)
        self._by_literal = _anchored(plans)
        literals.scanned.update(self._by_literal)
        literals.complete = True
        self._scanned = sorted(literals.scanned)
        self._automaton = AhoCorasick([self.literals[number] for number in self._scanned])

    def version(self, rule_id: str) -> str:
        """Twelve characters that change when what the rule means changes: its query, the rules it names, or canonical text."""
        known = self._versions.get(rule_id)
        if known is None:
            known = self._versions[rule_id] = self._hashed(self._named[rule_id])
        return known

    @cached_property
    def fingerprint(self) -> str:
        """Changes when the version of any of its rules does, and when one comes or goes; not with their order."""
        versions = sorted(f"{rule.id} {self.version(rule.id)}" for rule in self.rules)
        return blake2b("\n".join(versions).encode(), digest_size=6).hexdigest()

    def days(self, rule_ids: Iterable[str]) -> tuple[Day, ...]:
        """The days of the calendar that some rules speak of: packaged ones that they name, and those they count years from."""
        found: dict[str, Day] = {}
        waiting = [rule_id for rule_id in rule_ids if rule_id in self._named]
        seen = set(waiting)
        while waiting:
            rule = self._named[waiting.pop()]
            if rule.id in calendar.days() and rule == preset(rule.id):
                found[rule.id] = calendar.days()[rule.id]
                continue
            for node in walk(rule.parsed.root):
                if isinstance(node, Since):
                    day, name = node.day, {"en": rule.name or rule.id}
                    found[f"{rule.id} {day}"] = Day(id=f"{rule.id} {day}", name=name, month=day.month, day=day.day, year=day.year)
            new = {node.name for node in rule.names} - seen
            seen |= new
            waiting += new
        return tuple(found.values())

    def match(self, story: Story, *, country: str | None = None, source: str | None = None, now: datetime | None = None) -> list[Match]:
        """The rules that are true of a story, in the order of the set.

        ``country`` is the source's own (ISO 3166-1 alpha-2), ``source`` its id, for rules with ``own`` and ``source:``. ``since:``
        and ``around:`` go by ``calendar.day_of`` the story, which came in ``now``.
        """
        return self.matches(self.read(story, country=country, source=source, now=now))

    def matches(self, asked: Asked) -> list[Match]:
        """As ``match``, of a story that ``read`` of this set made ready."""
        candidates = {rule for number in asked.reading.found for rule in self._by_literal.get(number, ())}
        return [match for number in sorted(candidates) if (match := self._matched(number, asked)) is not None]

    def read(self, story: Story, *, country: str | None = None, source: str | None = None, now: datetime | None = None) -> Asked:
        """A story made ready to be asked by the plans of this set; ``country``, ``source`` and ``now`` as in ``match``."""
        reading = Reading(story, extra=self._extra, source=source)
        reading.scan(self._automaton, self._scanned)
        return Asked(reading, country.upper() if country else None, calendar.day_of(story, now))

    def named(self, name: str) -> Rule:
        """A rule of the set, or one that a rule of the set names."""
        return self._named[name]

    def plan(self, part: Node, fields: frozenset[str]) -> Plan:
        """The plan of a part of one of the set's rules, which looks in some fields."""
        return self._planner.plan(part, fields)

    def _matched(self, number: int, asked: Asked) -> Match | None:
        rule, plan = self._asked[number]
        hits = plan.hits(asked)
        if hits is None:
            return None
        spans = asked.reading.spans(hits)
        return Match(rule=rule, version=self.version(rule.id), spans=spans, rank=rank(spans, asked.reading.opening))

    def _plan(self, name: str, fields: frozenset[str]) -> Plan:
        """The plan of a rule that looks in some fields, made once however often it is named."""
        if (name, fields) not in self._plans:
            rule = self._named[name]
            plan = self._planner.plan(rule.parsed.root, fields)
            self._plans[name, fields] = Own(plan, frozenset(map(str.upper, rule.own))) if rule.own else plan
        return self._plans[name, fields]

    def _hashed(self, rule: Rule) -> str:
        names = (f"{named.name}={self.version(named.name)}" for named in rule.names)
        meaning = "\n".join([str(VERSION), str(rule.parsed), *rule.own, *names])
        return blake2b(meaning.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _anchored(plans: list[Plan]) -> dict[int, list[int]]:
    """The rules to look at when a literal is found, for each literal that calls for one."""
    by_literal = defaultdict[int, list[int]](list)
    for number, plan in enumerate(plans):
        for literal in plan.anchors():
            by_literal[literal].append(number)
    return dict(by_literal)


def _resolved(rules: tuple[Rule, ...]) -> dict[str, Rule]:
    """All rules that are asked or named, by name: a rule of the set, else a packaged preset."""
    named = {rule.id: rule for rule in rules}
    faults = [*_bad_ids(rules)]
    unknown: list[tuple[Rule, Named]] = []
    waiting = list(rules)
    while waiting:
        rule = waiting.pop(0)
        for node in rule.names:
            if node.name not in named and node.name in packaged():
                named[node.name] = preset(node.name)
                waiting.append(named[node.name])
            elif node.name not in named:
                unknown.append((rule, node))
    refused = {OWN_WORDS, *(rule.id for rule, _ in unknown)}
    known = {name for name in (*named, *presets()) if name not in refused and Named(name).is_name}
    for number, (rule, node) in enumerate(unknown):
        more = packaged() if number < MOST_SUGGESTIONS else None
        faults.append(f'rule "{rule.id}": {_unknown(rule, node, known, more)}')
    faults = faults or [*_circles(named)] or [*_too_deep(named)] or [*_misplaced(named)]
    if faults:
        raise RuleError(*faults)
    return named


def _bad_ids(rules: tuple[Rule, ...]) -> Iterator[str]:
    counts = Counter(rule.id for rule in rules)
    for name, count in counts.items():
        if count > 1:
            yield f'rule "{name}": the id stands {count} times; give each rule one of its own'
        if name == OWN_WORDS:
            yield f'rule "{name}": @{OWN_WORDS} means a rule\'s own words; choose another id'


def _unknown(rule: Rule, node: Named, known: Iterable[str], more: Iterable[str] | None) -> QueryError:
    in_query = rule.query[node.start : node.end] == str(node)
    return unknown_name(rule.query if in_query else str(node), node.start, node.end, node.name, known, more)


def _circles(named: dict[str, Rule]) -> Iterator[str]:
    """Each circle of names once, written out from the first of its rules."""
    done: set[str] = set()
    for name in named:
        # Not by recursion: rules can name one another in a chain of any length.
        path, steps = dict[str, None](), [iter((name,))]
        while steps:
            step = next(steps[-1], None)
            if step is None:
                steps.pop()
                done.update([path.popitem()[0]] if path else ())
            elif step in path:
                circle = " → ".join(f"@{each}" for each in (*list(path)[list(path).index(step) :], step))
                yield f'rule "{step}": goes round in a circle: {circle}; take one of these names out'
            elif step not in done:
                path[step] = None
                steps.append(node.name for node in named[step].names)


def _too_deep(named: dict[str, Rule]) -> Iterator[str]:
    """The first rules of each chain of names that go too far: those that name only rules that do not."""
    depths: dict[str, int] = {}
    names = {rule.id: {node.name for node in rule.names} for rule in named.values()}
    for name in TopologicalSorter(names).static_order():
        depths[name] = _depth(named[name].parsed.root, depths)
        if depths[name] > MOST_DEPTH >= max((depths[other] for other in names[name]), default=0):
            deepest = max(names[name], key=depths.__getitem__, default=name)
            yield (
                f'rule "{name}": with the rules that it names, which name others in turn, it has more than {MOST_DEPTH} parts within one '
                f"another; name @{deepest} no more: put the words that are wanted of it into [[aliases]], and name those"
            )


def _depth(node: Node, named: Mapping[str, int]) -> int:
    """How many parts stand within one another, those of the rules that it names among them."""
    below = named[node.name] if isinstance(node, Named) else max((_depth(child, named) for child in children(node)), default=0)
    return 1 + below


def _misplaced(named: dict[str, Rule]) -> Iterator[str]:
    """NEAR and MIN on a rule that stands at no one place."""

    @cache
    def placed(name: str) -> bool:
        return stands(named[name].parsed.root, placed)

    for rule in named.values():
        for node in walk(rule.parsed.root):
            if isinstance(node, Near | AtLeast) and not all(stands(child, placed) for child in children(node)):
                yield f'rule "{rule.id}": {node}: a rule named beside NEAR or in MIN must be made of words and OR, without AND and NOT'
