"""JSON-LD: what a page says about its story in <script type="application/ld+json">."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from spiders import plaintext
from spiders.page import Page

#: https://schema.org/Article and its kinds, and the pages around them.
_ARTICLES_TEXT = """
article newsarticle reportagenewsarticle analysisnewsarticle opinionnewsarticle backgroundnewsarticle reviewnewsarticle
askpublicnewsarticle liveblogposting blogposting socialmediaposting report scholarlyarticle techarticle
advertisercontentarticle satiricalarticle
"""
_ARTICLES = frozenset(_ARTICLES_TEXT.split())
#: What may stand before a value: what wraps the first, and what parts it from the next. It never fails to match.
_NO_VALUE = re.compile(r"(?:[\s,;]+|//|<!\[CDATA\[|<!--)*")
_DEEPEST = 8
#: Names or keywords of one article; each costs a parser where it holds markup.
_MOST = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """The article of a page as its JSON-LD tells it. Texts are plain; "" and () where it says nothing."""

    headline: str = ""
    description: str = ""
    body: str = ""
    published: str = ""
    updated: str = ""
    authors: tuple[str, ...] = ()
    publisher: str = ""
    section: str = ""
    keywords: tuple[str, ...] = ()
    language: str = ""


def article(page: Page) -> Article | None:
    """The first article that a page describes: the fullest one, since some pages list others of which they only give the name."""
    nodes = list(_nodes(page))
    found = [node for node in nodes if _types(node) & _ARTICLES]
    return _article(max(found, key=_fullness), _ids(nodes)) if found else None


def _ids(nodes: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The nodes that others refer to by @id: in a graph, the author of an article is one beside it."""
    return {name: node for node in nodes if isinstance(name := node.get("@id"), str) and "name" in node}


def _fullness(node: dict[str, Any]) -> int:
    return sum(bool(node.get(key)) for key in ("headline", "datePublished", "author", "publisher", "articleBody", "description"))


def _article(node: dict[str, Any], ids: dict[str, dict[str, Any]]) -> Article:
    def people(key: str) -> tuple[str, ...]:
        value = node.get(key)
        return _names([_meant(item, ids) for item in (value if isinstance(value, list) else [value])])

    return Article(
        headline=_text(node.get("headline")) or _text(node.get("name")),
        description=_text(node.get("description")),
        body=_raw_text(node.get("articleBody")),
        published=_text(node.get("datePublished")) or _text(node.get("dateCreated")),
        updated=_text(node.get("dateModified")),
        authors=people("author") or people("creator"),
        publisher=next(iter(people("publisher")), ""),
        section=_text(node.get("articleSection")),
        keywords=_keywords(node.get("keywords")),
        language=_text(node.get("inLanguage")),
    )


def _nodes(page: Page) -> Iterator[dict[str, Any]]:
    for script in page.every("script"):
        for document in _documents(script.text or "") if "ld+json" in script.get("type", "") else ():
            yield from _flat(document, _DEEPEST)


def _documents(text: str) -> Iterator[Any]:
    """Each JSON value of a script: some pages write several, one behind the other, or leave an HTML comment around it."""
    decoder = json.JSONDecoder(strict=False)
    at = 0
    while begun := _NO_VALUE.match(text, at):
        try:
            document, at = decoder.raw_decode(text, begun.end())
        except (ValueError, RecursionError):
            return
        yield document


def _flat(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth and isinstance(value, list):
        for item in value:
            yield from _flat(item, depth - 1)
    if depth and isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item"):
            yield from _flat(value.get(key), depth - 1)


def _types(node: dict[str, Any]) -> set[str]:
    types = node.get("@type")
    return {str(kind).rsplit("/", 1)[-1].casefold() for kind in (types if isinstance(types, list) else [types])}


def _raw_text(value: Any) -> str:
    if isinstance(value, list):
        return next(filter(None, map(_raw_text, value)), "")
    return _raw_text(value.get("@value") or value.get("name")) if isinstance(value, dict) else value if isinstance(value, str) else ""


def _text(value: Any) -> str:
    return plaintext.from_markup(_raw_text(value))


def _meant(item: Any, ids: dict[str, dict[str, Any]]) -> Any:
    is_reference = isinstance(item, dict) and "name" not in item
    return ids.get(str(item.get("@id")), item) if is_reference else item


def _names(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(filter(None, (name for item in items[:_MOST] for name in _name(item)))))


def _name(item: Any) -> tuple[str, ...]:
    name = item.get("name") if isinstance(item, dict) else item
    return _names(name) if isinstance(name, list) else (_text(name),)


def _keywords(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else str(value).split(",") if isinstance(value, str) else []
    return tuple(dict.fromkeys(filter(None, map(_text, items[:_MOST]))))
