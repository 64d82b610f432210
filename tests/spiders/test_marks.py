import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spiders.marks import LONGEST, Marked, read, stop
from spiders.markwords import ALL
from spiders.story import Status

CORRECTED, WITHDRAWN, HELD = Status.CORRECTED, Status.WITHDRAWN, Status.HELD
CLEAN = "Ministers sign grain deal"


def marked(marker, version=None, status=Status.USABLE, *, is_flash=False, headline=CLEAN, embargo="", releases=False):
    return Marked(headline=headline, marker=marker, version=version, status=status, is_flash=is_flash, embargo=embargo, releases=releases)


#: Printed around CLEAN, which stands for %.
PRINTED = [
    # Yonhap, in four languages
    ("(URGENT) %", marked("URGENT", is_flash=True)),
    ("(LEAD) %", marked("LEAD")),
    ("(2nd LD) %", marked("2nd LD", 2)),
    ("(3rd LD) (URGENT) %", marked("3rd LD URGENT", 3, is_flash=True)),
    ("[속보] %", marked("속보", is_flash=True)),
    ("(2보) %", marked("2보", 2)),
    ("%(종합)", marked("종합")),
    ("%(종합2보)", marked("종합2보", 2)),
    ("[고침] %", marked("고침", status=CORRECTED)),
    ("[정정] %", marked("정정", status=CORRECTED)),
    ("[전문취소] %", marked("전문취소", status=WITHDRAWN)),
    ("【速報】%", marked("速報", is_flash=True)),
    ("【記事取り消し】%", marked("記事取り消し", status=WITHDRAWN)),
    ("（更新）%", marked("更新")),
    ("快讯：%", marked("快讯", is_flash=True)),
    ("%（更正）", marked("更正", status=CORRECTED)),
    # Reuters
    ("UPDATE 2-%", marked("UPDATE 2", 2)),
    ("CORRECTED-%", marked("CORRECTED", status=CORRECTED)),
    ("CORRECTED-(OFFICIAL)-UPDATE 1-%", marked("CORRECTED-(OFFICIAL)-UPDATE 1", 1, CORRECTED)),
    ("REFILE-UPDATE 3-%", marked("REFILE-UPDATE 3", 3)),
    ("RPT-%", marked("RPT")),
    ("REPEAT-%", marked("REPEAT")),
    ("WRAPUP 4-%", marked("WRAPUP 4", 4)),
    ("STORY WITHDRAWN-%", marked("STORY WITHDRAWN", status=WITHDRAWN)),
    ("ADVISORY-Story withdrawn: %", marked("ADVISORY-Story withdrawn", status=WITHDRAWN)),
    ("訂正-%", marked("訂正", status=CORRECTED)),
    ("再送-%", marked("再送")),
    ("CORREGIDO-%", marked("CORREGIDO", status=CORRECTED)),
    # AP
    ("%, 1st Ld-Writethru", marked("1st Ld-Writethru", 1)),
    ("%, 3rd Ld-Writethru,0420", marked("3rd Ld-Writethru,0420", 3)),
    ("%,APNewsAlert", marked("APNewsAlert", is_flash=True)),
    ("APNewsAlert: %", marked("APNewsAlert", is_flash=True)),
    ("%, KILL", marked("KILL", status=WITHDRAWN)),
    ("Correction: % story", marked("Correction", status=CORRECTED, headline=f"{CLEAN} story")),
    # dpa and dpa-AFX
    ("EXTRA: %", marked("EXTRA", is_flash=True)),
    ("1ST LEAD %", marked("1ST LEAD", 1)),
    ("2ND LEAD - %", marked("2ND LEAD", 2)),
    ("EILMELDUNG: %", marked("EILMELDUNG", is_flash=True)),
    ("KORREKTUR/ROUNDUP 2: %", marked("KORREKTUR/ROUNDUP 2", 2, CORRECTED)),
    ("BERICHTIGUNG: %", marked("BERICHTIGUNG", status=CORRECTED)),
    ("Berichtigung: %", marked("Berichtigung", status=CORRECTED)),
    ("HOLD HOLD HOLD %", marked("HOLD HOLD HOLD", status=HELD)),
    ("KILL KILL KILL Seoul, July: %", marked("KILL KILL KILL", status=WITHDRAWN, headline=f"Seoul, July: {CLEAN}")),
    ("KILL KILL KILL: %", marked("KILL KILL KILL", status=WITHDRAWN)),
    # AFP, Anadolu
    ("UPDATE 2 - %", marked("UPDATE 2", 2)),
    ("% /// UPDATES WITH quotes, background ///", marked("UPDATES WITH quotes, background")),
    ("% /// CORRECTS age of minister ///", marked("CORRECTS age of minister", status=CORRECTED)),
    ("(CORRECTS age in headline) %", marked("CORRECTS age in headline", status=CORRECTED)),
    ("GÜNCELLEME 2 - %", marked("GÜNCELLEME 2", 2)),
    ("SON DAKİKA: %", marked("SON DAKİKA", is_flash=True)),
    ("DÜZELTME - %", marked("DÜZELTME", status=CORRECTED)),
    # TASS, RIA, Kyodo, Europa Press, Dow Jones
    ("МОЛНИЯ. %", marked("МОЛНИЯ", is_flash=True)),
    ("СРОЧНО: %", marked("СРОЧНО", is_flash=True)),
    ("ИСПРАВЛЕНО: %", marked("ИСПРАВЛЕНО", status=CORRECTED)),
    ("УТОЧНЕНИЕ - %", marked("УТОЧНЕНИЕ", status=CORRECTED)),
    ("UPDATE1: %", marked("UPDATE1", 1)),
    ("URGENTE.- %", marked("URGENTE", is_flash=True)),
    ("% -- 2nd Update", marked("2nd Update", 2)),
    ("BREAKING: %", marked("BREAKING", is_flash=True)),
    ("EMBARGOED UNTIL 0001 GMT JULY 28 - %", marked("EMBARGOED UNTIL 0001 GMT JULY 28", embargo="EMBARGOED UNTIL 0001 GMT JULY 28")),
    ("HOLD LIFTED: %", marked("HOLD LIFTED", releases=True)),
    ("(HOLD LIFTED) %", marked("HOLD LIFTED", releases=True)),
    ("RELEASED: %", marked("RELEASED", releases=True)),
    ("SPERRE AUFGEHOBEN - %", marked("SPERRE AUFGEHOBEN", releases=True)),
    ("(Sperrfrist: 28. Juli, 10.00 Uhr) %", marked("Sperrfrist: 28. Juli, 10.00 Uhr", embargo="Sperrfrist: 28. Juli, 10.00 Uhr")),
]
#: Headlines that only sound like marks.
HEADLINES = """
Lead poisoning in water of three cities
LEAD poisoning in water of three cities
LEAD-FREE PETROL COMES LATE
LEAD: A SILENT KILLER
Update 2.0 released
UPDATE 2.0 RELEASED
Updates to the tax code pass
Correction of the course
Correction: shares fall a tenth
Hold on to your hats
HOLD: why gold is no buy
HOLD-UP AT BANK
Kill Bill
KILL BILL RETURNS
KILL: the trial of a general
KILLED: three soldiers
Urgent care clinics close
URGENT CARE CLINICS CLOSE
Flash floods kill three
Extra time decides final
EXTRA-TIME DRAMA
EXTRA TIME: a final to remember
Embargo: ministers ban oil
BREAKING BAD: a review
Breaking: coach hired
Withdrawn troops return
Repeat offenders jailed
REPEAT-OFFENDER LAW PASSES
Alert levels rise
Concert (cancelled)
「取り消し」を求める
A song (WITH VIDEO)
KILL KILL returns
콘서트 (취소)
(News) A diary
Grain deal (AP)
A dish with cheese (extra)
One and one (3)
Storm: what we know
""".strip().split("\n")


@pytest.mark.parametrize(("printed", "expected"), PRINTED, ids=[printed for printed, _ in PRINTED])
def test_a_mark_is_told_from_the_headline(printed, expected):
    assert read(printed.replace("%", CLEAN)) == expected


@pytest.mark.parametrize("headline", HEADLINES)
def test_a_headline_that_sounds_like_a_mark_stays_whole(headline):
    assert read(headline) == Marked(headline=headline)


@pytest.mark.parametrize(("headline", "status"), [("KILL KILL KILL", WITHDRAWN), ("CORRECTION", CORRECTED), ("(정정)", CORRECTED)])
def test_a_headline_of_nothing_but_marks_stays_as_it_is_and_says_what_is_done(headline, status):
    assert read(headline) == Marked(headline=headline, status=status)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("WITHDRAWN: %", marked("WITHDRAWN", status=WITHDRAWN)),
        ("KILL - %", marked("KILL", status=WITHDRAWN)),
        ("ОТОЗВАНО: %", marked("ОТОЗВАНО", status=WITHDRAWN)),
        ("撤稿：%", marked("撤稿", status=WITHDRAWN)),
        ("HOLD: %", marked("HOLD", status=HELD)),
        ("Withdrawn: %", None),
        ("WITHDRAWN %", None),
        ("LEAD: %", None),
        ("WITHDRAWN: " + "%" * LONGEST, None),
    ],
)
def test_a_bare_word_in_front_that_stops_a_story_is_read_for_who_knows_its_headline(printed, expected):
    assert stop(printed.replace("%", CLEAN)) == expected


PIECES = st.sampled_from(
    [*ALL, *(word.capitalize() for word in ALL), "2nd", "3", "(", ")", "[", "】", "-", " - ", ": ", " ", "///", ", ", ".-", CLEAN]
)


@given(st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=60)))
@example("(KILL) (HOLD)")
def test_no_word_of_a_headline_is_lost_and_what_is_clean_stays_clean(headline):
    found = read(headline)

    assert sorted(re.findall(r"\w+", headline)) == sorted(re.findall(r"\w+", f"{found.marker} {found.headline}"))
    again = read(found.headline)
    assert (again.headline, again.marker) == (found.headline, "")


@pytest.mark.parametrize(
    "piece", ["(LEAD) ", "UPDATE 2-", "KILL ", "(", "((", "1", " ", "- ", "a /// ", "CORRECTED-(OFFICIAL)-", "종합2보", "EMBARGOED "]
)
def test_a_hostile_headline_takes_no_longer_than_its_length(piece):
    began = time.process_time()
    for length in (LONGEST, 200_000):
        read((piece * length)[:length])

    assert time.process_time() - began < 0.25
