"""Pages: the bytes of a page become a tree, once, whatever they hold."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache

from lxml import etree, html
from lxml.cssselect import CSSSelector
from w3lib.encoding import html_body_declared_encoding, html_to_unicode

from spiders import plaintext
from spiders.story import SpiderError

#: Codecs of Python that are no charsets of documents, and take hours where a hostile one declares them.
NO_CHARSETS = frozenset(["idna", "punycode"])
#: All elements are of one class: lxml.html looks up another for each tag, by Python, which nobody here asks for.
_ELEMENTS = etree.ElementDefaultClassLookup(element=html.HtmlElement)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
#: C0 controls; taken out of the bytes, which is a hundred times quicker than out of the text. The rest goes text by text.
_CONTROLS = bytes({*range(32)} - {*b"\t\n\f\r"}) + b"\x7f"
#: <meta> names that hold the page's own words about itself.
_META_NAME = ("property", "name", "itemprop", "http-equiv")
#: Elements that every page is asked for: all are found in one walk through it, which takes as long as that for one.
_OFTEN = ("title", "meta", "link", "script", "h1", "time")
#: The tag of what is about to be taken out.
_CUT = "cut"
#: Elements and levels of nesting beyond what 95 of 100 news pages have (2,300 and 29): a selector such as "div p" takes quadratic time.
MOST_ELEMENTS, DEEPEST = 2500, 64
_INTRICATE = f"boolean(count(//*) > {MOST_ELEMENTS} or {'/*' * (DEEPEST + 1)})"


class BadSelector(SpiderError):
    """A CSS selector of a source that cannot be read."""


class Page:
    """A page that is parsed once and asked many times."""

    def __init__(self, body: bytes | str, *, url: str) -> None:
        """Decode and parse; ``tree`` is None where the bytes hold no markup at all."""
        self.url = url
        self.tree = _parse(body)
        self._every: dict[str, list[html.HtmlElement]] = {}

    @property
    def is_intricate(self) -> bool:
        """Whether it has so many elements, or so deep ones, that a selector may take long."""
        return self.tree is not None and bool(_xpath(_INTRICATE)(self.tree))

    def css(self, selector: str, *, within: html.HtmlElement | None = None) -> list[html.HtmlElement]:
        """The elements that a selector of the source names, on the page or in one element of it, in order. Raise BadSelector."""
        searched = self.tree if within is None else within
        return [] if searched is None or not selector else list(compiled(selector)(searched))

    def xpath(self, expression: str) -> list[html.HtmlElement]:
        """The elements that an XPath of ours names."""
        return [] if self.tree is None else list(_xpath(expression)(self.tree))

    def values(self, attribute: str) -> set[str]:
        """What the elements of the page have as the value of an attribute."""
        return set() if self.tree is None else set(_values(attribute)(self.tree))

    def every(self, tag: str) -> list[html.HtmlElement]:
        """The elements of a tag, in order."""
        if tag not in self._every:
            tags = _OFTEN if tag in _OFTEN else (tag,)
            self._every |= {tag: [] for tag in tags}
            for element in () if self.tree is None else self.tree.iter(*tags):
                self._every[element.tag].append(element)
        return self._every[tag]

    def in_head(self, tag: str) -> list[html.HtmlElement]:
        """The elements of a tag that stand in the page's head."""
        return [element for element in self.every(tag) if (parent := element.getparent()) is not None and parent.tag == "head"]

    def cut(self, selector: str) -> None:
        """Take the elements that a selector names out of the page; the text behind them stays."""
        # Not drop_tree(): it fails beside text with a control character, which a page may write as &#1;.
        found = [element for element in self.css(selector) if element is not self.tree]
        for element in found:
            element.tag = _CUT
        if found:
            self._every = {}
            etree.strip_elements(self.tree, _CUT, with_tail=False)

    def meta(self, *names: str) -> list[str]:
        """The contents of the <meta> elements of these names, in the order of the names; empty ones left out."""
        return [text for name in names for text in self.metas.get(name.lower(), ())]

    @cached_property
    def metas(self) -> Mapping[str, Sequence[str]]:
        """The contents of all <meta> elements by their names, those in lower case; empty ones left out."""
        found: dict[str, list[str]] = {}
        for element in self.every("meta"):
            # Some readers save content= as value=.
            text = plaintext.clean(element.get("content") or element.get("value") or "")
            for name in filter(None, (element.get(attribute) for attribute in _META_NAME)):
                if text:
                    found.setdefault(name.strip().lower(), []).append(text)
        return found


def _parse(body: bytes | str) -> html.HtmlElement | None:
    text = body if isinstance(body, str) else _decode(body)
    text = _DECLARATION.sub("", text)
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    parser.set_element_class_lookup(_ELEMENTS)
    if "<" not in text:
        return None
    try:
        tree = html.document_fromstring(text.encode("utf-8", "ignore").translate(None, _CONTROLS), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return tree if isinstance(tree, html.HtmlElement) else None


def _decode(body: bytes) -> str:
    """By byte order mark, by what the page declares, as UTF-8 if that fits, else by guess."""
    header = "text/html; charset=utf-8" if html_body_declared_encoding(body) in NO_CHARSETS else None
    _, text = html_to_unicode(header, body, default_encoding="cp1252", auto_detect_fun=_guess)
    return text


def _guess(body: bytes) -> str | None:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as exc:
        if exc.start > len(body) - 4:  # cut off inside a character
            return "utf-8"
        # Slow, and seldom needed: only pages that declare nothing and are not UTF-8 come here.
        from charset_normalizer import from_bytes

        best = from_bytes(body[:20_000]).best()
        return best.encoding if best else None
    return "utf-8"


@lru_cache(maxsize=1024)
def compiled(selector: str) -> CSSSelector:
    """A CSS selector, ready to be asked of pages. Raise BadSelector."""
    try:
        return CSSSelector(selector, translator="html")
    except Exception as exc:  # cssselect and lxml each raise their own
        raise BadSelector(f"CSS selector {selector!r} cannot be read: {exc}") from exc


@lru_cache(maxsize=64)
def _xpath(expression: str) -> etree.XPath:
    return etree.XPath(expression)


@lru_cache(maxsize=64)
def _values(attribute: str) -> etree.XPath:
    return etree.XPath(f"//@{attribute}", smart_strings=False)
