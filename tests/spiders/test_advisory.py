import pytest
from fuzzed import TEXTS
from hypothesis import given

from spiders.advisory import Advisory, read
from spiders.story import Status

USABLE, CORRECTED, WITHDRAWN, HELD = Status.USABLE, Status.CORRECTED, Status.WITHDRAWN, Status.HELD


@pytest.mark.parametrize(
    ("printed", "note", "status"),
    [
        ("(ATTN: ADDS more remarks in paras 3-4)", "ATTN: ADDS more remarks in paras 3-4", USABLE),
        ("(ATTN: UPDATES throughout; CORRECTS age in 5th para)", "ATTN: UPDATES throughout; CORRECTS age in 5th para", CORRECTED),
        ("(ATTN: ADDS photo (in 2nd para))", "ATTN: ADDS photo (in 2nd para)", USABLE),
        ("(Corrects spelling in paragraph 3)", "Corrects spelling in paragraph 3", CORRECTED),
        ("(Adds quotes, corrects age)", "Adds quotes, corrects age", CORRECTED),
        ("(Adds vote, withdraws a quote)", "Adds vote, withdraws a quote", USABLE),
        ("(Refiles to fix a typing slip)", "Refiles to fix a typing slip", USABLE),
        ("(Story was withdrawn because the figures were old)", "Story was withdrawn because the figures were old", WITHDRAWN),
        ("(This June 3 story has been corrected to say ten)", "This June 3 story has been corrected to say ten", CORRECTED),
        ("(This June 3 story has been refiled to say ten)", "This June 3 story has been refiled to say ten", USABLE),
        ("Eds: UPDATES with quotes. CORRECTS age.", "Eds: UPDATES with quotes. CORRECTS age.", CORRECTED),
        ("Eds.: Will be updated.", "Eds.: Will be updated.", USABLE),
        ("Editors: please kill a0123", "Editors: please kill a0123", WITHDRAWN),
        ("Editors: please hold the story", "Editors: please hold the story", HELD),
        ("(Hold lifted at 1200 GMT)", "Hold lifted at 1200 GMT", USABLE),
        ("Eds: The hold on the story is lifted.", "Eds: The hold on the story is lifted.", USABLE),
        ("SPERRE AUFGEHOBEN", "SPERRE AUFGEHOBEN", USABLE),
        ("HOLD HOLD HOLD", "HOLD HOLD HOLD", HELD),
        ("KILL KILL KILL dpa 0123", "KILL KILL KILL dpa 0123", WITHDRAWN),
        ("ATTENTION - CORRECTS age ///", "ATTENTION - CORRECTS age", CORRECTED),
        ("(Berichtigung: Im zweiten Absatz zehn)", "Berichtigung: Im zweiten Absatz zehn", CORRECTED),
        ("(Neu: Zitate)", "Neu: Zitate", USABLE),
        ("Sperrfrist: 28. Juli, 10.00 Uhr", "Sperrfrist: 28. Juli, 10.00 Uhr", USABLE),
        ("(Corrige el nombre en el segundo párrafo)", "Corrige el nombre en el segundo párrafo", CORRECTED),
        ("(Исправлено в третьем абзаце)", "Исправлено в третьем абзаце", CORRECTED),
        ("(本文の日付を訂正しました)", "本文の日付を訂正しました", CORRECTED),
        ("（更正：第二段）", "更正：第二段", CORRECTED),
    ],
)
def test_an_advisory_is_the_desks_and_says_what_was_done(printed, note, status):
    assert read(printed) == Advisory(note=note, status=status, rest="")


def test_what_follows_an_advisory_in_its_paragraph_is_the_story():
    assert read("(ATTN: UPDATES with remarks) SEOUL, July 27 (Yonhap) -- Ministers met.") == Advisory(
        note="ATTN: UPDATES with remarks", status=USABLE, rest="SEOUL, July 27 (Yonhap) -- Ministers met."
    )
    assert read("ATTENTION - ADDS quotes /// Paris, July 27, 2023 (AFP) -") == Advisory(
        note="ATTENTION - ADDS quotes", status=USABLE, rest="Paris, July 27, 2023 (AFP) -"
    )


@pytest.mark.parametrize(
    "printed",
    [
        "SEOUL, July 27 (Yonhap) -- The minister corrects himself.",
        "(Reporting by Ann Lee; Editing by Bo Chan)",
        "(adding that he would go) he left",
        "(with video)",
        "(서울=연합뉴스) 홍길동 기자 = 정부가",
        "【ソウル聯合ニュース】韓国軍は",
        "Adds a court to the school.",
        "UPDATE: The road is open again.",
        "The story was withdrawn by its author.",
        "Embargoes on oil were lifted.",
        "(Corrects " + "x" * 2000 + ")",
        "/// Photos",
        "///",
    ],
)
def test_a_paragraph_of_the_story_is_no_advisory(printed):
    assert read(printed) is None


@given(TEXTS)
def test_any_text_can_be_read(text):
    found = read(text)

    assert found is None or (found.note in text and found.rest in text)
