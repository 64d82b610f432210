"""Scouting: asks a site where its feed, its sitemap and its stories are, and reads a few pages to learn its template."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from spiders import discover, guess, storyurl
from spiders.crawl import Crawler
from spiders.order import Answer
from spiders.source import UTC, Selectors, Source
from spiders.story import SpiderError, canonical_url
from spiders.trial import Trial, tried

#: Feeds and sitemaps that are asked for at one site, and story pages that are read.
MOST_FEEDS, MOST_SITEMAPS, MOST_PAGES = 12, 6, 5
#: Bytes of a story page from which selectors are learned.
LARGEST_PAGE = 4 << 20


class NothingFound(SpiderError):
    """A site that names no feed, no sitemap and no stories, or does not answer; the message says what was tried."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.url}: {self.reason}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a site told about itself."""

    home: str
    #: What it calls itself.
    name: str
    feed: str = ""
    sitemap: str = ""
    #: The page that lists the stories, where neither feed nor sitemap does.
    listing: str = ""
    #: "": its stories' addresses have nothing in common.
    story_url: str = ""
    selectors: Selectors
    #: The story pages that were read.
    pages: tuple[Answer, ...] = ()


async def scout(crawler: Crawler, url: str, *, timezone: ZoneInfo = UTC, say: Callable[[str], object] = lambda line: None) -> Found:
    """Find out about the site of ``url``, its home page or a feed of it; ``say`` hears of each thing that is found.

    Dates without a zone are taken in ``timezone``. Raise NothingFound.
    """
    front = await _asked(crawler, "feed", url)
    home = _home(url) if front.entries else (front.answer.url if front.answer else url)
    page = front if front.answer else await _asked(crawler, "feed", home)
    if not front.entries and not page.answer:
        raise NothingFound(url, "; ".join(front.errors) or "it answers nothing that could be read")
    feed = front if front.entries else await _first_feed(crawler, page.answer)
    if feed:
        say(f"feed: {feed.source.feed}, {len(feed.entries)} entries")
    links = [entry.url for entry in feed.entries if entry.url] if feed else []
    sitemap = await _first_sitemap(crawler, home, storyurl.pattern(links), say)
    if sitemap:
        say(f"sitemap: {sitemap.source.sitemap}, {len(sitemap.entries)} entries")
        links = links or [entry.url for entry in sitemap.entries]
    elif not feed and page.answer:
        links = list(discover.stories(page.answer.body, url=page.answer.url))
        say(f"stories: {len(links)} linked from {home}")
    if not links:
        raise NothingFound(
            url,
            "neither a feed, nor a sitemap, nor links to stories were found; write its table by hand, "
            "with a listing, or json for an endpoint: deploy/wirewatch.toml shows both",
        )
    pattern = storyurl.pattern(links)
    say(f"addresses of stories: {pattern or 'no pattern'}")
    pages = await _pages(crawler, links[:MOST_PAGES])
    return Found(
        home=home,
        name=discover.title(page.answer.body, url=home) if page.answer else urlsplit(home).netloc,
        feed=feed.source.feed if feed else "",
        sitemap=sitemap.source.sitemap if sitemap else "",
        listing="" if feed or sitemap else home,
        story_url=pattern,
        selectors=guess.selectors(((each.body, each.url) for each in pages), timezone=timezone),
        pages=pages,
    )


def _home(url: str) -> str:
    return urljoin(canonical_url(url), "/")


async def _asked(crawler: Crawler, kind: Literal["feed", "sitemap"], url: str) -> Trial:
    """A document: what it lists where it is of this kind, else as it came."""
    source = Source(id="scout", feed=url) if kind == "feed" else Source(id="scout", sitemap=url)
    return await tried(crawler, source, most=0)


async def _first_feed(crawler: Crawler, page: Answer | None) -> Trial | None:
    """The first place that a home page names, or a page about feeds that it leads to, where a feed lists stories."""
    places = list(discover.feeds(page.body, url=page.url)) if page else []
    for number in range(MOST_FEEDS):
        if number >= len(places):
            break
        asked = await _asked(crawler, "feed", places[number])
        if any(entry.url for entry in asked.entries):
            return asked
        if asked.answer and b"<html" in asked.answer.body[:2000].lower():
            named = discover.feeds(asked.answer.body, url=asked.answer.url, usual=False)
            places[number + 1 : number + 1] = [place for place in named if place not in places]
    return None


async def _first_sitemap(crawler: Crawler, home: str, pattern: str, say: Callable[[str], object]) -> Trial | None:
    """The first sitemap that lists stories: such as the feed's, where there is one."""
    others: list[Trial] = []
    robots = await _asked(crawler, "feed", urljoin(home, "/robots.txt"))
    body = robots.answer.body if robots.answer else b""
    for place in discover.sitemaps(body, url=home)[:MOST_SITEMAPS]:
        asked = await _asked(crawler, "sitemap", place)
        links = [entry.url for entry in asked.entries]
        # A sitemap of sections and tags has no pattern of stories either.
        if links and storyurl.share(pattern or storyurl.pattern(links), links) > 0.5:
            return asked
        others += [asked] if links else []
    for other in others:
        place = other.source.sitemap
        say(
            f"sitemap left out: {place}, {len(other.entries)} entries: what tells its stories from its other pages is not found; "
            f'if it lists stories, write sitemap = "{place}", and as story_url a pattern that only their addresses match'
        )
    return None


async def _pages(crawler: Crawler, links: list[str]) -> tuple[Answer, ...]:
    """These pages, as far as they could be fetched and are no larger than pages are."""
    fetched = [(await _asked(crawler, "feed", link)).answer for link in links]
    return tuple(page for page in fetched if page and len(page.body) <= LARGEST_PAGE)
