from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given, settings
from test_digest import Page
from test_mail import EVIL, SENDER, hostile, names, subject

from alerts.message import MailError
from alerts.notice import FIELDS, MOST, Notice, Recovery, Trouble, build, lasted, render

NOON = datetime(2026, 7, 27, 12, 5, tzinfo=UTC)
BROKEN = Trouble(
    what="KCNA does not answer",
    since=NOON - timedelta(hours=1),
    detail="3 polls failed in a row: the server answered 503",
    means="Nothing of this source is collected.",
    advice="Open its address in a browser.",
    first_bad="HTTP 503 from https://kcna.example.org/rss",
)
WELL = Recovery(what="TASS answers again", since=NOON - timedelta(hours=26, minutes=5), until=NOON, missed=("nothing that we know of",))


def a_notice(*troubles, over=()):
    return Notice(to="ops@example.org", outage=7, now=NOON, troubles=troubles, recoveries=over)


def test_the_operator_reads_what_since_when_what_it_means_and_what_to_do():
    assert render(a_notice(BROKEN, over=(WELL,))).text == (
        "KCNA does not answer\n"
        "========================================\n"
        "Since:   2026-07-27 11:05 UTC\n"
        "Seen:    3 polls failed in a row: the server answered 503\n"
        "First:   HTTP 503 from https://kcna.example.org/rss\n"
        "Means:   Nothing of this source is collected.\n"
        "To do:   Open its address in a browser.\n\n"
        "TASS answers again\n"
        "========================================\n"
        "From:    2026-07-26 10:00 UTC\n"
        "Until:   2026-07-27 12:05 UTC (1 d 2 h)\n"
        "Missed:  nothing that we know of\n\n"
        "-- \n"
        "Told once by wirewatch at 2026-07-27 12:05 UTC; when it is over you are told again."
        " `wirewatch status` shows how things are now.\n"
    )


def test_the_page_says_the_same():
    page = Page(render(a_notice(BROKEN, over=(WELL,))).html)

    for said in (BROKEN.what, BROKEN.detail, BROKEN.means, BROKEN.advice, BROKEN.first_bad, WELL.what, "1 d 2 h", *WELL.missed):
        assert said in page.text
    assert page.links == []


@pytest.mark.parametrize(
    ("notice", "said"),
    [
        (a_notice(BROKEN), "wirewatch: KCNA does not answer"),
        (a_notice(over=(WELL,)), "wirewatch: TASS answers again"),
        (a_notice(BROKEN, over=(WELL,)), "wirewatch: KCNA does not answer, TASS answers again"),
        (a_notice(BROKEN, BROKEN, over=(WELL,)), "wirewatch: 2 things are not well, TASS answers again"),
        (a_notice(over=(WELL,) * 3), "wirewatch: 3 things are well again"),
    ],
)
def test_the_subject_says_what_changed(notice, said):
    assert subject(build(notice, sender=SENDER)) == said


def test_a_notice_is_a_mail_by_the_policy_of_digests_that_no_list_sends():
    data = build(a_notice(BROKEN), sender=SENDER)
    message = message_from_bytes(data, policy=default)

    assert names(data) == FIELDS
    assert (message["From"], message["To"], message["Auto-Submitted"]) == (SENDER, "ops@example.org", "auto-generated")
    assert message["Message-ID"].startswith("<n.7.") and message["Message-ID"].endswith("@example.org>")
    assert build(a_notice(BROKEN), sender=SENDER) == data != build(replace(a_notice(BROKEN), to="b@example.org"), sender=SENDER)


@settings(max_examples=40, deadline=None)
@given(what=hostile, detail=hostile, first_bad=hostile, missed=hostile)
def test_nothing_that_the_network_said_adds_a_header_or_a_tag(what, detail, first_bad, missed):
    plainly = render(a_notice(BROKEN, over=(WELL,)))
    notice = a_notice(replace(BROKEN, what=what, detail=detail, first_bad=first_bad or "x"), over=(replace(WELL, missed=(missed,)),))
    data = build(notice, sender=SENDER)

    assert names(data) == FIELDS
    assert b"\n" not in data.replace(b"\r\n", b"") and max(map(len, data.split(b"\r\n"))) <= 998
    assert Page(render(notice).html).tags == Page(plainly.html).tags
    assert len(render(notice).text.splitlines()) == len(plainly.text.splitlines())


def test_an_error_that_looks_like_a_header_stays_an_error():
    assert subject(build(a_notice(replace(BROKEN, what=EVIL)), sender=SENDER)) == f"wirewatch: {EVIL}"


def test_more_than_anybody_reads_is_counted():
    rendered = render(a_notice(*(BROKEN,) * 100, over=(WELL,) * 40))

    assert rendered.text.count("KCNA does not answer") == MOST
    assert f"And {140 - 2 * MOST} more: " in rendered.text and f"And {140 - 2 * MOST} more: " in Page(rendered.html).text
    assert rendered.subject == "wirewatch: 100 things are not well, 40 things are well again"
    assert len(rendered.html) < 80_000


def test_an_address_that_no_header_can_carry_is_refused():
    with pytest.raises(MailError):
        build(replace(a_notice(BROKEN), to="ops@example.org\r\nBcc: evil@x"), sender=SENDER)


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=20), "under a minute"),
        (timedelta(minutes=61), "1 h 1 min"),
        (timedelta(hours=24), "1 d"),
        (timedelta(days=3, hours=4, minutes=5), "3 d 4 h"),
    ],
)
def test_a_length_is_told_as_exactly_as_somebody_wants_to_know(length, said):
    assert lasted(length) == said
