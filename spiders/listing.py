"""Listings: a section or archive page becomes the entries it links to, by the source's selectors. Never fetches anything."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from urllib.parse import urlsplit

from lxml import html

from spiders import moment, plaintext
from spiders.entry import Entry, Feed, address, made, newest
from spiders.looks import looks_like
from spiders.page import Page
from spiders.published import printed
from spiders.story import SpiderError

#: Stories looked at on one page, and links in the element of one story; a hostile page has millions.
_MOST_STORIES, _MOST_LINKS = 5000, 50
_HEADINGS = "h1, h2, h3, h4, h5, h6"


class NotAListing(SpiderError):
    """A page on which the layout finds no story; the message says what it looks like."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.url}: no story listed: {self.reason}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """Where a listing page has what: CSS selectors, all but ``stories`` and ``next`` looked for inside each story."""

    #: Each story: its link, or the element around it.
    stories: str = "a[href]"
    #: What the address of a story matches, somewhere; other links are menus and adverts.
    address: re.Pattern[str] | None = None
    #: "": the heading around or inside the link, else the link's own text.
    title: str = ""
    summary: str = ""
    #: "": its <time>.
    published: str = ""
    #: The link to the next page; "": the page's rel="next".
    next: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing(Feed):
    """What one listing page lists, and where it goes on."""

    #: Canonical, on the same host; "" on the last page.
    next_url: str = ""


def read(body: bytes, *, url: str, layout: Layout, timezone: tzinfo = UTC) -> Listing:
    """Read a listing page that was fetched from ``url``: an entry for each address, in the page's order, with its longest title.

    An entry's guid is its address. Dates without a zone are taken in ``timezone``. Of more than MOST_ENTRIES the newest are
    given. Raise NotAListing where the layout finds no story, which is how a changed page shows; BadSelector.
    """
    page = Page(body, url=url)
    found: dict[str, Entry] = {}
    for entry in _entries(page, layout, timezone):
        found[entry.url] = _merged(found[entry.url], entry) if entry.url in found else entry
    if not found:
        raise NotAListing(url, f"{layout.stories!r} names no link to one on {looks_like(body)}")
    entries = newest(list(found.values()), lambda entry: entry.published_at)
    return Listing(entries=entries, title=_title(page), next_url=_next_url(page, layout))


def _entries(page: Page, layout: Layout, timezone: tzinfo) -> Iterator[Entry]:
    base = _base(page)
    for story in _outermost(page.css(layout.stories)[:_MOST_STORIES]):
        link = _link(page, story, layout, base)
        if link is not None:
            yield made(
                base=base,
                link=link.get("href") or "",
                title=_words(page, layout.title or _HEADINGS, story) or plaintext.visible_text(link),
                summary=_words(page, layout.summary, story),
                published_at=_published_at(page, layout.published or "time", story, timezone),
            )


def _outermost(elements: list[html.HtmlElement]) -> list[html.HtmlElement]:
    """Those that are not inside another one: "article, article a" names each story twice."""
    named = set(elements)
    return [element for element in elements if not any(parent in named for parent in element.iterancestors())]


def _link(page: Page, story: html.HtmlElement, layout: Layout, base: str) -> html.HtmlElement | None:
    """The link to the story: of several in its element the one with most words, since pictures and sections are linked too."""
    inside = page.css("a[href]", within=story)[:_MOST_LINKS]
    links = inside or [parent for parent in story.iterancestors("a") if parent.get("href")]
    fitting = [link for link in links if _is_story(address(link.get("href") or "", base), page, layout)]
    return max(fitting, key=lambda link: len(plaintext.visible_text(link)), default=None)


def _is_story(to: str, page: Page, layout: Layout) -> bool:
    return bool(to) and to != address(page.url, page.url) and bool(layout.address is None or layout.address.search(to))


def _merged(one: Entry, other: Entry) -> Entry:
    """One entry of two links to the same story."""
    return replace(
        one,
        title=max(one.title, other.title, key=len),
        summary=one.summary or other.summary,
        published_at=one.published_at or other.published_at,
    )


def _words(page: Page, selector: str, story: html.HtmlElement) -> str:
    return next(filter(None, (plaintext.visible_text(element) for element in page.css(selector, within=story))), "")


def _published_at(page: Page, selector: str, story: html.HtmlElement, timezone: tzinfo) -> datetime | None:
    texts = (text for element in page.css(selector, within=story)[:3] for text in printed(element))
    found = moment.first(texts, timezone=timezone)
    return found.at if found else None


def _title(page: Page) -> str:
    return next((plaintext.visible_text(element) for element in page.in_head("title")), "")


def _base(page: Page) -> str:
    stated = next((element.get("href") or "" for element in page.xpath("//base[@href]")), "")
    return address(stated, page.url) or page.url


def _next_url(page: Page, layout: Layout) -> str:
    """Where the list goes on: never another host, which could lead the crawl anywhere, and never this page again."""
    links = page.css(layout.next or "link[rel~=next][href], a[rel~=next][href]")
    there = next(filter(None, (address(link.get("href") or "", _base(page)) for link in links)), "")
    same_host = urlsplit(there).hostname == urlsplit(page.url).hostname
    return there if same_host and there != address(page.url, page.url) else ""
