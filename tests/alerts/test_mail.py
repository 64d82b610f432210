import csv
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_digest import Page

from alerts.digest import Digest, News, render
from alerts.mail import FIELDS, build
from alerts.mailbox import parse_sender
from alerts.message import MailError, checked, message_id
from alerts.plain import plain
from alerts.recipient import Recipient
from spiders.story import Dateline, Story

NOON = datetime(2026, 7, 27, 12, 5, tzinfo=UTC)
SENDER = "wirewatch <desk@example.org>"
EVIL = "=?utf-8?q?=0D=0ABcc:_evil@x?="
LINE_ENDS = ["\r\n", "\r", "\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\r\n\r\n"]
hostile = st.lists(
    st.one_of(st.text(st.characters(exclude_categories=()), max_size=10), st.sampled_from([EVIL, "Bcc: evil@x", *LINE_ENDS])), max_size=6
).map("".join)


def a_digest(headline="Parade held", *, rule="dprk", name="", email="analyst@example.org", body="Crowds cheered.", source="Example Wire"):
    story = Story(
        headline=headline, canonical_url="https://example.org/1", paragraphs=(body,), published_at=NOON, dateline=Dateline(raw=body[:5])
    )
    news = News(story=story, revision=1, rule=rule, source=source, seen_at=NOON)
    recipient = Recipient(email=email, name=name, rules=(rule,), timezone=ZoneInfo("Europe/Berlin"))
    return Digest(recipient=recipient, news=(news,), now=NOON, next_at=None)


def names(data):
    """Every field name that a receiver could see, read by hand: whatever is not a continued line."""
    head = data.partition(b"\r\n\r\n")[0]
    return tuple(line.partition(b":")[0].decode() for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t"))


def subject(data):
    return str(make_header(decode_header(message_from_bytes(data)["Subject"])))


def test_a_mail_says_what_it_is_from_whom_and_to_whom():
    data = build(a_digest("Парад"), run=7, sender=SENDER)
    head = dict(message_from_bytes(data).items())

    assert tuple(head) == FIELDS
    assert head | {"Message-ID": "", "Subject": "", "Content-Type": ""} == {
        "Date": "Mon, 27 Jul 2026 12:05:00 +0000",
        "Message-ID": "",
        "From": "wirewatch <desk@example.org>",
        "To": "analyst@example.org",
        "Subject": "",
        "List-Id": "<digest.wirewatch.example.org>",
        "List-Unsubscribe": "<mailto:desk@example.org?subject=unsubscribe>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "en",
        "MIME-Version": "1.0",
        "Content-Type": "",
    }
    assert head["Message-ID"].startswith("<d.7.") and head["Message-ID"].endswith("@example.org>")
    assert subject(data) == "1 story · dprk: Парад"


def test_text_and_page_arrive_as_they_were_rendered():
    digest = a_digest("북한 «Парад» 👩\u200d👧", body="From here on\n. a dot, and = signs " + "x" * 2000)
    message = message_from_bytes(build(digest, run=1, sender=SENDER), policy=default)

    text, html = (part.get_content() for part in message.iter_parts())
    rendered = render(digest)
    assert text.replace("\r\n", "\n") == rendered.text
    assert html.replace("\r\n", "\n").rstrip("\n") == rendered.html.rstrip("\n")


def test_the_same_digest_is_the_same_bytes_and_another_is_another_message():
    data = build(a_digest(), run=7, sender=SENDER)

    assert build(a_digest(), run=7, sender=SENDER) == data
    others = [
        build(a_digest(), run=8, sender=SENDER),
        build(a_digest("Other"), run=7, sender=SENDER),
        build(a_digest(email="b@example.org"), run=7, sender=SENDER),
        build(replace(a_digest(), now=NOON.replace(hour=13)), run=7, sender=SENDER),
    ]
    assert len({message_id(other) for other in [data, *others]}) == 5


def test_a_message_without_an_id_is_refused():
    with pytest.raises(MailError):
        message_id(b"Subject: x\r\n\r\n")


@settings(max_examples=60, deadline=None)
@given(headline=hostile, rule=hostile, name=hostile, source=hostile)
def test_smtp_09_no_title_name_or_rule_adds_a_header(headline, rule, name, source):
    data = build(a_digest(headline, rule=rule or "r", name=name, source=source, body=headline), run=1, sender=SENDER)

    assert names(data) == FIELDS
    assert b"\n" not in data.replace(b"\r\n", b"") and b"\r" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert subject(data) == render(a_digest(headline, rule=rule or "r", name=name, source=source, body=headline)).subject


@pytest.mark.parametrize("end", LINE_ENDS)
def test_smtp_09_every_line_end_in_a_title_is_a_space(end):
    assert subject(build(a_digest(f"one{end}Bcc: evil@x"), run=1, sender=SENDER)) == "1 story · dprk: one Bcc: evil@x"


def test_smtp_09_an_encoded_line_break_stays_a_title():
    data = build(a_digest(EVIL, name=EVIL, rule=EVIL), run=1, sender=f"{EVIL} <desk@example.org>")

    assert names(data) == FIELDS
    assert subject(data) == f"1 story · {EVIL}: {EVIL}"
    assert plain(str(make_header(decode_header(message_from_bytes(data)["To"])))) == f"{EVIL} <analyst@example.org>"


def test_smtp_10_the_unsubscribe_address_is_byte_equal_however_long():
    sender = f"{'d' * 64}@{'long-label.' * 12}example.org"

    assert f"List-Unsubscribe: <mailto:{sender}?subject=unsubscribe>\r\n".encode() in build(a_digest(), run=1, sender=sender)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "analyst",
        "a@b\r\nBcc: evil@x",
        "a b@example.org",
        "<a@example.org>",
        "a@example.org,b@example.org",
        "a@münchen.de",
        "a@-\n",
        "a@b..c",
    ],
)
def test_an_address_that_no_header_can_carry_is_refused(email):
    with pytest.raises(MailError, match="write it as"):
        build(a_digest(email=email), run=1, sender=SENDER)


@pytest.mark.parametrize(
    ("sender", "read"),
    [
        ("wirewatch <desk@example.org>", ("wirewatch", "desk@example.org")),
        ("desk@example.org", ("", "desk@example.org")),
        ('"Desk, night" <desk@example.org> ', ("Desk, night", "desk@example.org")),
    ],
)
def test_a_sender_is_a_name_and_an_address(sender, read):
    assert parse_sender(sender) == read


@pytest.mark.parametrize("sender", ["", "wirewatch", "a <b> <c@example.org>", "a <desk@example.org\r\nBcc: evil@x>", "a <b@c> d"])
def test_a_sender_that_is_none_is_refused(sender):
    with pytest.raises(MailError):
        build(a_digest(), run=1, sender=sender)


def test_a_line_that_no_server_takes_is_refused():
    with pytest.raises(MailError, match="longer than 998 bytes"):
        build(a_digest(), run=1, sender=f"desk@{'label.' * 200}example.org")


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (b"\r\nSubject:", b"\r\nBcc: evil@x\r\nSubject:"),
        (b"\r\nSubject:", b"\r\n\r\nSubject:"),
        (b"\r\nList-Id:", b"\nList-Id:"),
        (b"Content-Type: text/html;", b"Content-Type: text/calendar;"),
        (b"Content-Type: text/html;", b"X-Other: 1\r\nContent-Type: text/html;"),
    ],
)
def test_bytes_that_say_anything_but_what_was_written_do_not_leave(said, instead):
    data = build(a_digest(), run=1, sender=SENDER)

    assert checked(data, FIELDS) == data
    with pytest.raises(MailError):
        checked(data.replace(said, instead, 1), FIELDS)


def test_digest_11_every_story_and_link_of_the_page_arrives_in_the_text_too():
    (news,) = a_digest().news
    stories = [
        replace(news.story, headline=headline, canonical_url=f"https://example.org/{number}?{'q' * length}", paragraphs=(headline * 3,))
        for number, (headline, length) in enumerate(
            [("Parade held", 0), ("Парад " * 40, 900), (". a dot\n.", 1_900), ("From here", 76), ("=" * 80, 998)]
        )
    ]
    data = build(replace(a_digest(), news=tuple(replace(news, story=story) for story in stories)), run=1, sender=SENDER)
    found = parts(data)
    text, page = found["text/plain"].get_content(), Page(found["text/html"].get_content())

    lines = text.splitlines()
    assert sorted(page.links) == sorted(line for line in lines if line.startswith("https:")) == sorted(s.canonical_url for s in stories)
    assert all(plain(story.headline).strip() in page.text and plain(story.headline).strip() in text for story in stories)
    assert "[object" not in text and "<" not in text
    # Encoded no line is longer than quoted-printable and base64 allow, so that no relay breaks one.
    assert max(map(len, data.split(b"\r\n"))) <= 78


def a_flood(count):
    (news,) = a_digest().news
    stories = [replace(news.story, headline=f"Story {number}", canonical_url=f"https://example.org/{number}") for number in range(count)]
    return replace(a_digest(), news=tuple(replace(news, story=story) for story in stories))


def parts(data):
    message = message_from_bytes(data, policy=default)
    return {part.get_content_type(): part for part in message.walk()}


def test_rules_05_the_text_lists_two_thousand_stories_and_nothing_is_attached():
    found = parts(build(a_flood(2_000), run=1, sender=SENDER))

    assert list(found) == ["multipart/alternative", "text/plain", "text/html"]
    assert [line for line in found["text/plain"].get_content().splitlines() if line.startswith("https:")] == [
        f"https://example.org/{number}" for number in range(2_000)
    ]


def test_rules_05_and_beyond_two_thousand_a_csv_lists_all():
    data = build(a_flood(2_001), run=1, sender=SENDER)
    found = parts(data)

    assert names(data) == FIELDS and build(a_flood(2_001), run=1, sender=SENDER) == data
    assert list(found) == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/csv"]
    assert found["text/csv"].get_filename() == "stories.csv" and found["text/csv"].is_attachment()
    rows = list(csv.DictReader(found["text/csv"].get_content().removeprefix("\ufeff").splitlines()))
    assert [row["url"] for row in rows] == [f"https://example.org/{number}" for number in range(2_001)]
    assert "1 more story: the attached stories.csv lists all." in found["text/plain"].get_content()


def test_an_attachment_that_was_not_written_does_not_leave():
    data = build(a_flood(2_001), run=1, sender=SENDER)

    assert checked(data, FIELDS, is_attached=True) == data
    with pytest.raises(MailError):
        checked(data, FIELDS)
    with pytest.raises(MailError):
        checked(data.replace(b"Content-Type: text/csv", b"Content-Type: application/x"), FIELDS, is_attached=True)
