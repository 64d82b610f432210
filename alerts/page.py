"""Page: what the reader of a mail sees behind its link: it asks whether to stop or pause, and says what was done. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from alerts.catalogue import catalogue
from alerts.clock import Clock
from alerts.plain import plain
from alerts.recipient import Recipient
from alerts.templating import page

#: For how many weeks somebody may pause.
WEEKS = (1, 2, 4)
#: The page's own style; a server's Content-Security-Policy may name its hash.
STYLE = (
    "body{margin:0;padding:24px 16px;font:17px/1.5 -apple-system,'Segoe UI',Arial,sans-serif;color:#22272e;background:#fff;"
    "overflow-wrap:anywhere}main{max-width:30em;margin:0 auto}h1{font-size:20px;line-height:1.35}"
    "button{display:block;width:100%;min-height:48px;margin:12px 0 0;padding:10px;font:inherit;border:1px solid #134f8f;border-radius:6px;"
    "color:#fff;background:#134f8f}button.pause{color:#134f8f;background:#fff}"
    "@media (prefers-color-scheme:dark){body{color:#dfe3e8;background:#16191d}button{color:#16191d;background:#8dbdf2;border-color:#8dbdf2}"
    "button.pause{color:#8dbdf2;background:#16191d}}"
)

#: ask: what to do. stopped, paused: what was done. unknown: the link is none of ours. refused: what was sent is no choice of the page's.
#: busy: the store does not answer.
Says = Literal["ask", "stopped", "paused", "unknown", "refused", "busy"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What the page says at ``now``."""

    says: Says
    #: Aware.
    now: datetime
    #: Whom the link speaks for; None where that is not known.
    recipient: Recipient | None = None
    #: Their address, masked.
    address: str = ""
    #: Aware; when a pause is over.
    until: datetime | None = None
    #: Whom to write to.
    desk: str = ""


def render(told: Page) -> str:
    """The page as HTML: no script, nothing that is loaded."""
    language = told.recipient.language if told.recipient else "en"
    t = catalogue(language)
    values: dict[str, Any] = {"address": plain(told.address), "desk": told.desk, "time": _moment(told)}
    means = "page_forwarded" if told.says == "ask" else f"page_{told.says}_means"
    return page(
        {
            "language": language,
            "style": STYLE,
            "said": t(f"page_{told.says}", **values),
            "means": t(means, **values),
            "weeks": WEEKS if told.says == "ask" else (),
        },
        language,
        name="page",
    )


def _moment(told: Page) -> str:
    if told.until is None or told.recipient is None:
        return ""
    clock = Clock(language=told.recipient.language, timezone=told.recipient.timezone, now=told.now)
    return f"{clock.moment(told.until)} ({told.recipient.timezone.key})"
