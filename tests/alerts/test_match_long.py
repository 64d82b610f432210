"""alerts.match: what is long, a text, a term or a query, is matched as what is short, and costs no more than its length."""

from time import process_time

import pytest
from matching import a_story

from alerts import reading
from alerts.match import RuleSet
from alerts.pattern import MOST_SPELLINGS
from alerts.plan import MOST_HITS
from alerts.reading import TEXT_FIELDS
from alerts.rules import Rule
from alerts.tree import Named


def test_the_deepest_query_that_is_read_can_be_used() -> None:
    row = " NEAR/1 b" * 8
    query = f"{'(' * 20}a{f'{row} OR c)' * 20}{row} OR d"

    assert RuleSet([Rule(id="r", query=query)]).match(a_story("d"))


def test_near_after_near_keeps_each_hit_once() -> None:
    rules = RuleSet([Rule(id="r", query=" NEAR/3 ".join("abababab"))])
    asked = rules.read(a_story("a b " * 100))

    hits = rules.plan(Named("r"), TEXT_FIELDS).hits(asked) or []
    near = rules.plan(rules.named("r").parsed.root, TEXT_FIELDS).hits(asked) or []

    assert len(hits) == len(near) == len(set(near)) == 200


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("a NEAR/1 port", True),
        ("{A} AND NOT {Port}", True),
        ("MIN/1000(a)", True),
        ("port NOT NEAR/1 a", False),
        ('"the port" NEAR/1 a', False),
        ("lead:a OR headline:a", False),
        ('"a a" NEAR/1 ship', True),
    ],
)
def test_of_a_word_that_stands_in_a_story_without_end_the_last_place_counts_too(query: str, matches: bool) -> None:
    story = a_story("a " * 3_000 + "ship A port")

    assert bool(RuleSet([Rule(id="r", query=query)]).match(story)) is matches


def test_of_phrases_within_one_another_few_places_are_kept_however_often_they_stand() -> None:
    rules = RuleSet([Rule(id="r", any=tuple("a" + " a" * more for more in range(1, 49)))])
    asked = rules.read(a_story("a " * 20_000))

    (match,) = rules.matches(asked)

    assert MOST_HITS <= len(match.spans) <= 48 * MOST_HITS
    assert max(map(len, asked.reading.found.values())) == reading.MOST_PLACES


def test_a_literal_across_two_pieces_of_a_long_text_is_found_once() -> None:
    rules = RuleSet([Rule(id="r", query='"grain deal"')])

    for letters in range(reading.PIECE - 14, reading.PIECE + 3):
        (match,) = rules.match(a_story(f"{'x' * letters} grain deal of {'y ' * 100}"))
        assert [(span.start, span.end) for span in match.spans] == [(letters + 1, letters + 11)]


def test_a_phrase_of_many_acronyms_is_spelt_in_few_ways() -> None:
    rules = RuleSet([Rule(id="r", any=(f"said {'AB ' * 200}",))])

    assert len(rules.literals) <= MOST_SPELLINGS


@pytest.mark.parametrize(
    "query", ["abc*" + "b*" * 40 + "z", "abc?" + "b*?" * 40 + "z", '"abc* ' + "b*b*b* " * 10 + 'z"', "朝" * 900, "a'" * 450]
)
def test_neither_wildcards_nor_repeats_cost_more_than_their_length(query: str) -> None:
    began = process_time()
    rules = RuleSet([Rule(id="r", query=query)])
    for text in ("abc" + "b" * 5_000, "abc" + "b" * 300 + " bbb" * 2_000, "朝" * 20_000, "a " * 20_000):
        rules.match(a_story(text))

    assert process_time() - began < 3


@pytest.mark.parametrize(
    ("query", "text", "matches"),
    [
        ("abc*b*z", "abcbbbxbz", True),
        ("abc*b*z", "abcz", False),
        ("abc*bz*", f"abc{'x' * 90}bzz", True),
        ('"inter*nation*l ag*cy"', "the internationally international agency", True),
        ('"inter*nation*l ag*cy"', "international the agency", False),
        (f'"{"north " * 30}korea"', "north " * 40 + "korea", True),
        (f'"{"north " * 30}korea"', "north " * 29 + "korea", False),
        (f'"{"north " * 30}korea"', "north " * 30 + "korean", False),
        ("북" * 120, "북" * 120 + "은", True),
        (f"{{{'North ' * 30}Korea}}", "North " * 30 + "Korea", True),
        (f"{{{'North ' * 30}Korea}}", "North " * 30 + "korea", False),
        (f"{'q' * 150}*", f"{'q' * 160}", True),
        (f"{'q' * 150}*", f"{'q' * 140}", False),
    ],
)
def test_long_terms_and_many_wildcards_match_as_short_ones_do(query: str, text: str, matches: bool) -> None:
    assert bool(RuleSet([Rule(id="r", query=query)]).match(a_story(text))) is matches
