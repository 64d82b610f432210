"""When a story was published and last changed, by the best witness of its page."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from lxml import html

from spiders import moment, plaintext
from spiders.jsonld import Article
from spiders.moment import Moment
from spiders.page import Page

#: <meta> names that wires and their publishing systems give a publication date, the most exact first.
_METAS_TEXT = """
article:published_time og:published_time og:article:published_time datepublished article:published published_time
publish-date publishdate publish_date pubdate publication_date date.created dc.date.issued dcterms.created dcterms.issued
dcterms.date dc.date dc.date.created parsely-pub-date sailthru.date article.published article_date_original
originalpublicationdate cxenseparse:recs:publishtime rnews:datepublished iso-8601-publish-date
analyticsattributes.articledate article:create bt:pubdate last-published date
"""
_METAS = tuple(_METAS_TEXT.split())
#: Dates of one page that are looked at.
_MOST = 40
_UPDATES = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "last-modified")


def published(page: Page, selector: str, article: Article | None, *, timezone: tzinfo) -> Moment | None:
    """The first date that the page states; a day gives way to a minute of the same day further down."""
    day: Moment | None = None
    for text in _witnesses(page, selector, article):
        found = moment.read(text, timezone=timezone)
        if found and found.precision == "minute" and (day is None or found.at.astimezone(day.at.tzinfo).date() == day.at.date()):
            return found
        day = day or found
    return day or moment.in_url(page.url, timezone=timezone)


def updated(page: Page, article: Article | None, *, timezone: tzinfo) -> datetime | None:
    """When the page says it was last changed."""
    texts = [article.updated if article else "", *page.meta(*_UPDATES)[:_MOST]]
    found = moment.first(filter(None, texts), timezone=timezone)
    return found.at if found else None


def _witnesses(page: Page, selector: str, article: Article | None) -> Iterator[str]:
    for element in page.css(selector)[:1]:
        yield from printed(element)
    if article and article.published:
        yield article.published
    yield from page.meta(*_METAS)[:_MOST]
    for element in page.xpath("//*[@itemprop='datePublished' or contains(@class, 'dt-published')]")[:3]:
        yield from printed(element)
    for element in (*page.xpath("//article//time"), *page.xpath("//time"))[:2]:
        yield from printed(element)


def printed(element: html.HtmlElement) -> Iterator[str]:
    """The machine's form of a printed date before the one for readers."""
    for attribute in ("datetime", "content", "title", "data-timestamp", "data-datetime"):
        if text := element.get(attribute):
            yield text
    if text := plaintext.visible_text(element):
        yield text


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
