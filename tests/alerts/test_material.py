"""alerts.material: which change a reader must hear of, and why; which is cosmetic."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.material import Reason, is_furniture, lasting, material
from spiders.story import Status, Story

TEXT = "The strike of 100 men began in Hamburg. The port said talks with Maria Lopez had resumed on Monday."


def a_story(*paragraphs: str, headline: str = "Dockers strike in Hamburg", **given: object) -> Story:
    return Story(headline=headline, canonical_url="https://example.org/", paragraphs=paragraphs, **given)  # type: ignore[arg-type]


def reasons(before: str, after: str) -> list[str]:
    return [str(reason) for reason in material(a_story(before), a_story(after))]


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (TEXT, TEXT.replace("100", "2,100"), ["numbers"]),
        ("The toll is forty.", "The toll is fourteen.", ["numbers"]),
        ("One million came.", "One billion came.", ["numbers"]),
        ("Es kamen zwei Männer.", "Es kamen drei Männer.", ["numbers"]),
        ("死者は三人。", "死者は四人。", ["numbers", "words"]),
        (TEXT, TEXT.replace("Lopez", "Lopes"), ["names"]),
        ("Lopes spoke first.", "Lopez spoke first.", ["names"]),
        ("They said that Anna met Berta.", "They said that Berta met Anna.", ["names"]),
        ("Он сказал, что Иван дома.", "Он сказал, что Пётр дома.", ["names"]),
        (TEXT, TEXT.replace("had resumed", "had not resumed"), ["negation"]),
        ("He did sign.", "He didn’t sign.", ["negation"]),
        ("Sie haben zugestimmt.", "Sie haben nicht zugestimmt.", ["negation"]),
        ("Он приехал вчера.", "Он не приехал вчера.", ["negation"]),
        ("Il est venu.", "Il n’est pas venu.", ["negation"]),
        ("Ha firmado.", "No ha firmado.", ["negation"]),
        ("회담은 열렸다.", "회담은 열리지 않았다.", ["negation", "words"]),
        ("会談は行われた。", "会談は行われなかった。", ["negation", "words"]),
        ("双方签署协议。", "双方没有签署协议。", ["negation", "words"]),
        ("朝鲜举行阅兵式。", "朝鲜举行大阅兵式。", ["words"]),
        ("بدأ الإضراب اليوم.", "انتهى الإضراب اليوم.", ["words"]),
        (TEXT, f"{TEXT} It was a long day for all who had come to see how it would end.", ["words"]),
    ],
)
def test_a_change_is_material_for_what_it_changes(before: str, after: str, why: list[str]) -> None:
    assert reasons(before, after) == why


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (TEXT, TEXT),
        (TEXT, TEXT.replace("began in Hamburg. The", "began in Hamburg; the")),
        (TEXT, TEXT.replace(" ", "  ")),
        (TEXT, TEXT.upper()),
        (TEXT, TEXT.replace("strike", "stirke")),
        (TEXT, TEXT.replace("talks", "tallks")),
        (TEXT, TEXT.replace("said", "says")),
        ("It cost 2,100 euros; she's gone.", "It cost 2100 euros — she’s gone."),
        ("Coup d'état à Sèvres", "Coup d’État a Sevres"),
    ],
)
def test_marks_spaces_case_and_a_misspelt_letter_are_cosmetic(before: str, after: str) -> None:
    assert reasons(before, after) == []


def test_the_headline_and_the_status_count_whatever_changed_in_them() -> None:
    assert material(a_story(), a_story(headline="Dockers at rest in Hamburg")) == (Reason.HEADLINE,)
    assert material(a_story(), a_story(headline="DOCKERS STRIKE — in Hamburg")) == ()
    assert material(a_story(), a_story(status=Status.CORRECTED)) == (Reason.STATUS,)
    assert material(a_story(), a_story(other_headlines=("Strike 2026: all you need to know",))) == ()


def test_a_paragraph_that_moved_says_nothing_new() -> None:
    one, two = "Anna Berg met 12 men in Rome.", "Nobody came to Oslo, said Karl Holm."

    assert material(a_story(one, "All is calm.", two), a_story("All is calm.", two, one)) == ()


@pytest.mark.parametrize(
    "paragraph",
    [
        "Updated 14:05 GMT",
        "Last updated on Monday, 23 Nov 2026 at 5:03 pm",
        "Stand: 23.11.2026, 12:00 Uhr",
        "Mis à jour le 23/11/2026 à 12h05",
        "Обновлено 23.11.2026, 14:05",
        "입력 2026.11.23 14:05",
        "更新：2026年11月23日 14:05",
        "2026-11-23 14:05 KST",
        "12 comments",
        "1.2k shares",
        "Comments (34)",
        "댓글 12",
        "3 hours ago",
        "Published 25 minutes ago",
        "4 min read",
        "vor 3 Stunden",
        "2 часа назад",
        "3시간 전",
        "Viewed 1,234 times",
        "Read also: The port closes its gates",
        "Читайте также: Порт закрыт",
        "관련기사: 항만 폐쇄",
    ],
)
def test_time_stamps_counters_and_what_else_to_read_are_furniture(paragraph: str) -> None:
    assert is_furniture(paragraph)
    assert material(a_story(TEXT), a_story(TEXT, paragraph)) == ()
    assert lasting(a_story(paragraph, TEXT)) == a_story(TEXT)


@pytest.mark.parametrize(
    "paragraph",
    [
        "Related parties met on Monday.",
        "Published figures show that 12 men died.",
        "Last year 12 men died.",
        "Updated figures put the toll at 12. More are missed.",
        "Two ships left at 14:05.",
        "12 men died.",
        "Views differ on the 12 points.",
        "100 shares were sold on Monday.",
        "Stand 12 burnt down.",
        "3 hours ago the port closed",
        "2010",
        "2008-2012",
        "",
    ],
)
def test_a_sentence_of_the_story_is_no_furniture(paragraph: str) -> None:
    assert not is_furniture(paragraph)


@given(st.text(), st.text())
def test_whatever_two_texts_say_their_change_has_reasons_or_none(one: str, other: str) -> None:
    assert material(a_story(one), a_story(one)) == ()
    assert set(material(a_story(one), a_story(other))) <= set(Reason)


@pytest.mark.parametrize("part", ["A ", "1.", "n't", "don'", "ab-", "дв", "updated 1 ", "\n", "million"])
def test_a_hostile_page_takes_a_moment(part: str) -> None:
    text = part * (200_000 // len(part))
    began = time.process_time()
    material(a_story(text), a_story(text + " z"))

    assert time.process_time() - began < 2
