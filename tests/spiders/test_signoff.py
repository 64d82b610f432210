import time

import pytest
from fuzzed import TEXTS
from hypothesis import given
from hypothesis import strategies as st

from spiders.signoff import without

STORY = ("The harbour reopened on Wednesday.", "“We sail again,” the harbour master said.")


@pytest.mark.parametrize(
    "line",
    [
        "(ANSA).",
        "-- KCNA",
        "==Kyodo",
        "(Dow Jones)",
        "dpa xy z",
        "(afp/ab)",
        "ann@yna.co.kr",
        "‹저작권자(c) 연합뉴스, 무단 전재-재배포 금지›",
        "责任编辑：李四",
        "【编辑:张三】",
        "При цитировании ссылка на агентство обязательна",
        "Our Standards: The principles of the house.",
        "Follow AP’s coverage of harbours at https://e.org/harbours",
    ],
)
def test_a_line_that_signs_off_is_no_paragraph(line):
    assert without((*STORY, line), agency=None) == STORY
    assert without((*STORY, line, "(ANSA)"), agency=None) == STORY


@pytest.mark.parametrize(
    ("agency", "mark"), [("ANSA", " (ANSA)."), ("KCNA", " -- KCNA"), ("Kyodo", " ==Kyodo"), ("AFP", " ab-cd/ef"), ("dpa", " dpa xy z")]
)
def test_an_agency_signs_behind_its_last_sentence(agency, mark):
    assert without((STORY[0], "It is so." + mark), agency=agency) == (STORY[0], "It is so.")
    assert without((STORY[0], "It is so." + mark), agency="TASS") == (STORY[0], "It is so." + mark)


@pytest.mark.parametrize(
    "paragraph",
    [
        "The report is by KCNA",
        "He told ANSA (the agency).",
        "Our Standards are high, she said.",
        "Follow AP style, he said.",
        "dpa meldete das am Abend.",
        "При цитировании ссылка нужна, сказал он.",
        "编辑部在北京。",
    ],
)
def test_a_sentence_that_names_an_agency_stays(paragraph):
    assert without((*STORY, paragraph), agency="ANSA") == (*STORY, paragraph)


def test_a_story_keeps_what_is_all_there_is():
    assert without(("(ANSA).",), agency=None) == ("(ANSA).",)


@given(st.lists(TEXTS).map(tuple), st.sampled_from([None, "ANSA", "AFP", "dpa"]))
def test_only_the_foot_of_a_story_is_touched(paragraphs, agency):
    assert without(paragraphs, agency=agency)[: max(0, len(paragraphs) - 4)] == paragraphs[: max(0, len(paragraphs) - 4)]


@pytest.mark.parametrize(
    "piece", ["-", "=", "(", "dpa ", "a@", "a.", "ab/", "при цитировании ссылка ", "저작권자", "follow AP’s coverage "]
)
def test_a_hostile_foot_takes_no_time(piece):
    began = time.process_time()
    for agency in ("ANSA", "AFP", "dpa", "KCNA"):
        for length in (299, 500_000):
            without(((piece * length)[:length] + "x",) * 4, agency=agency)

    assert time.process_time() - began < 0.3
