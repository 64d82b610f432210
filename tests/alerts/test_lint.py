from textwrap import dedent
from time import process_time

import pytest

from alerts.lint import lint
from alerts.query import parse
from alerts.rules import Rule


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        (
            "sanctions AND (US OR WHO)",
            [
                """\
                capitals do not count: US finds every "us"; in braces they do
                  sanctions AND (US OR WHO)
                                 ^^
                write: sanctions AND (({US} OR {U.S.}) OR WHO)""",
                """\
                capitals do not count: WHO finds every "who"; in braces they do
                  sanctions AND (US OR WHO)
                                       ^^^
                write: sanctions AND (US OR ({WHO} OR {W.H.O.}))""",
            ],
        ),
        (
            "putin NEAR/21 kim",
            [
                """\
                NEAR/21 is hardly nearer than AND: 20 words are a long sentence
                  putin NEAR/21 kim
                        ^^^^^^^
                write: putin NEAR/20 kim""",
            ],
        ),
        (
            'kim AND (kore* OR "South Korea" OR Nordkorea)',
            [
                """\
                "South Korea" finds nothing that kore* beside it does not find: leave it out
                  kim AND (kore* OR "South Korea" OR Nordkorea)
                                    ^^^^^^^^^^^^^""",
            ],
        ),
    ],
)
def test_what_is_probably_not_meant_is_shown_with_its_place(query: str, shown: list[str]) -> None:
    found = lint(Rule(id="r", query=query))

    assert [str(advice) for advice in found] == [dedent(text) for text in shown]
    for advice in found:
        if advice.instead:
            assert len(lint(Rule(id="r", query=advice.instead))) == len(found) - 1


def test_a_language_before_a_phrase_of_a_query_is_shown_with_the_forms_to_write() -> None:
    (advice,) = lint(Rule(id="r", query='"ru: железная дорога" AND Korea'))
    sound = Rule(id="r", query='@any AND "re: the treaty" AND "xx: Korea"', any=("ru: железная дорога",))

    assert advice.message.endswith("in a query the story would have to say 'ru железная дорога'")
    assert '"железной дороги" OR' in advice.instead and advice.instead.endswith(") AND Korea")
    assert lint(Rule(id="r", query=advice.instead)) == ()
    assert lint(sound) == ()


@pytest.mark.parametrize(
    "query",
    [
        "DPRK OR NATO",
        "{US} OR {WHO}",
        '"US Army"',
        "us OR who",
        "a NEAR/20 b",
        '"North Korea" OR "South Korea"',
        'korea OR "north korea*"',
        '(korea AND x) OR "north korea"',
        "朝鮮 OR 北",
        "북한 OR 대북",
        "{Korea} OR korea",
        " OR ".join(f"word{number}*" for number in range(10, 60)),
    ],
)
def test_a_sound_rule_is_left_alone(query: str) -> None:
    assert lint(Rule(id="r", query=query)) == ()


def test_above_fifty_wildcards_the_first_too_many_is_shown() -> None:
    query = " OR ".join(f"word{number}*" for number in range(100, 151))

    (advice,) = lint(Rule(id="r", query=query))

    assert query[advice.start : advice.end] == "word150*"
    assert advice.message.startswith("51 words with * or ?")


@pytest.mark.parametrize(
    ("words", "covered"),
    [
        (("North Korea*", "north korean army", "Korea", "south korea"), ["north korean army", "south korea"]),
        (("corée", "Coree", "COREE"), ["Coree", "COREE"]),
        (("북한", "북한군", "북한 외무성"), ["북한군", "북한 외무성"]),
        (("朝鮮", "北朝鮮", "朝鮮半島"), ["北朝鮮", "朝鮮半島"]),
        (("북한", "북한*"), ["북한*"]),
        (("朝鲜*", "朝鲜"), ["朝鲜"]),
        (("kimo*", "kimono", "kim*", "kimchi*", "a kimono b"), ["kimo*", "kimono", "kimchi*", "a kimono b"]),
        (("kim*", "kim jong un"), ["kim jong un"]),
        (("North Korea", "North Korea*", "{North Korea}"), ["North Korea"]),
    ],
)
def test_an_alias_inside_another_is_not_needed(words: tuple[str, ...], covered: list[str]) -> None:
    assert [advice.text for advice in lint(Rule(id="r", any=words))] == covered


@pytest.mark.parametrize(
    ("query", "instead"),
    [
        ("{US} OR US", "{US} OR {U.S.}"),
        ("US OR {U.S.} OR {US}", ""),
        ('"US army"~3', ""),
        ('headline:"US"', "headline:({US} OR {U.S.})"),
    ],
)
def test_what_is_in_braces_already_is_not_suggested_again(query: str, instead: str) -> None:
    (advice,) = lint(Rule(id="r", query=query))

    assert advice.instead == instead


def test_words_and_query_are_both_looked_at_in_the_order_of_the_rule() -> None:
    rule = Rule(id="r", any=("IT", "grain"), query="@any NEAR/50 US")

    found = lint(rule)

    assert [(advice.text, advice.text[advice.start : advice.end], advice.instead) for advice in found] == [
        ("@any NEAR/50 US", "NEAR/50", "@any NEAR/20 US"),
        ("@any NEAR/50 US", "US", "@any NEAR/50 ({US} OR {U.S.})"),
        ("IT", "IT", '"{IT}", "{I.T.}"'),
    ]
    parse(found[0].instead)


def test_a_list_of_thousands_of_aliases_is_looked_over_at_once() -> None:
    rule = Rule(id="r", any=(*(f"alias number{number} of something" for number in range(8000)), "alias number77 of something else"))

    began = process_time()
    (advice,) = lint(rule)

    assert advice.text == "alias number77 of something else"
    assert process_time() - began < 2
