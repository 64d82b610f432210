"""Headlines: the one a page shows, and the other true ones it carries for search engines and for sharing."""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit

from lxml import html

from spiders import plaintext
from spiders.jsonld import Article
from spiders.page import Page

#: What parts a headline from the name of the site in <title>.
_TITLE_JOINT = re.compile(r"\s+[|–—·•»:\-]+\s+|\s*\|\s*|\s+::\s+")
#: Characters looked at of any text: folding many combining marks takes quadratic time.
_LONGEST = 2000
_NO_WORD = re.compile(r"[\W_]+")
#: What that finds among ASCII, for which a table takes half the time.
_BLANKS = {code: " " for code in range(128) if _NO_WORD.match(chr(code))}
_LAST_PART = re.compile(r"(?:\s+[–—·•:\-]+\s+|\s*[|ㅣ]\s*|\s+\()(?P<part>[^|ㅣ]{2,40}?)\)?$")


def headlines(page: Page, selector: str, article: Article | None) -> tuple[str, ...]:
    """The headlines of a page, best first, none twice; () where it has none."""
    title = " ".join(map(_text, page.in_head("title")[:1]))
    chosen = [text for element in page.css(selector)[:1] if (text := _text(element))]
    told = [article.headline if article else "", _shown(page, title), *page.meta("og:title", "twitter:title")[:2]]
    sites = _sites(page, article)
    found = [bare for text in told if (bare := _without_site(text[:_LONGEST], sites))] or [_longest_part(title)]
    best = chosen or [_bare(found[0], found)]
    first: dict[str, str] = {}
    for text in [*best, *found]:
        first.setdefault(fold(text), text)
    return tuple(filter(None, first.values()))


def _text(element: html.HtmlElement) -> str:
    return plaintext.visible_text(element)[:_LONGEST]


def _bare(best: str, others: list[str]) -> str:
    """The headline without a kicker before it, where another witness gives it so."""
    folded = fold(best)
    bare = (other for other in others if len(fold(other)) * 2 > len(folded) and folded.endswith(f" {fold(other)}"))
    return next(bare, best)


def _shown(page: Page, title: str) -> str:
    """The heading that stands in <title> too; else the page's only <h1>. The name of the site in a heading is neither."""
    folded, sites = fold(title), {fold(site[:_LONGEST]) for site in page.meta("og:site_name")}
    ones: list[str] = []
    for level in ("h1", "h2", "h3"):
        texts = [text for element in page.every(level) if (text := _text(element)) and fold(text) not in sites]
        named = [text for text in texts if len(text) > 10 and fold(text) in folded]
        if named:
            return max(named, key=len)
        ones = ones or texts
    return ones[0] if len(set(ones)) == 1 else ""


def _sites(page: Page, article: Article | None) -> set[str]:
    """The names of the site, folded into one word each."""
    host = (urlsplit(page.url).hostname or "").removeprefix("www.")
    told = [host, host.rsplit(".", 1)[0], article.publisher if article else "", *page.meta("og:site_name", "application-name")]
    return {fold(name[:_LONGEST]).replace(" ", "") for name in told} - {""}


def _without_site(text: str, sites: set[str]) -> str:
    """A headline without the name of the site behind it."""
    while found := _LAST_PART.search(text):
        part = fold(found["part"]).replace(" ", "")
        if part not in sites and not (len(part) > 4 and any(part in site or site in part for site in sites)):
            break
        text = text[: found.start()]
    return text.strip()


def _longest_part(title: str) -> str:
    return max(_TITLE_JOINT.split(title), key=len).strip()


def fold(text: str) -> str:
    """A headline by its words alone: no case, no marks, no forms of letters."""
    return _folded(text[:_LONGEST])


@lru_cache(maxsize=64)  # a page says its headline in many places
def _folded(text: str) -> str:
    normal = unicodedata.normalize("NFKC", text).translate(_BLANKS)
    return " ".join((normal if normal.isascii() else _NO_WORD.sub(" ", normal)).split()).casefold()
