"""Scrambled pages: a page with its structure kept and its words made unreadable, so that it may lie beside a test. Pure."""

import json
import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import html

from spiders import letters, moment, plaintext
from spiders.months import MONTHS
from spiders.page import Page
from spiders.source import Selectors

#: What the readers do not look at: what runs, what only looks, what is drawn or filled in.
_DROPPED = (
    "style, svg, noscript, template, iframe, object, video, audio, canvas, img, picture, button, input, select, textarea, base, embed,"
    " xmp, plaintext, noembed, noframes, link:not([rel~='canonical']), script:not([type*='ld+json'])"
)
#: Attributes that selectors and readers go by, and those that hold words, dates or addresses.
_KEPT = ("class", "id", "itemprop", "itemscope", "itemtype", "rel", "property", "name", "lang", "role", "hidden", "type", "charset")
_DATED = ("datetime", "title", "data-timestamp", "data-datetime")
#: <meta> elements that the readers ask, and those of them whose words say how to read and not what happened.
_META = re.compile(
    r"(?:og|article|twitter|dc|dcterms|parsely|sailthru)[:.-].*|.*(?:date|time|author|byl|title|description|keyword|headline).*",
    re.IGNORECASE,
)
_PLAIN_META = re.compile(r"og:type|og:locale|.*(?:date|time|created|issued).*", re.IGNORECASE)
_PLAIN_KEYS = re.compile(r"@type|@context|inLanguage|date\w*|upload\w*", re.IGNORECASE)
_PLACES_OF_DATES = (
    "//time | //*[@datetime] | //*[contains(@itemprop, 'date')] | //*[contains(@class, 'date') or contains(@class, 'time')"
    " or contains(@class, 'publi') or contains(@id, 'date')]"
)
#: Characters of a printed date, and of any attribute that is kept.
_LONGEST_DATE, _LONGEST_NAME = 60, 300
_ADDRESS = re.compile(r"(?:https?:)?//\S+|/[\w/.-]+", re.IGNORECASE)
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_WORD = re.compile(r"[^\W\d_]{4,}")
_BLANKS = re.compile(r"\s{2,}")


def page(body: bytes, *, url: str, selectors: Selectors) -> str:
    """The page that came from ``url``, as HTML: the same elements, each word replaced letter by letter, dates kept.

    The same bytes give the same page. Scripts, styles, comments and pictures are left out; links lead where ``link`` says.
    Under the same selectors it has as many paragraphs as the page, each as long as there.
    """
    read = Page(body, url=url)
    if read.tree is None:
        return ""
    secret = frozenset(word for text in _texts(read) for word in letters.words(text))
    told = _Told(url=url, secret=secret, wanted=" ".join(astuple(selectors)))
    dates = {element for place in (*read.css(selectors.published), *read.xpath(_PLACES_OF_DATES)) for element in _date(place)}
    read.cut(_DROPPED)
    for element in read.tree.iter():
        _scramble(element, told, is_date=element in dates)
    written: str = html.tostring(read.tree, encoding="unicode", method="html")
    return f"<!doctype html>\n{written}\n"


def link(to: str, *, base: str, secret: frozenset[str] = frozenset()) -> str:
    """An address of the same shape at example.org, whatever host it was on; "#" for what is no web address."""
    try:
        parts = urlsplit(urljoin(base, to))
    except ValueError:
        return "#"
    if parts.scheme not in ("http", "https"):
        return "#"
    stem, dot, ending = parts.path.rpartition(".")
    named = stem if dot and re.fullmatch(r"\w{2,5}", ending) and "/" not in ending else parts.path
    path = letters.scrambled(_ESCAPED.sub("x", named), secret) + parts.path[len(named) :]
    query = letters.scrambled(_ESCAPED.sub("x", parts.query), secret)
    return f"https://example.org{path}" + (f"?{query}" if query else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """What goes for the whole page."""

    url: str
    #: Words that must not come back.
    secret: frozenset[str]
    #: All selectors, for the attributes they name.
    wanted: str

    def words(self, text: str) -> str:
        blank = _BLANKS.sub(lambda found: "\n" if "\n" in found[0] else " ", text)
        return letters.scrambled(blank, self.secret)

    def date(self, text: str) -> str:
        return _WORD.sub(lambda word: word[0] if word[0].casefold() in MONTHS else letters.scrambled(word[0], self.secret), text)

    def value(self, text: str) -> str:
        return link(text, base=self.url, secret=self.secret) if _ADDRESS.fullmatch(text.strip()) else self.words(text)


def _texts(read: Page) -> Iterator[str]:
    if read.tree is not None:
        yield from read.tree.itertext()
        yield from (meta.get("content") or "" for meta in read.xpath("//meta"))


def _date(place: html.HtmlElement) -> Iterator[html.HtmlElement]:
    """An element that prints a date and nothing else, and what is in it."""
    text = plaintext.visible_text(place)
    if len(text) <= _LONGEST_DATE and moment.read(text):
        yield from place.iter()


def _scramble(element: html.HtmlElement, told: _Told, *, is_date: bool) -> None:
    if element.tail:
        element.tail = told.words(element.tail)
    if element.tag == "script":
        element.text = _linked_data(element.text or "", told)
    elif element.text:
        element.text = told.date(element.text) if is_date else told.words(element.text)
    for name, value in list(element.attrib.items()):
        kept = _attribute(element, name, value, told)
        if kept is None:
            del element.attrib[name]
        else:
            element.set(name, kept)


def _attribute(element: html.HtmlElement, name: str, value: str, told: _Told) -> str | None:
    """What an attribute says on the scrambled page; None: it is left out."""
    if name == "href":
        return link(value, base=told.url, secret=told.secret)
    if name in ("content", "value") and element.tag == "meta":
        return _meta(element, value, told)
    if name in _DATED:
        return value if len(value) <= _LONGEST_DATE and moment.read(value) else None
    return value if (name in _KEPT or f"[{name}" in told.wanted) and len(value) <= _LONGEST_NAME else None


def _meta(element: html.HtmlElement, value: str, told: _Told) -> str | None:
    name = next(filter(None, (element.get(key) for key in ("property", "name", "itemprop"))), "")
    if not _META.fullmatch(name):
        return None
    is_plain = _PLAIN_META.fullmatch(name) and len(value) <= _LONGEST_DATE and ("og:" in name or moment.read(value))
    return value if is_plain else told.value(value)


def _linked_data(text: str, told: _Told) -> str:
    """A script of JSON-LD with its values scrambled; "" where it is no JSON."""
    try:
        written = json.dumps(_data(json.loads(text, strict=False), told), ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""
    return written.replace("<", "\\u003c")  # "</script>" would end it


def _data(value: Any, told: _Told, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _data(each, told, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_data(each, told, key) for each in value]
    if not isinstance(value, str) or (_PLAIN_KEYS.fullmatch(key) and len(value) <= _LONGEST_DATE):
        return value
    return told.value(value)
