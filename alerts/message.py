"""Header fields, text and HTML → the bytes of a message, and the check that they say nothing else. Pure."""

import re
from collections.abc import Mapping
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import SMTP
from hashlib import blake2b

from alerts import header
from alerts.recipient import AlertError

#: Bytes in a line, CRLF not counted (RFC 5322).
LONGEST_LINE = 998
#: The fields that every message ends its head with.
LAST_FIELDS = ("MIME-Version", "Content-Type")
PART_FIELDS = ("Content-Type", "Content-Transfer-Encoding")
# Parts in 7 bits pass every relay unchanged: quoted-printable or base64, whichever is shorter.
_PART = SMTP.clone(cte_type="7bit")


class MailError(AlertError):
    """A message that must not leave, or an address that no header can carry."""


def assemble(fields: Mapping[str, bytes], *, text: str, html: str) -> bytes:
    """Make a message of these header fields (name → the whole line or lines, see ``header``), in this order, with its two parts.

    The same arguments always give the same bytes. Raise MailError for a message that a receiver would read otherwise.
    """
    parts = [_part(text, "plain"), _part(html, "html")]
    boundary = _boundary(b"".join(parts))
    content_type = header.tokens("Content-Type", "multipart/alternative;", f'boundary="{boundary}"')
    head = b"".join(fields.values()) + header.tokens("MIME-Version", "1.0") + content_type
    return checked(head + b"\r\n" + _body(parts, boundary), (*fields, *LAST_FIELDS))


def digest_of(*values: str) -> str:
    """A short name that follows from the values, for a Message-ID."""
    return blake2b("\0".join(values).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def checked(data: bytes, fields: tuple[str, ...]) -> bytes:
    """Read the bytes back as a receiver does, and refuse what says anything but what was written. Raise MailError."""
    message = message_from_bytes(data)
    parts = message.get_payload()
    if tuple(message.keys()) != fields or not isinstance(parts, list):
        raise MailError(f"the message has other header fields than its own: {', '.join(message.keys())}")
    if [_shape(part) for part in parts] != [("text/plain", PART_FIELDS), ("text/html", PART_FIELDS)]:
        raise MailError("the message has other parts than its text and its HTML")
    if re.search(rb"\r(?!\n)|(?<!\r)\n", data) or max(map(len, data.split(b"\r\n"))) > LONGEST_LINE:
        raise MailError(f"the message has a line that does not end in CRLF or is longer than {LONGEST_LINE} bytes")
    return data


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


def _shape(part: Message | str) -> tuple[str, tuple[str, ...]]:
    return ("", ()) if isinstance(part, str) else (part.get_content_type(), tuple(part.keys()))
