"""spiders.trial: how far a server's clock is ahead, by the Date of its answer. Trials over HTTP are in test_scout.py."""

from datetime import UTC, datetime, timedelta

import pytest

from spiders.order import Answer
from spiders.trial import ahead

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("date", "Mon, 23 Nov 2026 12:03:00 GMT")], timedelta(minutes=3)),
        ([("Date", "Mon, 23 Nov 2026 11:59:00 -0000"), ("Age", "0")], timedelta(minutes=-1)),
        ([("Date", "Mon, 23 Nov 2026 11:00:00 GMT"), ("Age", "3600")], None),
        ([("Date", "yesterday")], None),
        ([("Date", "Mon, 23 Nov 99999 12:00:00 +999999999")], None),
        ([], None),
    ],
)
def test_a_servers_clock_is_believed_when_it_says_what_time_it_is_and_no_cache_does(
    headers: list[tuple[str, str]], expected: timedelta | None
) -> None:
    assert ahead(Answer(url="https://wire.example.org/", status=200, headers=tuple(headers)), NOON) == expected
