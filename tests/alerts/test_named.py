"""alerts.match: a rule may name others, and a set whose names lead nowhere is refused with all its faults."""

from textwrap import dedent
from time import process_time

import pytest
from matching import a_story

from alerts.explain import explain
from alerts.match import RuleSet
from alerts.rules import Rule, RuleError
from alerts.superset import superset
from alerts.tree import Named


def test_a_name_is_a_rule_of_the_set_before_it_is_a_preset() -> None:
    ours = RuleSet([Rule(id="r", query="@dprk AND visit"), Rule(id="dprk", any=("Hermit Kingdom",))])
    packaged = RuleSet([Rule(id="r", query="@dprk AND visit")])

    story = a_story("A visit to North Korea")
    assert ours.match(story) == []
    assert [match.rule.id for match in packaged.match(story)] == ["r"]


def test_a_set_is_refused_with_all_its_faults() -> None:
    with pytest.raises(RuleError) as refused:
        RuleSet(
            [Rule(id="a", query="x"), Rule(id="a", query="y AND @dprg"), Rule(id="any", query="z"), Rule(id="b", any=("@nobody-knows",))]
        )

    assert str(refused.value) == dedent(
        """\
        rule "a": the id stands 2 times; give each rule one of its own
        rule "any": @any means a rule's own words; choose another id
        rule "a": no rule or preset is called "dprg"
          y AND @dprg
                ^^^^^
        write: y AND @dprk
        rule "b": no rule or preset is called "nobody-knows"; there are @anniversary, @dprk, @korean-war, @missile, @rok, @russia-dprk, @sanctions, @un-security-council
          @nobody-knows
          ^^^^^^^^^^^^^"""  # noqa: E501
    )


@pytest.mark.parametrize(
    ("queries", "fault"),
    [
        ({"a": "x OR @a"}, 'rule "a": goes round in a circle: @a → @a; take one of these names out'),
        ({"a": "x OR @b", "b": "@c", "c": "y AND @b"}, 'rule "b": goes round in a circle: @b → @c → @b; take one of these names out'),
        (
            {"a": "x NEAR/3 @b", "b": "y AND z"},
            'rule "a": x NEAR/3 @b: a rule named beside NEAR or in MIN must be made of words and OR, without AND and NOT',
        ),
    ],
)
def test_a_name_that_leads_nowhere_is_refused(queries: dict[str, str], fault: str) -> None:
    with pytest.raises(RuleError) as refused:
        RuleSet(Rule(id=name, query=query) for name, query in queries.items())

    assert refused.value.faults == (fault,)


@pytest.mark.parametrize("query", ["@{} OR word", "@{}", "(@{} AND a) OR (@{} AND NOT b)", "(a AND @{}) OR @{}"])
def test_rules_that_name_one_another_in_a_long_chain_are_refused_by_the_first_that_goes_too_far(query: str) -> None:
    def chain(length: int) -> list[Rule]:
        first = [Rule(id=f"r{number}", query=query.replace("{}", f"r{number + 1}")) for number in range(length)]
        return [*first, Rule(id=f"r{length}", query="end")]

    with pytest.raises(RuleError) as refused:
        RuleSet(chain(3_000))

    (fault,) = refused.value.faults
    number = 3_000 - int(fault.split('"')[1][1:])
    assert fault.startswith(f'rule "r{3_000 - number}": with the rules that it names') and "[[aliases]]" in fault
    longest = RuleSet(chain(number - 1))
    assert "r0" in [match.rule.id for match in longest.match(a_story("a end"))]
    assert explain(longest, "r0", a_story("a end")).true
    assert superset(Named("r0"), lambda name: longest.named(name).parsed.root)


def test_a_long_circle_of_names_is_refused() -> None:
    rules = [Rule(id=f"r{number}", query=f"@r{(number + 1) % 3_000} OR a") for number in range(3_000)]

    with pytest.raises(RuleError, match=r'rule "r0": goes round in a circle: @r0 → @r1 → .* → @r2999 → @r0; take'):
        RuleSet(rules)


def test_a_version_changes_with_what_a_rule_means_and_with_nothing_else() -> None:
    def version(query: str, named: str = "x", **fields: object) -> str:
        return RuleSet([Rule(id="r", query=query, **fields), Rule(id="n", query=named)]).version("r")  # type: ignore[arg-type]

    first = version("a AND @n")
    assert first == version("(a)  AND @n", name="Shown otherwise")
    assert len({first, version("b AND @n"), version("a AND @n", named="y"), version("a AND @n", own=("KP",)), version("a AND x")}) == 5


@pytest.mark.parametrize("operator", ["AND", "OR", "NEAR/3"])
def test_rules_that_name_one_another_twice_cost_no_more_than_their_number(operator: str) -> None:
    named = [Rule(id=f"r{number}", query=f"@r{number - 1} {operator} @r{number - 1}") for number in range(1, 60)]
    story, began = a_story("Korea"), process_time()
    rules = RuleSet([Rule(id="r0", query="korea OR x"), *named])
    matches = rules.match(story)
    explain(rules, "r59", story)

    assert [match.spans for match in matches] == [(("body", 0, 5, "korea"),)] * (1 if operator == "NEAR/3" else 60)
    assert process_time() - began < 2


def test_thousands_of_unknown_names_are_refused_at_once() -> None:
    began = process_time()
    with pytest.raises(RuleError) as refused:
        RuleSet(Rule(id=f"r{number}", query=f"@nope{number}") for number in range(1500))

    assert len(refused.value.faults) == 1500
    assert process_time() - began < 3


def test_no_name_is_suggested_that_would_be_refused_too() -> None:
    rules = [
        Rule(id="norths", query="@north"),
        Rule(id="northern", query="@grai"),
        Rule(id="north two", query="x"),
        Rule(id="grain", query="y"),
    ]

    with pytest.raises(RuleError) as refused:
        RuleSet(rules)

    north, grain = refused.value.faults
    assert "write:" not in north
    assert grain.splitlines()[-1] == "write: @grain"
