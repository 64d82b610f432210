from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from test_entry import NOON, some_news

from alerts.catalogue import catalogue
from alerts.clock import Clock
from alerts.when import when

SEOUL = ZoneInfo("Asia/Seoul")


def told(news, *, since=None, language="en", zone="Europe/Berlin"):
    return when(news, clock=Clock(language=language, timezone=ZoneInfo(zone), now=NOON), since=since, t=catalogue(language))


@pytest.mark.parametrize(
    ("published", "precision", "time"),
    [
        (NOON, "minute", "14:05"),
        (datetime(2026, 7, 26, 22, 30, tzinfo=UTC), "minute", "00:30"),
        (datetime(2026, 7, 26, 12, 0, tzinfo=UTC), "minute", "Sun 14:00"),
        (datetime(2025, 7, 26, 12, 0, tzinfo=UTC), "minute", "Sat, Jul 26, 2025, 14:00"),
        (datetime(2026, 7, 27, tzinfo=ZoneInfo("Asia/Seoul")), "day", "Mon, Jul 27"),
        (datetime(2026, 7, 26, 15, tzinfo=UTC), "day", "Mon, Jul 27"),
        (datetime(2026, 7, 27, 4, tzinfo=UTC), "day", "Mon, Jul 27"),
        (None, "minute", "seen 14:05"),
    ],
)
def test_times_are_the_readers_and_a_day_has_no_clock_time(published, precision, time):
    assert told(some_news(published_at=published, published_precision=precision)) == time


def test_dates_are_in_the_readers_language():
    news = some_news(published_at=datetime(2026, 7, 26, 12, tzinfo=UTC))

    assert [told(news, language=language, zone="Asia/Seoul") for language in ("en", "de", "ko")] == [
        "Sun 21:00",
        "So 21:00",
        "일 21:00",
    ]


@pytest.mark.parametrize(
    ("source", "published", "time"),
    [
        (SEOUL, NOON, "14:05 (21:05 Seoul)"),
        (SEOUL, NOON.replace(hour=4), "06:05 (13:05 Seoul)"),
        (SEOUL, NOON - timedelta(hours=20), "Sun 18:05 (Mon 01:05 Seoul)"),
        (ZoneInfo("America/New_York"), NOON.replace(hour=0), "02:05 (Sun 20:05 New York)"),
        (ZoneInfo("Europe/Paris"), NOON, "14:05"),
        (ZoneInfo("UTC"), NOON, "14:05"),
        (UTC, NOON, "14:05"),
    ],
)
def test_the_wires_own_time_stands_beside_the_readers_where_it_is_another(source, published, time):
    assert told(some_news(published_at=published, timezone=source)) == time


def test_the_place_of_that_time_is_named_in_the_readers_language():
    news = some_news(timezone=ZoneInfo("Europe/Moscow"))

    assert [told(news, language=language) for language in ("de", "ko")] == ["14:05 (15:05 Moskau)", "14:05 (15:05 모스크바)"]


@pytest.mark.parametrize(
    ("published", "precision", "seen", "time"),
    [
        (NOON - timedelta(hours=8), "minute", NOON, "late: 06:05, seen today"),
        (NOON - timedelta(days=2), "minute", NOON - timedelta(days=1), "late: Sat 14:05, seen Sun"),
        (NOON - timedelta(hours=7), "minute", NOON, "07:05"),
        (datetime(2026, 7, 27, tzinfo=UTC), "day", NOON, "Mon, Jul 27"),
        (datetime(2026, 7, 26, tzinfo=UTC), "day", NOON, "late: Sun, Jul 26, seen today"),
        (None, "minute", NOON, "seen 14:05"),
    ],
)
def test_what_was_published_before_the_last_digest_comes_late(published, precision, seen, time):
    news = some_news(published_at=published, published_precision=precision, seen_at=seen)

    assert told(news, since=NOON - timedelta(hours=7, minutes=5)) == time
    assert not told(news).startswith("late")
