"""When a story was published and last changed, by the best witness of its page."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from datetime import timezone as fixed_zone

from lxml import html

from spiders import moment, plaintext
from spiders.jsonld import Article
from spiders.moment import Moment
from spiders.page import Page

#: <meta> names that wires and their publishing systems give a publication date, the most exact first.
_METAS_TEXT = """
article:published_time og:published_time og:article:published_time datepublished article:published published_time
publish-date publishdate publish_date pubdate publication_date dc.date.issued dcterms.issued parsely-pub-date sailthru.date
article.published article_date_original originalpublicationdate cxenseparse:recs:publishtime rnews:datepublished
iso-8601-publish-date analyticsattributes.articledate article:create bt:pubdate date.created dcterms.created dc.date.created
"""
_METAS = tuple(_METAS_TEXT.split())
#: Those by which some systems mean the page's last change.
_VAGUE_METAS = ("dcterms.date", "dc.date", "last-published", "date")
#: Dates of one page that are looked at.
_MOST = 40
_UPDATES = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "last-modified")
#: Characters of a line that is printed for its date.
_LONGEST = 100
_CHANGED = re.compile(
    r"updated|modified|edited|revised|aktualisiert|geändert|stand:|mis à jour|modifié|actualizado|atualizad|aggiornat|bijgewerkt"
    r"|обновл|оновл|изменен|수정|更新|تحديث",
    re.IGNORECASE,
)
#: The web has no older news: an empty field is 1970, and a headline's own year may stand beside it.
_FIRST_YEAR = 1994
#: A date that is older than that of the address by more than this is another's: of a template, of the page's first draft.
_NEAR = timedelta(days=2)
#: Zones that news is written in; a quarter of an hour is rather the time that an editor took.
_ZONES, _ZONE_STEP = (timedelta(hours=-11), timedelta(hours=13)), timedelta(minutes=30)


def published(page: Page, selector: str, article: Article | None, *, timezone: tzinfo, top: Iterable[str] = ()) -> Moment | None:
    """The first date that the page states; a day gives way to a minute of the same day further down.

    ``top``: the lines around its headline, asked before <meta> elements that may mean another date.
    """
    named = moment.in_url(page.url, timezone=timezone)
    dated = [line for line in top if len(line) <= _LONGEST and not _CHANGED.search(line)]
    day: Moment | None = None
    for text in _witnesses(page, selector, article, dated):
        found = moment.read(text, timezone=timezone)
        if not found or found.at.year < _FIRST_YEAR or (named and named.at - found.at > _NEAR):
            continue
        if found.precision == "minute" and (day is None or found.at.astimezone(day.at.tzinfo).date() == day.at.date()):
            return _zoned(found, [*_times(page, "//time"), *dated])
        day = day or found
    return day or named


def updated(page: Page, article: Article | None, *, timezone: tzinfo) -> datetime | None:
    """When the page says it was last changed."""
    texts = [article.updated if article else "", *page.meta(*_UPDATES)[:_MOST]]
    found = moment.first(filter(None, texts), timezone=timezone)
    return found.at if found else None


def _witnesses(page: Page, selector: str, article: Article | None, top: Iterable[str]) -> Iterator[str]:
    for element in page.css(selector)[:1]:
        yield from printed(element)
    if article and article.published:
        yield article.published
    yield from page.meta(*_METAS)[:_MOST]
    for element in page.xpath("//*[@itemprop='datePublished' or contains(@class, 'dt-published')]")[:3]:
        yield from printed(element)
    yield from _times(page, "//article//time")
    yield from top
    yield from page.meta(*_VAGUE_METAS)[:_MOST]
    yield from _times(page, "//time")


def _times(page: Page, expression: str) -> Iterator[str]:
    for element in page.xpath(expression)[:2]:
        yield from printed(element)


def printed(element: html.HtmlElement) -> Iterator[str]:
    """The machine's form of a printed date before the one for readers."""
    for attribute in ("datetime", "content", "title", "data-timestamp", "data-datetime"):
        if text := element.get(attribute):
            yield text
    if text := plaintext.visible_text(element):
        yield text


def _zoned(found: Moment, clocks: Iterable[str]) -> Moment:
    """The same moment in the zone of the page, where that states it in UTC and prints its own clock too.

    The day of a story is its place's day: 01:30 UTC was yesterday evening in New York.
    """
    if found.at.utcoffset():
        return found
    for text in clocks:
        clock = moment.read(text)
        if clock and clock.precision == "minute" and (zone := _zone(found.at, clock.at)):
            return Moment(at=found.at.astimezone(zone))
    return found


def _zone(at: datetime, clock: datetime) -> tzinfo | None:
    if clock.utcoffset():
        return clock.tzinfo if abs(clock - at) < timedelta(minutes=1) else None
    ahead = clock.replace(second=0, microsecond=0) - at.replace(second=0, microsecond=0)
    return fixed_zone(ahead) if ahead and _ZONES[0] <= ahead <= _ZONES[1] and not ahead % _ZONE_STEP else None


def searched(page: Page, *, timezone: tzinfo) -> Moment | None:
    """A date somewhere in the text, for pages that say nothing in their markup."""
    from htmldate import find_date

    try:
        day = find_date(page.tree, extensive_search=True, original_date=True, url=page.url)
    except MemoryError:  # whoever asked has set a limit; that of time is no Exception, and passes by itself
        raise
    except Exception:  # a page that it fails on has no date
        return None
    # The first of January is how it says that it only found a year.
    return moment.read(day, timezone=timezone) if day and not day.endswith("-01-01") else None
