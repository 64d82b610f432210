"""alerts.match: which words of a story a query hits, and where they stand."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from matching import a_story, hits, text_of

from alerts import reading
from alerts.canon import words
from alerts.match import Match, RuleSet
from alerts.rank import Rank
from alerts.reading import TEXT_FIELDS
from alerts.rules import Rule, preset
from alerts.superset import indexed
from alerts.tree import Or, Term
from spiders.story import Dateline, Story

SEED = Path(__file__).parents[3] / "shared" / "data" / "seed_story.txt"
CASES = SEED.with_name("rules_cases.jsonl")
NOVEMBER = datetime(2026, 11, 23, tzinfo=UTC)


def test_a_span_is_the_storys_own_spelling_in_its_own_field() -> None:
    story = a_story(
        "PYONGYANG. The Democratic\nPeople’s Republic of Korea’s army.",
        "A Nuc\u00adlear test of the D.P.R.K. Then silence.",
        headline="North‑Korean leader",
        lead="«Corée  du Nord»",
        other_headlines=("Seoul waits", "NORTH KOREANS wait"),
    )

    query = '"north korea*" OR "Democratic People\'s Republic of Korea" OR "coree du nord" OR nuclear OR DPRK'
    assert hits(query, story) == [
        ("headline", "North‑Korean", "north korea*"),
        ("other_headlines.1", "NORTH KOREANS", "north korea*"),
        ("lead", "Corée  du Nord", "coree du nord"),
        ("body", "Democratic\nPeople’s Republic of Korea", "Democratic People's Republic of Korea"),
        ("body", "Nuc\u00adlear", "nuclear"),
        ("body", "D.P.R.K", "DPRK"),
    ]


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ('"north korea"', "He drove north. Korea waited.", None),
        ('"north korea"', "north\nkorea", ["north\nkorea"]),
        ("art", "start of a party, arts", None),
        ("art*", "Artful arts", ["Artful", "arts"]),
        ("wom?n", "woman women womn", ["woman", "women"]),
        ("kim*un", "Kimjongun Kimun Kimunx", ["Kimjongun", "Kimun"]),
        ('"north * korea"', "north of korea, north korea", ["north of korea"]),
        ('"army* DPRK"', "army of; army DPRK; armys D.P.R.K.", ["army DPRK", "armys D.P.R.K"]),
        ("{US}", "us Us US U.S. u.s.", ["US"]),
        ("{Türkiye}", "Turkiye TÜRKIYE Türkiye’s", ["Türkiye"]),
        ("북한", "북한이 대북한인회 남북한", ["북한"]),
        ("朝鮮", "北朝鮮と朝鮮半島", ["朝鮮", "朝鮮"]),
        ("朝鲜 NOT NEAR/0 朝鲜半岛", "朝鲜半岛局势，朝鲜外务省", ["朝鲜"]),
        ("70주년", "창건 70주년을 맞아", ["70주년"]),
        ("kuzey", "KUZEY Kore’nin", ["KUZEY"]),
        ("istanbul", "İSTANBUL ıstanbul", ["İSTANBUL", "ıstanbul"]),
        ("كوريا", "كُورِيَا", ["كُورِيَا"]),
        ("a AND b", "b c a", ["b", "a"]),
        ("a AND NOT b", "a", ["a"]),
        ("a AND NOT b", "a b", None),
        ("a NEAR/1 b", "a x b", ["a", "b"]),
        ("a NEAR/1 b", "b x x a", None),
        ("a ONEAR/1 b", "b a", None),
        ("a NEAR/0 a", "a x a", None),
        ("a NEAR/1 a", "a x a", ["a", "a"]),
        ("a NOT NEAR/1 b", "a x b, then y a x x c", ["a"]),
        ("a NEAR/5 b", "a\x02b", ["a", "b"]),
        ("MIN/2(a OR b)", "a c a", ["a", "a"]),
        ("MIN/2(a OR b)", "a", None),
        ("MIN/2(korea OR kore*)", "korea", None),
        ('"north korea" NOT NEAR/0 north', "north korea", None),
        ("a AND NOT (NOT b AND NOT c)", "a c", ["a"]),
        ("a AND NOT (NOT b AND NOT c)", "a", None),
        ("a OR (a AND b)", "a", ["a"]),
        ('korea OR "north korea"', "north korea, korea", ["north korea", "korea"]),
    ],
)
def test_words_are_found_as_the_language_says(query: str, text: str, found: list[str] | None) -> None:
    spans = hits(query, a_story(text))

    assert (spans and [spelling for _, spelling, _ in spans]) == found


@pytest.mark.parametrize("query", ["strike", "agency:dpa"])
def test_the_words_of_a_story_are_the_same_whatever_fields_the_rules_ask_for(query: str) -> None:
    story = a_story(
        "Kim’s army. Café!", "북한 70주년", headline="Owls", lead="A lead", other_headlines=("Others",), agency="dpa", section="Asia"
    )

    asked = RuleSet([Rule(id="r", query=query)]).read(story)
    assert asked.reading.canonical_words == words(reading.text(story)) == "owls others a lead kim army cafe 북한 70 주년"


@pytest.mark.parametrize("query", ["strike", "agency:dpa"])
@pytest.mark.parametrize("body", ["", "Kim’s army. It marched!", "북한 70주년", "a\ue000b"])
def test_the_index_holds_the_words_of_a_story_whatever_fields_the_rules_ask_for(query: str, body: str) -> None:
    story = a_story(body, headline="Owls", lead="A lead", agency="dpa", section="Asia")

    asked = RuleSet([Rule(id="r", query=query)]).read(story)

    assert indexed(asked.reading.told) == indexed(words(reading.text(story)).split())


def test_nothing_is_near_across_paragraphs_and_fields() -> None:
    story = a_story("the north", "korea", headline="north", lead="korea")

    assert hits("north NEAR/9 korea", story) is None
    assert hits("north NOT NEAR/9 korea", story) == [("headline", "north", "north"), ("body", "north", "north")]


def test_rules_06_a_word_does_not_match_inside_a_word_an_address_or_markup() -> None:
    story = a_story(
        'start <a href="art">smart</a> https://news.example/art?art=art www.art.example 대북한인회',
        headline="partial ART-deco",
    )

    assert hits("art", story) == [("headline", "ART", "art")]
    assert hits("북한", story) is None


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("朝鮮", "北朝鮮は朝鮮半島", ["朝鮮", "朝鮮"]),
        ("平壌", "平らな壌", None),
        ("북한", "북한에서 대북한 북한이", ["북한", "북한"]),
        ("주년", "창건 70주년이다", ["주년"]),
        ("เกาหลีเหนือ", "ผู้นำเกาหลีเหนือกล่าว", ["เกาหลีเหนือ"]),
        ("src", '<img src="korea.png" alt="korea">text', None),
        ("korea", '<a title="korea" href="/korea">text</a> http://korea.example/korea korea', ["korea"]),
        ("corea", "coreana Corea", ["Corea"]),
    ],
)
def test_rules_06_word_boundaries_are_those_of_the_script(query: str, text: str, found: list[str] | None) -> None:
    spans = hits(query, a_story(text))

    assert (spans and [spelling for _, spelling, _ in spans]) == found


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("headline:talks", True),
        ("headline:summit", True),
        ("lead:talks", False),
        ("body:missile AND headline:talks", True),
        ("headline:(missile OR rocket)", False),
        ("headline:@words", False),
        ("body:@words", True),
        ("agency:TASS AND missile", True),
        ("agency:AP", False),
        ("TASS AND agency:TASS", False),
        ("lang:zh", True),
        ("lang:en", False),
        ("place:Moscow", True),
        ("dateline:(moscow AND tass)", True),
        ("byline:Ivanova", True),
        ("section:world", True),
        ("source:tass-en", True),
        ("source:tass-ru", False),
        ("status:usable AND NOT lang:en", True),
    ],
)
def test_a_field_is_asked_for_by_its_name(query: str, matches: bool) -> None:
    story = a_story(
        "The missile flew.",
        headline="Talks begin",
        other_headlines=("Summit begins",),
        agency="TASS",
        language="zh-hant",
        dateline=Dateline(raw="MOSCOW, May 1. /TASS/.", places=("MOSCOW",)),
        byline=("Anna Ivanova",),
        section="World",
    )
    rules = RuleSet([Rule(id="r", query=query), Rule(id="words", any=("missile", "rocket"))])

    assert ("r" in [match.rule.id for match in rules.match(story, source="tass-en")]) is matches


def test_a_wire_of_the_topics_own_country_does_not_match_by_its_dateline_or_agency() -> None:
    dateline = Dateline(raw="PYONGYANG, May 1 (KCNA) --", places=("PYONGYANG",), agency="KCNA")
    harvest = a_story("PYONGYANG, May 1 (KCNA) -- The harvest is good.", dateline=dateline, agency="KCNA")
    visit = a_story("PYONGYANG, May 1 (KCNA) -- A delegation left Pyongyang.", dateline=dateline, agency="KCNA")
    rules = RuleSet(
        [
            Rule(id="north", any=("Pyongyang", "KCNA"), query="@any OR agency:KCNA", own=("KP",)),
            Rule(id="both", query="@north AND (harvest OR delegation)"),
        ]
    )

    def told(story: Story, country: str | None) -> list[tuple[str, int]]:
        return [(match.rule.id, len(match.spans)) for match in rules.match(story, country=country)]

    assert told(harvest, "kp") == []
    assert told(harvest, "RU") == told(harvest, None) == [("north", 3), ("both", 4)]
    assert told(visit, "KP") == [("north", 1), ("both", 2)]


def test_a_match_names_rule_version_and_spans_in_the_order_of_the_set() -> None:
    first, second, third = Rule(id="z", query="korea"), Rule(id="m", query="japan"), Rule(id="a", query="NOT japan AND lang:en")
    rules = RuleSet([first, second, third])

    assert rules.match(a_story("Korea", language="en")) == [
        Match(rule=first, version=rules.version("z"), spans=(("body", 0, 5, "korea"),), rank=Rank.LEAD),  # type: ignore[arg-type]
        Match(rule=third, version=rules.version("a"), spans=(("lang", 0, 2, "en"),), rank=Rank.MENTION),  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize(("least", "matches"), [(6, True), (7, False)])
def test_words_count_headline_lead_and_body_whatever_other_rules_read(least: int, matches: bool) -> None:
    story = a_story("One two.", headline="朝鮮", lead="north korea", section="World", agency="TASS", language="en")
    rules = RuleSet([Rule(id="r", query=f"korea AND words:{least}"), Rule(id="x", query="agency:tass AND section:world")])

    assert ("r" in [match.rule.id for match in rules.match(story)]) is matches


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("(words:3 OR armistice) AND bar", ""),
        ("bar AND (armistice OR words:3 OR around:11-20/9)", ""),
        ("(around:11-20/9 OR armistice) AND bar", ""),
        ("@n AND (@n OR armistice)", "(words:3 OR armistice) AND bar"),
        ("MIN/1(bar OR armistice) AND (words:3 OR armistice NEAR/3 signed)", ""),
    ],
)
def test_a_word_beside_what_is_true_without_one_need_not_be_in_the_story(query: str, named: str) -> None:
    rules = RuleSet([Rule(id="r", query=query), *([Rule(id="n", query=named, asked=False)] if named else [])])

    found = rules.match(a_story("It was closed."), now=NOVEMBER) + rules.match(
        a_story("It was closed.", headline="bar reopens"), now=NOVEMBER
    )

    assert [[span.alias for span in match.spans] for match in found] == [["bar"]]


def test_a_part_that_is_planned_after_the_set_is_found_and_changes_nothing_for_it() -> None:
    rules, story = RuleSet([Rule(id="r", query="grain AND port")]), a_story("The grain deal of the port.")
    asked = rules.read(story)

    for part in (Term("grain deal"), Term("deal"), Term("of the"), Or(tuple(Term(f"the{number or ''}") for number in range(20)))):
        assert rules.plan(part, TEXT_FIELDS).hits(asked)

    assert [len(match.spans) for match in rules.match(story)] == [2]


def test_a_set_without_rules_and_a_story_without_text_match_nothing() -> None:
    assert RuleSet([]).match(a_story("Korea")) == []
    assert RuleSet([Rule(id="r", query="korea")]).match(a_story()) == []


def test_marks_in_a_hostile_text_shift_nothing() -> None:
    story = a_story("a\x01b\x02c\x03 korea", headline="\x03\x03", lead="b\x03\ud800 korea")

    assert hits("korea", story) == [("lead", "korea", "korea"), ("body", "korea", "korea")]


@pytest.mark.skipif(not SEED.exists(), reason=f"{SEED} is not here")
def test_the_seed_story_is_told_though_it_never_says_dprk() -> None:
    head, *rest = [part for part in SEED.read_text(encoding="utf-8").split("\n\n") if part != "All news"]
    story = a_story(*rest[1:], headline=head, lead=rest[0])

    found = RuleSet([preset("dprk"), preset("anniversary")]).match(story)

    spellings = {match.rule.id: {text_of(story, span.field)[span.start : span.end] for span in match.spans} for match in found}
    assert spellings == {
        "dprk": {
            *("Kim Jong Un", "Kim Il Sung", "Korean People's Army", "Korean People’s Army", "North Korean", "Pyongyang"),
            "Democratic People’s Republic of Korea",
        },
        "anniversary": {"anniversary"},
    }


@pytest.mark.skipif(not CASES.exists(), reason=f"{CASES} is not here")
def test_the_presets_judge_every_tricky_case_as_the_desk_does() -> None:
    rules = RuleSet([preset("dprk"), preset("anniversary")])
    cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]

    def judged(text: str, asked: str) -> bool:
        return {name.lower() for name in asked.split(" AND ")} <= {match.rule.id for match in rules.match(a_story(text))}

    assert [case for case in cases if judged(case["text"], case["rule"]) != case["match"]] == []
