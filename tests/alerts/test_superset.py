"""alerts.superset: what the index holds of a story, and what it is asked for."""

import pytest

from alerts.canon import words
from alerts.reading import text
from alerts.rules import Rule, preset
from alerts.superset import INDEXED, LONGEST, LONGEST_QUERY, MORE, MOST, superset
from alerts.superset import indexed as held
from alerts.tree import Node
from spiders.story import Story


def asked(rule: str, **named: str) -> tuple[str, ...]:
    roots = {name: Rule(id=name, query=query).parsed.root for name, query in named.items()}
    return superset(Rule(id="r", query=rule).parsed.root, lambda name: roots.get(name) or preset(name).parsed.root)


def indexed(story: Story) -> str:
    return held(words(text(story)).split())


def a_story(body: str, headline: str = "") -> Story:
    return Story(canonical_url="https://news.example/1", headline=headline, paragraphs=(body,))


@pytest.mark.parametrize(
    ("query", "lexemes"),
    [
        ("strike", "'strike'"),
        ("strik*", "'strik':*"),
        ("wom?n", "'wom':*"),
        ('"Grain deal"', "('deal' & 'grain')"),
        ('"Kore* Północn* partia"', "('kore':* & 'partia' & 'polnocn':*)"),
        ("DPRK", "'dprk' | ('d' & 'p' & 'r' & 'k')"),
        ("{US}", "'us'"),
        ("朝鲜", "('朝' & '鲜')"),
        ("북한", "'북한':*"),
        ("strike NEAR/3 (dock OR port)", "('strike' & ('dock' | 'port'))"),
        ("strike NOT NEAR/3 dock", "'strike'"),
        ("strike AND NOT dock", "'strike'"),
        ("MIN/3(strike)", "'strike'"),
        ("headline:strike AND dateline:london", "'strike'"),
        ('slug:"second lead" AND version:2', "('lead' & 'second')"),
        ("note:advisory", "'advisory'"),
        ("@docks AND ferry", "('dock' & 'ferry')"),
        ("strike AND words:300 AND around:06-25/3", "'strike'"),
        ("strike AND (words:300 OR ferry) AND (lang:zh OR dock)", "'strike'"),
    ],
)
def test_a_rule_asks_for_its_words_and_leaves_the_rest_to_the_engine(query: str, lexemes: str) -> None:
    said = asked(query, docks="dock NOT NEAR/2 leave")

    assert said == (f"{lexemes} | '{MORE}'",)


@pytest.mark.parametrize("query", ["dateline:london", "lang:zh", "source:tass AND section:world", "strike OR place:seoul"])
def test_what_the_index_does_not_hold_is_asked_of_every_story(query: str) -> None:
    assert asked(query) == ()


def test_many_alternatives_are_asked_one_by_one() -> None:
    roots = preset("dprk").parsed.root

    alternatives = superset(roots, lambda name: preset(name).parsed.root)

    assert len(alternatives) > 300
    assert "'north' & 'korea':*" in alternatives
    assert f"'{MORE}'" in alternatives


def test_years_since_a_day_are_asked_for_by_the_words_beside_them() -> None:
    alternatives = asked("korea AND since:1950-06-25")

    assert "'korea' & 'anniversar':*" in alternatives
    assert "'korea' & '주년':*" in alternatives
    assert f"'{MORE}'" in alternatives
    assert asked("agency:kcna AND dateline:since:1950-06-25") == ()


def test_of_two_long_lists_the_shorter_is_asked_for() -> None:
    short, long = (" OR ".join(f"{word}{number}" for number in range(count)) for word, count in (("a", 20), ("b", 30)))

    alternatives = asked(f"({short}) AND ({long}) AND said")

    assert len(alternatives) == 21
    assert alternatives[0] == "'said' & 'a0'"


def test_a_query_is_bounded_in_size_whatever_the_rule() -> None:
    names = {f"n{number}": f"@n{number - 1} AND (@n{number - 1} OR word{number})" for number in range(1, 30)} | {"n0": "word AND other"}
    wide = superset(Rule(id="r", any=tuple(f"word{number}" for number in range(MOST + 1))).parsed.root, dict[str, Node]().__getitem__)

    alternatives = asked("@n29", **names)

    assert wide == ()
    assert 0 < len(alternatives) <= MOST
    assert all(len(one) < 3 * LONGEST_QUERY for one in alternatives)


def test_the_index_holds_each_word_once_and_long_ones_in_part() -> None:
    assert indexed(a_story("The port, the Port’s cranes", headline="Café")).split() == ["cafe", "the", "port", "cranes"]
    assert indexed(a_story("x" * 5_000)) == "x" * LONGEST
    assert indexed(a_story("")) == ""


def test_a_story_with_more_words_than_fit_says_so() -> None:
    many = [f"w{number}" for number in range(INDEXED // 3)]

    found = indexed(a_story(" ".join(many))).split()

    assert found[-1] == MORE
    assert found[:-1] == many[: len(found) - 1]
    assert sum(map(len, found[:-1])) <= INDEXED
    assert MORE not in indexed(a_story("… and so on …"))


def test_markup_across_paragraphs_hides_no_word() -> None:
    story = Story(canonical_url="https://news.example/1", headline="", paragraphs=("a <b", "c> d"))

    assert indexed(story).split() == ["a", "b", "c", "d"]
