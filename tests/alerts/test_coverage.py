import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from test_digest import ANALYST, HOSTILE, Page, a_digest, a_news

from alerts.catalogue import catalogue
from alerts.clock import Clock
from alerts.coverage import NAMED, Coverage, Gap, Silence, parts
from alerts.digest import render

NIGHT = datetime(2026, 7, 27, 1, 10, tzinfo=UTC)
WELL = Coverage(sources=18, read=412, headline_only=31, matched=9, merged=3)
KCNA = Gap(source="KCNA", from_at=NIGHT, to_at=NIGHT + timedelta(hours=3, minutes=30), filled=True)


def line(coverage, language="en", zone="Europe/London"):
    clock = Clock(language=language, timezone=ZoneInfo(zone), now=datetime(2026, 7, 27, 7, 0, tzinfo=UTC))
    return " · ".join(parts(coverage, clock=clock, t=catalogue(language)))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "18 of 18 sources healthy · 412 read, 31 by headline only · 9 matched · 3 merged · 0 dropped · gap KCNA 02:10–05:40, filled",
        ),
        (
            "de",
            "18 von 18 Quellen in Ordnung · 412 gelesen, davon 31 nur als Überschrift · 9 Treffer · 3 zusammengeführt · 0 verworfen · "
            "Lücke KCNA 02:10–05:40, gefüllt",
        ),
        (
            "ko",
            "정보원 18곳 중 18곳 정상 · 수집 412건(제목만 31건) · 규칙 일치 9건 · 병합 3건 · 제외 0건 · 누락 구간 KCNA 02:10–05:40, 복구됨",
        ),
    ],
)
def test_the_line_is_told_in_the_readers_language(language, said):
    assert line(replace(WELL, gaps=(KCNA,)), language) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "0 of 3 sources healthy · KCNA has not answered since 02:10 · "
            "TASS has listed nothing new since Sun 02:10 · "
            "AP: pages unreadable since Fri, Jul 17, 02:10 · 1 read · 0 matched · 0 merged · 0 dropped",
        ),
        (
            "de",
            "0 von 3 Quellen in Ordnung · KCNA antwortet seit 02:10 nicht · "
            "TASS meldet seit So 02:10 nichts Neues · "
            "AP: Seiten seit Fr., 17. Juli, 02:10 nicht lesbar · 1 gelesen · 0 Treffer · 0 zusammengeführt · 0 verworfen",
        ),
        (
            "ko",
            "정보원 3곳 중 0곳 정상 · KCNA 02:10부터 응답 없음 · TASS 일 02:10부터 새 기사 없음 · "
            "AP 7월 17일 (금), 02:10부터 본문 읽기 실패 · 수집 1건 · 규칙 일치 0건 · 병합 0건 · 제외 0건",
        ),
    ],
)
def test_who_is_not_well_is_named_with_since_when(language, said):
    silences = (
        Silence(source="KCNA", state="failing", since=NIGHT),
        Silence(source="TASS", state="quiet", since=NIGHT - timedelta(days=1)),
        Silence(source="AP", state="unreadable", since=NIGHT - timedelta(days=10)),
    )

    assert line(Coverage(sources=3, silences=silences, read=1), language) == said


@pytest.mark.parametrize("language", ["en", "de", "ko"])
@pytest.mark.parametrize("state", ["failing", "unreadable", "quiet"])
def test_every_state_has_its_words(language, state):
    assert "KCNA" in line(Coverage(sources=1, silences=(Silence(source="KCNA", state=state, since=NIGHT),)), language)


def test_forty_that_are_not_well_are_not_forty_names():
    silences = tuple(Silence(source=f"wire {number}", state="failing", since=NIGHT) for number in range(40))
    gaps = (*(replace(KCNA, source=f"gap {number}") for number in range(9)), replace(KCNA, source="lost", filled=False))
    told = line(Coverage(sources=40, silences=silences, gaps=gaps))

    assert told.count("has not answered since 02:10") == NAMED and f"{40 - NAMED} more not well" in told
    assert "gap lost 02:10–05:40, not filled · gap gap 0" in told and told.endswith(f"{10 - NAMED} more gaps")


def test_a_gap_of_another_day_names_it_once():
    yesterday = replace(KCNA, from_at=NIGHT - timedelta(days=1), to_at=KCNA.to_at - timedelta(days=1))
    assert "gap KCNA Sun, Jul 26, 02:10–05:40, filled" in line(replace(WELL, gaps=(yesterday,)))


@pytest.mark.parametrize(
    ("coverage", "broken"),
    [
        (WELL, False),
        (replace(WELL, gaps=(KCNA,)), False),
        (replace(WELL, gaps=(KCNA, replace(KCNA, filled=False))), True),
        (replace(WELL, silences=(Silence(source="KCNA", state="quiet", since=NIGHT),)), True),
    ],
)
def test_it_is_read_first_when_something_may_be_missing(coverage, broken):
    rendered = render(replace(a_digest(a_news("Parade held")), coverage=coverage))
    healthy = "17 of 18" if coverage.silences else "18 of 18"

    for said in (rendered.text, Page(rendered.html).text):
        assert said.count(healthy) == 1
        assert (said.index(healthy) < said.index("Parade held")) == broken
    assert coverage.is_broken == broken


DOWN = (Silence(source="KCNA", state="failing", since=NIGHT), Silence(source="AP", state="unreadable", since=NIGHT))


@pytest.mark.parametrize(
    ("language", "subject", "means"),
    [
        ("en", "No source can be read", "Whether there is anything new under your rules is not known."),
        ("de", "Keine Quelle lesbar", "Ob es unter Ihren Regeln Neues gibt, ist nicht bekannt."),
        ("ko", "읽을 수 있는 정보원 없음", "구독 중인 규칙에 새 기사가 있는지 알 수 없습니다."),
    ],
)
def test_where_no_source_can_be_read_all_is_not_quiet(language, subject, means):
    digest = a_digest(recipient=replace(ANALYST, language=language))
    rendered = render(replace(digest, coverage=Coverage(sources=2, silences=DOWN)))

    quiet = catalogue(language)("all_quiet")
    assert rendered.subject == subject
    for said in (rendered.text, Page(rendered.html).text):
        assert subject in said and means in said and quiet not in said
    assert quiet not in rendered.html


LOST = replace(KCNA, filled=False)


@pytest.mark.parametrize(
    ("coverage", "subject"),
    [
        (WELL, "All quiet"),
        (replace(WELL, gaps=(KCNA,)), "All quiet"),
        (replace(WELL, silences=DOWN[:1]), "All quiet · KCNA has not answered since 03:10"),
        (replace(WELL, gaps=(KCNA, LOST)), "All quiet · gap KCNA 03:10–06:40, not filled"),
        (replace(WELL, silences=(DOWN[0], replace(DOWN[1], state="quiet"))), "All quiet · KCNA has not answered since 03:10 …"),
    ],
)
def test_the_subject_of_a_digest_without_news_says_what_may_be_missing(coverage, subject):
    assert render(replace(a_digest(), coverage=coverage)).subject == subject


def test_what_is_wrong_stands_out_of_the_line():
    coverage = replace(WELL, silences=DOWN[:1], gaps=(KCNA, LOST))
    page = render(replace(a_digest(a_news()), coverage=coverage)).html

    strong = re.findall(r"<b>([^<]*)</b>", re.sub(r' style="[^"]*"', "", page))
    assert strong == ["KCNA has not answered since 03:10", "gap KCNA 03:10–06:40, not filled"]


def test_a_digest_without_coverage_says_nothing_of_it():
    assert "healthy" not in render(a_digest(a_news())).text


def test_the_name_of_a_source_is_text_and_nothing_else():
    broken = Coverage(sources=1, silences=(Silence(source=HOSTILE, state="failing", since=NIGHT),))
    rendered = render(replace(a_digest(a_news()), coverage=broken))

    assert "script" not in Page(rendered.html).tags
    assert "\u202e" not in rendered.html + rendered.text and "\x1b" not in rendered.html + rendered.text
