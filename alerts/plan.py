"""Plan: a query made ready to be asked of many stories. Each part answers with its hits, or with None where it is not true."""

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate, islice

from alerts import calendar, ordinal
from alerts.pattern import Pattern, solid
from alerts.reading import Hit, Reading
from alerts.tree import Around, Near, Since

#: Hits of one spelling of a term, the first of a story, where it only counts that there are some.
MOST_HITS = 1_000


class Plan(ABC):
    """One part of a query."""

    @abstractmethod
    def hits(self, story: "Asked") -> list[Hit] | None:
        """What a story has of this part; None when the part is not true of it. NOT, words: and around: are true without a hit."""

    @abstractmethod
    def anchors(self) -> frozenset[int]:
        """Literals one of which every story has that this part is true of; none where it may be true without a hit.

        No query is made of such a part alone.
        """


@dataclass(frozen=True, slots=True)
class Asked:
    """A story, and who asks: a rule on a country does not hear what that country's wires say of themselves."""

    reading: Reading
    country: str | None = None
    #: When it came out; None: nobody knows, and no date is near.
    today: date | None = None
    deaf: bool = False
    #: Whether every hit counts, as where words are near one another; else MOST_HITS of each spelling are all that a reader could see.
    every: bool = False
    #: What named parts answered already.
    answers: dict[tuple[int, bool, bool], list[Hit] | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Terms(Plan):
    """At least one of some terms, all looked for in the same fields."""

    spellings: dict[int, list[Pattern]]
    fields: frozenset[str]
    #: Single words that stories need not have been scanned for, and those that they were: one set of all plans, complete when the last
    #: of the set's rules is planned, and as it was from then on.
    searched: tuple[int, ...]
    scanned: Collection[int]

    def hits(self, story: Asked) -> list[Hit] | None:
        found = story.reading.found
        numbers = self.spellings.keys() & found.keys()
        if self.searched:
            numbers.update(number for number in self.searched if number not in self.scanned)
        most = None if story.every else MOST_HITS
        spellings = ((number, pattern) for number in numbers for pattern in self.spellings[number])
        return [hit for number, pattern in spellings for hit in islice(self._of(pattern, number, story), most)] or None

    def _of(self, pattern: Pattern, number: int, story: Asked) -> Iterable[Hit]:
        reading = story.reading
        for _, blank, end in reading.places(number, pattern.literal):
            last = pattern.end(reading.text, blank + 1, end)
            if last is None:
                continue
            hit = Hit(blank + 1, last, pattern.alias)
            if reading.field(hit) not in self.fields or (story.deaf and reading.is_own(hit)):
                continue
            if pattern.exact is None or solid(reading.original(hit)) == pattern.exact:
                yield hit

    def anchors(self) -> frozenset[int]:
        return frozenset(self.spellings)


@dataclass(frozen=True, slots=True)
class Some(Plan):
    """OR."""

    parts: tuple[Plan, ...]

    def hits(self, story: Asked) -> list[Hit] | None:
        true = [hits for part in self.parts if (hits := part.hits(story)) is not None]
        return [hit for hits in true for hit in hits] if true else None

    def anchors(self) -> frozenset[int]:
        each = [part.anchors() for part in self.parts]
        # Of (words:300 OR grain) a story need not have the grain.
        return frozenset[int]().union(*each) if all(each) else frozenset()


@dataclass(frozen=True, slots=True)
class All(Plan):
    """AND."""

    parts: tuple[Plan, ...]
    rarest: frozenset[int]

    def hits(self, story: Asked) -> list[Hit] | None:
        gathered: list[Hit] = []
        for part in self.parts:
            hits = part.hits(story)
            if hits is None:
                return None
            gathered += hits
        return gathered

    def anchors(self) -> frozenset[int]:
        return self.rarest


@dataclass(frozen=True, slots=True)
class Without(Plan):
    """NOT."""

    part: Plan

    def hits(self, story: Asked) -> list[Hit] | None:
        return [] if self.part.hits(story) is None else None

    def anchors(self) -> frozenset[int]:
        return frozenset()


@dataclass(frozen=True, slots=True)
class Nearby(Plan):
    """NEAR, ONEAR and NOT NEAR: of both sides the hits that are near one of the other side; of NOT NEAR the left ones that are not."""

    left: Plan
    right: Plan
    near: Near
    rarest: frozenset[int]

    def hits(self, story: Asked) -> list[Hit] | None:
        story = _every(story)
        left = self.left.hits(story)
        right = self.right.hits(story) if left else None
        if not left or not right:
            return left if self.near.apart else None
        ours, theirs, either_way = _Places(story.reading, left), _Places(story.reading, right), not self.near.ordered
        if self.near.apart:
            far = (hit for hit, at in ours.placed if not theirs.near(at, self.near, before=either_way) and not theirs.cover(at))
            return list(dict.fromkeys(far)) or None
        kept = [hit for hit, at in ours.placed if theirs.near(at, self.near, before=either_way)]
        kept += (hit for hit, at in theirs.placed if ours.near(at, self.near, after=either_way))
        # Each once: where both sides have the same hit, NEAR after NEAR would have it ever more often.
        return list(dict.fromkeys(kept)) or None

    def anchors(self) -> frozenset[int]:
        return self.rarest


@dataclass(frozen=True, slots=True)
class Repeated(Plan):
    """MIN/n: at least n hits at different places."""

    part: Plan
    count: int

    def hits(self, story: Asked) -> list[Hit] | None:
        hits = self.part.hits(_every(story)) or []
        return hits if len({hit.start for hit in hits}) >= self.count else None

    def anchors(self) -> frozenset[int]:
        return self.part.anchors()


@dataclass(frozen=True, slots=True)
class Counted(Plan):
    """Since: the words for an anniversary that have the right number of years beside them."""

    markers: Terms
    since: Since

    def hits(self, story: Asked) -> list[Hit] | None:
        if story.today is None:
            return None
        due, text = calendar.counts(self.since.day, story.today), story.reading.text
        read = [(hit, ordinal.before(text, hit.start, hit.alias)) for hit in self.markers.hits(_every(story)) or ()]
        return [Hit(count.start, hit.end, str(self.since)) for hit, count in read if count and count.years in due] or None

    def anchors(self) -> frozenset[int]:
        return self.markers.anchors()


@dataclass(frozen=True, slots=True)
class Lengthy(Plan):
    """words:n."""

    least: int

    def hits(self, story: Asked) -> list[Hit] | None:
        return [] if story.reading.length >= self.least else None

    def anchors(self) -> frozenset[int]:
        return frozenset()


@dataclass(frozen=True, slots=True)
class Season(Plan):
    """around:day."""

    around: Around

    def hits(self, story: Asked) -> list[Hit] | None:
        return [] if story.today and calendar.is_around(self.around, story.today) else None

    def anchors(self) -> frozenset[int]:
        return frozenset()


@dataclass(frozen=True, slots=True)
class Own(Plan):
    """A rule on some countries: in their own wires its terms count only where the wire does not speak of itself."""

    part: Plan
    countries: frozenset[str]

    def hits(self, story: Asked) -> list[Hit] | None:
        return self.part.hits(replace(story, deaf=True) if story.country in self.countries else story)

    def anchors(self) -> frozenset[int]:
        return self.part.anchors()


@dataclass(frozen=True, slots=True)
class Once(Plan):
    """A part that several name: asked once of each story, or rules that name one another twice would take twice the time each."""

    part: Plan
    #: Of the part: to ask it each time would take twice the time each, too.
    literals: frozenset[int]

    def hits(self, story: Asked) -> list[Hit] | None:
        key = id(self.part), story.deaf, story.every
        if key not in story.answers:
            hits = self.part.hits(story)
            story.answers[key] = hits and list(dict.fromkeys(hits))
        return story.answers[key]

    def anchors(self) -> frozenset[int]:
        return self.literals


def _every(story: Asked) -> Asked:
    """The story, asked for every hit."""
    # dataclasses.replace() takes five times as long, and this is asked once for each NEAR.
    return story if story.every else Asked(story.reading, story.country, story.today, story.deaf, True, story.answers)


class _Places:
    """The words at which the hits of one side stand, for asking whether one is near."""

    def __init__(self, reading: Reading, hits: list[Hit]) -> None:
        #: Each hit with its first and its last word.
        self.placed = [(hit, reading.words(hit)) for hit in hits]
        places = sorted(at for _, at in self.placed)
        self.firsts = [first for first, _ in places]
        self.lasts = sorted(last for _, last in places)
        self.reach = list(accumulate((last for _, last in places), max))

    def near(self, at: tuple[int, int], near: Near, *, before: bool = True, after: bool = True) -> bool:
        """Whether one stands before or after some words, first to last, with few enough in between."""
        first, last = at
        follows = bisect_right(self.firsts, last)
        if after and follows < len(self.firsts) and self.firsts[follows] - last - 1 <= near.distance:
            return True
        precedes = bisect_left(self.lasts, first)
        return before and precedes > 0 and first - self.lasts[precedes - 1] - 1 <= near.distance

    def cover(self, at: tuple[int, int]) -> bool:
        """Whether one shares one of some words, first to last."""
        first, last = at
        follows = bisect_right(self.firsts, last)
        return follows > 0 and self.reach[follows - 1] >= first
