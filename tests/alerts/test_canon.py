import unicodedata
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.canon import ANY_LETTERS, MARKS, ONE_LETTER, Canonical, unmarked, words

#: What no rule can ask for.
UNINDEXED = MARKS + ANY_LETTERS + ONE_LETTER
SCRIPTS = "aB zÉß'’s.!?-–\n\u00ad\u200bİıﬁ½КёйўΆς北朝鮮。ガｶﾞ북한70주 كٰةـ กา👍\u0301\u0308"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Democratic People’s Republic", "democratic people republic"),
        ("WORKERS' PARTY, WORKER'S", "workers party worker"),
        ("D.P.R.K. and N.Korea", "d p r k and n korea"),
        ("North‑Korean — nuclear–armed", "north korean nuclear armed"),
        ("Corée COREE Pjöngjang Ελλάς", "coree coree pjongjang ελλασ"),
        ("İstanbul ISTANBUL ıstanbul", "istanbul istanbul istanbul"),
        ("ﬁne ｆｕｌｌ Straße km²", "fine full strasse km2"),
        ("nu\u00adcle\u200bar", "nuclear"),
        ("70주년 KCNA가", "70 주년 kcna 가"),
        ("建国70周年の", "建 国 70 周 年 の"),
        ("ёлка Йод йод се́вер", "елка йод йод север"),
        ("كُورِيَا أإآ ىی کك", "كوريا ااا يي كك"),
        ("read https://dprk.example/art?x=1 now, or www.art.example.", "read now or"),
        ('<a href="start">Art</a> 3 < 4', "art 3 4"),
        ("🙂 * — …", ""),
    ],
)
def test_what_does_not_count_is_gone(text: str, canonical: str) -> None:
    assert words(text) == canonical


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("He drove north. Korea opened.", 1),
        ("He drove north.” “Korea opened.", 1),
        ("Is it north? Korea!", 1),
        ("on the north\n \nKorea", 1),
        ("north\nKorea", 0),
        ("N. Korea, J. Smith, the U.S. Army", 0),
        ("Mr. Kim met Dr. No", 0),
        ("Lt. Gen. Kim, Sgt. Pepper, Prof. Lee, Capt. Ahab", 0),
        ("Am Okt. Abend, on Sept. Friday; им. Ленина, тов. Ким, проф. Ли", 0),
        ("He said no. Kim left on Sun. Lee stayed", 1),
        ("He saw the gen.) Kim left", 1),
        ("He met the Soviets’ Bigprof. Kim left", 1),
        ("am 70. Jahrestag, Sept. 9, at 3.5 per cent. yes", 0),
        ("1945. Korea", 1),
        ("북한이 밝혔다. 북한", 1),
        ("北朝鮮。金正恩！", 2),
        ("انتهى. كوريا", 1),
    ],
)
def test_a_sentence_ends_where_a_reader_sees_it_end(text: str, ends: int) -> None:
    assert Canonical(text).text.count("\x01") == ends


def test_each_word_leads_back_to_its_own_spelling() -> None:
    text = "The <b>People’s</b> Straße, ½ 北朝 70주년 Cafe\u0301 се\u0301вер\u0301!"
    canonical = Canonical(text)

    back, at = [], 1
    for word in canonical.text.split():
        start, end = canonical.origin(at, at + len(word))
        back.append((word, text[start:end]))
        at += len(word) + 1

    assert back == [
        *(("the", "The"), ("people", "People"), ("strasse", "Straße"), ("1", "½"), ("2", "½"), ("北", "北"), ("朝", "朝")),
        *(("70", "70"), ("주년", "주년"), ("cafe", "Cafe\u0301"), ("север", "се\u0301вер\u0301")),
    ]


@given(st.text(alphabet=st.one_of(st.sampled_from(SCRIPTS), st.characters())))
def test_every_letter_leads_back_to_a_letter_that_gives_it(text: str) -> None:
    canonical = Canonical(text)

    for at, char in enumerate(canonical.text):
        if char not in MARKS + " ":
            start, end = canonical.origin(at, at + 1)
            assert 0 <= start < end <= len(text)
            assert char in Canonical(text[start:end]).text


@given(st.text(alphabet=st.one_of(st.sampled_from(SCRIPTS), st.characters(codec="utf-8"))))
def test_what_is_indexed_are_the_words_that_rules_read(text: str) -> None:
    read = Canonical(unicodedata.normalize("NFC", text)).text

    assert words(text) == " ".join("".join(" " if char in UNINDEXED else char for char in read).split())


@pytest.mark.parametrize("marks", ["\u0301\u0323", "\u0f73", "\u0344\u0316", "\u3099\u0334\u0591"])
def test_a_letter_under_a_hundred_thousand_marks_is_read_at_once(marks: str) -> None:
    text = f"The <b>Ka{marks * 100_000}y said"
    began = process_time()

    canonical = Canonical(text)

    assert process_time() - began < 3
    assert words(text) == unmarked(canonical.text)
    assert process_time() - began < 4
    assert canonical.text.startswith(" the ka") and canonical.text.endswith("y said ")
    at = canonical.text.index(" said")
    assert canonical.origin(at + 1, at + 5) == (len(text) - 4, len(text))
    assert canonical.origin(at - 1, at) == (len(text) - 6, len(text) - 5)


def test_marks_past_any_orthography_are_left_out_and_what_follows_keeps_its_place() -> None:
    text = "a" + "\u0301\u0323" * 40 + "\u1b35" + "—" * 50 + "e\u0301 ῭" + "\u0323\u0301" * 15
    canonical = Canonical(text)

    assert words(text) == unmarked(canonical.text)
    assert canonical.text.split() == ["a\u1b35", "e"]
    assert canonical.origin(1, 2) == (0, 82)
    assert canonical.origin(4, 5) == (132, 134)


@given(st.text(alphabet=st.one_of(st.sampled_from(SCRIPTS), st.sampled_from(UNINDEXED), st.characters())))
def test_canonical_text_without_its_marks_is_the_words(text: str) -> None:
    assert unmarked(Canonical(text).text) == words(text)


@given(st.text(alphabet=st.one_of(st.sampled_from(SCRIPTS), st.characters(codec="utf-8"))))
def test_composed_and_decomposed_texts_have_the_same_words(text: str) -> None:
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


@given(st.text(alphabet=st.sampled_from(SCRIPTS)))
def test_words_are_read_as_they_are(text: str) -> None:
    assert words(words(text)) == words(text)
