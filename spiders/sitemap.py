"""Sitemaps: the bytes of a news sitemap, a plain sitemap or an index of sitemaps become entries. Never fetches anything."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import islice
from typing import Any

from spiders import moment, xmltree
from spiders.entry import Feed, address, made, newest
from spiders.looks import looks_like
from spiders.story import SpiderError

#: Bytes of one sitemap, unpacked (https://www.sitemaps.org/protocol.html); what is larger is refused unread.
MOST_BYTES = 50 * 1024 * 1024
#: Addresses of one sitemap by the same protocol; what stands behind them is not read.
MOST_LISTED = 50_000


class NotASitemap(SpiderError):
    """Bytes that are no sitemap; the message says what they look like instead."""

    def __init__(self, url: str, looks_like: str) -> None:
        super().__init__(url, looks_like)
        self.url = url
        self.looks_like = looks_like

    def __str__(self) -> str:
        return f"{self.url}: expected a sitemap or an index of sitemaps, got {self.looks_like}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Child:
    """One sitemap of an index."""

    #: Canonical, http or https; it may be on any host.
    url: str
    #: When the index says it last changed; aware.
    modified_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sitemap(Feed):
    """What one sitemap lists: stories as entries; of an index no entries but the sitemaps to read next."""

    sitemaps: tuple[Child, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Listed:
    """One <url> or <sitemap> as it is printed, its date read: links and titles are only read of those that are kept."""

    link: str
    title: str
    at: datetime | None


def read(body: bytes, *, url: str, timezone: tzinfo = UTC) -> Sitemap:
    """Read a sitemap that was fetched from ``url``, gzip or not: entries are stories, an index gives ``sitemaps`` instead.

    An entry's guid is its address; its date is the news sitemap's publication date, else ``lastmod``, without a zone taken in
    ``timezone``. Of more than MOST_ENTRIES the newest are given. One that is cut off gives what stands before the cut.
    Raise NotASitemap.
    """
    document = _unpacked(body, url)
    try:
        root, elements = xmltree.walk(document, "url", "sitemap")
        listed = newest(list(islice(_listed(elements, timezone), MOST_LISTED)), lambda one: one.at)
    except xmltree.NotXml as exc:
        raise NotASitemap(url, f"{looks_like(document)} ({exc})") from exc
    if root == "sitemapindex":
        return Sitemap(entries=(), sitemaps=tuple(Child(url=to, modified_at=one.at) for one in listed if (to := address(one.link, url))))
    if root != "urlset":
        raise NotASitemap(url, looks_like(document))
    entries = (made(base=url, link=one.link, title=one.title, published_at=one.at) for one in listed)
    return Sitemap(entries=tuple(entry for entry in entries if entry.url))


def _listed(elements: Iterator[Any], timezone: tzinfo) -> Iterator[_Listed]:
    for element in elements:
        printed = (xmltree.text(element, "news", "publication_date"), xmltree.text(element, "lastmod"))
        found = next(filter(None, (moment.read(date, timezone=timezone) for date in printed if date)), None)
        yield _Listed(link=xmltree.text(element, "loc"), title=xmltree.text(element, "news", "title"), at=found.at if found else None)


def _unpacked(body: bytes, url: str) -> bytes:
    """The document in a gzip file, or the bytes themselves; a file that is cut off gives what stands before the cut."""
    document, is_whole = body, True
    if body.startswith(b"\x1f\x8b"):
        unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            document = unpacking.decompress(body, MOST_BYTES)
        except zlib.error as exc:
            raise NotASitemap(url, f"gzip data that cannot be unpacked ({exc})") from exc
        is_whole = not unpacking.unconsumed_tail
    if len(document) > MOST_BYTES or not is_whole:
        raise NotASitemap(url, f"more than {MOST_BYTES >> 20} MiB, unpacked; list the index of its parts instead")
    return document
