import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from fuzzed import TEXTS
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerts.diff import changes
from spiders import grammar, target
from spiders.story import Status, Story
from spiders.target import Candidate

NOON = datetime(2026, 7, 28, 12, tzinfo=UTC)
CLEAN = "Ministers sign grain deal in Seoul"
BODY = ("The ministers met for a day.", "They signed at noon.", "Ships sail on Friday.", "Farmers are glad.")
CORRECTED, WITHDRAWN, HELD = Status.CORRECTED, Status.WITHDRAWN, Status.HELD

#: What the store may hold when a notice comes in: the story that each of them means is the first.
MEANT = Candidate(
    id=1,
    headlines=(CLEAN,),
    url="https://wire.example.org/view/AEN20260727001500325",
    slug="BC-EU--Grain Deal, 2nd Ld-Writethru",
    guid="urn:newsml:dpa.example:20260727:dpa-260727-99-012345",
    published_at=datetime(2026, 7, 27, 9, tzinfo=UTC),
)
OTHERS = (
    Candidate(id=2, headlines=("Farmers of Ohio wait for rain",), url="https://wire.example.org/view/AEN20260727001600325"),
    Candidate(id=3, headlines=("Ministers of sport open games in Busan",), url="https://wire.example.org/view/3", slug="BC-AS--Games"),
)


def a_story(headline, *paragraphs, **fields):
    return Story(headline=headline, paragraphs=paragraphs, canonical_url="https://wire.example.org/new", published_at=NOON, **fields)


@dataclass(frozen=True, kw_only=True)
class Case:
    printed: Story
    status: Status
    slug: str
    headline: str = CLEAN
    note: str = ""
    paragraphs: tuple[str, ...] = BODY


YONHAP = "SEOUL, July 27 (Yonhap) -- Ministers signed."
REUTERS = "SEOUL, July 27 (Reuters) - Ministers signed."
AP = "SEOUL, South Korea (AP) — Ministers signed."
DPA = "Seoul (dpa) - Die Minister haben unterschrieben."
AFP = "Seoul, July 27, 2026 (AFP) - Ministers signed."
AA = "ANKARA"
CASES = {
    "Yonhap corrects": Case(
        printed=a_story(f"(LEAD) {CLEAN}", "(ATTN: ADDS photo; CORRECTS info in 5th para)", YONHAP, *BODY),
        status=CORRECTED,
        slug="LEAD",
        note="ATTN: ADDS photo; CORRECTS info in 5th para",
        paragraphs=(YONHAP, *BODY),
    ),
    "Yonhap corrects in Korean": Case(printed=a_story(f"[고침] {CLEAN}", *BODY), status=CORRECTED, slug="고침"),
    "Yonhap withdraws": Case(
        printed=a_story(f"[전문취소] {CLEAN}", "AEN20260727001500325 기사를 취소합니다."),
        status=WITHDRAWN,
        slug="전문취소",
        paragraphs=("AEN20260727001500325 기사를 취소합니다.",),
    ),
    "Yonhap holds": Case(
        printed=a_story(f"(HOLD) {CLEAN}", "(ATTN: HOLD HOLD HOLD)", YONHAP),
        status=HELD,
        slug="HOLD",
        note="ATTN: HOLD HOLD HOLD",
        paragraphs=(YONHAP,),
    ),
    "Reuters corrects": Case(
        printed=a_story(f"CORRECTED-UPDATE 2-{CLEAN}", "(Corrects day of signing in paragraph 2)", REUTERS, *BODY),
        status=CORRECTED,
        slug="CORRECTED-UPDATE 2",
        note="Corrects day of signing in paragraph 2",
        paragraphs=(REUTERS, *BODY),
    ),
    "Reuters refiles": Case(
        printed=a_story(f"REFILE-{CLEAN}", "(Refiles to fix a typing slip)", REUTERS),
        status=Status.USABLE,
        slug="REFILE",
        note="Refiles to fix a typing slip",
        paragraphs=(REUTERS,),
    ),
    "Reuters withdraws": Case(
        printed=a_story(f"STORY WITHDRAWN-{CLEAN}", "(Story was withdrawn because nothing was signed)", "There is no substitute story."),
        status=WITHDRAWN,
        slug="STORY WITHDRAWN",
        note="Story was withdrawn because nothing was signed",
        paragraphs=("There is no substitute story.",),
    ),
    "Reuters holds": Case(
        printed=a_story(f"UPDATE 1-{CLEAN}", "Editors: please hold the item, a check is under way.", "More follows."),
        status=HELD,
        slug="UPDATE 1",
        note="Editors: please hold the item, a check is under way.",
        paragraphs=("More follows.",),
    ),
    "AP corrects": Case(
        printed=a_story("Correction: Grain Deal story", AP, f'In a story July 27 headlined "{CLEAN}", the day was wrong. It was Friday.'),
        status=CORRECTED,
        slug="Correction",
        headline="Grain Deal story",
        paragraphs=(AP, f'In a story July 27 headlined "{CLEAN}", the day was wrong. It was Friday.'),
    ),
    "AP writes through": Case(
        printed=a_story(f"{CLEAN}, 3rd Ld-Writethru,0420", "Eds: UPDATES with quotes. CORRECTS day of signing.", AP),
        status=CORRECTED,
        slug="3rd Ld-Writethru,0420",
        note="Eds: UPDATES with quotes. CORRECTS day of signing.",
        paragraphs=(AP,),
    ),
    "AP kills": Case(
        printed=a_story("BC-EU--Grain Deal, KILL", "Editors: please kill BC-EU--Grain Deal, sent July 27.", "No substitute is planned."),
        status=WITHDRAWN,
        slug="KILL",
        headline="BC-EU--Grain Deal",
        note="Editors: please kill BC-EU--Grain Deal, sent July 27.",
        paragraphs=("No substitute is planned.",),
    ),
    "AP holds": Case(
        printed=a_story("BC-EU--Grain Deal, HOLD", "Eds: Please hold BC-EU--Grain Deal until a check is done.", "More follows."),
        status=HELD,
        slug="HOLD",
        headline="BC-EU--Grain Deal",
        note="Eds: Please hold BC-EU--Grain Deal until a check is done.",
        paragraphs=("More follows.",),
    ),
    "dpa corrects": Case(
        printed=a_story(f"1ST LEAD {CLEAN}", "(Berichtigung: Im zweiten Absatz ist der Tag richtig)", DPA),
        status=CORRECTED,
        slug="1ST LEAD",
        note="Berichtigung: Im zweiten Absatz ist der Tag richtig",
        paragraphs=(DPA,),
    ),
    "dpa kills": Case(
        printed=a_story("KILL KILL KILL", f"Bitte verwenden Sie die Meldung dpa-260727-99-012345 nicht: {CLEAN}"),
        status=WITHDRAWN,
        slug="",
        headline="KILL KILL KILL",
        paragraphs=(f"Bitte verwenden Sie die Meldung dpa-260727-99-012345 nicht: {CLEAN}",),
    ),
    "dpa holds": Case(
        printed=a_story(f"HOLD HOLD HOLD: {CLEAN}", "Bitte verwenden Sie die Meldung zunächst nicht."),
        status=HELD,
        slug="HOLD HOLD HOLD",
        paragraphs=("Bitte verwenden Sie die Meldung zunächst nicht.",),
    ),
    "AFP corrects": Case(
        printed=a_story(f"{CLEAN} /// CORRECTS day of signing ///", "ATTENTION - CORRECTS day of signing ///", AFP),
        status=CORRECTED,
        slug="CORRECTS day of signing",
        note="ATTENTION - CORRECTS day of signing",
        paragraphs=(AFP,),
    ),
    "AFP withdraws": Case(
        printed=a_story(f"(ANNULATION) {CLEAN}", "Cette dépêche a été annulée, rien n'étant signé.", "Merci."),
        status=WITHDRAWN,
        slug="ANNULATION",
        note="Cette dépêche a été annulée, rien n'étant signé.",
        paragraphs=("Merci.",),
    ),
    "AFP holds": Case(
        printed=a_story(f"(HOLD) {CLEAN}", "ATTENTION - please hold, a check is under way ///", AFP),
        status=HELD,
        slug="HOLD",
        note="ATTENTION - please hold, a check is under way",
        paragraphs=(AFP,),
    ),
    "Anadolu corrects": Case(
        printed=a_story(f"UPDATE 2 - {CLEAN}", AA, *BODY, "*This story was corrected to give the right day."),
        status=CORRECTED,
        slug="UPDATE 2",
        note="*This story was corrected to give the right day.",
        paragraphs=(AA, *BODY),
    ),
    "Anadolu withdraws": Case(
        printed=a_story(f"(İPTAL) {CLEAN}", "Bu haber geri çekilmiştir.", AA),
        status=WITHDRAWN,
        slug="İPTAL",
        note="Bu haber geri çekilmiştir.",
        paragraphs=(AA,),
    ),
    "Anadolu holds": Case(printed=a_story(f"HOLD HOLD HOLD - {CLEAN}", *BODY), status=HELD, slug="HOLD HOLD HOLD"),
    "TASS corrects": Case(printed=a_story(f"ИСПРАВЛЕНО: {CLEAN}", *BODY), status=CORRECTED, slug="ИСПРАВЛЕНО"),
    "a page with a foot note": Case(
        printed=a_story(CLEAN, *BODY, "An earlier version of this story gave another day.", "© Wire 2026"),
        status=CORRECTED,
        slug="",
        note="An earlier version of this story gave another day.",
        paragraphs=(*BODY, "© Wire 2026"),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_corrected_a_withdrawn_and_a_held_story_of_each_agency_is_understood(case):
    read = grammar.read(case.printed)

    assert (read.status, read.slug, read.headline, read.note, read.paragraphs) == (
        *(case.status, case.slug, case.headline, case.note),
        case.paragraphs,
    )
    assert grammar.read(read) == read


@pytest.mark.parametrize("case", [case for case in CASES.values() if case.status in target.NOTICES], ids=lambda case: case.printed.headline)
def test_the_story_that_a_notice_means_is_found_among_others(case):
    named = target.of(grammar.read(case.printed))

    assert named
    choice = target.likely(named, (*OTHERS, MEANT))
    assert choice
    assert (choice.candidate.id, choice.is_certain) == (1, True)


def test_marks_of_other_headlines_count_and_what_is_the_same_without_them_goes():
    story = a_story(CLEAN, *BODY, other_headlines=(f"UPDATE 2-{CLEAN}", "(URGENT) Grain deal signed"))

    read = grammar.read(story)

    assert (read.other_headlines, read.slug, read.version) == (("Grain deal signed",), "UPDATE 2 URGENT", 2)


def test_a_note_that_is_all_there_is_stays_the_body_too():
    read = grammar.read(a_story(CLEAN, "This story has been withdrawn."))

    assert (read.paragraphs, read.note, read.status) == (("This story has been withdrawn.",), "This story has been withdrawn.", WITHDRAWN)


def test_a_dateline_behind_an_advisory_is_found():
    read = grammar.read(a_story(CLEAN, f"(ATTN: UPDATES throughout) {YONHAP}"))

    assert (read.paragraphs, read.dateline and read.dateline.agency) == ((YONHAP,), "Yonhap")


def test_an_agency_withdraws_its_own_story_by_name_not_that_of_another():
    headline = "Reuters withdraws story on grain deal"

    assert grammar.read(a_story(headline, agency="Reuters")).status is WITHDRAWN
    assert grammar.read(a_story(headline, agency="AP")).status is Status.USABLE


@pytest.mark.parametrize(
    ("headline", "first", "status", "until"),
    [
        (f"EMBARGOED UNTIL 0001 GMT JULY 29 - {CLEAN}", BODY[0], Status.USABLE, datetime(2026, 7, 29, 0, 1, tzinfo=UTC)),
        (CLEAN, "Sperrfrist: 29. Juli, 10.00 Uhr", Status.USABLE, datetime(2026, 7, 29, 10, tzinfo=ZoneInfo("Europe/Berlin"))),
        (CLEAN, "EMBARGOED FOR RELEASE AT 6 A.M. EDT, JULY 29", Status.USABLE, datetime(2026, 7, 29, 10, tzinfo=UTC)),
        (CLEAN, "Под эмбарго до 09:00 МСК 29 июля", Status.USABLE, datetime(2026, 7, 29, 6, tzinfo=UTC)),
        (CLEAN, "EMBARGOED UNTIL 24:00 GMT JULY 29", Status.USABLE, datetime(2026, 7, 30, tzinfo=UTC)),
        (CLEAN, "Embargo: 2026-07-29T09:00:00Z", Status.USABLE, datetime(2026, 7, 29, 9, tzinfo=UTC)),
        (CLEAN, "EMBARGOED UNTIL 10:00 EDT, JULY 29, 2026", Status.USABLE, datetime(2026, 7, 29, 14, tzinfo=UTC)),
        (CLEAN, "EMBARGOED UNTIL 6 A.M. ET JULY 29", Status.USABLE, datetime(2026, 7, 29, 10, tzinfo=UTC)),
        (CLEAN, "EMBARGOED UNTIL 0900 +0530 JULY 29", Status.USABLE, datetime(2026, 7, 29, 3, 30, tzinfo=UTC)),
        # Whoever does not know the zone does not know the end.
        (CLEAN, "EMBARGOED UNTIL 0900 AEST JULY 29", HELD, None),
        (CLEAN, "EMBARGOED UNTIL 9900 GMT JULY 29", HELD, None),
        (CLEAN, "EMBARGOED UNTIL THE SPEECH", HELD, None),
        (f"(EMBARGOED) {CLEAN}", BODY[0], HELD, None),
        (f"(LEAD) (EMBARGOED) {CLEAN}", BODY[0], HELD, None),
        (CLEAN, "(ATTN: EMBARGOED until 0900 GMT on July 29)", Status.USABLE, datetime(2026, 7, 29, 9, tzinfo=UTC)),
        (CLEAN, "(ATTN: embargo lifted)", Status.USABLE, None),
        (CLEAN, "Embargo on oil takes effect on July 29 at 0900 GMT.", Status.USABLE, None),
        (CLEAN, "Эмбарго на нефть вступит в силу.", Status.USABLE, None),
    ],
)
def test_an_embargo_has_its_end_or_holds_the_story(headline, first, status, until):
    read = grammar.read(a_story(headline, first, *BODY), timezone=ZoneInfo("Europe/Berlin"))

    assert (read.headline, read.status, read.embargoed_until) == (CLEAN, status, until)


def test_an_embargo_at_new_year_ends_in_the_next_year():
    story = Story(
        headline=CLEAN,
        canonical_url="https://e.org/",
        published_at=datetime(2026, 12, 31, 20, tzinfo=UTC),
        note="EMBARGOED UNTIL 0100 GMT JAN 1",
    )

    assert grammar.read(story).embargoed_until == datetime(2027, 1, 1, 1, tzinfo=UTC)


LONG = "Ships sail on Friday, the ministers said. " * 40
PARAGRAPHS = st.sampled_from(
    [
        *BODY,
        YONHAP,
        *(text for case in CASES.values() for text in case.printed.paragraphs),
        "EMBARGOED UNTIL 0001 GMT JULY 29",
        "(LEAD)",
        "",
        LONG,
        "This story has been withdrawn.",
    ]
)
HEADLINES = st.one_of(TEXTS, st.sampled_from([case.printed.headline for case in CASES.values()]))
STORIES = st.builds(
    Story,
    headline=HEADLINES,
    canonical_url=st.just("https://wire.example.org/new"),
    other_headlines=st.lists(HEADLINES, max_size=3).map(tuple),
    lead=st.one_of(TEXTS, PARAGRAPHS),
    paragraphs=st.lists(st.one_of(TEXTS, PARAGRAPHS), max_size=9).map(tuple),
    agency=st.sampled_from([None, "Reuters", "dpa"]),
    published_at=st.one_of(st.none(), st.just(NOON)),
    status=st.sampled_from(Status),
    note=st.one_of(TEXTS, PARAGRAPHS),
)


@settings(deadline=None)
@given(STORIES)
@example(a_story("KILL ERRATUM 3", *BODY))
@example(a_story(CLEAN, BODY[0], LONG, "This story has been withdrawn."))
def test_reading_what_was_read_changes_nothing(story):
    read = grammar.read(story)

    assert grammar.read(read) == read


@pytest.mark.parametrize("piece", ["(ATTN: ", "(LEAD) ", "KILL ", "This story ", "EMBARGOED 1 ", "(", "a0123 ", '"', "BC-"])
def test_a_hostile_story_takes_no_long_time(piece):
    story = a_story(piece * 100, *[piece * 10_000] * 8, note=piece * 1000, status=WITHDRAWN)
    began = time.process_time()

    target.of(grammar.read(story))

    assert time.process_time() - began < 0.2


@pytest.mark.parametrize(
    "note", ["This story has been withdrawn.", "KILL KILL KILL", "(Story was withdrawn)", "Editors: please hold the story"]
)
@pytest.mark.parametrize("mark", ["", "STORY WITHDRAWN-", "(HOLD) "])
def test_a_long_story_is_stopped_by_its_packet_only(mark, note):
    story = a_story(mark + CLEAN, note, BODY[0], LONG)

    assert grammar.read(story) == story
    assert grammar.read(replace(story, status=WITHDRAWN)).status is WITHDRAWN
    assert grammar.read(replace(story, paragraphs=(note, *BODY))).status in (WITHDRAWN, HELD)


def test_an_agency_withdraws_its_own_report_not_that_of_another():
    note = "Reuters has withdrawn its report on a grain deal."

    assert [grammar.read(a_story(CLEAN, *BODY, note, agency=agency)).status for agency in ("Reuters", None, "AP")] == [
        *(WITHDRAWN, WITHDRAWN, Status.USABLE)
    ]


@pytest.mark.parametrize(
    ("headline", "first"),
    [
        (f"HOLD LIFTED: {CLEAN}", BODY[0]),
        (f"RELEASED: {CLEAN}", BODY[0]),
        (f"SPERRE AUFGEHOBEN: {CLEAN}", BODY[0]),
        (CLEAN, "(Hold lifted, the check is done)"),
        (CLEAN, "Editors: The hold on the grain story is lifted."),
        (CLEAN, "EDS: HOLD LIFTED. The check is done."),
    ],
)
def test_a_desk_releases_what_it_held(headline, first):
    read = grammar.read(a_story(headline, first, *BODY))

    assert (read.headline, read.status, read.releases) == (CLEAN, Status.USABLE, True)
    assert grammar.read(read) == read
    named = target.of(read)
    assert named
    choice = target.likely(named, (*OTHERS, MEANT))
    assert choice
    assert (choice.candidate.id, choice.is_certain) == (1, True)


def test_what_is_held_again_releases_nothing():
    assert not grammar.read(a_story("HOLD HOLD HOLD", "(Hold lifted)", *BODY)).releases
    assert not grammar.read(a_story(CLEAN, *BODY)).releases


@pytest.mark.parametrize("case", [case for case in CASES.values() if case.status is CORRECTED], ids=lambda case: case.printed.headline)
def test_a_correction_differs_from_the_first_version_in_what_it_corrects_not_in_what_the_desk_printed_around_it(case):
    *above, last = case.paragraphs
    said, _, word = last.removesuffix(".").rpartition(" ")
    wrong = f"{said} wrong" + "." * last.endswith(".")
    first = grammar.read(a_story(CLEAN, *above, wrong))

    changed = [(each.field, each.before, each.after) for each in changes(first, grammar.read(case.printed))]

    named = [("headline", CLEAN, case.headline)] if case.headline != CLEAN else []
    assert changed == [*named, ("paragraphs", wrong, last)]
    removed_and_added = [text for each in changes(first, grammar.read(case.printed)) for kind, text in each.pieces if kind != "kept"]
    assert removed_and_added[-2:] == ["wrong", word]


@pytest.mark.parametrize("lead", ["", "grain deal " * 900, "grain deal " * 90_000])
def test_of_a_story_longer_than_any_the_first_is_read(lead):
    paragraphs = ("grain deal " * 900,) * 1000

    read = grammar.read(a_story(CLEAN, *paragraphs, lead=lead))

    assert (read.lead + "".join(read.paragraphs)) == (lead + "".join(paragraphs))[: grammar.MOST_CHARACTERS]
    assert grammar.read(read) == read


def test_a_story_of_the_longest_transcripts_length_is_read_whole():
    paragraphs = ("x" * 1000,) * (grammar.MOST_CHARACTERS // 1000)

    assert grammar.read(a_story(CLEAN, *paragraphs)).paragraphs == paragraphs
