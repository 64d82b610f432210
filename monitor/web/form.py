"""Form: what was posted to the page behind a mail's link: a choice on the page, or the one click of a mail program. Pure."""

from email import message_from_bytes
from typing import Literal
from urllib.parse import parse_qsl

from alerts.page import WEEKS
from alerts.unsubscribe import ONE_CLICK

STOP: Literal["stop"] = "stop"
_CHOICES: dict[tuple[str, str], Literal["stop"] | int] = {
    ("do", "stop"): STOP,
    tuple(ONE_CLICK.split("=")): STOP,  # type: ignore[dict-item]
    **{("do", f"pause-{weeks}"): weeks for weeks in WEEKS},
}


def choice(content_type: str, body: bytes) -> Literal["stop"] | int | None:
    """What was chosen: to stop, or for how many weeks to pause; None for anything else. Never raises."""
    chosen = {_CHOICES[field] for field in _fields(content_type, body) if field in _CHOICES}
    return chosen.pop() if len(chosen) == 1 else None


def _fields(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """Names and values; RFC 8058 lets mail programs post either kind of form."""
    if not content_type.lower().startswith("multipart/form-data"):
        return parse_qsl(body.decode("latin-1"), max_num_fields=None)
    parts = message_from_bytes(b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n" + body).walk()
    return [
        (str(part.get_param("name", header="Content-Disposition")), _text(part.get_payload(decode=True)))
        for part in parts
        if not part.is_multipart()
    ]


def _text(payload: object) -> str:
    return payload.decode("latin-1").strip() if isinstance(payload, bytes) else ""
