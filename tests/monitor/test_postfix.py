"""Our mails through a real mail server: what is read from the maildir says what was written, and what a sink does wrong is told apart."""

import asyncio
import re
import time
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from desk import NOON, a_reader, a_story, text
from postfix import missing, postfix, sink

from alerts.deliver import DeliveryError, Smtp
from alerts.digest import Digest, News
from alerts.mail import build

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "postfix is here")
#: So long that the field for unsubscribing does not fit into one line.
DESK = "desk-of-the-far-eastern-and-central-asian-services@mail.newsroom.example.org"
ANN = a_reader()


def a_mail() -> bytes:
    headlines = ("Dockers strike", "Забастовка в порту", "부두 노동자 파업 시작", 'A "quoted" <title> & more')
    news = tuple(
        News(
            story=a_story(f"{number}", headline=headline, body=f"The strike of {headline} began at noon."),
            revision=1,
            rule="strike",
            tags=(),
            spans=(),
            source="Wire",
            also=(),
            snippet=200,
            headline_only=False,
            seen_at=NOON,
        )
        for number, headline in enumerate(headlines)
    )
    return build(Digest(recipient=ANN, news=news, now=NOON, next_at=None), run=7, sender=f"wirewatch <{DESK}>")


def fields(data: bytes) -> dict[bytes, bytes]:
    """Header field → its raw lines, of those that we wrote."""
    head = data.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    found = re.findall(rb"^([!-9;-~]+):((?:.*)(?:\n[ \t].*)*)", head, re.MULTILINE)
    return {name: value for name, value in found if name.startswith(b"List-") or name in (b"Message-ID", b"Subject", b"From", b"To")}


def stories(message: EmailMessage, kind: str) -> set[str]:
    """The addresses of the stories in a part."""
    part = message.get_body((kind,))
    assert part is not None
    return set(re.findall(r"https://wire\.example\.org/\d+", str(part.get_content())))


def through(data: bytes) -> bytes:
    """The message as it lies in a maildir behind a postfix."""
    with postfix() as server:
        asyncio.run(Smtp(f"smtp://127.0.0.1:{server.port}").send(data, to=ANN.email, sender=DESK))
        deadline = time.monotonic() + 20
        while not server.delivered() and time.monotonic() < deadline:
            time.sleep(0.05)
        (got,) = server.delivered() or [server.log.encode()]
    return got


def test_smtp_10_a_digest_is_read_from_a_maildir_as_it_was_written() -> None:
    data = a_mail()
    got = through(data)

    assert fields(got) == fields(data)
    assert {b"List-Id", b"List-Unsubscribe", b"Message-ID"} <= set(fields(got))
    written, read = (message_from_bytes(each, policy=policy.default) for each in (data, got))
    assert isinstance(written, EmailMessage) and isinstance(read, EmailMessage)
    assert text(read) == text(written)
    assert stories(read, "html") == stories(read, "plain") == {f"https://wire.example.org/{number}" for number in range(4)}
    assert str(read["Subject"]) == str(written["Subject"])


@pytest.mark.parametrize(
    ("faults", "permanent", "unanswered"),
    [
        (("-q", "."), False, True),
        (("-r", "RCPT"), False, False),
        (("-f", "RCPT"), True, False),
        (("-f", "."), True, False),
        (("-r", "."), False, False),
        (("-Q", "."), False, False),
        (("-q", "MAIL"), False, False),
        (("-q", "RCPT"), False, False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
async def test_smtp_04_what_a_sink_does_with_a_mail_is_told_apart(faults: tuple[str, ...], permanent: bool, unanswered: bool) -> None:
    with sink(*faults) as server, pytest.raises(DeliveryError) as error:
        await Smtp(f"smtp://127.0.0.1:{server.port}").send(a_mail(), to=ANN.email, sender=DESK)

    assert (error.value.permanent, error.value.unanswered) == (permanent, unanswered)
