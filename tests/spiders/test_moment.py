from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders import moment
from spiders.moment import Moment

SEOUL = ZoneInfo("Asia/Seoul")
PLUS_3 = timezone(timedelta(hours=3))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2023-07-27T07:40:00+03:00", datetime(2023, 7, 27, 7, 40, tzinfo=PLUS_3)),
        ("2023-07-27T07:40:00+0300", datetime(2023, 7, 27, 7, 40, tzinfo=PLUS_3)),
        ("2023-07-27 07:40:00 +0300", datetime(2023, 7, 27, 7, 40, tzinfo=PLUS_3)),
        ("2023-07-27T04:40:00.123Z", datetime(2023, 7, 27, 4, 40, 0, 123000, tzinfo=UTC)),
        ("Thu, 27 Jul 2023 07:40:00 +0300", datetime(2023, 7, 27, 7, 40, tzinfo=PLUS_3)),
        ("Thu, 27 Jul 2023 04:40:00 GMT", datetime(2023, 7, 27, 4, 40, tzinfo=UTC)),
        ("2023-07-27 07:40", datetime(2023, 7, 27, 7, 40, tzinfo=SEOUL)),
        ("2023.07.27. 07:40", datetime(2023, 7, 27, 7, 40, tzinfo=SEOUL)),
        ("2023年7月27日 07:40", datetime(2023, 7, 27, 7, 40, tzinfo=SEOUL)),
        ("27.07.2023, 07:40", datetime(2023, 7, 27, 7, 40, tzinfo=SEOUL)),
        ("27 июля 2023, 07:40", datetime(2023, 7, 27, 7, 40, tzinfo=SEOUL)),
        ("July 27, 2023 7:40 p.m.", datetime(2023, 7, 27, 19, 40, tzinfo=SEOUL)),
        ("Published 27 July 2023 at 07:40 UTC", datetime(2023, 7, 27, 7, 40, tzinfo=UTC)),
        ("07:40 GMT+3, 27 de julio de 2023", datetime(2023, 7, 27, 7, 40, tzinfo=PLUS_3)),
    ],
)
def test_a_printed_time_is_read_to_the_minute(text, at):
    assert moment.read(text, timezone=SEOUL) == Moment(at=at)


@pytest.mark.parametrize("text", ["2023-07-27", "20230727", "27. Juli 2023", "27/07/2023", "Jul 27, 2023"])
def test_a_printed_day_is_midnight_in_the_zone_of_the_source(text):
    assert moment.read(text, timezone=SEOUL) == Moment(at=datetime(2023, 7, 27, tzinfo=SEOUL), precision="day")


@pytest.mark.parametrize("text", ["", "yesterday", "July 2023", "2023-13-45", "31 February 2023", "9999999999", "0001-01-01", "27 July"])
def test_what_is_no_full_date_is_none(text):
    assert moment.read(text) is None


def test_an_address_gives_a_day_but_not_its_story_number():
    assert moment.in_url("https://example.org/2023/07/27/a-story") == Moment(at=datetime(2023, 7, 27, tzinfo=UTC), precision="day")
    assert moment.in_url("https://example.org/story/20239945") is None


@given(st.text(alphabet="0123456789-:.,/T+Z JulyPM年月日") | st.text())
def test_whatever_the_text_a_moment_is_aware_or_none(text):
    found = moment.read(text)

    assert found is None or found.at.utcoffset() is not None
