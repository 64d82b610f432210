"""A digest → the exact bytes of a message, under our own header policy (see ``header``). Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from alerts import header, table
from alerts.digest import Digest, Rendered, render
from alerts.mailbox import checked_mailbox, parse_sender
from alerts.message import LAST_FIELDS, assemble, digest_of
from alerts.recipient import Recipient
from alerts.unsubscribe import Unsubscribe

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
