"""KCNA: two layouts, of which the new one prints no date on its pages; years of the old one may be those of Juche.

Until June 2026 a story lay at /en/article/q/<hex>.kcmsf, with "www.kcna.kp (Juche113.3.9.)" at its end; since then at
/en/article/detail/<hex>, and only the list says its day. The hex names the story on every host that serves it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from lxml import html

from spiders import body as bodies
from spiders import dateline, plaintext
from spiders.entry import Entry, made
from spiders.page import Page
from spiders.story import SpiderError, Story

_HOME = "http://www.kcna.kp/"
_PYONGYANG = ZoneInfo("Asia/Pyongyang")
_ADDRESS = re.compile(r"/article/(?:detail/|q/)(?P<name>[0-9a-f]{32,})(?:\.kcmsf)?$")
#: [2026.07.19] · (2025.12.14.) · (Juche113.3.9.)
_DAY = re.compile(r"(?P<juche>Juche\s*)?(?P<year>\d{2,4})\.\s*(?P<month>\d{1,2})\.\s*(?P<day>\d{1,2})")
#: Juche 1 is 1912.
_BEFORE_JUCHE = 1911
_END = re.compile(r"\s*-[0oо]-\s*$")
_HEADLINE = "main article h1, .article-main-title"
_BODY = "main article p, .content-wrapper"
_PRINTED = ".publish-time"
#: Links looked at on a page, and elements around each; a hostile page has millions.
_MOST_LINKS, _MOST_AROUND = 500, 8


def entries(body: bytes) -> Iterator[Entry]:
    """The stories of a list, each once, with the day beside it and its longest title."""
    page = Page(body, url=_HOME)
    found: dict[str, Entry] = {}
    for link in page.xpath("//a[contains(@href, '/article/')]")[:_MOST_LINKS]:
        address = _ADDRESS.search(link.get("href") or "")
        if address:
            entry = _entry(page, link, address["name"])
            first = found.setdefault(entry.guid, entry)
            found[entry.guid] = max(first, entry, key=lambda each: len(each.title))
    yield from found.values()


def story(body: bytes) -> Story:
    """The story of a page of either layout; without a date where the page prints none. Raise SpiderError where there is no story."""
    page = Page(body, url=_HOME)
    printed = _printed(page, None)
    page.cut(_PRINTED)
    headline = next(filter(None, map(plaintext.visible_text, page.css(_HEADLINE))), "")
    paragraphs = tuple(filter(None, (_END.sub("", text) for text in bodies.selected(page, _BODY))))
    if not headline or not paragraphs:
        raise SpiderError("a page without headline or body")
    told = Story(headline=headline, canonical_url="", paragraphs=paragraphs, dateline=dateline.parse(paragraphs[0]))
    return replace(told, published_at=printed, published_precision="day") if printed else told


def _entry(page: Page, link: html.HtmlElement, name: str) -> Entry:
    day = _printed(page, _around(link, name))
    title = _without_day(page, link)
    return made(base=_HOME, link=link.get("href") or "", guid=name, title=title, published_at=day)


def _around(link: html.HtmlElement, name: str) -> html.HtmlElement:
    """The widest element that holds no other story than this one: its row or card, whatever that is made of."""
    row = link
    for parent in islice(link.iterancestors(), _MOST_AROUND):
        inside = (_ADDRESS.search(href) for href in parent.xpath(".//a/@href"))
        if any(address and address["name"] != name for address in inside):
            break
        row = parent
    return row


def _printed(page: Page, within: html.HtmlElement | None) -> datetime | None:
    texts = (plaintext.visible_text(element) for element in page.css(_PRINTED, within=within))
    return next(filter(None, map(_day, texts)), None)


def _day(text: str) -> datetime | None:
    found = _DAY.search(text)
    if not found:
        return None
    year = int(found["year"]) + (_BEFORE_JUCHE if found["juche"] else 0)
    try:
        return datetime(year, int(found["month"]), int(found["day"]), tzinfo=_PYONGYANG)
    except ValueError:
        return None


def _without_day(page: Page, link: html.HtmlElement) -> str:
    """The words of a link; the old layout prints the day inside it."""
    title = plaintext.visible_text(link)
    for element in page.css(_PRINTED, within=link):
        title = title.replace(plaintext.visible_text(element), "").strip()
    return title
