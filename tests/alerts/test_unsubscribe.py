from dataclasses import replace
from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_correction import told
from test_mail import SENDER, a_digest, names

from alerts import correction, mail
from alerts.digest import render
from alerts.mail import FIELDS
from alerts.unsubscribe import Unsubscribe, asked

TOKEN = "-Zb_" * 10 + "abc"
URL = "https://wire.example.org/" + "a-long-way-to-go/" * 8
LINK = f"{URL}unsubscribe/{TOKEN}"
MAILTO = f"mailto:desk@example.org?subject=unsubscribe%20{TOKEN}"
BY_MAIL = Unsubscribe.by(TOKEN, mailbox="desk@example.org")
BY_PAGE = Unsubscribe.by(TOKEN, mailbox="desk@example.org", public_url=URL.rstrip("/"))
ONE_CLICK = (*FIELDS[:7], "List-Unsubscribe-Post", *FIELDS[7:])


def test_smtp_10_the_addresses_are_byte_equal_with_one_closing_bracket_each():
    data = mail.build(replace(a_digest(), unsubscribe=BY_PAGE), run=1, sender=SENDER)

    raw = data.partition(b"List-Unsubscribe:")[2].partition(b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")[0]
    assert raw.replace(b"\r\n", b"") == f" <{LINK}>, <{MAILTO}>".encode()
    assert raw.count(b">") == 2 and b"=?" not in raw
    assert names(data) == ONE_CLICK


def test_without_a_public_address_there_is_a_mailbox_and_no_one_click():
    data = mail.build(replace(a_digest(), unsubscribe=BY_MAIL), run=1, sender=SENDER)

    assert message_from_bytes(data)["List-Unsubscribe"].split() == [f"<{MAILTO}>"]
    assert names(data) == FIELDS


def test_a_correction_carries_them_too():
    data = correction.build(replace(told(), unsubscribe=BY_PAGE), run=1, sender=SENDER)

    assert names(data)[:8] == ONE_CLICK[:8]
    assert LINK in correction.render(replace(told(), unsubscribe=BY_PAGE)).text


@pytest.mark.parametrize("by", [BY_MAIL, BY_PAGE])
def test_the_foot_of_text_and_page_leads_there(by):
    page = render(replace(a_digest(), unsubscribe=by))

    assert f"Stop or pause these mails: {by.link}\n" in page.text
    assert f'href="{by.link}"' in page.html


def test_a_mail_program_s_mail_is_understood():
    assert asked(f"From: Ann <Ann@Example.org>\r\nSubject: unsubscribe {TOKEN}\r\n\r\nbye".encode()) == (TOKEN, "ann@example.org")
    assert asked(f"From: ann@example.org\r\nSubject: Re: unsubscribe {TOKEN}\r\n\r\n".encode()) is None
    assert asked(f"From: ann@example.org\r\n\r\nSubject: unsubscribe {TOKEN}\r\n".encode()) is None


@given(st.binary(max_size=400) | st.text(st.characters(exclude_categories=("Cs",))).map(lambda text: f"Subject: {text}".encode()))
def test_no_bytes_break_it(data):
    assert asked(data) is None
