from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from alerts.bars import HEIGHT, MOST, Volume, bars
from alerts.clock import Clock

CLOCK = Clock(language="en", timezone=ZoneInfo("Europe/Berlin"), now=datetime(2026, 7, 27, 5, tzinfo=UTC))
TODAY = date(2026, 7, 27)


def drawn(*volumes, told=("dprk",)):
    return bars(volumes, told=told, names=str.upper, clock=CLOCK)


def test_the_day_with_most_is_the_highest_and_one_story_can_be_seen():
    assert drawn(Volume(rule="dprk", first=date(2026, 7, 24), counts=(0, 1, 1234, 617))) == [
        {
            "rule": "DPRK",
            "start": "Fri, Jul 24",
            "end": "Mon, Jul 27",
            "drawn": True,
            "days": [
                {"count": 0, "label": "0", "height": 0},
                {"count": 1, "label": "1", "height": 1},
                {"count": 1234, "label": "1k", "height": HEIGHT},
                {"count": 617, "label": "617", "height": HEIGHT // 2},
            ],
        }
    ]


def test_a_rule_that_found_nothing_is_left_out():
    assert drawn(Volume(rule="dprk", first=TODAY, counts=(0, 0))) == []


def test_rules_with_news_are_drawn_up_to_so_many_and_all_have_their_numbers():
    volumes = [Volume(rule=f"r{number}", first=TODAY, counts=(1,)) for number in range(MOST + 3)]
    found = drawn(*volumes, told=[each.rule for each in volumes[1:]])

    assert [one["drawn"] for one in found] == [False, *[True] * MOST, False, False]
    assert [len(one["days"]) for one in found] == [1] * len(volumes)
