from hypothesis import given
from hypothesis import strategies as st

from alerts.sentence import Piece, cut, mark, merged, sentences


def split(text):
    return [text[start:end] for start, end in sentences(text)]


def words(pieces):
    return "".join(piece.text for piece in pieces)


def shown(pieces):
    return "".join(f"[{piece.text}]" if piece.hit else piece.text for piece in pieces)


def test_abbreviations_initials_and_numbers_end_no_sentence():
    assert split("Gen. Kim of the U.S. Army met J. R. Smith on Feb. 16 in St. Petersburg. They talked for 3.5 hours.") == [
        "Gen. Kim of the U.S. Army met J. R. Smith on Feb. 16 in St. Petersburg.",
        "They talked for 3.5 hours.",
    ]
    assert split("Am 27. Juli kamen ca. 300 Gäste. Dann sprach Dr. Lee.") == ["Am 27. Juli kamen ca. 300 Gäste.", "Dann sprach Dr. Lee."]
    assert split("Это было в 1953 г. В Москве отметили.") == ["Это было в 1953 г. В Москве отметили."]


def test_a_year_at_the_end_ends_its_sentence():
    assert split("The war ended in 1953. Talks went on.") == ["The war ended in 1953.", "Talks went on."]


def test_sentences_of_chinese_and_japanese_end_without_a_space():
    assert split("北朝鮮は式典を開いた。「成功だ。」と述べた。参加は1.5万人！") == [
        "北朝鮮は式典を開いた。",
        "「成功だ。」",
        "と述べた。",
        "参加は1.5万人！",
    ]


def test_a_closing_quote_stays_with_its_sentence_and_a_line_break_ends_one():
    assert split('"We agree." Then he left\nNew line') == ['"We agree."', "Then he left", "New line"]


@given(st.text(alphabet="aB.!?。 \n12»”", max_size=80))
def test_no_word_is_lost_between_sentences(text):
    assert "".join("".join(split(text)).split()) == "".join(text.split())


def test_a_long_sentence_is_cut_at_word_ends_around_its_hit():
    text = "one two three four five six seven eight nine ten eleven twelve"
    at = text.index("ten")

    assert shown(cut(text, (0, len(text)), [(at, at + 3)], 30)) == "…eight nine [ten] eleven twelve"
    assert shown(cut(text, (0, len(text)), [(4, 7)], 30)) == "one [two] three four five six…"
    assert shown(cut(text, (0, len(text)), [], 12)) == "one two…"


def test_a_cut_leaves_accents_and_emoji_whole():
    family = "👩\u200d👩\u200d👧"

    assert words(cut(family * 4, (0, len(family) * 4), [], 10)) == family + "…"


@given(st.text(alphabet="ab 。한\u0301\u200d", max_size=60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_a_cut_sentence_is_never_longer_than_its_limit(text, a, b, limit):
    pieces = cut(text, (0, len(text)), [(min(a, b, len(text)), min(max(a, b), len(text)))], limit)

    assert len(words(pieces)) <= limit
    assert words(pieces).strip("…") in text


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=4))
def test_marking_changes_no_letter(text, hits):
    assert words(mark(text, (0, len(text)), hits)) == text


def test_hits_that_overlap_are_marked_as_one():
    assert merged([(5, 9), (0, 4), (3, 6), (7, 7)]) == [(0, 9)]
    assert mark("North Korea", (0, 11), [(0, 11), (6, 11)]) == (Piece(text="North Korea", hit=True),)
