from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import header
from alerts.plain import plain

EVIL = "=?utf-8?q?=0D=0ABcc:_evil@x?="
#: Any text, with what breaks headers more often than chance would bring it.
TRAPS = [EVIL, "\r\nBcc: evil@x", "\r\n\r\n", "\x0b", "\x85", "\u2028", '"', "\\", "<a@b>", "a" * 90, " "]
hostile = st.lists(st.one_of(st.text(st.characters(exclude_categories=()), max_size=20), st.sampled_from(TRAPS)), max_size=12).map("".join)


def read(field: bytes, name: str) -> str:
    """What a receiver makes of one field, having found no other and no line that is too long."""
    message = message_from_bytes(field + b"\r\n")
    assert message.keys() == [name]
    assert all(len(line) <= 78 for line in field.split(b"\r\n"))
    assert all(line.strip() for line in field.split(b"\r\n")[:-1])
    return str(make_header(decode_header(message[name])))


@given(hostile)
def test_any_text_comes_out_as_one_field_that_reads_as_the_cleaned_text(value):
    assert read(header.text("Subject", value), "Subject") == plain(value).strip()


@given(hostile)
def test_any_name_comes_out_as_one_field_with_one_address(name):
    field = header.address("From", name, "desk@example.org")

    raw = message_from_bytes(field + b"\r\n")["From"].replace("\r\n", "")
    assert parseaddr(raw)[1] == "desk@example.org"
    assert str(make_header(decode_header(parseaddr(raw)[0]))) == plain(name).strip()
    read(field, "From")


def test_plain_text_stays_readable():
    assert header.text("Subject", "2 stories, dprk: Parade held") == b"Subject: 2 stories, dprk: Parade held\r\n"
    assert (
        header.text("Subject", "word " * 30).split(b"\r\n")[0]
        == b"Subject: word word word word word word word word word word word word word"
    )


def test_text_that_looks_encoded_is_encoded():
    assert EVIL.encode() not in header.text("Subject", EVIL)
    assert read(header.text("Subject", EVIL), "Subject") == EVIL


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("", b"To: a@example.org\r\n"),
        ("Ann Lee", b"To: Ann Lee <a@example.org>\r\n"),
        ('Lee, Ann "Q"', b'To: "Lee, Ann \\"Q\\"" <a@example.org>\r\n'),
        ("Анна", b"To: =?utf-8?b?0JDQvdC90LA=?=\r\n <a@example.org>\r\n"),
    ],
)
def test_a_name_is_written_as_its_letters_need(name, field):
    assert header.address("To", name, "a@example.org") == field


def test_smtp_10_a_long_address_for_machines_is_neither_encoded_nor_broken():
    url = f"<https://example.org/u/{'t' * 90}>,"
    mailto = "<mailto:desk@example.org?subject=unsubscribe>"

    assert header.tokens("List-Unsubscribe", url, mailto) == f"List-Unsubscribe: {url}\r\n {mailto}\r\n".encode()
