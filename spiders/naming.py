"""The names of an element: CSS selectors that will still name it tomorrow, and on the next page of the same template."""

import re
from collections.abc import Iterable, Iterator

from lxml import html

#: Names given for one element.
MOST = 24
_NAME = re.compile(r"[A-Za-z_][\w-]{1,59}", re.ASCII)
#: Written by a build tool, anew with each build: css-1x2y3z, sc-bdVaJa; a number that counts pages or posts: post-12345.
_MADE = re.compile(
    r"^(?:css|sc|jsx|jss|svelte|emotion|chakra|makeStyles)-|\d{3}|(?:^|[-_])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z\d]{5,}$"
    r"|^(?=.{5,6}$)[A-Za-z]*[a-z][A-Z][A-Za-z]*$",
    re.ASCII,
)
#: Says how an element looks, and so names a hundred others: mt-4, w-full, relative.
_LOOKS = re.compile(
    r"^-?[a-z]{1,4}-(?:\d|auto|full|none|px)|^(?:not-)?(?:italic|bold|relative|absolute|fixed|sticky|flex|grid|block|inline|hidden|visible|container"
    r"|wrapper|inner|row|cols?|column|clearfix|left|right|center|outline-none|position-.*|text-.*|font-.*|active|first|last)$"
)
#: CSS modules: Paragraph_paragraph__3fK2x; the hash changes, what stands before it does not.
_MODULE = re.compile(r"([A-Za-z][\w-]*?_{1,2})(?=[\w-]*(?:\d|[a-z][A-Z]|[A-Z]{2}))[\w-]{5}", re.ASCII)
#: Says what an element is for, not how it looks.
_MEANING = re.compile(
    r"art(?:icle|_)|story|body|content|text|news|entry|post|title|head|lead|deck|summary|sub|desc|date|time|publi|author|byline|report|writer",
    re.IGNORECASE,
)
#: Tags that seldom stand on a page more than once.
_TELLING_TAGS = ("h1", "article", "main", "time", "address")


def names(element: html.HtmlElement) -> Iterator[str]:
    """Selectors that may name this element, the most lasting first: by its own names, then by those of what it stands in."""
    own = list(own_names(element))
    found = dict.fromkeys(own)
    tag = element.tag
    for depth, around in enumerate(element.iterancestors()):
        if around.tag in ("html", "body") or depth > 5:
            break
        joint = " > " if depth == 0 else " "
        for outer in list(own_names(around))[:3]:
            found.update(dict.fromkeys(f"{outer}{joint}{inner}" for inner in (*own[:2], tag)))
    yield from list(found)[:MOST]


def own_names(element: html.HtmlElement) -> Iterator[str]:
    """Selectors by what an element says of itself alone; none where it says nothing that lasts."""
    itemprop, id = element.get("itemprop") or "", element.get("id") or ""
    classes = (element.get("class") or "").split()[:12]
    if _NAME.fullmatch(itemprop):
        yield f'[itemprop="{itemprop}"]'
    if _lasts(id):
        yield f"#{id}"
    lasting = list(filter(_lasts, classes))
    yield from _classes(element, (name for name in lasting if _MEANING.search(name)))
    for module in filter(None, map(_MODULE.fullmatch, classes)):
        yield f'[class*="{module[1]}"]'
    if element.tag in _TELLING_TAGS:
        yield element.tag
    yield from _classes(element, (name for name in lasting if not _MEANING.search(name) and not _LOOKS.search(name)))


def _classes(element: html.HtmlElement, classes: Iterable[str]) -> Iterator[str]:
    for name in classes:
        yield from (f".{name}", f"{element.tag}.{name}")


def _lasts(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and not _MADE.search(name) and not _MODULE.fullmatch(name)
