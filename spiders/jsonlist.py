"""JSON endpoints: what a wire's own site asks for its lists becomes entries, by the source's paths. Never fetches anything."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from spiders import moment, plaintext
from spiders.entry import Entry, Feed, address, made, newest
from spiders.looks import looks_like
from spiders.story import SpiderError

#: Items whose date is read, the first and the last of a longer list.
_MOST_ITEMS = 20_000
#: 1973, in seconds since 1970.
_EARLIEST = 100_000_000
#: Seconds since 1970 end here, milliseconds begin: 1973 as milliseconds, 5138 as seconds.
_MILLISECONDS = 100_000_000_000


class NotAJsonList(SpiderError):
    """An answer in which the paths find no list; the message says what it holds instead."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.url}: no list of stories: {self.reason}"


class BadPath(SpiderError):
    """A JMESPath of a source that cannot be read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Paths:
    """Where an answer has what: JMESPath expressions (https://jmespath.org), all but ``items`` and ``next`` inside each item.

    An expression can put an address together: ``join('', ['/news/', to_string(id)])``.
    """

    #: The list of stories; "@" where the answer is the list itself.
    items: str
    url: str = "url"
    guid: str = "id"
    title: str = "title"
    summary: str = ""
    #: A printed date, or a number: seconds or milliseconds since 1970.
    published: str = ""
    #: HTML or plain text.
    body: str = ""
    #: The address of the next page, as a string.
    next: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class JsonList(Feed):
    """What one answer of an endpoint lists, and where it goes on."""

    #: Canonical; "" on the last page.
    next_url: str = ""


def read(body: bytes, *, url: str, paths: Paths, timezone: tzinfo = UTC) -> JsonList:
    """Read an answer that was fetched from ``url``, to which its addresses are relative; an empty list is a list.

    Dates without a zone are taken in ``timezone``. Items that are no objects are left out; of more than MOST_ENTRIES the newest are
    given. Raise NotAJsonList where ``paths.items`` names no list or nothing in it can be read as a story; BadPath.
    """
    document = _document(body, url)
    items = _found(paths.items, document)
    if not isinstance(items, list):
        raise NotAJsonList(url, f"{paths.items!r} names no list in {_outline(document)}")
    looked_at = newest(items, lambda _: None, most=_MOST_ITEMS)
    dated = [(item, _published_at(item, paths.published, timezone)) for item in looked_at if isinstance(item, dict)]
    entries = tuple(_entry(item, when, url, paths) for item, when in newest(dated, lambda pair: pair[1]))
    kept = tuple(entry for entry in entries if entry.url or entry.title or entry.body)
    if items and not kept:
        raise NotAJsonList(url, f"none of {len(items)} items of {paths.items!r} has {paths.url!r} or {paths.title!r}")
    return JsonList(entries=kept, next_url=address(_text(_found(paths.next, document)), url))


def _document(body: bytes, url: str) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as exc:
        raise NotAJsonList(url, f"got {looks_like(body)}, which is no JSON ({str(exc)[:100]})") from exc


def _entry(item: dict[str, Any], published_at: datetime | None, base: str, paths: Paths) -> Entry:
    return made(
        base=base,
        link=_text(_found(paths.url, item)),
        guid=_text(_found(paths.guid, item)),
        title=_text(_found(paths.title, item)),
        summary=_text(_found(paths.summary, item)),
        published_at=published_at,
        body=_text(_found(paths.body, item)),
    )


def _published_at(item: Any, path: str, timezone: tzinfo) -> datetime | None:
    printed = _text(_found(path, item))
    try:
        since = float(printed)
        # Smaller numbers are dates in figures, 20230727: nothing was on the web in 1973.
        if since >= _EARLIEST:
            return datetime.fromtimestamp(since / 1000 if since >= _MILLISECONDS else since, UTC)
    except (OverflowError, ValueError, OSError):
        pass
    found = moment.read(printed, timezone=timezone) if printed else None
    return found.at if found else None


def _found(path: str, document: Any) -> Any:
    """What a path names; None where there is nothing, or its functions cannot take what is there."""
    if not path:
        return None
    expression = compiled(path)
    try:
        return expression.search(document)
    except (JMESPathError, TypeError, ValueError, RecursionError):
        return None


@lru_cache(maxsize=256)
def compiled(path: str) -> Any:
    """A JMESPath expression, ready to be asked of answers. Raise BadPath."""
    try:
        return jmespath.compile(path)
    except (JMESPathError, RecursionError) as exc:
        raise BadPath(f"JMESPath {path!r} cannot be read: {exc}") from exc


def _text(value: object) -> str:
    """A string or a number as text; "" for anything else: lists and objects are no titles."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _outline(document: Any) -> str:
    if isinstance(document, dict):
        return f"an object with {', '.join(map(plaintext.clean, list(document)[:8])) or 'nothing'}"
    return f"a {type(document).__name__}"
