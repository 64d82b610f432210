"""alerts.recipient: digest times, and the slots that follow from them; quiet hours."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.recipient import BadDigestTime, BadQuietHours, DigestTime, Quiet, Slot

NEW_YORK, BERLIN, LORD_HOWE, UTC_ZONE = (ZoneInfo(key) for key in ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC"))


def slots(text: str, zone: ZoneInfo, start: datetime, hours: int) -> list[tuple[str, str]]:
    """Name and UTC time of the slots that a tick each minute comes upon."""
    time = DigestTime.parse(text)
    found: dict[str, Slot] = {}
    for minute in range(hours * 60):
        now = start + timedelta(minutes=minute)
        slot = time.last(now, zone)
        if slot and slot.at >= start:
            found.setdefault(slot.name, slot)
    return [(slot.name, f"{slot.at:%m-%dT%H:%M}") for slot in found.values()]


def test_a_daily_digest_has_one_slot_a_day_named_by_the_local_date() -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)

    assert slots("07:00", BERLIN, start, 48) == [("2026-11-23", "11-23T06:00"), ("2026-11-24", "11-24T06:00")]


def test_digest_01_the_hour_that_the_spring_day_lacks_comes_once_on_the_new_clock() -> None:
    assert slots("02:30", NEW_YORK, datetime(2026, 3, 8, 4, tzinfo=UTC), 24) == [("2026-03-08", "03-08T07:30")]


@pytest.mark.parametrize(
    "zone, day, at, slot",
    [
        (NEW_YORK, datetime(2026, 11, 1, 3, tzinfo=UTC), "01:30", ("2026-11-01", "11-01T05:30")),
        (BERLIN, datetime(2026, 10, 24, 21, tzinfo=UTC), "02:30", ("2026-10-25", "10-25T00:30")),
        (LORD_HOWE, datetime(2026, 4, 4, 12, tzinfo=UTC), "01:45", ("2026-04-05", "04-04T14:45")),
    ],
)
def test_the_hour_that_the_autumn_day_has_twice_comes_once(zone: ZoneInfo, day: datetime, at: str, slot: tuple[str, str]) -> None:
    assert slots(at, zone, day, 24) == [slot]


def test_an_hourly_digest_has_a_slot_each_utc_hour() -> None:
    start = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)

    assert slots("hourly", BERLIN, start, 2) == [("2026-10-25T00Z", "10-25T00:00"), ("2026-10-25T01Z", "10-25T01:00")]


def test_weekdays_are_kept() -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)

    assert [name for name, _ in slots("07:00 mon,wed", UTC_ZONE, monday, 24 * 8)] == ["2026-11-23", "2026-11-25", "2026-11-30"]
    assert [name for name, _ in slots("07:00 sat-mon", UTC_ZONE, monday, 24 * 7)] == ["2026-11-23", "2026-11-28", "2026-11-29"]


@pytest.mark.parametrize("text", ["", "7:00", "24:00", "07:60", "07:00 monday", "07:00 mon-", "07:00 mon,", "daily", "07:00\n"])
def test_a_time_that_cannot_be_read_is_refused_with_what_to_write(text: str) -> None:
    if text.strip() == "07:00":
        assert DigestTime.parse(text) == DigestTime.parse("07:00")
        return
    with pytest.raises(BadDigestTime, match=r'use "07:00", "07:00 mon-fri"'):
        DigestTime.parse(text)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["00:00", "02:30", "23:59", "hourly", "12:00 sun", "01:15 mon-fri"]),
    st.sampled_from(["UTC", "Asia/Seoul", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "Africa/Casablanca"]),
)
def test_the_last_slot_is_past_the_next_is_ahead_and_none_lies_between(now: datetime, text: str, zone: str) -> None:
    time, place = DigestTime.parse(text), ZoneInfo(zone)

    last, following = time.last(now, place), time.next(now, place)

    assert last and following
    assert last.at <= now < following.at
    assert time.next(last.at, place) == following
    assert time.last(following.at, place) == following
    assert last.name < following.name


# -- quiet hours


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("22:00-06:30", Quiet(start=time(22), end=time(6, 30))),
        (" 13:00 - 14:15 ", Quiet(start=time(13), end=time(14, 15))),
        ("00:00-23:59", Quiet(start=time(0), end=time(23, 59))),
    ],
)
def test_quiet_hours_are_two_times_of_day(text: str, quiet: Quiet) -> None:
    assert Quiet.parse(text) == Quiet.parse(str(quiet)) == quiet


@pytest.mark.parametrize("text", ["", "22:00", "22-06", "22:00-24:00", "22:00-06:30 mon-fri", "6:00-7:00", "22:00-22:00", "22:00–06:30"])
def test_quiet_hours_that_cannot_be_read_are_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(BadQuietHours, match='use "22:00-06:30"'):
        Quiet.parse(text)


@pytest.mark.parametrize(
    ("quiet", "zone", "now", "end"),
    [
        ("22:00-06:30", BERLIN, "2026-11-23T20:59", None),
        ("22:00-06:30", BERLIN, "2026-11-23T21:00", "2026-11-24T05:30"),
        ("22:00-06:30", BERLIN, "2026-11-24T05:29", "2026-11-24T05:30"),
        ("22:00-06:30", BERLIN, "2026-11-24T05:30", None),
        ("13:00-14:00", BERLIN, "2026-11-23T12:30", "2026-11-23T13:00"),
        ("13:00-14:00", BERLIN, "2026-11-23T23:30", None),
        # The night in which the clock goes forward, and the one in which it goes back.
        ("22:00-06:30", BERLIN, "2026-03-28T21:30", "2026-03-29T04:30"),
        ("22:00-06:30", BERLIN, "2026-10-24T20:30", "2026-10-25T05:30"),
        # 02:30 does not come that night; that night it comes twice.
        ("22:00-02:30", BERLIN, "2026-03-29T00:59", "2026-03-29T01:30"),
        ("22:00-02:30", BERLIN, "2026-10-25T01:10", "2026-10-25T01:30"),
    ],
)
def test_quiet_hours_end_by_the_readers_clock(quiet: str, zone: ZoneInfo, now: str, end: str | None) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)

    assert Quiet.parse(quiet).until(moment, zone) == (end and datetime.fromisoformat(end).replace(tzinfo=UTC))


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
    | st.sampled_from(
        [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 4, 4, 15, tzinfo=UTC)]
    ),
    st.times(),
    st.times(),
    st.sampled_from([UTC_ZONE, BERLIN, NEW_YORK, LORD_HOWE]),
)
def test_it_is_quiet_whenever_the_readers_clock_says_so_and_over_within_a_day_or_so(
    now: datetime, start: time, end: time, zone: ZoneInfo
) -> None:
    quiet = Quiet(start=start, end=end)
    shown = now.astimezone(zone).time()

    until = quiet.until(now, zone)

    if start <= shown < end or (end < start and not end <= shown < start):
        assert until
    assert until is None or now < until <= now + timedelta(hours=25)
