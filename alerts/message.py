"""Header fields, text and HTML → the bytes of a message, and the check that they say nothing else. Pure."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from hashlib import blake2b

from alerts import header
from alerts.recipient import AlertError

#: Bytes in a line, CRLF not counted (RFC 5322).
LONGEST_LINE = 998
#: The fields that every message ends its head with.
LAST_FIELDS = ("MIME-Version", "Content-Type")
PART_FIELDS = ("Content-Type", "Content-Transfer-Encoding")
BODY = (("text/plain", PART_FIELDS), ("text/html", PART_FIELDS))
_WITHIN = (("multipart/alternative", ("Content-Type",)), *BODY)
_ATTACHED = ("text/csv", (*PART_FIELDS, "Content-Disposition"))


class MailError(AlertError):
    """A message that must not leave, or an address that no header can carry."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A CSV that goes with a message."""

    #: An ASCII file name without blanks or quotes.
    name: str
    data: bytes


def assemble(fields: Mapping[str, bytes], *, text: str, html: str, attachment: Attachment | None = None) -> bytes:
    """Make a message of these header fields (name → the whole line or lines, see ``header``), in this order, with its parts.

    The same arguments always give the same bytes. Raise MailError for a message that a receiver would read otherwise.
    """
    body = _multipart("alternative", [_part(text, "plain"), _part(html, "html")])
    if attachment:
        body = _multipart("mixed", [body, _attached(attachment)])
    head = b"".join(fields.values()) + header.tokens("MIME-Version", "1.0")
    return checked(head + body, (*fields, *LAST_FIELDS), is_attached=attachment is not None)


def digest_of(*values: str) -> str:
    """A short name that follows from the values, for a Message-ID."""
    return blake2b("\0".join(values).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def checked(data: bytes, fields: tuple[str, ...], *, is_attached: bool = False) -> bytes:
    """Read the bytes back as a receiver does, and refuse what says anything but what was written. Raise MailError."""
    message = message_from_bytes(data)
    if tuple(message.keys()) != fields or not message.is_multipart():
        raise MailError(f"the message has other header fields than its own: {', '.join(message.keys())}")
    if tuple(map(_shape, message.walk()))[1:] != ((*_WITHIN, _ATTACHED) if is_attached else BODY):
        raise MailError("the message has other parts than its own")
    if re.search(rb"\r(?!\n)|(?<!\r)\n", data) or max(map(len, data.split(b"\r\n"))) > LONGEST_LINE:
        raise MailError(f"the message has a line that does not end in CRLF or is longer than {LONGEST_LINE} bytes")
    return data


def _part(text: str, subtype: str) -> bytes:
    data = "\r\n".join(text.split("\n")).encode()
    # Parts in 7 bits pass every relay unchanged: quoted-printable or base64, whichever is shorter.
    name, encoded = min(("quoted-printable", binascii.b2a_qp(data)), ("base64", _base64(data)), key=lambda each: len(each[1]))
    return _entity(header.tokens("Content-Type", f"text/{subtype};", 'charset="utf-8"'), name, encoded)


def _attached(attachment: Attachment) -> bytes:
    content_type = header.tokens("Content-Type", "text/csv;", 'charset="utf-8"')
    disposition = header.tokens("Content-Disposition", "attachment;", f'filename="{attachment.name}"')
    return _entity(content_type, "base64", _base64(attachment.data), disposition)


def _entity(content_type: bytes, encoding: str, encoded: bytes, more: bytes = b"") -> bytes:
    return content_type + header.tokens("Content-Transfer-Encoding", encoding) + more + b"\r\n" + encoded


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _multipart(subtype: str, parts: list[bytes]) -> bytes:
    boundary = _boundary(b"".join(parts))
    delimiter = b"--" + boundary.encode()
    head = header.tokens("Content-Type", f"multipart/{subtype};", f'boundary="{boundary}"')
    return head + b"\r\n" + b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in parts) + delimiter + b"--\r\n"


def _boundary(content: bytes) -> str:
    """A delimiter that follows from the content and does not stand in it."""
    boundaries = (f"=_{blake2b(content, digest_size=12, salt=bytes([turn])).hexdigest()}" for turn in range(256))
    return next(boundary for boundary in boundaries if boundary.encode() not in content)


def _shape(part: Message) -> tuple[str, tuple[str, ...]]:
    return part.get_content_type(), tuple(part.keys())


def message_id(data: bytes) -> str:
    """Read the Message-ID of a built message back, angle brackets included. Raise MailError if it has none."""
    found = message_from_bytes(data)["Message-ID"]
    if not found:
        raise MailError("a message without a Message-ID")
    return str(found).strip()
