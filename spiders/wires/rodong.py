"""Rodong Sinmun: the address of a story is base64, and says its day, its number, and where on the page the link stood.

"12@2026-02-19-003@1@1@@0@8": the same story has as many addresses as places. Its day and number are its name; no page lists dates.
"""

import base64
import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from spiders import plaintext
from spiders.entry import Entry, made
from spiders.page import Page

_HOME = "http://www.rodong.rep.kp/en/"
_PYONGYANG = ZoneInfo("Asia/Pyongyang")
_QUERY = re.compile(r"index\.php\?(?P<code>[A-Za-z0-9+/=%]{16,400})$")
_STORY = re.compile(r"12@(?P<name>(?P<day>\d{4}-\d\d-\d\d)-[A-Z]?\d{3})@")


def entries(body: bytes) -> Iterator[Entry]:
    """The stories that a page of the English edition links to, each once, with its longest title."""
    titles: dict[str, tuple[str, datetime, str]] = {}
    for link in Page(body, url=_HOME).xpath("//a[@href]"):
        href = link.get("href") or ""
        known = _named(href)
        if known:
            name, day = known
            first, _, title = titles.get(name, (href, day, ""))
            titles[name] = first, day, max(title, plaintext.visible_text(link), key=len)
    for name, (href, day, title) in titles.items():
        yield made(base=_HOME, link=href, guid=name, title=title, published_at=day)


def _named(href: str) -> tuple[str, datetime] | None:
    """The name of the story that an address leads to, and its day; None for the other pages."""
    query = _QUERY.search(href)
    story = _STORY.match(_decoded(unquote(query["code"]))) if query else None
    try:
        return (story["name"], datetime.fromisoformat(story["day"]).replace(tzinfo=_PYONGYANG)) if story else None
    except ValueError:  # the 31st of February
        return None


def _decoded(code: str) -> str:
    try:
        # Its padding is often cut, or one "=" too long.
        return base64.b64decode(code.rstrip("=") + "==").decode("ascii")
    except ValueError:
        return ""
