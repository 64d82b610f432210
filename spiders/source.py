"""Source: what to poll, how often, in which time zone, with which manners."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

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
    """One wire, as one ``[[source]]`` table of the configuration says it."""

    id: str
    #: Address of its RSS, Atom, RDF or JSON feed.
    feed: str
    #: Shown to people; the id where it is not given.
    name: str = ""
    every: timedelta = timedelta(minutes=5)
    #: For dates without a zone.
    timezone: ZoneInfo = UTC
    #: BCP 47; for pages that do not say theirs.
    language: str | None = None
    #: Short agency name for stories that name none.
    agency: str | None = None
    #: ISO 3166-1 alpha-2 of the country the wire speaks from.
    country: str | None = None
    licence: Literal["link", "full"] = "link"
    #: Most characters of a story's text that a mail may carry.
    snippet: int = 200
    selectors: Selectors = field(default_factory=Selectors)
