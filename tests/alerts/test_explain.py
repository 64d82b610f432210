"""alerts.explain: which branches of a rule are true of a story, and where."""

import random
from datetime import UTC, datetime

from alerts.explain import Branch, explain
from alerts.match import RuleSet
from alerts.reading import Span
from alerts.rules import Rule
from spiders.story import Dateline, Story
from tests import varied

STORY = Story(canonical_url="https://news.example/1", headline="Dockers strike again", paragraphs=("The port of Leith is closed.",))


def lines(branch: Branch, depth: int = 0) -> list[tuple[int, str, bool, list[str]]]:
    """The tree, a line a branch, with what each hit."""
    told = [span.alias for span in branch.spans]
    return [(depth, branch.text, branch.true, told), *(line for part in branch.parts for line in lines(part, depth + 1))]


def test_each_branch_says_whether_it_is_true_and_where_it_hits() -> None:
    rules = RuleSet([Rule(id="docks", query="strik* NEAR/5 dockers AND (leith OR dundee) AND NOT headline:ferry")])

    told = explain(rules, "docks", STORY)

    assert told.spans == (Span("headline", 0, 7, "dockers"), Span("headline", 8, 14, "strik*"), Span("body", 12, 17, "leith"))
    assert lines(told)[1:] == [
        (1, "strik* NEAR/5 dockers AND (leith OR dundee) AND NOT headline:ferry", True, ["dockers", "strik*", "leith"]),
        (2, "strik* NEAR/5 dockers", True, ["dockers", "strik*"]),
        (3, "strik*", True, ["strik*"]),
        (3, "dockers", True, ["dockers"]),
        (2, "leith OR dundee", True, ["leith"]),
        (3, "leith", True, ["leith"]),
        (3, "dundee", False, []),
        (2, "NOT headline:ferry", True, []),
        (3, "headline:ferry", False, []),
        (4, "ferry", False, []),
    ]


def test_a_story_that_did_not_match_shows_the_branch_that_failed() -> None:
    rules = RuleSet([Rule(id="far", query="strike NEAR/2 closed"), Rule(id="set", query="@far AND port")])

    assert lines(explain(rules, "set", STORY)) == [
        (0, "@set", False, []),
        (1, "@far AND port", False, []),
        (2, "@far", False, []),
        (3, "strike NEAR/2 closed", False, []),
        (4, "strike", True, ["strike"]),
        (4, "closed", True, ["closed"]),
        (2, "port", True, ["port"]),
    ]


def test_years_and_seasons_go_by_the_day_the_story_came_in() -> None:
    rules = RuleSet([Rule(id="founding", query="since:1948-09-09 AND around:09-09/3")])
    story = Story(canonical_url="https://news.example/1", headline="The 78th anniversary")

    near, far = [explain(rules, "founding", story, now=datetime(2026, 9, day, tzinfo=UTC)) for day in (10, 13)]

    assert lines(near)[1:] == [
        (1, "since:1948-09-09 AND around:09-09/3", True, ["since:1948-09-09"]),
        (2, "since:1948-09-09", True, ["since:1948-09-09"]),
        (2, "around:09-09/3", True, []),
    ]
    assert [(text, true) for _, text, true, _ in lines(far)[2:]] == [("since:1948-09-09", True), ("around:09-09/3", False)]


def test_of_many_aliases_the_true_ones_are_shown() -> None:
    rules = RuleSet([Rule(id="many", any=("leith", *(f"word{number}" for number in range(100))))])

    (words,) = explain(rules, "many", STORY).parts

    assert ([part.text for part in words.parts], words.more) == (["leith"], 100)


def test_what_a_country_s_own_wire_says_of_itself_is_shown_as_unheard() -> None:
    story = Story(
        canonical_url="https://news.example/2",
        headline="",
        paragraphs=("PYONGYANG, July 27 (KCNA) -- Rain.",),
        dateline=Dateline(raw="PYONGYANG, July 27 (KCNA)", places=("PYONGYANG",)),
    )
    rules = RuleSet([Rule(id="capital", query="pyongyang", own=("KP",))])

    assert [line[2] for line in lines(explain(rules, "capital", story))] == [True, True]
    assert [line[2] for line in lines(explain(rules, "capital", story, country="KP"))] == [False, False]


def test_an_explanation_never_disagrees_with_the_matcher() -> None:
    chance = random.Random(7)
    rules = RuleSet(varied.rules(chance, 60))
    for number in range(60):
        story, country = varied.a_story(chance, number), chance.choice(("KP", None))
        matched = {match.rule.id: match.spans for match in rules.match(story, country=country, source="kcna")}

        told = {rule.id: explain(rules, rule.id, story, country=country, source="kcna") for rule in rules.rules}

        assert {id: branch.spans for id, branch in told.items() if branch.true} == matched
