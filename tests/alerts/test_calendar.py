from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.calendar import Coming, Day, coming, counts, day_of, days, is_around, last_and_next
from alerts.match import RuleSet
from alerts.rules import Rule, preset
from alerts.tree import Around
from spiders.story import Dateline, Story


@pytest.mark.parametrize(
    ("today", "last", "following"),
    [
        (date(2026, 9, 8), date(2025, 9, 9), date(2026, 9, 9)),
        (date(2026, 9, 9), date(2026, 9, 9), date(2026, 9, 9)),
        (date(2026, 9, 10), date(2026, 9, 9), date(2027, 9, 9)),
        (date(2026, 12, 31), date(2026, 9, 9), date(2027, 9, 9)),
        (date(2027, 1, 1), date(2026, 9, 9), date(2027, 9, 9)),
    ],
)
def test_a_day_was_last_and_will_be_next(today: date, last: date, following: date) -> None:
    assert last_and_next(9, 9, today) == (last, following)


def test_29_february_falls_on_the_28th_where_there_is_none() -> None:
    assert last_and_next(2, 29, date(2027, 2, 28)) == (date(2027, 2, 28), date(2027, 2, 28))
    assert last_and_next(2, 29, date(2028, 2, 28)) == (date(2027, 2, 28), date(2028, 2, 29))
    assert last_and_next(2, 29, date(2028, 3, 1)) == (date(2028, 2, 29), date(2029, 2, 28))
    assert counts(date(1996, 2, 29), date(2026, 2, 28)) == {30}


@given(st.dates(min_value=date(2, 1, 1), max_value=date(9998, 12, 31)), st.integers(1, 12), st.integers(1, 28))
def test_today_lies_between_the_last_and_the_next_which_are_a_year_apart(today: date, month: int, day: int) -> None:
    last, following = last_and_next(month, day, today)

    assert last <= today <= following
    assert following - last in (timedelta(0), timedelta(365), timedelta(366))


@pytest.mark.parametrize("today", [date.min, date.max])
def test_the_ends_of_time_are_no_error(today: date) -> None:
    assert last_and_next(7, 1, today)


@pytest.mark.parametrize(
    ("today", "near"),
    [
        (date(2026, 12, 17), False),
        (date(2026, 12, 18), True),
        (date(2027, 1, 1), True),
        (date(2027, 1, 4), True),
        (date(2027, 1, 5), False),
    ],
)
def test_a_window_reaches_over_the_end_of_a_year(today: date, near: bool) -> None:
    assert is_around(Around(1, 1, 14, 3), today) is near


def test_coming_days_are_told_soonest_first_with_their_years() -> None:
    union, new_year = (
        Day(id="union", name={"en": "Union"}, month=12, day=30, year=1922),
        Day(id="new-year", name={"en": "New Year"}, month=1, day=1),
    )
    far = Day(id="far", name={"en": "Far"}, month=1, day=14, year=1900)

    assert coming([new_year, far, union], date(2026, 12, 30)) == (
        Coming(day=union, on=date(2026, 12, 30), years=104),
        Coming(day=new_year, on=date(2027, 1, 1), years=None),
    )


def told(query: str, text: str, at: datetime | None, *, published_at: datetime | None = None) -> bool:
    story = Story(headline=text, canonical_url="https://news.example/a", published_at=published_at)
    return bool(RuleSet([Rule(id="r", query=query)]).match(story, now=at))


@pytest.mark.parametrize(
    "text",
    [
        "the 70th anniversary of the end of the war",
        "the 70th founding anniversary",
        "seventieth anniversary",
        "70 years since the war",
        "70-летие окончания войны",
        "к 70-летию победы",
        "70-я годовщина",
        "в 70-ю годовщину",
        "70-річчя перемоги",
        "70-та річниця",
        "zum 70. Jahrestag",
        "70 Jahre nach dem Krieg",
        "le 70e anniversaire",
        "le 70ème anniversaire",
        "70º aniversario",
        "el 70 aniversario",
        "70주년 열병식",
        "建国70周年",
        "建国七十周年",
        "建國70週年",
    ],
)
def test_an_ordinal_is_read_in_every_language_of_the_desk(text: str) -> None:
    summer = datetime(2023, 7, 20, tzinfo=UTC)

    assert told("since:1953-07-27", text, summer)
    assert not told("since:1952-07-27", text, summer.replace(month=7, day=27))
    assert not told("since:1953-07-27", text, summer.replace(year=2026))


@pytest.mark.parametrize(
    "text",
    [
        "the anniversary",
        "70 soldiers, an anniversary",
        "the 170th anniversary",
        "the 7th anniversary of a 70-year-old",
        "the 70th. An anniversary",
        "建国七十一周年",
        "1970周年",
        "the July 70 anniversary",
    ],
)
def test_another_number_is_no_such_anniversary(text: str) -> None:
    assert not told("since:1953-07-27", text, datetime(2023, 7, 27, tzinfo=UTC))


def test_years_are_those_of_the_last_anniversary_and_of_the_next() -> None:
    assert counts(date(1948, 9, 9), date(2026, 2, 9)) == {77, 78}
    assert counts(date(1948, 9, 9), date(2026, 9, 9)) == {78}
    assert counts(date(1948, 9, 9), date(1948, 10, 1)) == {1}


def test_a_story_goes_by_its_own_day_then_by_when_it_came_and_without_either_by_none() -> None:
    came = datetime(2026, 9, 1, tzinfo=UTC)
    kst = timezone(timedelta(hours=9))

    assert told("korea AND around:09-09/8", "Korea", came)
    assert not told("korea AND around:09-09/8", "Korea", came, published_at=datetime(2026, 8, 31, tzinfo=kst))
    assert told("korea AND around:09-09/8", "Korea", None, published_at=datetime(2026, 9, 1, 9, 5, tzinfo=kst))
    assert not told("korea AND around:09-09/180", "Korea", None)
    assert not told("since:1953-07-27", "the 70th anniversary", None)


@pytest.mark.parametrize(
    ("at", "dateline", "precision", "day"),
    [
        # 00:30 of the 9th in Pyongyang.
        (datetime(2026, 9, 8, 15, 30, tzinfo=UTC), (9, 9), "minute", date(2026, 9, 9)),
        (datetime(2026, 9, 8, 15, 30, tzinfo=UTC), (None, None), "minute", date(2026, 9, 8)),
        # Filed the evening before, or on another day that it tells of.
        (datetime(2027, 1, 1, 2, 0, tzinfo=UTC), (12, 31), "minute", date(2026, 12, 31)),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), (None, 1), "minute", date(2027, 1, 1)),
        (datetime(2026, 9, 8, 15, 30, tzinfo=UTC), (7, 27), "minute", date(2026, 9, 8)),
        # The same moment in another zone, as a page says it and as the archive gives it back.
        (datetime(2026, 9, 9, 0, 30, tzinfo=timezone(timedelta(hours=9))), (None, None), "minute", date(2026, 9, 8)),
        # A day alone: midnight there.
        (datetime(2026, 9, 8, 15, 0, tzinfo=UTC), (None, None), "day", date(2026, 9, 9)),
        (datetime(2026, 9, 9, 5, 0, tzinfo=UTC), (None, None), "day", date(2026, 9, 9)),
        (datetime(2028, 2, 28, 16, 0, tzinfo=UTC), (2, 29), "minute", date(2028, 2, 29)),
        (datetime(1, 1, 3, tzinfo=UTC), (1, 2), "minute", date(1, 1, 2)),
    ],
)
def test_the_day_of_a_story_is_that_of_its_dateline_else_that_in_utc(
    at: datetime, dateline: tuple[int | None, int | None], precision: Literal["day", "minute"], day: date
) -> None:
    month, number = dateline
    story = Story(
        headline="",
        canonical_url="https://news.example/a",
        dateline=Dateline(raw="PYONGYANG", month=month, day=number),
        published_at=at,
        published_precision=precision,
    )

    assert day_of(story, None) == day


def test_a_span_shows_number_and_word() -> None:
    story = Story(headline="Marking the 78th founding anniversary", canonical_url="https://news.example/a")

    (match,) = RuleSet([Rule(id="r", query="since:1948-09-09")]).match(story, now=datetime(2026, 9, 9, tzinfo=UTC))

    assert match.spans == (("headline", 12, 37, "since:1948-09-09"),)


def test_every_packaged_day_can_be_asked_for_and_says_who_keeps_it() -> None:
    rules = RuleSet([preset(name) for name in days()])

    assert len(rules.rules) > 30
    for day in days().values():
        assert day.source
        assert set(day.name) == {"en", "de", "ko"}
        assert date(2000, day.month, day.day)


def test_the_desks_days_are_in_the_table_with_their_year_zero() -> None:
    known = {(day.month, day.day, day.year) for day in days().values()}

    assert known >= {
        *((4, 15, 1912), (6, 25, 1950), (7, 27, 1953), (8, 15, 1945), (9, 9, 1948), (10, 10, 1945), (2, 16, 1942), (2, 8, 1948)),
        *((4, 25, 1932), (9, 3, 1945), (12, 27, 1972), (3, 1, 1919), (10, 3, None), (5, 9, 1945), (6, 12, 1990), (6, 12, 2018)),
    }


@pytest.mark.parametrize(
    ("day", "text"),
    [
        ("armistice", "Leaders marked the 70th anniversary of the end of the Korean War"),
        ("armistice", "К 70-летию окончания Корейской войны"),
        ("armistice", "정전협정 체결 70주년을 맞아"),
        ("armistice", "朝鲜停战70周年"),
        ("armistice", "Zum 70. Jahrestag des Endes des Koreakriegs"),
        ("kim-il-sung-birth", "Festivities for the Day of the Sun"),
        ("kim-il-sung-birth", "태양절을 맞아"),
        ("kim-il-sung-birth", "Ко Дню Солнца"),
        ("dprk-founding", "Greetings on the anniversary of the founding of the DPRK"),
        ("dprk-founding", "Годовщина образования КНДР"),
        ("party-founding", "당 창건 78주년"),
        ("liberation", "광복절 경축사"),
        ("victory-day", "Ко Дню Победы"),
        ("crimea", "Річниця анексії Криму"),
        ("gaecheonjeol", "개천절 기념식"),
    ],
)
def test_a_day_is_told_by_its_name_or_by_what_happened_beside_an_anniversary(day: str, text: str) -> None:
    assert told(f"@{day}", text, datetime(2023, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("day", "text"),
    [
        ("armistice", "The Korean War museum opens"),
        ("armistice", "The 70th anniversary of the steel works"),
        ("kim-il-sung-birth", "A day in the sun"),
        ("dprk-founding", "The founding of the party"),
        ("victory-day", "Победа в матче чемпионата"),
    ],
)
def test_neither_event_nor_anniversary_alone_is_a_day(day: str, text: str) -> None:
    assert not told(f"@{day}", text, datetime(2023, 7, 27, tzinfo=UTC))


def test_the_right_years_near_the_day_are_enough_in_a_story_of_its_topic() -> None:
    text = "Pyongyang prepares for a parade on the 75th anniversary"

    assert told("@dprk-founding", text, datetime(2023, 9, 1, tzinfo=UTC))
    assert not told("@dprk-founding", text, datetime(2023, 5, 1, tzinfo=UTC))
    assert not told("@dprk-founding", text, datetime(2024, 9, 10, tzinfo=UTC))


def test_rules_say_which_days_they_speak_of() -> None:
    rules = RuleSet(
        [
            Rule(id="accord", name="The accord", query='"agreed framework" NEAR/9 since:1994-10-21'),
            Rule(id="all", query="@dprk-founding OR (@accord AND @grain)"),
            Rule(id="grain", any=("grain",)),
        ]
    )

    found = rules.days(["all"])
    assert {(day.id, day.name["en"], day.year) for day in found} == {
        ("dprk-founding", "Founding of the DPRK", 1948),
        ("accord 1994-10-21", "The accord", 1994),
    }
    assert rules.days(["grain", "nobody"]) == ()
