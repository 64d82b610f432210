import re
from datetime import date
from textwrap import dedent
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.match import RuleSet
from alerts.query import MOST_DEPTH, MOST_IN_A_ROW, Query, QueryError, parse
from alerts.rules import Rule
from alerts.tree import FIELDS, And, Around, AtLeast, Long, Named, Near, Node, Not, Or, Since, Term, Within, joined, stands, walk
from spiders.story import Story


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("DPRK", "DPRK"),
        ("a AND b AND c", "a AND b AND c"),
        ("(a AND b) OR (c)", "(a AND b) OR c"),
        ("a OR (b OR c)", "a OR b OR c"),
        ("korea AND NOT sale", "korea AND NOT sale"),
        ("korea ANDNOT sale", "korea AND NOT sale"),
        ("korea NOT sale", "korea AND NOT sale"),
        ("korea NOT (sale OR shop)", "korea AND NOT (sale OR shop)"),
        ("“North  Korea” OR „Nordkorea“ OR «КНДР» OR ”x y”", '"North Korea" OR Nordkorea OR КНДР OR "x y"'),
        ("title:summit AND Lead:(talks OR meeting)", "headline:summit AND lead:(talks OR meeting)"),
        ("lang:zh AND 朝鲜", "lang:zh AND 朝鲜"),
        (
            "lang:(zh-Hant OR eng*) AND status:(Corrected OR {gone} OR with*)",
            "lang:(zh-Hant OR eng*) AND status:(Corrected OR {gone} OR with*)",
        ),
        ("putin w/5 kim", "putin NEAR/5 kim"),
        ("putin PRE/3 kim", "putin ONEAR/3 kim"),
        ("putin NEAR kim", "putin NEAR/4 kim"),
        ('"putin kim"~3', "putin NEAR/3 kim"),
        ("a NEAR/2 b NEAR/3 (c NEAR/4 d)", "a NEAR/2 b NEAR/3 (c NEAR/4 d)"),
        ("anniversar* NOT NEAR/3 (sale* OR wedding)", "anniversar* NOT NEAR/3 (sale* OR wedding)"),
        ("atleast3(missile* OR rocket*)", "MIN/3(missile* OR rocket*)"),
        ("korea AND Words:300 NOT words:2000", "korea AND words:300 AND NOT words:2000"),
        ("founding NEAR/9 since:1948-09-09", "founding NEAR/9 since:1948-09-09"),
        ("korea AND (around:02-29 OR around:09-09/3+0)", "korea AND (around:02-29/14 OR around:09-09/3+0)"),
        ("{US} AND wom?n", "{US} AND wom?n"),
        ("@dprk AND @anniversary", "@dprk AND @anniversary"),
        ('"and" OR "NEAR/3" OR 70-летие OR Xi\'an OR D.P.R.K.', 'and OR "NEAR/3" OR 70-летие OR Xi\'an OR D.P.R.K.'),
    ],
)
def test_a_query_is_stored_in_one_spelling(text: str, printed: str) -> None:
    assert str(parse(text)) == printed
    assert parse(printed) == parse(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "north korea AND missile",
            """\
            nothing says what stands between these: quote them for a phrase, or join them with AND or OR
              north korea AND missile
              ^^^^^^^^^^^
            write: "north korea" AND missile
               or: north AND korea AND missile""",
        ),
        (
            "russia and china",
            """\
            in small letters and, or, not, near are words, and words side by side are not a query
              russia and china
              ^^^^^^^^^^^^^^^^
            write: "russia and china"
               or: russia AND china""",
        ),
        (
            '朝鲜 OR ("金正恩" 平壤)',
            """\
            nothing says what stands between these: quote them for a phrase, or join them with AND or OR
              朝鲜 OR ("金正恩" 平壤)
                       ^^^^^^^^^^^^^
            write: 朝鲜 OR ("金正恩" OR 平壤)
               or: 朝鲜 OR ("金正恩" AND 平壤)""",
        ),
        (
            "a AND b OR c",
            """\
            AND and OR side by side are read differently everywhere: set parentheses
              a AND b OR c
              ^^^^^^^^^^^^
            write: (a AND b) OR c
               or: a AND (b OR c)""",
        ),
        (
            "a OR b AND c NOT d OR e",
            """\
            AND and OR side by side are read differently everywhere: set parentheses
              a OR b AND c NOT d OR e
              ^^^^^^^^^^^^^^^^^^^^^^^
            write: a OR (b AND c AND NOT d) OR e
               or: (a OR b) AND c AND NOT (d OR e)""",
        ),
        (
            "NOT sale",
            """\
            this part only says what is not wanted and would match nearly every story: join it with AND to what is wanted
              NOT sale
              ^^^^^^^^""",
        ),
        (
            "ab*",
            """\
            "ab*" would match too many words: put at least 3 letters before * or ?
              ab*
              ^^^""",
        ),
        (
            "x AND headlin:korea",
            """\
            no field "headlin"; the fields are headline, lead, body, dateline, place, byline, agency, source, lang, section, status, slug, version, note, words, since, around
              x AND headlin:korea
                    ^^^^^^^^
            write: x AND headline:korea
               or: x AND "headlin:korea\"""",  # noqa: E501
        ),
        (
            'x AND "north korea',
            """\
            the quotation mark is never closed
              x AND "north korea
                    ^
            write: x AND "north korea\"""",
        ),
        (
            "(a AND b) NEAR/3 c",
            """\
            NEAR/3 needs words on both sides; AND and NOT stand at no one place
              (a AND b) NEAR/3 c
              ^^^^^^^^^^^^^^^^^^
            write: a NEAR/3 c AND b NEAR/3 c""",
        ),
        (
            "kim ADJ3 un",
            """\
            ADJ3 is an operator elsewhere and not built here
              kim ADJ3 un
                  ^^^^
            write: kim ONEAR/3 un""",
        ),
    ],
)
def test_a_refusal_shows_the_place_and_what_to_write(text: str, shown: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text)

    assert str(refused.value) == dedent(shown)
    for rewrite in refused.value.rewrites:
        parse(rewrite)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("", 0, 0),
        ("  ", 0, 0),
        ("a AND", 5, 5),
        ("AND a", 0, 3),
        ("a AND OR b", 6, 8),
        ("a AND (b OR c", 6, 7),
        ("a AND b)", 7, 8),
        ("()", 1, 2),
        ('a AND "', 6, 7),
        ("a AND {US", 6, 7),
        ("a AND US}", 8, 9),
        ("a OR NOT b", 0, 10),
        ("a AND (b OR NOT c)", 7, 17),
        ("NOT a AND NOT b", 0, 15),
        ("*korea", 0, 6),
        ("朝*", 0, 2),
        ("...", 0, 3),
        ('a AND "*"', 6, 9),
        ("{Kim*}", 0, 6),
        ("-sale", 0, 5),
        ("a && b", 2, 4),
        ("kim~2", 0, 5),
        ("/kim.*/", 0, 7),
        ("words:300", 0, 9),
        ("korea OR around:09-09", 0, 21),
        ("(words:9 OR around:09-09) AND NOT a", 0, 35),
        ("korea AND words:many", 10, 20),
        ('korea AND words:"300"', 10, 16),
        ("korea AND since:1948-02-30", 10, 26),
        ("korea AND since:9.9.1948", 10, 24),
        ("korea AND around:09-09/181", 10, 26),
        ("korea AND around:09-09/14+181", 10, 29),
        ("korea AND around:9-9", 10, 20),
        ("korea AND body:words:300", 10, 15),
        ("korea AND body:(a AND around:09-09)", 10, 15),
        ("words:300 NEAR/3 korea", 0, 22),
        ("a NEAR/5000 b", 2, 13 - 2),
        ("MIN/0(a)", 0, 5),
        ("MIN/2(a AND b)", 0, 5),
        ("a @", 2, 3),
        ("a (b)", 2, 3),
        ("a w/s b", 2, 5),
        ("NOT NOT a", 4, 7),
        ('"a b c"~3', 0, 9),
        ("a" + " NEAR/1 a" * (MOST_IN_A_ROW + 1), 1 + 9 * MOST_IN_A_ROW + 1, 1 + 9 * MOST_IN_A_ROW + 7),
        ("(" * (MOST_DEPTH + 1) + "a" + ")" * (MOST_DEPTH + 1), MOST_DEPTH, MOST_DEPTH + 1),
    ],
)
def test_what_is_no_query_is_refused_at_its_place(text: str, start: int, end: int) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text)

    assert (refused.value.start, refused.value.end) == (start, end)


def test_the_deepest_query_can_still_be_matched() -> None:
    text = "korea" + " NEAR/1 a" * MOST_IN_A_ROW
    for _ in range(MOST_DEPTH):
        text = f"({text})" + " NEAR/1 a" * MOST_IN_A_ROW

    assert RuleSet([Rule(id="r", query=text)]).match(Story(headline="korea a", canonical_url="https://news.example/a"))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("headline:" * 50_000, "the query has 450,000 characters and may have 50,000"),
        ("朝" * 2_000, "a word or phrase has at most 1,000 characters, this one 2,000"),
        ('"a b"~' + "9" * 40_000, "the number goes from 0 to 1000"),
        ('"a b"~1001', "~1001: the number goes from 0 to 1000"),
        ("headline:" * 5_000 + "x", "more than 20 parts within one another"),
    ],
)
def test_a_query_out_of_all_proportion_is_refused_at_once(query: str, said: str) -> None:
    began = process_time()
    with pytest.raises(QueryError, match=re.escape(said)):
        parse(query)

    assert process_time() - began < 2


def test_two_letters_are_enough_where_a_letter_is_a_word() -> None:
    assert str(parse('朝鲜* OR 북한* OR "Kim Jong U*"')) == '朝鲜* OR 북한* OR "Kim Jong U*"'


def test_a_place_knows_where_it_stands() -> None:
    root = parse("@dprk AND “North Korea”").root

    assert isinstance(root, And)
    assert [(node.start, node.end) for node in root.parts if isinstance(node, Named | Term)] == [(0, 5), (10, 23)]


WORDS = [
    "korea",
    "Xi'an",
    "north korea",
    "missile*",
    "wom?n",
    "КНДР",
    "朝鲜",
    "북한*",
    "and",
    "NOT",
    "near/3",
    "W/5",
    "a:b",
    "70-летие",
    "(x)",
    "-y",
    "D.P.R.K.",
]
TERMS = st.one_of(
    st.builds(Term, st.sampled_from(WORDS)),
    st.builds(Term, st.sampled_from(["US", "WHO said"]), st.just(True)),
    st.builds(Named, st.sampled_from(["dprk", "my-rule.2"])),
    st.builds(Since, st.dates(min_value=date(1000, 1, 1))),
)


DAYS = st.integers(0, 180)


def _is_of_words(node: Node) -> bool:
    return not any(isinstance(each, Long | Around) for each in walk(node))


def _nodes(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    some = st.lists(inner, min_size=2, max_size=3)
    places = inner.filter(stands)
    whole = st.one_of(st.builds(Long, st.integers(1, 900_000)), st.builds(Around, st.integers(1, 12), st.integers(1, 28), DAYS, DAYS))
    return st.one_of(
        st.builds(lambda parts, lost: joined(And, [*parts, *map(Not, lost)]), some, st.lists(inner | whole, max_size=1)),
        st.builds(lambda parts: joined(Or, parts), some),
        st.builds(Near, places, places, st.integers(0, 30), st.booleans(), st.booleans()),
        st.builds(Within, st.sampled_from([field for field in FIELDS if field not in ("status", "lang")]), inner.filter(_is_of_words)),
        st.builds(Within, st.just("lang"), st.builds(Term, st.sampled_from(["en", "zh-hant", "eng*"]))),
        st.builds(lambda part, said: And((said, part)), inner.filter(lambda part: not isinstance(part, And)), whole),
        st.builds(AtLeast, st.integers(1, 9), places),
    )


@given(st.recursive(TERMS, _nodes, max_leaves=12))
def test_what_is_printed_is_read_back_as_the_same(root: Node) -> None:
    query = Query(root)

    assert parse(str(query)) == query


@given(st.text(alphabet=st.one_of(st.sampled_from(' ()"{}*?@:ANDORTEM/12ab\n'), st.characters())))
def test_any_text_is_a_query_or_is_refused_at_a_place_in_it(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as refused:
        assert 0 <= refused.start <= refused.end <= len(text)
        assert refused.message in str(refused)
    else:
        assert parse(str(query)) == query


@pytest.mark.parametrize(
    ("text", "rewrites"),
    [
        ("+foo -bar", ("foo NOT bar",)),
        ("a AND +b", ("a AND b",)),
        ("x +y", ("x AND y",)),
        ("a - b", ('"a b"',)),
        ('foo"', ("foo",)),
        ("{", ()),
        ("@", ()),
        ("foo:", ()),
        ("bod:", ()),
        ("wo?", ()),
        ("|| a", ()),
        ('"AND b"~3', ('"AND" NEAR/3 b',)),
        ("status:corected", ("status:corrected",)),
        ("kim AND status:(usable OR new)", ()),
        ("lang:English", ("lang:en",)),
        ("lang:klingon", ()),
        ("grain near/5 corridor", ("grain NEAR/5 corridor", '"grain near/5 corridor"')),
        ("a near b", ('"a near b"', "a NEAR b")),
    ],
)
def test_what_is_suggested_is_a_query_or_nothing(text: str, rewrites: tuple[str, ...]) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text)

    assert refused.value.rewrites == rewrites


SPELLED = """
kim "b_c" AND or not NEAR/3 near/5 foo* w? words: head: {X} @a @ " « { } ( ) ~2 : + - | && ADJ [ ^ /
"""
PIECES = st.sampled_from([*SPELLED.split(), " ", "\n"])


@given(st.one_of(st.lists(PIECES, max_size=7).map(" ".join), st.lists(PIECES, max_size=7).map("".join), st.text(max_size=20)))
def test_whatever_is_suggested_for_a_faulty_query_is_a_query(text: str) -> None:
    try:
        parse(text)
    except QueryError as refused:
        for rewrite in refused.rewrites:
            parse(rewrite)


def test_a_distance_may_begin_with_noughts() -> None:
    assert str(parse("a NEAR/0000000005 b")) == "a NEAR/5 b"
