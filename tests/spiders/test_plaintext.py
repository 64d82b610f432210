from hypothesis import given
from hypothesis import strategies as st

from spiders import plaintext


def test_controls_go_and_white_space_folds_but_quotes_and_dashes_stay():
    assert plaintext.clean("\x00 “A”\u00a0\n—\x1b  ‘b’\ufeff \x9f") == "“A” — ‘b’"


def test_inline_markup_parts_no_word_and_a_block_does():
    assert plaintext.from_markup("<nobr><b>K</b>im</nobr> said<p>more</p><p>words</p><script>x()</script>") == "Kim said more words"


def test_a_text_without_markup_only_has_its_entities_resolved():
    assert plaintext.from_markup("1 &lt; 2 &amp; a < b") == "1 < 2 & a < b"


def test_paragraphs_are_blocks_and_what_two_line_breaks_part():
    body = plaintext.parse_fragment(
        "<p>One <a>link</a>ed<br>line.</p>Two<br> <br/>three"
        "<figure><img><figcaption>A caption</figcaption></figure><div>four<ul><li>five</li></ul></div><aside>Read also</aside>"
    )

    assert body is not None
    assert plaintext.paragraphs(body) == ("One linked line.", "Two", "three", "four", "five")


@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    once = plaintext.clean(text)

    assert plaintext.clean(once) == once
