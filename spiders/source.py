"""Source: what to poll, how often, in which time zone, with which manners."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from spiders.entry import Entry
from spiders.rung import Rung
from spiders.site import site

UTC = ZoneInfo("UTC")


@dataclass(frozen=True, kw_only=True, slots=True)
class Selectors:
    """CSS selectors of one wire's page. An empty one says nothing: the reader then finds the part by itself."""

    headline: str = ""
    lead: str = ""
    #: The element that holds the body, or its paragraphs one by one.
    body: str = ""
    byline: str = ""
    published: str = ""
    #: What is cut out of the page before anything is read.
    remove: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One wire, as one ``[[source]]`` table of the configuration says it: at least one of the five ways to ask it."""

    id: str
    #: Address of its RSS, Atom, RDF or JSON feed.
    feed: str = ""
    #: Address of its news sitemap, a plain one, or an index of them.
    sitemap: str = ""
    listing: Rung | None = None
    json: Rung | None = None
    #: Where packets are dropped; each is moved to ``read`` or ``refused`` below it.
    folder: Path | None = None
    #: "ranked": its list is sorted by weight, or keeps some stories on top. Then no overlap says that nothing was missed.
    order: Literal["newest", "ranked"] = "newest"
    #: What the address of a story matches, somewhere; what else a sitemap or listing names is no story. None: all do.
    story_url: re.Pattern[str] | None = None
    #: "headline": its pages are behind a licence or a login, and never asked for.
    level: Literal["full", "headline"] = "full"
    #: Shown to people; the id where it is not given.
    name: str = ""
    every: timedelta = timedelta(minutes=5)
    #: Nothing new for longer than this is an alarm; None: learned from how often it has published.
    quiet: timedelta | None = None
    #: For dates without a zone.
    timezone: ZoneInfo = UTC
    #: BCP 47; for pages that do not say theirs.
    language: str | None = None
    #: Short agency name for stories that name none.
    agency: str | None = None
    #: ISO 3166-1 alpha-2 of the country the wire speaks from.
    country: str | None = None
    #: What it says in the same words as another source is told once. False: its stories are always told by themselves.
    copies: bool = True
    licence: Literal["link", "full"] = "link"
    #: Most characters of a story's text that a mail may carry.
    snippet: int = 200
    selectors: Selectors = field(default_factory=Selectors)
    #: A module of ``spiders.wires`` that reads it with functions of its own; "": none.
    reader: str = ""
    #: Name and value of request headers of its own, sent to its own hosts only; may be secrets.
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    #: Its server knows no TLS newer than 1.0 or 1.1, or only old ciphers.
    legacy_tls: bool = False

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """The ways to ask it, in the order in which they are tried; the first is polled, the others fill holes."""
        ways = (
            Rung(kind="feed", url=self.feed) if self.feed else None,
            Rung(kind="sitemap", url=self.sitemap) if self.sitemap else None,
            self.listing,
            self.json,
            Rung(kind="folder", url=str(self.folder)) if self.folder else None,
        )
        return tuple(way for way in ways if way)

    def stories(self, listed: Iterable[Entry]) -> list[Entry]:
        """The entries that name a story, by its own pattern of addresses; those without an address are stories too."""
        pattern = self.story_url
        return [entry for entry in listed if pattern is None or not entry.url or pattern.search(entry.url)]

    def publishes(self, url: str) -> bool:
        """Whether an address is of its own site, not of another's that it only links to."""
        own = {site(way.url) for way in self.rungs if way.kind != "folder"}
        return site(url) in own - {""} or bool(self.story_url and self.story_url.search(url))

    @property
    def label(self) -> str:
        """What people call it; its id where it has no name."""
        return self.name or self.id

    @property
    def home(self) -> str:
        """The address that stands for it: of its first way to be asked."""
        return next((way.url for way in self.rungs), "")
