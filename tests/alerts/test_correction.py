from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from test_digest import Page
from test_mail import SENDER, hostile, names, subject

from alerts.correction import FIELDS, MOST_PASSAGES, Correction, Corrections, build, render
from alerts.recipient import Recipient
from spiders.story import Status, Story

NOON = datetime(2026, 11, 23, 12, 5, tzinfo=UTC)
BEFORE = Story(
    headline="Stand collapses", canonical_url="https://example.org/1", agency="Yonhap", published_at=NOON, paragraphs=("Forty were hurt.",)
)
PASSAGE = (("removed", "Forty "), ("added", "Fourteen "), ("kept", "were hurt."))


def told(status=Status.CORRECTED, *, language="en", count=1, **changed):
    after = replace(BEFORE, status=status, **changed)
    one = Correction(
        before=BEFORE,
        after=after,
        passages=(PASSAGE,),
        source="Wire",
        told_at=NOON - timedelta(hours=5),
        seen_at=NOON - timedelta(minutes=3),
    )
    recipient = Recipient(email="ann@example.org", rules=("dprk",), language=language, timezone=ZoneInfo("Europe/Berlin"))
    return Corrections(recipient=recipient, corrections=(one,) * count, answers="<d.1.a@example.org>", now=NOON)


def test_it_answers_the_mail_that_told_the_story():
    data = build(told(), run=7, sender=SENDER)
    head = message_from_bytes(data)

    assert names(data) == FIELDS
    assert head["In-Reply-To"] == head["References"] == "<d.1.a@example.org>"
    assert subject(data) == "CORRECTED: Stand collapses"
    assert build(told(), run=7, sender=SENDER) == data != build(told(), run=8, sender=SENDER)


def test_a_correction_shows_the_old_and_the_new_wording():
    page = render(told())

    assert "[-Forty-] {+Fourteen+} were hurt." in page.text
    assert ">Forty</del> <ins" in page.html and "https://example.org/1" in page.text


@pytest.mark.parametrize(("revision", "came"), [(1, "seen 13:02"), (4, "v4 · seen 13:02")])
def test_it_says_which_version_it_is_and_when_that_came(revision, came):
    (one,) = told().corrections
    page = render(replace(told(), corrections=(replace(one, revision=revision),)))

    assert page.text.startswith(
        "CORRECTED: Stand collapses\n"
        "========================================\n"
        f"{came}\n"
        "Yonhap · 13:05 · you were told 08:05\n\n"
        "The agency has corrected this story. [-before-] {+now+}\n\n"
        "[-Forty-] {+Fourteen+} were hurt.\n\n"
        "https://example.org/1\n\n-- \n"
    )
    assert f"CORRECTED · {came}" in Page(page.html).text


def test_a_day_of_this_week_goes_by_its_name():
    (one,) = told().corrections
    days = replace(one, told_at=NOON - timedelta(days=1), seen_at=NOON - timedelta(days=9))

    assert "seen Sat, Nov 14, 13:05\nYonhap · 13:05 · you were told Sun 13:05\n" in render(replace(told(), corrections=(days,))).text


@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.HELD, Status.GONE])
@pytest.mark.parametrize("language", ["en", "de", "ko"])
def test_what_was_taken_back_is_named_and_not_quoted_nor_linked(status, language):
    page = render(told(status, language=language, headline="Another headline"))

    for part in (page.subject, page.text, page.html):
        assert "Forty" not in part and "Fourteen" not in part and "hurt" not in part and "example.org" not in part
        assert "Stand collapses" in part and "Another headline" not in part
    assert "Yonhap" in page.text and "13:05" in page.text and "08:05" in page.text


def test_more_passages_than_anybody_reads_are_counted():
    (one,) = told().corrections
    page = render(replace(told(), corrections=(replace(one, passages=(PASSAGE,) * 40),)))

    assert page.text.count("Fourteen") == MOST_PASSAGES and f"{40 - MOST_PASSAGES} more passages changed." in page.text


@settings(max_examples=40, deadline=None)
@given(headline=hostile, old=hostile, agency=hostile)
def test_nothing_that_the_network_said_adds_a_header_or_a_tag(headline, old, agency):
    (one,) = told().corrections
    after = replace(one.after, headline=headline or "x", agency=agency, canonical_url="javascript:alert(1)")
    hostile_one = replace(one, after=after, source=agency, passages=((("removed", old), ("added", headline), ("kept", agency)),))
    said = replace(told(), corrections=(hostile_one,))

    assert names(build(said, run=1, sender=SENDER)) == FIELDS
    assert b"\n" not in build(said, run=1, sender=SENDER).replace(b"\r\n", b"")
    # But for the link, which is none.
    assert [tag for tag in Page(render(told()).html).tags if tag[0] != "a"] == list(Page(render(said).html).tags)


def test_many_corrections_keep_to_the_room_of_a_page_and_the_text_tells_all():
    parts = render(told(count=300, headline="A stand collapses in the harbour " * 3))

    assert len(parts.html.encode()) <= 80_000
    assert parts.html.count("<h1") > 10 and "more stories are listed in the text part" in parts.html
    assert parts.text.count("{+Fourteen+}") == parts.text.count("https://example.org/1") == 300


def test_more_corrections_than_a_text_lists_are_attached_and_what_was_taken_back_is_not_linked_there():
    (one,) = told(Status.WITHDRAWN).corrections
    data = build(replace(told(count=2_001), corrections=(one,) * 2_001), run=1, sender=SENDER)

    found = {part.get_content_type(): part for part in message_from_bytes(data, policy=default).walk()}
    assert names(data) == FIELDS
    assert found["text/csv"].get_content().removeprefix("\ufeff").splitlines()[:2] == [
        "what,headline,agency,source,published_at,url",
        "WITHDRAWN,Stand collapses,Yonhap,Wire,2026-11-23T12:05:00Z,",
    ]
    assert found["text/plain"].get_content().count("Stand collapses") == 2_000


def test_a_kill_names_the_agency_of_the_line_that_told_the_story_and_a_correction_that_of_the_new_version():
    assert "Yonhap" in render(told(Status.WITHDRAWN, agency=None)).text
    assert "Reuters" in render(told(agency="Reuters")).text


def test_the_subject_and_the_top_are_the_gravest_and_the_others_keep_their_order():
    (one,) = told(Status.CORRECTED).corrections
    kinds = [(Status.USABLE, "e"), (Status.CORRECTED, "c"), (Status.GONE, "b"), (Status.CORRECTED, "d"), (Status.WITHDRAWN, "a")]
    each = [replace(one, before=replace(BEFORE, headline=name), after=replace(BEFORE, headline=name, status=kind)) for kind, name in kinds]
    page = render(replace(told(), corrections=tuple(each)))

    assert page.subject == "WITHDRAWN: a (+4)"
    assert [line for line in page.text.splitlines() if line[-3:-1] == ": "] == [
        "WITHDRAWN: a",
        "GONE: b",
        "CORRECTED: c",
        "CORRECTED: d",
        "UPDATED: e",
    ]


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("before", Status)
def test_whatever_happened_to_a_story_can_be_told(before, status):
    (one,) = told(status).corrections

    assert render(replace(told(), corrections=(replace(one, before=replace(BEFORE, status=before)),))).subject
