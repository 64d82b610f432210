"""A digest → the exact bytes of a message, under our own header policy (see ``header``). Pure."""

import re
from datetime import UTC
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote

from alerts import header
from alerts.digest import Digest, Rendered, render
from alerts.recipient import AlertError

#: Bytes in a line, CRLF not counted (RFC 5322).
LONGEST_LINE = 998
#: The header fields of a digest, in this order and no other.
FIELDS = (
    "Date",
    "Message-ID",
    "From",
    "To",
    "Subject",
    "List-Id",
    "List-Unsubscribe",
    "Auto-Submitted",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
)
PART_FIELDS = ("Content-Type", "Content-Transfer-Encoding")
# What every mail server takes: no quotes, no comments, ASCII (RFC 5321; a domain of other letters is written xn--…).
_MAILBOX = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_SENDER = re.compile(r"(?:(?P<name>[^<>]*)<(?P<mailbox>[^<>]*)>|(?P<bare>[^<>]*))\s*")
# Parts in 7 bits pass every relay unchanged: quoted-printable or base64, whichever is shorter.
_PART = SMTP.clone(cte_type="7bit")


class MailError(AlertError):
    """A message that must not leave, or an address that no header can carry."""


def build(digest: Digest, *, run: int, sender: str, overrides: Path | None = None) -> bytes:
    """Make the bytes that go out: text and HTML as alternatives; the same arguments always give the same bytes.

    ``run`` is the id of the run that sends, ``sender`` "wirewatch <desk@example.org>" or a bare address, ``overrides`` as in
    ``digest.render``. Raise MailError for an address that no header can carry, TemplateError for a broken template.
    """
    parse_sender(sender)
    checked_mailbox(digest.recipient.email)
    rendered = render(digest, overrides=overrides)
    parts = [_part(rendered.text, "plain"), _part(rendered.html, "html")]
    boundary = _boundary(b"".join(parts))
    head = _head(digest, rendered, run=run, sender=sender, boundary=boundary)
    return _checked(head + b"\r\n" + _body(parts, boundary))


def message_id(data: bytes) -> str:
    """Read the Message-ID of a built message back, angle brackets included. Raise MailError if it has none."""
    found = message_from_bytes(data)["Message-ID"]
    if not found:
        raise MailError("a message without a Message-ID")
    return str(found).strip()


def parse_sender(sender: str) -> tuple[str, str]:
    """Divide "wirewatch <desk@example.org>" into name and address; the name may be missing. Raise MailError."""
    form = _SENDER.fullmatch(sender)
    if form is None:
        raise MailError(f'sender {sender!r} cannot be read; write "wirewatch <desk@example.org>" or "desk@example.org"')
    return (form["name"] or "").strip().strip('"'), checked_mailbox((form["mailbox"] or form["bare"] or "").strip())


def checked_mailbox(mailbox: str) -> str:
    """Give an address back if every mail server takes it. Raise MailError."""
    if not _MAILBOX.fullmatch(mailbox):
        raise MailError(f'address {mailbox!r} cannot be mailed to; write it as "desk@example.org", a domain of other letters as xn--…')
    return mailbox


def _head(digest: Digest, rendered: Rendered, *, run: int, sender: str, boundary: str) -> bytes:
    (name, mailbox), recipient = parse_sender(sender), digest.recipient
    domain, date = mailbox.rpartition("@")[2], format_datetime(digest.now.astimezone(UTC))
    content = _hash(date, sender, recipient.email, rendered.subject, rendered.text, rendered.html)
    fields = (
        header.tokens("Date", date),
        header.tokens("Message-ID", f"<d.{run}.{_hash(recipient.email)}.{content}@{domain}>"),
        header.address("From", name, mailbox),
        header.address("To", recipient.name, recipient.email),
        header.text("Subject", rendered.subject),
        header.tokens("List-Id", f"<digest.wirewatch.{domain}>"),
        header.tokens("List-Unsubscribe", f"<mailto:{quote(mailbox, safe='@')}?subject=unsubscribe>"),
        header.tokens("Auto-Submitted", "auto-generated"),
        header.tokens("Content-Language", recipient.language),
        header.tokens("MIME-Version", "1.0"),
        header.tokens("Content-Type", "multipart/alternative;", f'boundary="{boundary}"'),
    )
    return b"".join(fields)


def _part(text: str, subtype: str) -> bytes:
    message = EmailMessage(policy=_PART)
    message.set_content(text, subtype=subtype, charset="utf-8")
    del message["MIME-Version"]
    return message.as_bytes()


def _boundary(content: bytes) -> str:
    """A delimiter that follows from the content and does not stand in it."""
    boundaries = (f"=_{blake2b(content, digest_size=12, salt=bytes([turn])).hexdigest()}" for turn in range(256))
    return next(boundary for boundary in boundaries if boundary.encode() not in content)


def _body(parts: list[bytes], boundary: str) -> bytes:
    delimiter = b"--" + boundary.encode()
    return b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in parts) + delimiter + b"--\r\n"


def _hash(*values: str) -> str:
    return blake2b("\0".join(values).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _checked(data: bytes) -> bytes:
    """Read the bytes back as a receiver does, and refuse what says anything but what was written."""
    message = message_from_bytes(data)
    parts = message.get_payload()
    if tuple(message.keys()) != FIELDS or not isinstance(parts, list):
        raise MailError(f"the message has other header fields than its own: {', '.join(message.keys())}")
    if [_shape(part) for part in parts] != [("text/plain", PART_FIELDS), ("text/html", PART_FIELDS)]:
        raise MailError("the message has other parts than its text and its HTML")
    if re.search(rb"\r(?!\n)|(?<!\r)\n", data) or max(map(len, data.split(b"\r\n"))) > LONGEST_LINE:
        raise MailError(f"the message has a line that does not end in CRLF or is longer than {LONGEST_LINE} bytes")
    return data


def _shape(part: Message | str) -> tuple[str, tuple[str, ...]]:
    return ("", ()) if isinstance(part, str) else (part.get_content_type(), tuple(part.keys()))
