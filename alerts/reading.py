"""Reading: one story as rules read it: canonical text once, its fields, where literals stand in it, and the way back."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from alerts.canon import FIELD, MARKS, PARAGRAPH, SENTENCE, Canonical, unmarked
from alerts.rank import opening
from spiders.story import Story

#: Where a term without ``field:`` looks.
TEXT_FIELDS = frozenset({"headline", "other_headlines", "lead", "body"})
#: What the agency printed around the story: the index of the archive holds it too.
PRINTED = ("slug", "note")
#: What a wire of the topic's own country says of itself, not of the topic.
OWN_FIELDS = frozenset({"dateline", "place", "byline", "agency", "source"})
#: Words that are taken to lie between two paragraphs or fields, so that nothing is near across them.
GAP = 1_000_000
#: Places of one literal that are kept, and characters of canonical text that are scanned at once: fifty phrases of one another's words
#: stand in a hostile text as often as it has words, each. Places past these are searched for where somebody asks.
MOST_PLACES, PIECE = 1_000, 10_000
#: Characters of a piece that the next one has too: at least those of a literal, blanks included.
OVERLAP = 200
#: Characters of canonical text whose words are counted at once.
BLOCK = 1_000


_MARK = re.compile(f"[{MARKS}]")


class Hit(NamedTuple):
    """A term in canonical text: from its first letter to behind its last."""

    start: int
    end: int
    alias: str


class Span(NamedTuple):
    """Where a story matched: code points of that field as given, and the alias as the rule writes it.

    ``field`` is headline, other_headlines.0 (counted from 0), lead, body (of ``Story.text``), or one of the fields that a
    rule must name: dateline, place, byline, agency, source, lang, section, status, slug, version, note.
    """

    field: str
    start: int
    end: int
    alias: str


class Reading:
    """One story in canonical form. Cheap to make; what only some rules need is worked out when one asks."""

    def __init__(self, story: Story, *, extra: Collection[str] = (), source: str | None = None) -> None:
        self._story = story
        fields = (
            [*_text_fields(story), *((name, text) for name, text in _other_fields(story, source) if name in extra)]
            if extra
            else _text_fields(story)
        )
        self.names = [name for name, _ in fields]
        #: The fields as rules name them: an other headline without its number.
        self._fields = [name.partition(".")[0] for name in self.names]
        self._texts = [text for _, text in fields]
        self.canonical = Canonical(FIELD.join(self._texts))
        self.text = self.canonical.text
        self.dateline = _unmarked(story.dateline.raw) if story.dateline else ""
        #: Where each literal stands, by its number: (…, blank before it, end).
        self.found: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)

    def scan(self, automaton: AhoCorasick, numbers: Sequence[int]) -> None:
        """Find the literals of an automaton at once; ``numbers`` are theirs, which may not be those it counts them by."""
        found = self.found
        for begin in range(0, len(self.text), PIECE):
            # No literal is longer than what is added; what begins there is found in the next piece.
            for place, start, end in automaton.find_matches_as_indexes(self.text[begin : begin + PIECE + OVERLAP], overlapping=True):
                if start < PIECE and len(places := found[numbers[place]]) < MOST_PLACES:
                    places.append((place, begin + start, begin + end))

    def places(self, number: int, literal: str) -> Iterator[tuple[int, int, int]]:
        """Where a literal stands, from the first place on: those that ``scan`` kept, and the others behind them."""
        known = self.found.get(number)
        known = self.search(number, literal) if known is None else known
        yield from known
        if len(known) == MOST_PLACES:
            at = known[-1][1]
            while (at := self.text.find(literal, at + 1)) >= 0:
                yield number, at, at + len(literal)

    def search(self, number: int, literal: str) -> list[tuple[int, int, int]]:
        """Where a literal stands that no automaton was asked for."""
        places, at = self.found[number], self.text.find(literal)
        while at >= 0 and len(places) < MOST_PLACES:
            places.append((number, at, at + len(literal)))
            at = self.text.find(literal, at + 1)
        return places

    def field(self, hit: Hit) -> str:
        """The field a hit stands in, without the number of an other headline."""
        return self._fields[bisect_left(self._field_ends, hit.start)]

    def original(self, hit: Hit) -> str:
        """The story's own spelling."""
        start, end = self.canonical.origin(hit.start, hit.end)
        return self.canonical.original[start:end]

    def words(self, hit: Hit) -> tuple[int, int]:
        """The first and the last word of a hit, counted over the story; a paragraph's end counts GAP."""
        first = self._word(hit.start)
        return first, first if self.text.find(" ", hit.start, hit.end) < 0 else self._word(hit.end - 1)

    def _word(self, at: int) -> int:
        ends, passed = self._marks
        block = at // BLOCK
        # One stands before each word and each mark.
        blanks = self._blanks[block] + self.text.count(" ", block * BLOCK, at)
        return blanks + passed[bisect_left(ends, at)]

    def is_own(self, hit: Hit) -> bool:
        """Whether a hit stands where a wire speaks of itself: in the dateline, or in the agency's name beside the text."""
        field = self.field(hit)
        if field != "body" or not self.dateline:
            return field in OWN_FIELDS
        at, span = self._texts[self._index(hit)].find(self.dateline), self.span(hit)
        return 0 <= at <= span.start and span.end <= at + len(self.dateline)

    def span(self, hit: Hit) -> Span:
        """A hit in the story's own offsets."""
        index = self._index(hit)
        start, end = self.canonical.origin(hit.start, hit.end)
        before = self._field_origins[index]
        return Span(self.names[index], start - before, end - before, hit.alias)

    def spans(self, hits: Iterable[Hit]) -> tuple[Span, ...]:
        """Hits in the order of the story, without those that lie inside another."""
        kept: list[Hit] = []
        for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end, hit.alias)):
            if not kept or hit.end > kept[-1].end:
                kept.append(hit)
        return tuple(self.span(hit) for hit in kept)

    def _index(self, hit: Hit) -> int:
        return bisect_left(self._field_ends, hit.start)

    @cached_property
    def opening(self) -> tuple[int, int]:
        """Where the first paragraph of the body stands in it, without the dateline; (0, 0) where there is none."""
        return opening(self._story.paragraphs, self.dateline)

    @cached_property
    def length(self) -> int:
        """How many words headline, other headlines, lead and body have."""
        return len(self._told.split()) - len(_MARK.findall(self._told))

    @property
    def canonical_words(self) -> str:
        """``words(text(story))``, of which the most is done."""
        return unmarked(self._told)

    @property
    def told(self) -> list[str]:
        """The words of ``canonical_words``, which are there already, and perhaps marks between them."""
        told = self._told
        return self.canonical.words[: told.count(" ") - 1] if told.isascii() else self.canonical_words.split()

    @cached_property
    def _told(self) -> str:
        """Headline, other headlines, lead and body in canonical text."""
        ends, body = self._field_ends, self.names.index("body")
        return self.text[: ends[body]] if body < len(ends) else self.text

    @cached_property
    def _field_ends(self) -> list[int]:
        ends, at = [], -1
        while (at := self.text.find(FIELD, at + 1)) >= 0:
            ends.append(at)
        return ends

    @cached_property
    def _field_origins(self) -> list[int]:
        origins = [0]
        for text in self._texts:
            origins.append(origins[-1] + len(text) + 1)
        return origins

    @cached_property
    def _blanks(self) -> list[int]:
        """How many blanks stand before each block: to go on from there takes a fraction of the time of parting the text."""
        blocks = range(0, len(self.text), BLOCK)
        return list(accumulate((self.text.count(" ", begin, begin + BLOCK) for begin in blocks), initial=0))

    @cached_property
    def _marks(self) -> tuple[list[int], list[int]]:
        """Where the marks stand, and what those before each, and before the end, add to the number of a word."""
        marks = list(_MARK.finditer(self.text))
        # A mark was counted as a word.
        passed = accumulate((GAP * (mark[0] != SENTENCE) - 1 for mark in marks), initial=0)
        return [mark.start() for mark in marks], list(passed)


def text(story: Story) -> str:
    """All that a term without ``field:`` looks in, its marks included, as ``Reading`` puts it together."""
    return FIELD.join(told for _, told in _text_fields(story))


def printed(story: Story) -> str:
    """All that ``slug:`` and ``note:`` look in, as ``Reading`` puts it together."""
    return FIELD.join(told for _, told in _printed_fields(story))


def fields(story: Story, source: str | None = None) -> dict[str, str]:
    """The texts of a story that spans count in, by their names; ``source`` as in ``Reading``."""
    return {name: told.replace(PARAGRAPH, "\n") for name, told in (*_text_fields(story), *_other_fields(story, source))}


def _text_fields(story: Story) -> list[tuple[str, str]]:
    others = [(f"other_headlines.{number}", text) for number, text in enumerate(story.other_headlines)]
    fields = [("headline", story.headline), *others, ("lead", story.lead)]
    return [*((name, _unmarked(text)) for name, text in fields), ("body", PARAGRAPH.join(map(_unmarked, story.paragraphs)))]


def _other_fields(story: Story, source: str | None) -> list[tuple[str, str]]:
    dateline = story.dateline
    fields = [
        ("dateline", dateline.raw if dateline else None),
        ("place", ", ".join(dateline.places) if dateline else None),
        ("byline", ", ".join(story.byline)),
        ("agency", story.agency),
        ("source", source),
        ("lang", story.language),
        ("section", story.section),
        ("status", story.status.value),
        ("version", str(story.version) if story.version else ""),
    ]
    return [*((name, _unmarked(text or "")) for name, text in fields), *_printed_fields(story)]


def _printed_fields(story: Story) -> list[tuple[str, str]]:
    # Each line of a note says something of its own.
    return [("slug", _unmarked(story.slug)), ("note", PARAGRAPH.join(map(_unmarked, story.note.split("\n"))))]


def _unmarked(text: str) -> str:
    """The text without our marks, should a page hold one; the length stays."""
    # Character by character: to look for any of the three takes ten times as long, and hardly any page has one.
    return _MARK.sub(" ", text) if SENTENCE in text or PARAGRAPH in text or FIELD in text else text
