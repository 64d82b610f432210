"""A day on which the clocks change, in fast time; `make day` does seven of them with fifty kills."""

from datetime import date, timedelta
from pathlib import Path

from tests.day import Day, spend


def test_on_the_day_of_two_hours_each_slot_has_one_digest_and_each_match_one_mail_whoever_is_killed(
    database_url: str, tmp_path: Path
) -> None:
    day = Day.around(date(2026, 10, 25), "Europe/Berlin", readers=8)

    found = spend(database_url, tmp_path, day, kills=3, step=timedelta(hours=1))

    assert found["kills"] > 0
    print(dict(found))
