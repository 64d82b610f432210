"""monitor.states: what is wrong with a source, judged from what the store knows of it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger import every

from monitor.states import HOLD, SHORTEST_QUIET, UNKNOWN_QUIET, Facts, Trouble, hold, judge, network, quiet_limit

#: A Monday.
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
SEOUL = ZoneInfo("Asia/Seoul")
HOUR = timedelta(hours=1)


def a_source(**known: object) -> Facts:
    """A source of five minutes' pace that was polled a minute ago and had something new an hour ago."""
    given: dict[str, object] = {
        "id": "wire",
        "began_at": NOW - timedelta(days=90),
        "every": timedelta(minutes=5),
        "polled_at": NOW - timedelta(minutes=1),
        "succeeded_at": NOW - timedelta(minutes=1),
        "arrived_at": NOW - HOUR,
    }
    return Facts(**(given | known))  # type: ignore[arg-type]


def states(facts: Facts, **given: object) -> list[str]:
    return [each.state for each in judge(facts, **({"zone": UTC_ZONE} | given))]  # type: ignore[arg-type]


def working_hours(days: int = 14, *, weekends: bool, now: datetime = NOW) -> list[datetime]:
    """A story every 20 minutes from 8 to 18 h."""
    moments = every(timedelta(minutes=20), since=now - timedelta(days=days), until=now)
    return [each for each in moments if 8 <= each.hour < 18 and (weekends or each.weekday() < 5)]


def silent(arrivals: list[datetime], until: datetime) -> Facts:
    return a_source(arrivals=arrivals, arrived_at=arrivals[-1], succeeded_at=until)


def test_a_source_at_work_is_ok() -> None:
    assert judge(a_source(failures=2, page_failures=4), zone=UTC_ZONE) == ()


def test_a_source_that_fails_three_times_in_a_row_is_failing_since_its_last_answer() -> None:
    facts = a_source(failures=3, error="the server answered 500", succeeded_at=NOW - HOUR)

    assert judge(facts, zone=UTC_ZONE) == (
        Trouble(state="failing", since=NOW - HOUR, detail="3 polls failed in a row: the server answered 500"),
    )


def test_a_source_that_never_answered_fails_since_it_began() -> None:
    [trouble] = judge(a_source(failures=1, error="x", succeeded_at=None, arrived_at=None), zone=UTC_ZONE)

    assert trouble == Trouble(state="failing", since=NOW - timedelta(days=90), detail="1 poll failed, it never answered: x")


def test_a_failing_source_stays_so_until_a_poll_succeeds() -> None:
    assert states(a_source(failures=1, error="x")) == []
    assert states(a_source(failures=1, error="x", open=frozenset({"failing"}))) == ["failing"]
    assert states(a_source(failures=0, open=frozenset({"failing"}))) == []


def test_pages_that_cannot_be_read_five_times_in_a_row_make_it_unreadable() -> None:
    facts = a_source(page_failures=5, page_failed_at=NOW - 2 * HOUR, page_error="the server answered 403")

    assert judge(facts, zone=UTC_ZONE) == (
        Trouble(state="unreadable", since=NOW - 2 * HOUR, detail="5 pages in a row could not be read: the server answered 403"),
    )
    assert states(a_source(page_failures=1, open=frozenset({"unreadable"}))) == ["unreadable"]


@pytest.mark.parametrize(
    ("bodies", "past", "found"),
    [
        ([300] * 5, [2000] * 50, ["unreadable"]),
        ([300, 300, 400, 300, 300], [2000] * 50, []),
        ([0] * 4, [2000] * 50, []),
        ([0] * 5, [2000] * 19, []),
        ([90] * 5, [100, 4000] * 25, ["unreadable"]),
        ([2500] * 5, [20_000] * 50, []),
    ],
)
def test_bodies_far_shorter_than_those_before_make_it_unreadable(bodies: list[int], past: list[int], found: list[str]) -> None:
    assert states(a_source(bodies=bodies, past_bodies=past, bodies_since=NOW)) == found


def test_a_configured_silence_is_taken_as_it_is_told() -> None:
    facts = a_source(arrived_at=NOW - 3 * HOUR, succeeded_at=NOW)

    assert states(facts, quiet=3 * HOUR) == []
    assert judge(facts, quiet=2 * HOUR, zone=UTC_ZONE) == (
        Trouble(state="quiet", since=NOW - 3 * HOUR, detail="nothing new for 3 h; it is told to have 2 h at most"),
    )


def test_silence_grows_only_while_it_answers() -> None:
    away = a_source(arrived_at=NOW - 9 * HOUR, succeeded_at=NOW - 8 * HOUR)

    assert states(away, quiet=2 * HOUR) == []


def test_a_source_without_history_may_be_silent_for_a_week() -> None:
    began = a_source(began_at=NOW - timedelta(days=30), arrived_at=None, succeeded_at=NOW)

    assert states(a_source(arrived_at=NOW - timedelta(days=6), succeeded_at=NOW)) == []
    assert states(began) == ["quiet"]


def test_a_new_source_whose_newest_entry_is_old_is_quiet_at_once() -> None:
    dead = a_source(began_at=NOW - HOUR, arrived_at=None, newest_at=NOW - timedelta(days=200), succeeded_at=NOW)

    assert [(each.state, each.since) for each in judge(dead, zone=UTC_ZONE)] == [("quiet", NOW - timedelta(days=200))]


def test_a_date_still_to_come_says_nothing() -> None:
    ahead = a_source(newest_at=NOW + timedelta(days=300), arrived_at=NOW - timedelta(days=8), succeeded_at=NOW)

    assert states(ahead) == ["quiet"]


def test_a_day_without_a_time_is_no_silence_since_midnight() -> None:
    assert states(a_source(newest_at=NOW.replace(hour=0), arrived_at=NOW - HOUR, succeeded_at=NOW), quiet=2 * HOUR) == []


def test_nights_are_learned() -> None:
    arrivals = working_hours(weekends=True, now=NOW.replace(hour=18))

    assert quiet_limit(arrivals, zone=UTC_ZONE) == 1.5 * timedelta(hours=14, minutes=20)
    assert states(silent(arrivals, NOW.replace(hour=18) + 14 * HOUR)) == []
    assert states(silent(arrivals, NOW.replace(hour=18) + 22 * HOUR)) == ["quiet"]


def test_a_source_that_never_sleeps_is_quiet_after_six_hours() -> None:
    arrivals = list(every(timedelta(minutes=10), since=NOW - timedelta(days=14), until=NOW))

    assert quiet_limit(arrivals, zone=UTC_ZONE) == SHORTEST_QUIET
    assert states(silent(arrivals, NOW + timedelta(hours=6, minutes=1))) == ["quiet"]


def test_a_weekend_is_no_silence_for_a_source_that_rests() -> None:
    friday = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
    rests, works = working_hours(weekends=False, now=friday), working_hours(weekends=True, now=friday)

    assert states(silent(rests, friday + timedelta(days=2, hours=14))) == []
    assert states(silent(works, friday + timedelta(days=1))) == ["quiet"]
    assert states(silent(rests, friday + timedelta(days=3, hours=2))) == ["quiet"]


def test_weekends_are_those_of_its_zone() -> None:
    """It rests from Saturday 00:00 in Seoul, which is Friday 15:00 in UTC."""
    friday = datetime(2026, 11, 20, 14, 40, tzinfo=UTC)
    moments = every(timedelta(minutes=20), since=friday - timedelta(days=14), until=friday)
    arrivals = [each for each in moments if each.astimezone(SEOUL).weekday() < 5]
    monday = datetime(2026, 11, 22, 15, 0, tzinfo=UTC) + timedelta(hours=5)

    assert states(silent(arrivals, monday), zone=SEOUL) == []
    assert states(silent(arrivals, monday), zone=UTC_ZONE) == ["quiet"]


@given(st.lists(st.integers(0, 14 * 24 * 60), max_size=200), st.sampled_from(["UTC", "Asia/Seoul", "America/New_York"]))
def test_a_learned_limit_is_never_short_and_a_source_is_never_quiet_within_it(minutes: list[int], zone: str) -> None:
    arrivals = [NOW - timedelta(days=14) + timedelta(minutes=each) for each in sorted(set(minutes))]
    limit = quiet_limit(arrivals, zone=ZoneInfo(zone))

    assert limit >= SHORTEST_QUIET
    if arrivals:
        assert states(silent(arrivals, arrivals[-1] + limit), zone=ZoneInfo(zone)) == []
    if len(arrivals) <= 10:
        assert limit == UNKNOWN_QUIET


def test_the_worst_comes_first() -> None:
    facts = a_source(failures=3, error="x", page_failures=5, page_error="y", arrived_at=NOW - 9 * HOUR)

    assert states(facts, quiet=HOUR) == ["failing", "unreadable", "quiet"]


def test_recovery_takes_two_polls_and_a_while() -> None:
    assert [hold(timedelta(minutes=1)), hold(timedelta(hours=1))] == [HOLD, timedelta(hours=2)]


def sources(*failures: int, polled: timedelta = timedelta(minutes=1)) -> list[Facts]:
    return [a_source(failures=each, error="no route to host", polled_at=NOW - polled) for each in failures]


@pytest.mark.parametrize(
    ("failures", "away"),
    [
        ((3, 2, 1, 1), True),
        ((3, 1, 1, 0), True),
        ((3, 1, 0, 0), False),
        ((2, 2, 2, 2), False),  # weather
        ((3, 3), False),  # two that fail are two that fail
    ],
)
def test_the_network_is_away_when_most_sources_fail_together(failures: tuple[int, ...], away: bool) -> None:
    assert bool(network(sources(*failures), now=NOW, open=False)) == away


def test_the_network_is_back_when_most_sources_answer() -> None:
    assert network(sources(1, 1, 0, 0), now=NOW, open=True)
    assert network(sources(5, 0, 0, 0), now=NOW, open=True) is None
    assert network(sources(0, 0, 0, polled=HOUR), now=NOW, open=True), "nothing was polled: who knows"
