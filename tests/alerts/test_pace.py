"""alerts.pace: when the next alert mail may go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from alerts.pace import GROUPING, MOST, WINDOW, free_at
from alerts.recipient import Quiet, Recipient

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ANN = Recipient(email="ann@example.org", rules=("strike",), instant=("strike",))
QUIET = Quiet.parse("22:00-06:30")


def ago(*minutes: float) -> list[datetime]:
    return [NOON - timedelta(minutes=minute) for minute in minutes]


@pytest.mark.parametrize(
    ("sent", "wait"),
    [
        ([], 0),
        ([3], 2),
        ([5], 0),
        ([50, 40, 30, 20, 10], 0),
        ([59, 50, 40, 30, 20, 10], 1),
        ([10, 59, 30, 40, 20, 50], 1),
        ([60, 50, 40, 30, 20, 10], 0),
        ([59, 50, 40, 30, 20, 1], 4),
        ([59, 58, 50, 40, 30, 20, 10], 2),
    ],
)
def test_an_alert_waits_five_minutes_after_the_last_and_for_the_hour_of_six(sent: list[float], wait: float) -> None:
    assert free_at(ANN, ago(*sent), NOON) == NOON + timedelta(minutes=wait)


def test_in_quiet_hours_it_waits_until_they_end() -> None:
    reader = replace(ANN, quiet=QUIET, timezone=ZoneInfo("Asia/Seoul"))

    assert free_at(reader, [], NOON) == NOON, "it is 21:00 there"
    assert free_at(reader, [], NOON + timedelta(hours=1)) == datetime(2026, 11, 23, 21, 30, tzinfo=UTC)


def test_a_group_that_would_be_over_in_quiet_hours_waits_until_they_end() -> None:
    reader = replace(ANN, quiet=QUIET)
    last = datetime(2026, 11, 23, 21, 58, tzinfo=UTC)

    assert free_at(reader, [last], last + timedelta(minutes=1)) == datetime(2026, 11, 24, 6, 30, tzinfo=UTC)


@given(
    some.lists(some.integers(0, 20 * 60), min_size=1, max_size=80),
    some.sampled_from([None, "22:00-06:30", "12:30-13:10", "00:00-23:59"]),
    some.sampled_from(["UTC", "Asia/Seoul", "America/New_York"]),
)
def test_whenever_stories_come_alerts_keep_their_pace(arrivals: list[int], quiet: str | None, zone: str) -> None:
    reader = replace(ANN, quiet=quiet and Quiet.parse(quiet), timezone=ZoneInfo(zone))
    sent: list[datetime] = []
    moments = [NOON + timedelta(minutes=minute) for minute in sorted(arrivals)]
    for now in moments:
        recent = [at for at in sent if at > now - WINDOW]
        if free_at(reader, recent, now) == now:
            sent.append(now)

    assert sent[:1] == [at for at in moments if not reader.quiet_until(at)][:1]
    assert all(later - earlier >= GROUPING for earlier, later in pairwise(sent))
    assert all(later - earlier >= WINDOW for earlier, later in zip(sent, sent[MOST:], strict=False))
    assert not any(reader.quiet_until(at) for at in sent)
