"""alerts.diff: what changed, word by word, and nothing is lost on the way."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.diff import Change, changes
from spiders.story import Story

TEXTS = st.lists(st.text(st.sampled_from("ab 北한.,\n"), max_size=12), max_size=4).map(tuple)


def a_story(headline: str = "", *paragraphs: str, **given: object) -> Story:
    return Story(headline=headline, canonical_url="https://example.org/", paragraphs=paragraphs, **given)  # type: ignore[arg-type]


def told(before: Story, after: Story) -> list[str]:
    marks = {"kept": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return [f"{change.field}: " + "".join(marks[kind].format(text) for kind, text in change.pieces) for change in changes(before, after)]


def test_a_changed_word_is_marked_in_its_paragraph_and_other_paragraphs_are_left_out() -> None:
    before = a_story("Dockers strike", "All is calm.", "The strike of 100 men began.", "More soon.")
    after = a_story("Dockers on strike", "All is calm.", "The strike of 2,100 men began.", "More soon.")

    assert told(before, after) == ["headline: Dockers {+on +}strike", "paragraphs: The strike of [-100-]{+2,100+} men began."]


def test_paragraphs_that_come_and_go_are_whole() -> None:
    assert told(a_story("", "One.", "Two.", "Three."), a_story("", "Two.", "Three.", "Four.")) == [
        "paragraphs: [-One.-]",
        "paragraphs: {+Four.+}",
    ]


def test_a_mark_is_marked_without_its_word_and_words_side_by_side_are_replaced_together() -> None:
    assert told(a_story("", "Calm, they say."), a_story("", "Calm they say!")) == ["paragraphs: Calm[-,-] they say[-.-]{+!+}"]
    assert told(a_story("", "It was the worst day yet."), a_story("", "It was our finest hour yet.")) == [
        "paragraphs: It was [-the worst day-]{+our finest hour+} yet."
    ]


def test_scripts_without_spaces_are_compared_by_character() -> None:
    assert told(a_story("朝鲜举行阅兵式"), a_story("朝鲜举行大阅兵式")) == ["headline: 朝鲜举行{+大+}阅兵式"]


def test_versions_of_the_same_words_have_no_changes() -> None:
    assert changes(a_story("One", keywords=("a",)), a_story("One", keywords=("b",))) == []


@given(TEXTS, TEXTS, st.text(max_size=8), st.text(max_size=8))
def test_the_pieces_are_the_old_text_and_the_new(old: tuple[str, ...], new: tuple[str, ...], lead: str, other: str) -> None:
    found = changes(a_story("", *old, lead=lead), a_story("", *new, lead=other))

    gone, come = "\n".join(change.before for change in found), "\n".join(change.after for change in found)
    assert set(gone.split("\n")) >= {line for part in old if part not in new for line in part.split("\n")}
    assert set(come.split("\n")) >= {line for part in new if part not in old for line in part.split("\n")}
    assert bool(found) == ((old, lead) != (new, other))


@given(st.lists(st.sampled_from("abc"), max_size=40), st.lists(st.sampled_from("abc"), max_size=40))
def test_no_shorter_way_leads_from_the_old_words_to_the_new(old: list[str], new: list[str]) -> None:
    (change,) = changes(a_story("", "\u4e00".join(old)), a_story("", "\u4e00".join(new))) or [None]
    if change is None:
        assert old == new
        return
    kept = sum(len(text) for kind, text in change.pieces if kind == "kept")

    assert change.before == "\u4e00".join(old)
    assert change.after == "\u4e00".join(new)
    assert kept <= longest_common("\u4e00".join(old), "\u4e00".join(new))


def longest_common(one: str, other: str) -> int:
    row = [0] * (len(other) + 1)
    for a in one:
        last = 0
        for at, b in enumerate(other):
            last, row[at + 1] = row[at + 1], last + 1 if a == b else max(row[at], row[at + 1])
    return row[-1]


CHANCE = random.Random(1)
HOSTILE = {
    "one word more": ("ab " * 300_000, "ab " * 300_000 + "c"),
    "turned round": ("a b c d " * 120_000, "d c b a " * 120_000),
    "shuffled": (" ".join(CHANCE.choices("abcdefgh", k=500_000)), " ".join(CHANCE.choices("abcdefgh", k=500_000))),
    "marks": ("." * 1_000_000, ",." * 500_000),
    "characters": ("\u4e00\u4e01" * 200_000, "\u4e01\u4e00\u4e03" * 130_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_page_of_a_million_characters_takes_a_moment_and_says_when_it_was_too_much(name: str) -> None:
    old, new = HOSTILE[name]
    began = time.process_time()
    (change,) = changes(a_story("", old), a_story("", new))

    assert time.process_time() - began < 4
    assert change.whole is (name != "one word more")
    assert not change.whole or change == Change(field="paragraphs", pieces=(("removed", old), ("added", new)), whole=True)


def test_so_do_a_hundred_thousand_paragraphs() -> None:
    old, new = ([f"p{number} {word}" if number % 2 else "same" for number in range(100_000)] for word in ("x", "y"))
    began = time.process_time()

    assert len(changes(a_story("", *old), a_story("", *new))) == 1
    assert time.process_time() - began < 4
