"""Outlet and Article: the invented stories as data, dated back from the moment at which the demo began."""

import tomllib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from spiders.source import Selectors
from spiders.story import Dateline

FOLDER = Path(__file__).parent
#: Keys of a story's table that say when, not what it prints.
TIMING = ("published_hours_ago", "correction")


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """One invented story: what its page prints, and so what a reader of that page must find."""

    id: str
    outlet: str
    headline: str
    paragraphs: tuple[str, ...]
    language: str
    agency: str
    #: Aware, in the outlet's zone; local midnight where only the day is printed.
    published_at: datetime
    precision: Literal["minute", "day"] = "minute"
    #: Set once the story has been corrected.
    updated_at: datetime | None = None
    #: Printed before the headline, with a hyphen: CORRECTED.
    marker: str = ""
    dateline: Dateline | None = None
    lead: str = ""
    kicker: str = ""
    caption: str = ""
    byline: str = ""
    #: Names that the page sets in elements of their own.
    names: tuple[str, ...] = ()
    #: Headlines of other stories, linked in the middle of the page.
    read_also: tuple[str, ...] = ()
    #: The feed has it, its page answers 404.
    missing: bool = False
    #: Ids of the presets under which the story belongs.
    rules: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Where its page lies on the demo wire."""
        return f"/{self.outlet}/{self.id}"

    @property
    def guid(self) -> str:
        """The same on every port and in every run, so that a second run finds nothing new."""
        return f"urn:demowire:{self.outlet}:{self.id}"

    @property
    def printed_headline(self) -> str:
        """The headline as feed and page print it, marker included."""
        return f"{self.marker}-{self.headline}" if self.marker else self.headline

    @property
    def summary(self) -> str:
        """What the feed says of it: the lead, else the first paragraph."""
        return self.lead or self.paragraphs[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlet:
    """One site of the demo wire: how it prints, and what it has published."""

    id: str
    name: str
    zone: ZoneInfo
    country: str
    #: Its feed's format, and the skeleton of its pages.
    feed: Literal["rss", "atom", "json"]
    page: Literal["lead", "jsonld", "meta", "old"]
    #: Prints its dates without a zone.
    naive: bool = False
    selectors: Selectors = field(default_factory=Selectors)
    #: Newest first.
    articles: tuple[Article, ...] = ()

    @property
    def path(self) -> str:
        """Where its feed lies on the demo wire."""
        return f"/{self.id}/feed.{'json' if self.feed == 'json' else 'xml'}"

    @property
    def changed_at(self) -> datetime:
        """When its feed last changed."""
        return max(article.updated_at or article.published_at for article in self.articles)


class _Date:
    """Lets a text say {on:MMMM d}: a date by a CLDR pattern, in the text's own language."""

    def __init__(self, at: datetime, language: str) -> None:
        self.at, self.language = at, language

    def __format__(self, pattern: str) -> str:
        return format_datetime(self.at, pattern, tzinfo=self.at.tzinfo, locale=self.language)


def outlets(began: datetime, *, edition: Literal[1, 2] = 1) -> tuple[Outlet, ...]:
    """Return every outlet with its stories as they stand in one edition; the second carries the corrections.

    All times follow from ``began`` (aware), so the same ``began`` gives the same stories to the letter.
    """
    tables = [tomllib.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.toml"))]
    originals = {
        f"{table['id']}/{story['id']}": _article(table, story, began, edition)
        for table in tables
        for story in table["story"]
        if "copy_of" not in story
    }
    return tuple(_outlet(table, originals, began) for table in tables)


def _outlet(table: dict[str, Any], originals: dict[str, Article], began: datetime) -> Outlet:
    articles = [
        _copy(originals[story["copy_of"]], table, story, began) if "copy_of" in story else originals[f"{table['id']}/{story['id']}"]
        for story in table["story"]
    ]
    computed = {
        "zone": ZoneInfo(table["zone"]),
        "selectors": Selectors(**table.get("selectors", {})),
        "articles": tuple(sorted(articles, key=lambda article: article.published_at, reverse=True)),
    }
    return Outlet(**{key: value for key, value in table.items() if key != "story"} | computed)


def _article(table: dict[str, Any], story: dict[str, Any], began: datetime, edition: int) -> Article:
    printed: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in story.items() if key not in TIMING}
    at = _published(table, story, began)
    date = _Date(at, story["language"])
    dateline = _dateline(story, date)
    texts = {"on": date, "dateline": dateline.raw if dateline else ""}
    paragraphs = tuple(text.format_map(texts) for text in story["paragraphs"])
    article = Article(**printed | {"outlet": table["id"], "published_at": at, "dateline": dateline, "paragraphs": paragraphs})
    return _corrected(article, story["correction"], began) if edition == 2 and "correction" in story else article


def _published(table: dict[str, Any], story: dict[str, Any], began: datetime) -> datetime:
    at = (began - timedelta(hours=story["published_hours_ago"])).astimezone(ZoneInfo(table["zone"])).replace(second=0, microsecond=0)
    return at.replace(hour=0, minute=0) if story.get("precision") == "day" else at


def _dateline(story: dict[str, Any], date: _Date) -> Dateline | None:
    table = story.get("dateline")
    if table is None:
        return None
    return Dateline(
        raw=table["raw"].format(on=date),
        places=tuple(table["places"]),
        month=date.at.month if table.get("dated") else None,
        day=date.at.day if table.get("dated") else None,
        agency=story["agency"],
        author=table.get("author"),
    )


def _corrected(article: Article, table: dict[str, Any], began: datetime) -> Article:
    was, now = table["was"], table["now"]
    return replace(
        article,
        headline=article.headline.replace(was, now),
        paragraphs=(*(text.replace(was, now) for text in article.paragraphs), table["note"]),
        marker=table["marker"],
        updated_at=(began - timedelta(hours=table["hours_ago"])).astimezone(article.published_at.tzinfo).replace(microsecond=0),
    )


def _copy(original: Article, table: dict[str, Any], story: dict[str, Any], began: datetime) -> Article:
    return replace(
        original,
        id=story["id"],
        outlet=table["id"],
        headline=story["headline"],
        published_at=_published(table, story, began),
        rules=tuple(story["rules"]),
        lead="",
        kicker="",
        caption="",
    )
