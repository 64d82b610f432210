import time
from random import Random

import pytest
from fuzzed import TEXTS
from hypothesis import given

from spiders import target
from spiders.likeness import MOST_OF_OTHERS, of, words
from spiders.target import Candidate, Target

FIRED = "N. Korea fires 2 ballistic missiles into the sea"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (FIRED, FIRED.upper(), 1.0),
        (FIRED, FIRED.replace("2", "two"), 1.0),
        (FIRED, FIRED.replace("2", "3"), MOST_OF_OTHERS),
        (FIRED, FIRED.replace("2", "three"), MOST_OF_OTHERS),
        (FIRED, FIRED.replace("fires", "did not fire"), 2 * 8 / 20),
        ("Der Hafen ist am Abend offen geblieben", "Der Hafen ist am Abend nicht offen geblieben", MOST_OF_OTHERS),
        ("Live updates", "Live updates", 0.8),
        ("Dockers strike", "Owls count", 0.0),
        ("", "", 0.0),
        ("部长在首尔签署粮食协议", "部长在首尔签署粮食协议", 1.0),
        ("部长在首尔签署粮食协议", "部长未在首尔签署粮食协议", MOST_OF_OTHERS),
    ],
)
def test_headlines_are_alike_by_their_words_but_for_other_numbers_and_a_not(one, other, alike):
    assert (of(one, other), of(other, one)) == (alike, alike)


def test_scripts_without_spaces_have_pairs_of_characters_for_words():
    assert words("Grain 粮食协") == ["grain", "粮食", "食协"]


@given(TEXTS, TEXTS)
def test_any_two_texts_can_be_compared(one, other):
    assert 0 <= of(one, other) <= 1
    assert of(one, other) == of(other, one)


@pytest.mark.parametrize("piece", ["1", "1.", "n't ", "not ", "-", "不", "one two "])
def test_a_hostile_headline_takes_no_time(piece):
    began = time.process_time()
    for _ in range(100):
        of(piece * 100_000, piece * 100_000)

    assert time.process_time() - began < 0.5


def test_a_notice_of_endless_headlines_is_compared_with_two_thousand_in_no_time():
    random = Random(1)
    headlines = [" ".join("".join(random.choices("abcdefgh", k=2)) for _ in range(160)) for _ in range(2000)]
    candidates = [Candidate(id=number, headlines=(headline,), url="") for number, headline in enumerate(headlines)]

    began = time.process_time()
    target.ranked(Target(headlines=tuple(headlines[:8])), candidates)

    assert time.process_time() - began < 2
