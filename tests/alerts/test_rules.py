import tomllib
from importlib.resources import files
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.query import parse
from alerts.rules import Rule, RuleError, preset, presets, versions


def test_a_rule_of_words_reads_them_as_they_stand() -> None:
    rule = Rule(id="grain", any=("grain deal", "зерновая сделка*", "곡물 협정", "Black Sea and Azov", "AND THE GRAIN", "{US}", "@dprk"))

    assert str(rule.parsed) == (
        '"grain deal" OR "зерновая сделка*" OR "곡물 협정" OR "Black Sea and Azov" OR "AND THE GRAIN" OR {US} OR @dprk'
    )


def test_a_query_says_where_the_rules_own_words_belong() -> None:
    rule = Rule(id="jubilee", any=("jubilee*", "70th"), query="queen OR @any NOT NEAR/3 (sale* OR @any)")

    assert str(rule.parsed) == "queen OR (jubilee* OR 70th) NOT NEAR/3 (sale* OR jubilee* OR 70th)"


@pytest.mark.parametrize(
    ("query", "words", "shown"),
    [
        (
            "",
            (),
            """\
            rule "x": the query is empty; write words, for example "grain deal" OR "grain corridor\"""",
        ),
        (
            "NOT sale",
            (),
            """\
            rule "x": this part only says what is not wanted and would match nearly every story: join it with AND to what is wanted
              NOT sale
              ^^^^^^^^""",
        ),
        (
            'a AND "b',
            (),
            """\
            rule "x": the quotation mark is never closed
              a AND "b
                    ^
            write: a AND "b\"""",
        ),
        (
            "a AND (b",
            (),
            """\
            rule "x": this parenthesis is never closed
              a AND (b
                    ^
            write: a AND (b)""",
        ),
        (
            "",
            ("…",),
            """\
            rule "x": there is no letter or digit to look for
              …
              ^""",
        ),
        (
            "",
            ("grain AND deal",),
            """\
            rule "x": words take no operators; write a query
              grain AND deal
              ^^^^^^^^^^^^^^
            write: query = 'grain AND deal'""",
        ),
        (
            "",
            ("grain deal AND corn",),
            """\
            rule "x": words take no operators; write a query
              grain deal AND corn
              ^^^^^^^^^^^^^^^^^^^
            write: query = '"grain deal" AND corn'
               or: query = 'grain AND deal AND corn'""",
        ),
        (
            "",
            ("@dprk AND Xi'an",),
            """\
            rule "x": words take no operators; write a query
              @dprk AND Xi'an
              ^^^^^^^^^^^^^^^
            write: query = "@dprk AND Xi'an\"""",
        ),
        (
            "@any NEAR/3 deal",
            ("@any",),
            """\
            rule "x": @any means these words, and cannot be one of them
              @any
              ^^^^""",
        ),
        (
            "deal",
            ("grain",),
            """\
            rule "x": a rule with words and a query says in the query where the words belong
              deal
              ^^^^
            write: @any OR (deal)""",
        ),
        (
            "@any AND deal",
            (),
            """\
            rule "x": @any means the rule's own words, and it has none
              @any AND deal
              ^^^^""",
        ),
    ],
)
def test_rules_07_a_bad_rule_is_refused_by_its_name_with_the_place(query: str, words: tuple[str, ...], shown: str) -> None:
    with pytest.raises(RuleError) as refused:
        Rule(id="x", query=query, any=words)

    assert str(refused.value) == dedent(shown)


def test_an_unknown_preset_is_refused_with_close_names() -> None:
    with pytest.raises(RuleError) as refused:
        preset("dpkr")

    assert str(refused.value) == 'no preset is called "dpkr"; there are: dprk, russia-dprk'


@pytest.mark.parametrize("name", presets())
def test_a_preset_is_a_whole_rule(name: str) -> None:
    table = tomllib.loads((files("alerts") / "presets" / f"{name}.toml").read_text(encoding="utf-8"))
    rule = preset(name)

    assert (rule.id, rule.name, rule.own) == (table["id"], table["name"], tuple(table.get("own", ())))
    assert table["id"] == name
    assert isinstance(table["version"], int)


def test_the_presets_are_there() -> None:
    assert presets() == ("anniversary", "dprk", "korean-war", "missile", "rok", "russia-dprk", "sanctions", "un-security-council")


def test_a_pinned_preset_is_that_version_under_the_same_name() -> None:
    assert preset("dprk@1") == preset("dprk")
    assert versions("dprk") == (1,)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dprk@2", 'preset "dprk" has no version "2"; there are: dprk@1'),
        ("dprk@", 'preset "dprk" has no version ""; there are: dprk@1'),
        ("dprk@01", 'preset "dprk" has no version "01"; there are: dprk@1'),
        ("dprk@../dprk", 'preset "dprk" has no version "../dprk"; there are: dprk@1'),
        ("dprk-founding@1", '"dprk-founding" has no versions; write "dprk-founding"'),
    ],
)
def test_an_unknown_version_is_refused_with_those_there_are(name: str, said: str) -> None:
    with pytest.raises(RuleError) as refused:
        preset(name)

    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("word", "printed"),
    [
        ('"Kim Jong Un"', '"Kim Jong Un"'),
        ('say "hello" now', '"say hello now"'),
        ("the «Kursk» crew", '"the Kursk crew"'),
        ("info@kcna.kp", '"info@kcna.kp"'),
        ("BEFORE", '"BEFORE"'),
        ("w/s", '"w/s"'),
        ("within/3", '"within/3"'),
    ],
)
def test_a_word_is_printed_as_a_query_that_says_the_same(word: str, printed: str) -> None:
    rule = Rule(id="x", any=(word,))

    assert str(rule.parsed) == printed
    assert parse(printed) == rule.parsed


SPELLED = """
kim 朝鲜 북한 AND or NEAR/3 pre/2 BEFORE/3 W/P ADJ headline: {X} @dprk @any words:3 foo* w?m a@b " “ » { } ( ) ~2 @ : + - | &
"""
PIECES = st.sampled_from([*SPELLED.split(), "ru: зерновая сделка", "{X Y}", "\u200b", "\n", " "])
TEXTS = st.one_of(st.lists(PIECES, max_size=6).map(" ".join), st.lists(PIECES, max_size=6).map("".join), st.text(max_size=20))


@given(TEXTS, st.lists(TEXTS, max_size=3).map(tuple))
def test_whatever_a_rule_is_made_of_prints_as_a_query_that_says_the_same(query: str, words: tuple[str, ...]) -> None:
    for said, own in ((query, ()), ("", words), (query, words), ("@any NEAR/3 deal", words)):
        try:
            rule = Rule(id="x", query=said, any=own)
        except RuleError:
            continue
        assert parse(str(rule.parsed)) == rule.parsed
