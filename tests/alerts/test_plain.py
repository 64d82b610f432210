import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.plain import plain


def test_what_steers_a_terminal_or_the_eye_is_gone():
    assert plain("\x1b[31mred\x1b[0m \x1b]0;title\x07 exe\u202egpj\u202c \u2067x\u2069") == "red exegpj x"


def test_every_kind_of_line_end_is_a_space():
    assert plain("a\r\nb\rc\x0bd\x85e\u2028f\u2029g\x00h") == "a b c d e f g h"


def test_emoji_and_joined_letters_stay_whole():
    assert plain("👩\u200d👩\u200d👧 می\u200cخواهم") == "👩\u200d👩\u200d👧 می\u200cخواهم"


@pytest.mark.parametrize("begun", ["\x9d", "\x1b]", "\x9b", "\x1b[", "\x1b", "\x9d0;", "\x1b[0 "])
def test_sequences_that_begin_and_never_end_are_passed_over_at_once(begun):
    began = time.process_time()
    plain(begun * 40_000)

    assert time.process_time() - began < 0.5


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_becomes_one_line_that_utf_8_can_carry(text):
    cleaned = plain(text)

    assert len(cleaned.splitlines()) <= 1
    assert cleaned.encode().decode() == cleaned
    assert plain(cleaned) == cleaned
