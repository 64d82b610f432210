"""Discovery: where a site keeps its feed, its sitemap and its stories, as its own pages and its robots.txt tell. Never fetches anything."""

import re
from collections.abc import Iterable
from itertools import islice
from urllib.parse import urlsplit

from spiders import plaintext
from spiders.entry import address
from spiders.page import Page
from spiders.storyurl import pattern

#: Bytes of a page or robots.txt that are looked at; home pages of wires have a tenth of it.
LARGEST = 2 << 20
#: Characters of what a site calls itself.
LONGEST_TITLE = 60
#: Addresses given for one site, and links looked at on one page.
MOST, MOST_LINKS = 20, 2000

_FEED_TYPE = re.compile(r"\s*application/(?:(?:rss|atom|rdf|feed)\+(?:xml|json))\s*", re.IGNORECASE)
_FEED_LINK = re.compile(r"\b(?:rss|atom|feeds?)(?:\b|\d|_)|\.(?:rss|rdf|atom)$", re.IGNORECASE)
#: Feeds of readers' comments, and pages about feeds at other people's.
_OTHER = re.compile(r"comments?|feedback|feedly|facebook|youtube", re.IGNORECASE)
_USUAL_FEEDS = ("/rss", "/feed", "/rss.xml", "/feed.xml", "/atom.xml", "/rss/news.xml", "/rss/index.xml", "/index.xml", "/feed.json")
_USUAL_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml", "/sitemap.xml", "/sitemap_index.xml")
_SITEMAP = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)


def feeds(body: bytes, *, url: str, usual: bool = True) -> tuple[str, ...]:
    """Where the site of the page at ``url`` may keep a feed, the likeliest first: named by the page, linked by it, and
    the usual places where ``usual`` is set.

    Canonical addresses, at most MOST; on any host, since some sites leave their feeds to others.
    """
    page = Page(body[:LARGEST], url=url)
    alternates = [link for link in page.xpath("//link[@rel='alternate'][@href]") if _FEED_TYPE.fullmatch(link.get("type") or "")]
    named = [str(link.get("href")) for link in alternates]
    linked = [to for to in _linked(page) if _FEED_LINK.search(to) and not _OTHER.search(to)]
    # Last where they are comments, not left out: some sites call their only feed so.
    first = sorted(named, key=lambda to: bool(_OTHER.search(to)))
    return _addresses((*first, *linked, *(_USUAL_FEEDS if usual else ())), url)


def sitemaps(robots: bytes, *, url: str) -> tuple[str, ...]:
    """Where the site at ``url`` may keep sitemaps, those for news first: as robots.txt names them, then the usual places."""
    named = _SITEMAP.findall(robots[:LARGEST].decode("utf-8", "replace"))
    return _addresses(sorted((*named, *_USUAL_SITEMAPS), key=_is_not_for_news), url)


def title(body: bytes, *, url: str) -> str:
    """What the site of this page calls itself: one line; its host where it says nothing."""
    page = Page(body[:LARGEST], url=url)
    told = (*page.meta("og:site_name", "application-name"), *map(plaintext.visible_text, page.in_head("title")))
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return next((text for text in told if 1 < len(text) <= LONGEST_TITLE), host)


def stories(body: bytes, *, url: str) -> tuple[str, ...]:
    """The addresses of a page's stories: of the links on its own host those whose shape is the commonest that a story's can be."""
    page = Page(body[:LARGEST], url=url)
    host = urlsplit(url).hostname
    links = _addresses(_linked(page), url, most=MOST_LINKS)
    shapes: dict[str, list[str]] = {}
    for link in links:
        # Alone, an address has a shape of its own; the words in it are what differs between two.
        if urlsplit(link).hostname == host and (shape := _shape(link)):
            shapes.setdefault(shape, []).append(link)
    often = max(shapes, key=lambda shape: len(shapes[shape]), default="")
    return tuple(shapes.get(often, ()))


def _shape(link: str) -> str:
    """What two stories of one place have in common: the number of steps, and whether the last one tells."""
    steps = urlsplit(link).path.strip("/").split("/")
    return f"{len(steps)} {urlsplit(link).path.rpartition('.')[2][:5] if '.' in steps[-1] else ''}" if pattern([link]) else ""


def _is_not_for_news(place: str) -> bool:
    return "news" not in place.lower()


def _linked(page: Page) -> list[str]:
    return [str(link.get("href")) for link in page.xpath("//a[@href]")[:MOST_LINKS]]


def _addresses(links: Iterable[str], url: str, *, most: int = MOST) -> tuple[str, ...]:
    found = dict.fromkeys(address(link, url) for link in links if link and len(link) < 2000)
    return tuple(islice((link for link in found if link and link != address(url, url)), most))
