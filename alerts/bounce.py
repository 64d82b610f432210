"""Bounce: what a mail server's report says of a mail of ours that did not arrive (RFC 3464). Pure; hostile bytes are no report."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

from alerts.plain import plain

#: Bytes that are read: what is said stands before the mail that came back.
LARGEST = 256 << 10
#: Parts within parts: the parser looks for each open boundary in every line, and goes a call deeper for each part.
DEEPEST = 20

_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b", re.ASCII)
_ADDRESS = re.compile(r"\s*rfc822\s*;\s*<?([^\s<>]{3,320})>?", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,900}>")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounce:
    """A mail that did not reach somebody, and never will."""

    #: Of the mail that came back, angle brackets included.
    message_id: str
    #: Whom it was for, in small letters: as the last server called them, and as we did, where that is said.
    addresses: tuple[str, ...]
    #: RFC 3463: "5.1.1".
    status: str
    #: By the server that refused it; one line.
    said: str


def read(data: bytes) -> tuple[Bounce, ...]:
    """What a report says has failed for good, recipient by recipient; nothing where it is no report, or names no mail."""
    data = data[:LARGEST]
    if max(map(data.lower().count, (b"boundary", b"message/"))) > DEEPEST:
        return ()
    parts = list(message_from_bytes(data).walk())
    message_id = next(filter(None, map(_original, parts)), "")
    blocks = [block for part in parts if part.get_content_type() == "message/delivery-status" for block in _blocks(part)]
    return tuple(_bounces(blocks, message_id)) if message_id else ()


def _bounces(blocks: list[Message], message_id: str) -> Iterator[Bounce]:
    for block in blocks:
        status = _STATUS.match(_field(block, "Status"))
        found = [_ADDRESS.match(_field(block, name)) for name in ("Original-Recipient", "Final-Recipient")]
        addresses = tuple(dict.fromkeys(each[1].lower() for each in found if each))
        if status and status[1].startswith("5") and addresses and _field(block, "Action").strip().lower() == "failed":
            said = plain(_field(block, "Diagnostic-Code")).strip()[:300]
            yield Bounce(message_id=message_id, addresses=addresses, status=status[1], said=said)


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []


def _original(part: Message) -> str:
    """The Message-ID of the mail that came back: it is there whole, or its head alone."""
    payload = part.get_payload()
    if part.get_content_type() == "message/rfc822" and isinstance(payload, list) and payload:
        return _message_id(payload[0])
    if part.get_content_type() == "text/rfc822-headers" and isinstance(payload, str):
        return _message_id(message_from_bytes(payload.encode("ascii", "replace")))
    return ""


def _message_id(message: Message | str) -> str:
    found = _MESSAGE_ID.fullmatch(_field(message, "Message-ID").strip()) if isinstance(message, Message) else None
    return found[0] if found else ""


def _field(message: Message, name: str) -> str:
    return str(message.get(name, ""))
