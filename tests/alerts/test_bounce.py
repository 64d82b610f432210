import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.bounce import LARGEST, Bounce, read

ID = "<d.7.0123456789abcdef.0123456789abcdef@example.org>"
BOUNCE = Bounce(message_id=ID, addresses=("ann@example.org",), status="5.1.1", said="smtp; 550 5.1.1 no such user")
HEAD = f"Message-ID: {ID}\r\nFrom: desk@example.org\r\nTo: ann@example.org\r\n"


def a_report(
    *,
    action: str = "failed",
    status: str = "5.1.1",
    recipient: str = "Final-Recipient: rfc822; Ann@example.org\r\n",
    original: str = "message/rfc822",
    head: str = HEAD,
) -> bytes:
    """A report as postfix writes them."""
    return (
        "From: MAILER-DAEMON@mx.example.org\r\nTo: desk@example.org\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you.\r\n\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        f"{recipient}Action: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; 550 5.1.1\r\n  no such user\r\n\r\n"
        f"--b\r\nContent-Type: {original}\r\n\r\n{head}\r\nBody\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize("original", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_names_the_mail_the_address_and_the_reason(original: str) -> None:
    assert read(a_report(original=original)) == (BOUNCE,)


def test_the_address_that_we_wrote_to_is_known_beside_that_of_the_last_server() -> None:
    both = "Original-Recipient: rfc822;ann@example.org\r\nFinal-Recipient: rfc822;box17@mx.example.org\r\n"

    assert [each.addresses for each in read(a_report(recipient=both))] == [("ann@example.org", "box17@mx.example.org")]


@pytest.mark.parametrize(
    "data",
    [
        a_report(action="delayed", status="4.4.1"),
        a_report(action="delivered", status="2.0.0"),
        a_report(action="delayed"),
        a_report(status="4.2.2"),
        a_report(status="five"),
        a_report(recipient=""),
        a_report(head="Subject: no id\r\n"),
        a_report(head="Message-ID: ann\r\n"),
        b"",
        b"Subject: Out of office\r\n\r\nI am away.",
        a_report().replace(b"message/delivery-status", b"text/plain"),
    ],
)
def test_what_is_late_or_no_report_or_names_no_mail_is_none(data: bytes) -> None:
    assert read(data) == ()


@given(st.binary(max_size=600))
def test_no_bytes_break_it(data: bytes) -> None:
    assert read(data) == ()


@given(st.integers(0, len(a_report())), st.binary(max_size=40), st.integers(0, 60))
def test_a_damaged_report_says_what_it_did_or_nothing(at: int, noise: bytes, cut: int) -> None:
    whole = a_report()

    for each in read(whole[:at] + noise + whole[at + cut :]):
        assert each.status.startswith("5.") and each.message_id.startswith("<") and "\n" not in each.said


def test_what_is_nested_without_end_or_long_takes_no_time() -> None:
    nested = "".join(f'Content-Type: multipart/mixed; boundary="b{number}"\n\n--b{number}\n' for number in range(20))
    deep = b"".join(b"Content-Type: message/rfc822\n\n" for _ in range(20_000))
    began = time.process_time()

    for data in (nested.encode() + b"-\n" * LARGEST, deep, b"boundary=" * LARGEST, b"Status: " + b"5." * LARGEST):
        assert read(data) == ()

    assert time.process_time() - began < 5
