"""Bylines: who wrote a story, as names."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from lxml import html

from spiders import plaintext
from spiders.jsonld import Article
from spiders.page import Page

_METAS = (
    "author",
    "article:author",
    "og:article:author",
    "article:author_name",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "byl",
)
#: Classes under which pages print their authors; boxes about other stories and readers' comments use them too.
#: Down to the attributes and up again: to ask each element for one takes twice as long.
_CLASSES = (
    "(//@itemprop[. = 'author']/.."
    " | //@class[contains(., 'byline') or contains(., 'author') or contains(., 'autor') or contains(., 'vcard')]/..)"
    "[not(ancestor-or-self::*[self::aside or self::footer or self::nav or contains(@class, 'comment') or contains(@class, 'related')])]"
)
_BY = re.compile(
    r"^(?:(?:view|see|more|all|alle|zeige|read)\b.{0,30}?\s(?:by|von|from|de)"
    r"|by|von|par|por|di|от|автор|auteur|autor|author|text|written by|文)\s*[:：]?\s+",
    re.IGNORECASE,
)
_AFTER = re.compile(r"\s*\([^)]{1,6}\)$|\s*(?:기자|記者|记者)$")
_JOINT = re.compile(r"\s*(?:[,;|/•·、]|\s(?:and|und|et|y|e|og|och|en|и|&|with|mit)\s)\s*", re.IGNORECASE)
_NO_NAME = re.compile(r"https?:|www\.|@|\d{2}|[(:!?\"]|^(?:admin|editor|staff|redaktion|redaction|online|authors?|unknown)$", re.IGNORECASE)
_LONGEST = 60
#: Elements looked at; a page with more of them lists other stories.
_MOST = 40


def names(page: Page, selector: str, article: Article | None) -> tuple[str, ...]:
    """The names of a story's authors, by the first witness that gives any; the outlet's own name only where no other does."""
    outlet: tuple[str, ...] = ()
    for texts in _witnesses(page, selector, article):
        found = tuple(dict.fromkeys(name for text in texts for name in split(text)))
        people = tuple(name for name in found if not _is_outlet(name, page, article))
        if people:
            return people
        outlet = outlet or found
    return outlet


def _witnesses(page: Page, selector: str, article: Article | None) -> Iterator[Iterable[str]]:
    yield map(plaintext.visible_text, page.css(selector))
    yield article.authors if article else ()
    yield _together(page.xpath("//@rel[. = 'author']/..")[:_MOST])
    yield page.meta(*_METAS)
    yield _together([element for element in page.xpath(_CLASSES)[:_MOST] if len(plaintext.visible_text(element)) <= _LONGEST])


def _together(elements: list[html.HtmlElement]) -> list[str]:
    """The first element and those beside it: further down the page stand the authors of other stories."""
    return [plaintext.visible_text(element) for element in elements if element.getparent() is elements[0].getparent()]


def split(text: str) -> Iterator[str]:
    """The names in one printed byline: "By Ann Lee and Bo Kim" has two."""
    if "://" in text:
        return
    for part in _JOINT.split(_BY.sub("", text)):
        name = _AFTER.sub("", _BY.sub("", part)).strip(" .,-–")
        if 1 < len(name) <= _LONGEST and not _NO_NAME.search(name):
            yield name


def _is_outlet(name: str, page: Page, article: Article | None) -> bool:
    host = (urlsplit(page.url).hostname or "").removeprefix("www.")
    outlets = [host, host.rsplit(".", 1)[0], article.publisher if article else "", *page.meta("og:site_name")]
    return _fold(name) in {_fold(outlet) for outlet in outlets}


def _fold(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
