"""monitor.wording: what changed, word by word, and nothing is lost on the way."""

import time

from desk import a_story
from hypothesis import given
from hypothesis import strategies as st

from monitor.wording import Change, changes
from spiders.story import Story

TEXTS = st.lists(st.text(st.sampled_from("ab 北한.\n"), max_size=12), max_size=4).map(tuple)


def told(before: Story, after: Story) -> list[str]:
    marks = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return [f"{change.field}: " + "".join(marks[kind].format(text) for kind, text in change.pieces) for change in changes(before, after)]


def test_a_changed_word_is_marked_in_its_paragraph_and_other_paragraphs_are_left_out() -> None:
    before = a_story(headline="Dockers strike", body="All is calm.\nThe strike of 100 men began.\nMore soon.")
    after = a_story(headline="Dockers on strike", body="All is calm.\nThe strike of 2,100 men began.\nMore soon.")

    assert told(before, after) == ["headline: Dockers {+on +}strike", "paragraphs: The strike of [-100 -]{+2,100 +}men began."]


def test_paragraphs_that_come_and_go_are_whole() -> None:
    before, after = a_story(body="One.\nTwo.\nThree."), a_story(body="Two.\nThree.\nFour.")

    assert told(before, after) == ["paragraphs: [-One.-]", "paragraphs: {+Four.+}"]


def test_scripts_without_spaces_are_compared_by_character() -> None:
    assert told(a_story(headline="朝鲜举行阅兵式"), a_story(headline="朝鲜举行大阅兵式")) == ["headline: 朝鲜举行{+大+}阅兵式"]


def test_versions_of_the_same_words_have_no_changes() -> None:
    assert changes(a_story(keywords=("a",)), a_story(keywords=("b",))) == []


@given(TEXTS, TEXTS, st.text(max_size=8), st.text(max_size=8))
def test_the_pieces_are_the_old_text_and_the_new(old: tuple[str, ...], new: tuple[str, ...], lead: str, other: str) -> None:
    before = Story(headline="", canonical_url="https://example.org/", paragraphs=old, lead=lead)
    after = Story(headline="", canonical_url="https://example.org/", paragraphs=new, lead=other)
    found = changes(before, after)

    def text(without: str) -> list[str]:
        return ["".join(text for kind, text in change.pieces if kind != without) for change in found]

    gone, come = "\n".join(text("added")), "\n".join(text("removed"))
    assert set(gone.split("\n")) >= {line for part in old if part not in new for line in part.split("\n")}
    assert set(come.split("\n")) >= {line for part in new if part not in old for line in part.split("\n")}
    assert bool(found) == ((old, lead) != (new, other))


def test_a_page_of_a_million_words_is_shown_as_replaced_and_costs_no_time() -> None:
    before, after = a_story(body="ab " * 500_000), a_story(body="ab " * 500_000 + "c")

    began = time.process_time()
    (change,) = changes(before, after)

    assert [kind for kind, _ in change.pieces] == ["removed", "added"]
    assert change == Change(field="paragraphs", pieces=(("removed", before.text), ("added", after.text)))
    assert time.process_time() - began < 5
