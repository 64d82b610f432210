import time

import pytest
from fuzzed import TEXTS
from hypothesis import given

from spiders.release import is_said


@pytest.mark.parametrize(
    "line",
    [
        "HOLD LIFTED",
        "RELEASED",
        "SPERRE AUFGEHOBEN",
        "Hold lifted at noon",
        "The hold on the grain story has been lifted.",
        "Eds: This story is now released.",
        "Die Sperre ist aufgehoben.",
        "ЗАПРЕТ СНЯТ",
    ],
)
def test_a_desk_says_that_it_holds_a_story_no_more(line):
    assert is_said(line)


@pytest.mark.parametrize(
    "line",
    [
        "HOLD HOLD HOLD",
        "Please hold",
        "Released: three hostages",
        "RELEASED PRISONERS",
        "Holds lifted bags",
        "Lifted hold",
        "The ministry said that the hold was lifted",
    ],
)
def test_other_lines_release_nothing(line):
    assert not is_said(line)


@given(TEXTS)
def test_any_line_can_be_asked(line):
    assert is_said(line) in (True, False)


@pytest.mark.parametrize("piece", ["hold on ", "ATTN: ", "the hold ", "HOLD "])
def test_a_hostile_line_takes_no_time(piece):
    began = time.process_time()
    for length in (300, 500_000):
        is_said((piece * length)[:length])

    assert time.process_time() - began < 0.1
