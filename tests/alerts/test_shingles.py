"""alerts.shingles: the same copy is known, whoever cut or headed it; the same event in other words is not."""

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.canon import words
from alerts.shingles import LEAST_MARKS, MOST_MARKS, MOST_WORDS, contained, is_copy, marks, shingles
from tests.bench import copies

TEXT = words(
    """The dockers of three northern ports walked out at dawn on Monday after talks on night shifts broke down. Their union said
    that four thousand men had followed its call, twice as many as in spring. The port authority put the number at half of that and
    spoke of a delay of hours. Two ships with grain turned away to the south, a pilot said. The mediator, a retired judge, asked both
    sides to meet again on Thursday. Shares of the largest terminal fell by three per cent. The last strike, nine years ago, ended
    after six days with a raise of a tenth and a promise to hire, which according to the union was never kept."""
)
OTHER = words(
    """A strike of dockers has closed three harbours in the north. Since early Monday no crane moves there, the authority said. The
    union wants longer breaks at night and blames the employers for the end of the talks. A mediator has invited them for Thursday.
    Ships were sent elsewhere, grain among their load, and the shares of a terminal lost value."""
)


def copied(one: str, other: str) -> bool:
    return is_copy(shingles(one), shingles(other))


def first(count: int) -> str:
    return " ".join(TEXT.split()[:count])


@pytest.mark.parametrize("copy", [TEXT, f"harbours still {TEXT}", first(30), " ".join(TEXT.split()[60:]), f"{OTHER} {first(50)}"])
def test_a_copy_is_known_whole_cut_or_inside_another_text(copy: str) -> None:
    assert copied(TEXT, copy)
    assert copied(copy, TEXT)


@pytest.mark.parametrize("other", [OTHER, f"{OTHER} {first(12)}"])
def test_the_same_event_in_other_words_is_no_copy_nor_by_one_sentence_that_both_quote(other: str) -> None:
    assert not copied(TEXT, other)


def test_a_quarter_of_the_words_replaced_is_still_a_copy() -> None:
    assert copied(TEXT, " ".join("thing" if at % 4 == 0 else word for at, word in enumerate(TEXT.split()))) is False, "no run of 4 is left"
    assert copied(TEXT, " ".join("thing" if at % 16 < 4 else word for at, word in enumerate(TEXT.split())))


def test_a_flash_is_a_copy_when_it_is_all_there_and_not_by_the_stub_below_it() -> None:
    stub = "this is a breaking story more to follow as it comes in"

    assert copied("dockers in three ports walk out union says", "dockers in three ports walk out union says")
    assert not copied(f"dockers in three ports walk out union says {stub}", f"central bank raises its rate by half a point {stub}")


def test_scripts_without_spaces_are_compared_by_character() -> None:
    text = words("北部の三つの港で港湾労働者が月曜の早朝からストに入った。夜勤をめぐる交渉が決裂したためで、組合は四千人と言う。")

    assert copied(text, words("港でスト " + "北部の三つの港で港湾労働者が月曜の早朝からストに入った。夜勤をめぐる交渉が決裂したためで"))


def test_the_marks_of_a_cut_copy_are_among_those_of_the_whole() -> None:
    found = set(marks(first(40)))

    assert len(found) >= LEAST_MARKS
    assert found <= set(marks(TEXT))


def test_marks_are_the_same_in_every_process() -> None:
    run = [sys.executable, "-c", f"from alerts.shingles import marks; print(marks({TEXT!r}))"]
    other = subprocess.run(run, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7", "PYTHONPATH": ":".join(sys.path)})

    assert other.stdout.strip() == str(marks(TEXT))


def test_a_flash_keeps_enough_marks_and_less_than_a_run_none() -> None:
    assert len(marks(first(9))) == LEAST_MARKS
    assert marks(first(3)) == marks("") == []
    assert not copied("", "")
    assert contained(shingles(""), shingles(TEXT)) == 0


def test_a_page_of_a_million_words_costs_no_more_than_its_first_thousands() -> None:
    text = " ".join(map(str, range(1_000_000)))
    began = time.process_time()

    assert len(shingles(text)) == MOST_WORDS - 3
    assert len(marks(text)) <= MOST_MARKS
    assert time.process_time() - began < 2


@given(st.text())
def test_whatever_the_text_it_is_a_copy_of_itself_or_too_short(text: str) -> None:
    found = shingles(words(text))

    assert set(marks(words(text))) <= found
    assert is_copy(found, found) == (len(found) >= 5)


@pytest.fixture(scope="module")
def known() -> list[copies.Text]:
    if not copies.PAGES.exists():
        pytest.skip("no ../shared/data/pages beside this checkout")
    return copies.texts(copies.PAGES, 270)


def test_copies_of_real_stories_are_known_as_well_as_promised(known: list[copies.Text]) -> None:
    found = {name: share for name, _, share in copies.recall(known)}

    assert found.pop("25 % of words replaced") >= 0.9
    assert min(found.values()) >= 0.98


def test_no_two_reports_on_a_real_topic_are_taken_for_copies(known: list[copies.Text]) -> None:
    pairs = copies.alike(known)

    assert len(pairs) == copies.MOST
    assert [pair for pair in pairs if copies.told(*pair)] == []
