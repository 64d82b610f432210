"""The matcher against an evaluator that says what the language means as plainly, and as slowly, as can be."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product
from typing import NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerts.canon import MARKS, Canonical
from alerts.match import RuleSet
from alerts.rules import Rule
from alerts.tree import And, Around, AtLeast, Long, Near, Node, Not, Or, Since, Term, Within, joined, stands, walk
from spiders.story import Story


class Word(NamedTuple):
    """One word of a story, as the slow evaluator below sees it."""

    text: str
    place: int
    sentence: int
    field: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    #: Its letters as the story has them.
    original: str


class Found(NamedTuple):
    """A hit of the slow evaluator: words first to last of the story, and its span."""

    first: int
    last: int
    span: tuple[str, int, int]


def read(story: Story) -> list[Word]:
    """All words of a story, paragraph by paragraph, each letter with its offsets."""
    words, place, sentence = list[Word](), 0, 0
    for field, base, text in _texts(story):
        canonical, at = Canonical(text), 1
        for token in canonical.text.split():
            if token in MARKS:
                sentence += 1
            else:
                ends = [canonical.origin(letter, letter + 1) for letter in range(at, at + len(token))]
                starts, stops = (tuple(base + end for end in column) for column in zip(*ends, strict=True))
                original = _letters(text[starts[0] - base : stops[-1] - base])
                words.append(Word(token, place, sentence, field, starts, stops, original))
                place += 1
            at += len(token) + 1
        place, sentence = place + 10_000, sentence + 1
    return words


def _texts(story: Story) -> Iterator[tuple[str, int, str]]:
    yield "headline", 0, story.headline
    yield "lead", 0, story.lead
    base = 0
    for paragraph in story.paragraphs:
        yield "body", base, paragraph
        base += len(paragraph) + 1


def slowly(node: Node, words: list[Word], fields: tuple[str, ...] = ("headline", "lead", "body")) -> set[Found] | None:
    """What the language means, said as plainly as it can be."""
    match node:
        case Term():
            spelt = {found for spelling in _spellings(node) for found in _spelt(spelling, words, fields, node.exact)}
            return {found for found in spelt if not node.exact or _reads(found, words) == _letters(node.text)} or None
        case Or(parts):
            true = [found for part in parts if (found := slowly(part, words, fields)) is not None]
            return set().union(*true) if true else None
        case And(parts):
            every = [slowly(part, words, fields) for part in parts]
            return None if None in every else set().union(*(found for found in every if found))
        case Not(part):
            return set() if slowly(part, words, fields) is None else None
        case Within(field, part):
            return slowly(part, words, (field,))
        case AtLeast(count, part):
            found = slowly(part, words, fields) or set()
            return found if len({(hit.first, hit.span[:2]) for hit in found}) >= count else None
        case Long(least):
            return set() if len(words) >= least else None
        case Around():
            return set() if _is_around(node) else None
        case Since(day):
            return set(_counted(day, words, fields)) or None
        case Near():
            return _near(node, slowly(node.left, words, fields) or set(), slowly(node.right, words, fields) or set())
        case _:
            raise AssertionError(node)


#: When the stories came.
TODAY = date(2026, 1, 3)


def _is_around(node: Around) -> bool:
    days = (TODAY + timedelta(days=apart) for apart in range(-node.after, node.before + 1))
    return (node.month, node.day) in {(day.month, day.day) for day in days}


def _counted(since: date, words: list[Word], fields: tuple[str, ...]) -> Iterator[Found]:
    """Of the marks only those that the texts below have: "주년" behind a number, what begins with "anniversary" at most two words
    behind an ordinal."""
    had = next(years for years in range(2000) if (since.year + years + 1, since.month, since.day) > (TODAY.year, TODAY.month, TODAY.day))
    due = {had, had + ((since.month, since.day) != (TODAY.month, TODAY.day))}
    for at, mark in enumerate(words):
        is_korean = mark.text.startswith("주년")
        if mark.field in fields and (is_korean or mark.text.startswith("anniversary")):
            number = _number(words[max(0, at - (1 if is_korean else 3)) : at], mark, ("70", "71") if is_korean else ("70th", "71st"))
            if number and int(number.text[:2]) in due:
                yield Found(number.place, mark.place, (number.field, number.starts[0], mark.ends[1 if is_korean else -1]))


def _number(words: list[Word], mark: Word, numbers: tuple[str, str]) -> Word | None:
    near = [word for word in words if word.sentence == mark.sentence and word.text in numbers]
    return near[-1] if near else None


def _near(node: Near, left: set[Found], right: set[Found]) -> set[Found] | None:
    def close(one: Found, other: Found) -> bool:
        follows = 0 <= other.first - one.last - 1 <= node.distance
        precedes = 0 <= one.first - other.last - 1 <= node.distance
        return follows or (precedes and not node.ordered)

    if node.apart:
        touching = {one for one in left for other in right if one.first <= other.last and other.first <= one.last}
        return {one for one in left if one not in touching and not any(close(one, other) for other in right)} or None
    pairs = [(one, other) for one in left for other in right if close(one, other)]
    return {hit for pair in pairs for hit in pair} or None


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _reads(found: Found, words: list[Word]) -> str:
    """The letters of the story itself where a hit stands."""
    return "".join(word.original for word in words if found.first <= word.place <= found.last)


def _spellings(term: Term) -> list[str]:
    words = term.text.split()
    if term.exact or (len(words) > 1 and term.text.isupper()):
        return [term.text]
    dotted = [
        [word, ".".join(word)] if len(word) > 1 and word.isupper() and word.isalpha() and word.isascii() else [word] for word in words
    ]
    return [" ".join(choice) for choice in product(*dotted)]


def _spelt(spelling: str, words: list[Word], fields: tuple[str, ...], exact: bool) -> Iterator[Found]:
    asked = Canonical(spelling.replace("*", "\ue000").replace("?", "\ue001")).text.split()
    for at in range(len(words) - len(asked) + 1):
        run = words[at : at + len(asked)]
        lengths = [
            _length(glob, word.text, last=number == len(asked) - 1 and not exact)
            for number, (glob, word) in enumerate(zip(asked, run, strict=True))
        ]
        together = all(one.sentence == other.sentence and other.place == one.place + 1 for one, other in pairwise(run))
        if together and None not in lengths and run[0].field in fields:
            end = run[-1].ends[(lengths[-1] or 0) - 1]
            yield Found(run[0].place, run[-1].place, (run[0].field, run[0].starts[0], end))


def _length(glob: str, word: str, *, last: bool) -> int | None:
    """How much of a word a word of a term takes, None for nothing."""
    particle = "" if not last or not "가" <= glob[-1] <= "힣" else ".*"
    found = re.fullmatch(f"({re.escape(glob).replace(chr(0xE000), '.*').replace(chr(0xE001), '.')}){particle}", word)
    return found and found.end(1)


PIECES = [
    *(
        "north",
        "North",
        "korea",
        "Korea's",
        "KOREAN",
        "kim",
        "Kim",
        "70th",
        "71st",
        "anniversary",
        "D.P.R.K.",
        "DPRK",
        "Cor\u0301ee",
        "corée",
        "se\u00adven",
        "ab",
        "abc",
    ),
    *("северной", "Корее", "Кореи", "朝", "鮮", "朝鮮", "半島", "북한이", "북한", "70주년", "주년", "كوريا", "الشمالية"),
    *(" ", " ", " ", "  ", "\n", ". ", ", ", "。", "! ", "-", "\n\n", " — "),
]
DAYS = st.dates(min_value=date(1954, 12, 1), max_value=date(1957, 2, 1))
EXACT = st.builds(Term, st.sampled_from(["Korea", "Kim", "kim", "north Korea", "DPRK", "Corée", "朝鮮", "북한", "KOREAN"]), st.just(True))
TERMS = (
    st.builds(Since, DAYS)
    | EXACT
    | st.builds(
        Term,
        st.sampled_from(
            [
                "north",
                "korea",
                "kore*",
                "north korea",
                "nort* kore*",
                "kim",
                "kor?an",
                "nor?h kor*",
                "abc?",
                "DPRK",
                "kore* DPRK",
                "corée",
                "seven",
                "abc",
                "северн* коре*",
                "朝",
                "朝鮮",
                "朝鮮半島",
                "북한",
                "주년",
                "70주년",
                "كوريا الشمالية",
            ]
        ),
    )
)


WINDOWS = st.tuples(st.integers(0, 180), st.integers(0, 180))
#: True without a word.
LOOSE = st.builds(Long, st.integers(1, 12)) | st.builds(lambda day, window: Around(day.month, day.day, *window), DAYS, WINDOWS)


def _is_of_words(node: Node) -> bool:
    return not any(isinstance(each, Long | Around) for each in walk(node))


def _rules(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    not_all = inner.filter(lambda part: not isinstance(part, And))
    some, places = st.lists(inner, min_size=2, max_size=3), inner.filter(stands)
    return st.one_of(
        st.builds(lambda parts, lost: joined(And, [*parts, *map(Not, lost)]), some, st.lists(inner, max_size=1)),
        st.builds(lambda parts: joined(Or, parts), some),
        st.builds(Near, places, places, st.integers(0, 6), st.booleans(), st.booleans()),
        st.builds(Within, st.sampled_from(["headline", "lead", "body"]), inner.filter(_is_of_words)),
        st.builds(lambda part, least: And((Long(least), part)), not_all, st.integers(1, 12)),
        st.builds(lambda part, day, window: And((part, Around(day.month, day.day, *window))), not_all, DAYS, WINDOWS),
        st.builds(lambda part, loose, other: And((part, joined(Or, [loose, other]))), not_all, LOOSE, inner),
        st.builds(AtLeast, st.integers(1, 3), places),
    )


TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@settings(max_examples=300, deadline=None)
@given(st.recursive(TERMS, _rules, max_leaves=8), TEXTS, TEXTS, st.lists(TEXTS, max_size=3))
@example(Since(date(1957, 1, 1)), "", "70th anniversarynorth", [])
def test_the_matcher_agrees_with_a_plain_slow_evaluator(root: Node, headline: str, lead: str, paragraphs: list[str]) -> None:
    story = Story(headline=headline, lead=lead, paragraphs=tuple(paragraphs), canonical_url="https://news.example/a")

    found = RuleSet([Rule(id="r", query=str(root))]).match(story, now=datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC))

    expected = slowly(root, read(story))
    assert (found and [span[:3] for span in found[0].spans]) == ([] if expected is None else _outermost(expected))


def _outermost(found: set[Found]) -> list[tuple[str, int, int]]:
    spans = {hit.span for hit in found}
    inside = {one for one in spans for other in spans if one != other and one[0] == other[0] and other[1] <= one[1] and one[2] <= other[2]}
    return sorted(spans - inside, key=lambda span: (("headline", "lead", "body").index(span[0]), span[1]))
