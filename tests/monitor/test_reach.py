"""monitor.reach: who may be told something at a moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from desk import a_reader
from hypothesis import given
from hypothesis import strategies as st

from alerts.recipient import BadPause, Pause
from monitor.reach import Absence, Kind, Reach

SEOUL = ZoneInfo("Asia/Seoul")
LEAVE = Pause.parse("2026-12-22..2027-01-06")
READER = replace(a_reader(zone="Asia/Seoul"), pause=(LEAVE,))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL).astimezone(UTC)


def an_absence(start: str, end: str | None, kind: Kind = "paused") -> Absence:
    return Absence(kind=kind, by="operator", began_at=at(start), over_at=at(end) if end else None)


def test_a_pause_holds_from_its_first_to_its_last_day_in_the_readers_zone() -> None:
    reach = Reach(recipient=READER)
    moments = ("2026-12-21T23:59:59", "2026-12-22T00:00", "2027-01-06T23:59:59", "2027-01-07T00:00")

    assert [reach.is_open(at(moment)) for moment in moments] == [True, False, False, True]


def test_a_slot_that_was_slept_through_is_over_and_the_next_is_the_first_after_it() -> None:
    reach = Reach(recipient=READER)

    assert reach.slot(at("2027-01-03T08:00")) is None
    assert reach.slot(at("2027-01-07T00:00")) is None
    assert [slot and slot.name for slot in (reach.slot(at("2027-01-07T07:00")), reach.next_slot(at("2026-12-21T08:00")))] == [
        "2027-01-07"
    ] * 2


def test_what_the_database_says_counts_beside_the_file() -> None:
    stopped = an_absence("2026-12-24T09:00", None, "stopped")
    reach = Reach(recipient=READER, absences=(stopped,))

    assert reach.absence(at("2026-12-25T00:00")) == reach.absence(at("2027-02-01T00:00")) == stopped
    assert reach.next_slot(at("2026-12-25T00:00")) is None


def test_a_slot_at_the_moment_of_return_is_theirs() -> None:
    reach = Reach(recipient=a_reader(zone="Asia/Seoul"), absences=(an_absence("2026-12-22T06:00", "2026-12-24T07:00"),))

    assert [slot and slot.name for slot in (reach.next_slot(at("2026-12-22T08:00")), reach.slot(at("2026-12-24T07:00")))] == [
        "2026-12-24"
    ] * 2


def test_the_time_away_is_told_once_it_is_over_and_cost_a_digest() -> None:
    file = Reach(recipient=READER)
    since, now = at("2026-12-21T07:00"), at("2027-01-07T07:00")
    short = Reach(recipient=a_reader(zone="Asia/Seoul"), absences=(an_absence("2026-12-22T12:00", "2026-12-22T12:05"),))

    assert file.away(since, now) == LEAVE.period(SEOUL)
    assert file.away(now, now + timedelta(days=1)) is None
    assert short.away(since, now) is None


def test_who_had_left_is_told_of_the_last_24_hours_of_it() -> None:
    reach = Reach(recipient=a_reader(zone="Asia/Seoul"), absences=(an_absence("2026-12-01T12:00", "2026-12-20T12:00", "stopped"),))

    assert reach.away(at("2026-12-01T07:00"), at("2026-12-21T07:00")) == (at("2026-12-19T12:00"), at("2026-12-20T12:00"))


hours = st.integers(0, 24 * 30).map(lambda hour: datetime(2026, 3, 20, tzinfo=UTC) + timedelta(hours=hour))
absences = st.builds(
    lambda start, length: Absence(kind="paused", by="operator", began_at=start, over_at=start + timedelta(hours=length)),
    hours,
    st.integers(0, 200),
)


@given(st.lists(absences, max_size=4), hours, st.sampled_from(["07:00", "hourly", "02:30 mon,wed"]))
def test_whoever_is_away_and_however_often_no_slot_is_theirs_in_it_and_the_next_is_the_first(
    away: list[Absence], now: datetime, digest: str
) -> None:
    reach = Reach(recipient=a_reader(digest=digest, zone="Europe/Berlin"), absences=tuple(away))

    slot, following = reach.slot(now), reach.next_slot(now)

    assert slot is None or (reach.is_open(now) and reach.is_open(slot.at))
    assert following and reach.is_open(following.at) and following.at > now
    step = reach.recipient.next_slot(now)
    while step and step != following:
        assert not reach.is_open(step.at)
        step = reach.recipient.next_slot(step.at)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2027-01-06..2026-12-22", "ends before it begins"),
        ("2026-12-22", "cannot be read"),
        ("2026-12-22..", "cannot be read"),
        ("22.12.2026..06.01.2027", "cannot be read"),
        ("2026-02-30..2026-03-01", "names a day that there is not"),
        ("9999-12-31..9999-12-31", "cannot be read"),
        ("٢٠٢٦-12-22..2027-01-06", "cannot be read"),
    ],
)
def test_a_pause_that_cannot_be_read_is_refused_with_what_to_write(text: str, reason: str) -> None:
    with pytest.raises(BadPause, match=f'{reason}; use "2026-12-22..2027-01-06", the first and the last day away'):
        Pause.parse(text)


def test_a_pause_of_one_day_is_that_day() -> None:
    assert Pause.parse(" 2026-12-22 .. 2026-12-22 ").period(SEOUL) == (at("2026-12-22T00:00"), at("2026-12-23T00:00"))
