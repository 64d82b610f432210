"""Feeds: the bytes of an RSS, RDF, Atom or JSON feed become entries. Never fetches anything."""

import io
import json
import re
from calendar import timegm
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from typing import Any

import feedparser
from w3lib.encoding import html_body_declared_encoding

from spiders import moment, plaintext
from spiders.entry import MOST_ENTRIES, Entry, Feed, made
from spiders.looks import looks_like
from spiders.page import NO_CHARSETS
from spiders.story import SpiderError
from spiders.xmltree import decode

__all__ = ["MOST_ENTRIES", "Entry", "Feed", "NotAFeed", "read"]

_ENTRY_END = re.compile(rb"</(?:[\w-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
# An entity that is made of others, or long: it would grow. Those of old RSS DTDs name one character: <!ENTITY nbsp "&#160;">.
_GROWING = re.compile(
    rb"<!ENTITY\s+(?:%\s*)?[\w.:-]{1,100}\s+(?:\"[^\"]{0,1000}?(?:[&%]\w|[^\"]{1000})|'[^']{0,1000}?(?:[&%]\w|[^']{1000}))"
)
#: Bytes before the root in which a document may declare its entities.
_PROLOG = 100_000


class NotAFeed(SpiderError):
    """Bytes that are no feed; the message says what they look like instead."""

    def __init__(self, url: str, looks_like: str) -> None:
        super().__init__(url, looks_like)
        self.url = url
        self.looks_like = looks_like

    def __str__(self) -> str:
        return f"{self.url}: expected an RSS, Atom, RDF or JSON feed, got {self.looks_like}"


def read(body: bytes, *, url: str, timezone: tzinfo = UTC) -> Feed:
    """Read a feed that was fetched from ``url``: RSS 0.9 to 2.0, RDF, Atom or JSON Feed, well-formed or not.

    Dates without a zone are taken in ``timezone``. Of a feed with more than MOST_ENTRIES entries the first and last ones,
    of a JSON Feed the first, are read. Raise NotAFeed.
    """
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json_feed(body, url, timezone)
    if html_body_declared_encoding(body) in NO_CHARSETS:  # feedparser would try it
        raise NotAFeed(url, "a document in a charset that none has")
    if _GROWING.search(body[:_PROLOG]):
        raise NotAFeed(url, "XML that declares entities which grow, as no wire's does")
    parsed = _parse(_shortened(body), url)
    if not parsed.get("version"):
        raise NotAFeed(url, looks_like(body))
    entries = tuple(_entry(item, url, timezone) for item in parsed.entries)
    title = plaintext.from_markup(parsed.feed.get("title") or "")
    return Feed(entries=entries, title=title, charset=decode(body)[1])


def _parse(body: bytes, url: str) -> Any:
    try:
        # A stream, never a str: feedparser fetches a str that looks like an address and opens one that looks like a path.
        # Without the address of the feed: feedparser would join it to relative guids too.
        return feedparser.parse(io.BytesIO(body), resolve_relative_uris=False, sanitize_html=False)
    except Exception as exc:  # it raises whatever its parsers do: AssertionError on some markup, LookupError, RecursionError
        raise NotAFeed(url, f"something its parser fails on ({type(exc).__name__}: {str(exc)[:100]})") from exc


def _shortened(body: bytes) -> bytes:
    ends = [found.end() for found in _ENTRY_END.finditer(body)]
    half = MOST_ENTRIES // 2
    return body if len(ends) <= MOST_ENTRIES else body[: ends[half - 1]] + body[ends[-half - 1] :]


def _entry(item: Any, base: str, timezone: tzinfo) -> Entry:
    contents = [part.get("value") or "" for part in item.get("content") or ()]
    summary = item.get("summary") or ""
    return made(
        link=_link(item),
        base=base,
        guid=item.get("id") or "",
        title=item.get("title") or "",
        # feedparser says the content again where an Atom entry has no summary of its own.
        summary="" if summary in contents else summary,
        published_at=_published_at(item, timezone),
        body=max(contents, key=len, default=""),
    )


def _link(item: Any) -> str:
    # <link rel="alternate"> is what feedparser calls link; an RSS guid that is a permalink too. Some feeds only have an enclosure.
    return item.get("link") or next((link.get("href") or "" for link in item.get("links") or () if link.get("rel") == "alternate"), "")


def _published_at(item: Any, timezone: tzinfo) -> datetime | None:
    for name in ("published", "updated", "created"):
        with suppress(ValueError, OverflowError):  # MySQL's 0000-00-00, or a year 10000 in UTC
            found = moment.read(item.get(name) or "", timezone=timezone)
            if found:
                return found.at
            if item.get(f"{name}_parsed"):
                return datetime.fromtimestamp(timegm(item[f"{name}_parsed"]), UTC)
    return None


def _json_feed(body: bytes, url: str, timezone: tzinfo) -> Feed:
    try:
        document = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as exc:
        raise NotAFeed(url, f"JSON that cannot be read ({str(exc)[:100]})") from exc
    items = document.get("items")
    if not isinstance(items, list) or not _text(document.get("version")).startswith("https://jsonfeed.org/"):
        raise NotAFeed(url, f"a JSON object with {', '.join(sorted(document)[:5]) or 'nothing'}")
    entries = tuple(_json_entry(item, url, timezone) for item in items[:MOST_ENTRIES] if isinstance(item, dict))
    return Feed(entries=entries, title=plaintext.from_markup(_text(document.get("title"))), charset="utf-8")


def _json_entry(item: dict[str, Any], base: str, timezone: tzinfo) -> Entry:
    published = moment.first(_texts(item, "date_published", "date_modified"), timezone=timezone)
    return made(
        link=next(_texts(item, "url", "external_url"), ""),
        base=base,
        guid=next(_texts(item, "id"), ""),
        title=_text(item.get("title")),
        summary=_text(item.get("summary")),
        published_at=published.at if published else None,
        body=next(_texts(item, "content_html", "content_text"), ""),
    )


def _texts(item: dict[str, Any], *names: str) -> Iterator[str]:
    return filter(None, (_text(item.get(name)) for name in names))


def _text(value: object) -> str:
    # The standard asks for strings; numbers as ids are common.
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
