"""Bylines: who wrote a story, as names."""

import itertools
import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from lxml import html

from spiders import plaintext
from spiders.jsonld import Article
from spiders.months import MONTHS
from spiders.page import Page

_METAS_TEXT = """
article:author_name article:author og:article:author parsely-author sailthru.author cxenseparse:author author
shareaholic:article_author_name citation_author dc.creator dcterms.creator byl
"""
_METAS = tuple(_METAS_TEXT.split())
#: What WordPress calls the field in which it says who wrote a story: "Written by", "Verfasst von".
_WRITTEN_BY = re.compile(r"\b(?:by|von|par|por|da|door|av|af|autor|author|автор|yazar)\b", re.IGNORECASE)
#: Classes under which pages print their authors; forms, boxes about other stories and readers' comments use them too.
#: Down to the attributes and up again: to ask each element for one takes twice as long.
_CLASSES = (
    "(//@itemprop[. = 'author']/.."
    " | //@class[contains(., 'byline') or contains(., 'author') or contains(., 'autor') or contains(., 'vcard') or contains(., 'wrote')"
    " or contains(., 'username') or contains(., 'Poster') or contains(., 'contributor')]/..)"
    "[not(self::body or ancestor-or-self::*[self::footer or self::nav or self::form"
    " or not(self::body or self::html) and (contains(@class, 'comment') or contains(@class, 'related'))])]"
)
#: One of these is in each of those values. Most pages have few classes, on many elements: to look first takes a fifth of the time.
_AUTHORS = re.compile("byline|author|autor|vcard|wrote|username|Poster|contributor")
#: What stands before a name: "By", "Autor:", and, of the kinds of text that have an author, "Ein Gastbeitrag von".
_BY = re.compile(
    r"^(?:(?:view|see|more|all|alle|zeige|read|rezept|zum profil)\b.{0,30}?\s(?:by|von|from|de)"
    r"|(?:[^\W\d_]+\s){0,3}?(?:erstellt|eingestellt|geschrieben|veröffentlicht|verfasst|(?:gast)?beitrag|artikel|kommentar|kolumne|analyse"
    r"|interview|pressemitteilung|bericht|reportage|essay|porträt|text)\s+von"
    r"|(?:publié|écrit|rédigé|publicado|escrito|redactado|scritto|pubblicato|posted|written|published|reported|story|words|post)"
    r"\s+(?:by|par|por|da)"
    r"|by|von|par|por|di|od|door|av|af|от|автор|auteur|autor(?:[:*]?in)?|author|text|redaktion(?=\s*:)|文|取材・文)\s*[:：]?\s+",
    re.IGNORECASE,
)
#: A line that says by whom; before that it may say when.
_LINE = re.compile(
    r"^(?P<when>[^A-Za-zА-Яа-я]*)"
    r"(?:by|von|par|por|di|od|door|av|af|autor(?:[:*]?in)?:|author:|автор:|text:|redaktion:)\s+(?P<rest>\S.*)",
    re.IGNORECASE,
)
_AFTER = re.compile(r"\s*\([^)]{1,6}\)$|\s*(?:기자|記者|记者)$|\s+@\w+$")
_JOINT = re.compile(r"\s*(?:[,;|•·、]|\s(?:and|und|et|y|e|og|och|en|и|&|with|mit)\s)\s*", re.IGNORECASE)
_NO_NAME = re.compile(
    r"https?:|www\.|\w\.(?:com|net|org)\b|@|\d{2}|[():!?\"]|^(?-i:[a-z]+(?:-[a-z]+)+)$"
    r"|^(?:(?:wp|wordpress)?admin|agencies|editor|staff|redaktion|redaction|online|authors?|unknown|by|von|posted|follow|edit|share"
    r"|see full bio|view .*)$",
    re.IGNORECASE,
)
_WORD = r"[^\W\d_a-zà-öø-ÿа-яё][\w.'’-]*"
_PARTICLE = r"(?:v(?:on|an|om)|d(?:e[rln]?|i|os|as|u)|la|el|al|bin|zu|ten|te|y)"
_NAME = re.compile(rf"{_WORD}(?:(?:\s+{_PARTICLE}){{0,2}}\s+{_WORD}){{0,4}}")
_BEFORE_DATE_TEXT = """
on am at um le el den updated published posted aktualisiert veröffentlicht publié publicado - – | @ · » //
mon tue wed thu fri sat sun
"""
#: Words that stand between names and a date.
_BEFORE_DATE = frozenset(_BEFORE_DATE_TEXT.split())
#: Characters of a name, and of a printed byline.
_LONGEST, _LONGEST_BYLINE = 60, 1000
#: Elements looked at; a page with more of them lists other stories.
_MOST = 40
#: Names of one story; more are the sources that it cites. Links in one element; more are its topics.
_MOST_NAMES, _MOST_LINKS = 20, 4


def names(page: Page, selector: str, article: Article | None, *, top: Iterable[str] = ()) -> tuple[str, ...]:
    """The names of a story's authors, by the first witness that gives any; the outlet's own name only where no other does.

    ``top``: the lines around its headline, asked last.
    """
    outlets, outlet = _outlets(page, article), ""
    for texts in _witnesses(page, selector, article, top):
        found = tuple(dict.fromkeys(name for text in texts for name in ((text,) if _fold(text) in outlets else split(text))))
        people = tuple(name for name in found if _fold(name) not in outlets)
        if 0 < len(people) <= _MOST_NAMES:
            return people
        outlet = outlet or next((name for name in found if name not in people), "")
    return (outlet,) if outlet else ()


def split(text: str) -> Iterator[str]:
    """The names in one printed byline: "By Ann Lee and Bo Kim" has two."""
    if "://" in text:
        return
    for part in _parts(_without_date(_BY.sub("", " ".join(text[:_LONGEST_BYLINE].split())))):
        name = _AFTER.sub("", _BY.sub("", part)).strip(" .,-–")
        if 1 < len(name) <= _LONGEST and not _NO_NAME.search(name):
            yield name


def _parts(text: str) -> Iterator[str]:
    for part in _JOINT.split(text):
        names = part.split("/")
        # "det/dpa" is how a desk signs what it made of an agency's copy; "Ann Lee/Bo Kim" are two people.
        yield from names if all(" " in name.strip() for name in names) else [part]


def _witnesses(page: Page, selector: str, article: Article | None, top: Iterable[str]) -> Iterator[Iterable[str]]:
    yield map(plaintext.visible_text, page.css(selector))
    yield article.authors if article else ()
    yield _together(page.xpath("//@rel[. = 'author']/..")[:_MOST])
    yield from filter(None, map(page.metas.get, _METAS))
    if _WRITTEN_BY.search(next(iter(page.meta("twitter:label1")), "")):
        yield page.meta("twitter:data1")
    if any(map(_AUTHORS.search, page.values("class") | page.values("itemprop"))):
        yield _together(page.xpath(_CLASSES)[:_MOST])
    yield from map(_in_line, top)


def _together(elements: list[html.HtmlElement]) -> list[str]:
    """The first element that gives a name and those beside it: further down the page stand the authors of other stories."""
    for at, element in enumerate(elements):
        if texts := _texts(element):
            beside = (other for other in elements[at + 1 :] if other.getparent() is element.getparent() and other.tag == element.tag)
            return [*texts, *(text for other in beside for text in _texts(other))]
    return []


def _texts(element: html.HtmlElement) -> list[str]:
    """What an element says of authors: its links, where they are names; else all that it says, if that is short."""
    text = plaintext.visible_text(element)
    if element.tag != "a" and len(text) <= 3 * _LONGEST:
        links = [linked for link in element.iterdescendants("a") if _NAME.fullmatch(linked := plaintext.visible_text(link))]
        if 0 < len(links) <= _MOST_LINKS:
            return links
    return [text] if len(text) <= _LONGEST and any(split(text)) else []


def _in_line(line: str) -> list[str]:
    """The names in a printed line that says by whom: "25.10.2022 | Von Ann Lee", "by Bo on August 3"."""
    found = _LINE.match(line[:_LONGEST_BYLINE])
    if not found:
        return []
    rest = _without_date(found["rest"])
    parts = [part.strip(" .,-–|") for part in _parts(rest)]
    people = list(itertools.takewhile(_NAME.fullmatch, parts))
    # A sentence may begin like that too: it gives no date, and goes on behind the name.
    is_dated = rest != found["rest"] or any(map(str.isdigit, found["when"]))
    return people if is_dated or (" " in parts[0] and len(people) == len(parts)) else []


def _without_date(text: str) -> str:
    """A byline up to the date that stands behind the names."""
    words = text.split()
    for at in range(1, len(words)):
        if _begins_date(words[at : at + 2]):
            while at > 1 and words[at - 1].casefold().strip(".,:") in _BEFORE_DATE:
                at -= 1
            return " ".join(words[:at]).rstrip(" ,|–-@·")
    return text


def _begins_date(words: list[str]) -> bool:
    named = words[0].casefold().strip(".,") in MONTHS
    return words[-1 if named else 0][0].isdigit()


def _outlets(page: Page, article: Article | None) -> set[str]:
    host = (urlsplit(page.url).hostname or "").removeprefix("www.")
    return {_fold(name) for name in (host, host.rsplit(".", 1)[0], article.publisher if article else "", *page.meta("og:site_name"))}


def _fold(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
