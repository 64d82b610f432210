"""What people read of values: a moment beside now."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.show import ago

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "said"),
    [
        (timedelta(days=3), "3 d ago"),
        (timedelta(hours=2), "2 h ago"),
        (timedelta(seconds=22), "22 s ago"),
        (timedelta(0), "now"),
        (-timedelta(seconds=40), "in 40 s"),
        (-timedelta(minutes=3), "in 3 min"),
    ],
)
def test_a_moment_is_told_beside_now(since: timedelta, said: str) -> None:
    assert ago(NOON - since, NOON) == said


def test_what_postgres_just_noted_by_a_clock_ahead_of_ours_is_not_to_come() -> None:
    assert ago(NOON + timedelta(milliseconds=300), NOON) == "now"


def test_what_never_was_is_said_so() -> None:
    assert ago(None, NOON) == "never"
