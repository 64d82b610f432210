"""Unsubscribe: how the reader of one mail stops or pauses what they get: a page that asks, one click of a mail program, a mail. Pure."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.utils import parseaddr
from urllib.parse import quote

from alerts import header

#: What a mail program posts when its reader clicks (RFC 8058).
ONE_CLICK = "List-Unsubscribe=One-Click"


_ASKED = re.compile(r"unsubscribe ([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsubscribe:
    """The addresses that stand in one mail and speak for its recipient alone."""

    #: "mailto:desk@example.org?subject=unsubscribe%20…"
    mailto: str
    #: Of the page that asks; "" where none is reached from outside.
    page: str = ""

    @classmethod
    def by(cls, token: str, *, mailbox: str, public_url: str = "") -> "Unsubscribe":
        """The addresses that carry a token (letters, digits, - and _; "": none); ``public_url`` has no slash at its end."""
        mailto = f"mailto:{quote(mailbox, safe='@')}?subject={quote(f'unsubscribe {token}'.strip())}"
        return cls(mailto=mailto, page=f"{public_url}/unsubscribe/{token}" if public_url else "")

    @property
    def link(self) -> str:
        """What the foot of a mail leads to."""
        return self.page or self.mailto

    def fields(self) -> dict[str, bytes]:
        """The header fields that say so (RFC 2369, RFC 8058); never encoded, and folded only between addresses."""
        uris = [f"<{uri}>" for uri in (self.page, self.mailto) if uri]
        fields = {"List-Unsubscribe": header.tokens("List-Unsubscribe", ", ".join(uris))}
        if self.page:
            fields["List-Unsubscribe-Post"] = header.tokens("List-Unsubscribe-Post", ONE_CLICK)
        return fields


def asked(data: bytes) -> tuple[str, str] | None:
    """The token and the sender's address of a mail that asks to stop, as mail programs write it; None for any other mail."""
    head = message_from_bytes(data.replace(b"\r\n", b"\n").partition(b"\n\n")[0])
    form = _ASKED.fullmatch(" ".join(str(head.get("Subject", "")).split()))
    return (form[1], parseaddr(str(head.get("From", "")))[1].lower()) if form else None
