"""A digest → the exact bytes of a message, under our own header policy (see ``header``). Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from email.utils import format_datetime
from pathlib import Path

from alerts import header, table
from alerts.digest import Digest, Rendered, render
from alerts.message import LAST_FIELDS, MailError, assemble, digest_of
from alerts.recipient import Recipient
from alerts.unsubscribe import Unsubscribe

__all__ = ["FIELDS", "MailError", "build", "checked_mailbox", "head", "message_id", "parse_sender"]

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
    *LAST_FIELDS,
)
# What every mail server takes: no quotes, no comments, ASCII (RFC 5321; a domain of other letters is written xn--…).
_MAILBOX = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_SENDER = re.compile(r"(?:(?P<name>[^<>]*)<(?P<mailbox>[^<>]*)>|(?P<bare>[^<>]*))\s*")


def build(digest: Digest, *, run: int, sender: str, overrides: Path | None = None) -> bytes:
    """Make the bytes that go out: text and HTML as alternatives, and more stories than the text lists as an attached CSV.

    The same arguments always give the same bytes. ``run`` is the id of the run that sends, ``sender``
    "wirewatch <desk@example.org>" or a bare address, ``overrides`` as ``digest.render`` has them. Raise MailError for an address
    that no header can carry, and TemplateError.
    """
    parse_sender(sender)
    checked_mailbox(digest.recipient.email)
    rendered = render(digest, overrides=overrides)
    fields = head(digest.recipient, rendered, run=run, sender=sender, now=digest.now, unsubscribe=digest.unsubscribe)
    return assemble(fields, text=rendered.text, html=rendered.html, attachment=table.attached(digest.news, digest.names))


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


def head(
    recipient: Recipient, rendered: Rendered, *, run: int, sender: str, now: datetime, unsubscribe: Unsubscribe | None = None
) -> Mapping[str, bytes]:
    """The header fields of a mail to a reader, FIELDS without the last ones: name → its line or lines. Raise MailError.

    Where one click is enough to ``unsubscribe``, List-Unsubscribe-Post says so.
    """
    (name, mailbox), email = parse_sender(sender), checked_mailbox(recipient.email)
    domain, date = mailbox.rpartition("@")[2], format_datetime(now.astimezone(UTC))
    content = digest_of(date, sender, email, rendered.subject, rendered.text, rendered.html)
    return {
        "Date": header.tokens("Date", date),
        "Message-ID": header.tokens("Message-ID", f"<d.{run}.{digest_of(email)}.{content}@{domain}>"),
        "From": header.address("From", name, mailbox),
        "To": header.address("To", recipient.name, email),
        "Subject": header.text("Subject", rendered.subject),
        "List-Id": header.tokens("List-Id", f"<digest.wirewatch.{domain}>"),
        **(unsubscribe or Unsubscribe.by("", mailbox=mailbox)).fields(),
        "Auto-Submitted": header.tokens("Auto-Submitted", "auto-generated"),
        "Content-Language": header.tokens("Content-Language", recipient.language),
    }
