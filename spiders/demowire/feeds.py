"""An outlet's feed as bytes: RSS 2.0, Atom or JSON Feed, the addresses in it below one base."""

import json
from datetime import datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from spiders.demowire.outlets import Article, Outlet

ATOM = "http://www.w3.org/2005/Atom"
#: What the server says of each format.
CONTENT_TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}


def feed(outlet: Outlet, base: str) -> bytes:
    """Write the outlet's feed, newest story first."""
    return {"rss": _rss, "atom": _atom, "json": _json}[outlet.feed](outlet, base)


def _rss(outlet: Outlet, base: str) -> bytes:
    rss = Element("rss", version="2.0")
    channel = SubElement(rss, "channel")
    _add(channel, "title", outlet.name)
    _add(channel, "link", f"{base}/{outlet.id}/")
    _add(channel, "description", "Invented stories for a demonstration")
    for article in outlet.articles:
        item = SubElement(channel, "item")
        _add(item, "title", article.printed_headline)
        _add(item, "link", base + article.path)
        _add(item, "description", article.summary)
        _add(item, "pubDate", _rss_date(article, naive=outlet.naive))
        _add(item, "guid", article.guid, isPermaLink="false")
    return _bytes(rss)


def _rss_date(article: Article, *, naive: bool) -> str:
    if article.precision == "day":
        return article.published_at.date().isoformat()
    return article.published_at.strftime("%Y-%m-%d %H:%M:%S") if naive else format_datetime(article.published_at)


def _atom(outlet: Outlet, base: str) -> bytes:
    root = Element("feed", xmlns=ATOM)
    _add(root, "title", outlet.name)
    _add(root, "id", f"urn:demowire:{outlet.id}")
    _add(root, "updated", outlet.changed_at.isoformat())
    for article in outlet.articles:
        entry = SubElement(root, "entry")
        _add(entry, "title", article.printed_headline)
        SubElement(entry, "link", rel="alternate", href=base + article.path)
        _add(entry, "id", article.guid)
        _add(entry, "published", article.published_at.isoformat())
        _add(entry, "updated", _updated(article).isoformat())
        _add(entry, "summary", article.summary)
    return _bytes(root)


def _json(outlet: Outlet, base: str) -> bytes:
    items = [
        {
            "id": article.guid,
            "url": base + article.path,
            "title": article.printed_headline,
            "summary": article.summary,
            "language": article.language,
            "date_published": article.published_at.isoformat(),
        }
        for article in outlet.articles
    ]
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": f"{base}/{outlet.id}/",
        "items": items,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _updated(article: Article) -> datetime:
    return article.updated_at or article.published_at


def _add(parent: Element, tag: str, text: str, **attributes: str) -> None:
    SubElement(parent, tag, attributes).text = text


def _bytes(root: Element) -> bytes:
    document: bytes = tostring(root, "utf-8", xml_declaration=True)
    return document
