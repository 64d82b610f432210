"""Plain text out of what the network sends: no markup, no control characters, white space folded."""

import re
from collections.abc import Iterator
from html import unescape

from lxml import etree, html

#: C0 and C1 controls, lone surrogates and code points that are no characters: nothing a reader could see.
INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_MARKUP = re.compile(r"<[a-zA-Z/!?]")
#: Two line breaks and more, as _pieces() has them.
_BREAKS = re.compile(r"\v[^\S\v\f]*\v(?:[^\S\f]*\v)*")
#: Elements whose text no reader sees.
_UNSEEN = frozenset(["script", "style", "noscript", "template", "head", "iframe", "svg", "object", "video", "audio"])
#: Elements of a story's body that are not the story: pictures with their captions, forms, boxes beside the text.
_BESIDE = _UNSEEN | frozenset(["figure", "figcaption", "aside", "nav", "footer", "form", "button", "select"])
#: Elements that stand in a line with their neighbours, with no white space of their own: <nobr><span>Kim</span></nobr>.
_INLINE_TEXT = """
a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr q rb rp rt ruby s small span strike
strong sub sup time tt u var wbr
"""
INLINE = frozenset(_INLINE_TEXT.split())


def clean(text: str) -> str:
    """One line of text: control characters gone, white space folded. Quotes and dashes stay as they are."""
    # What Python calls printable has none of them, and no white space but blanks: most texts need nothing but a look.
    if text.isprintable():
        return " ".join(text.split()) if "  " in text else text.strip()
    return " ".join(INVISIBLE.sub("", text).split())


def visible_text(element: html.HtmlElement) -> str:
    """What a reader sees of an element, as one line: blocks and line breaks part words, inline markup does not."""
    return clean("".join(_pieces(element, _UNSEEN)))


def paragraphs(element: html.HtmlElement) -> tuple[str, ...]:
    """The lines of a story's body: one for each block, or between two <br>; captions, forms and boxes beside it left out."""
    text = "".join(_pieces(element, _BESIDE))
    if "\v" in text:
        text = _BREAKS.sub("\f", text)
    return tuple(filter(None, map(clean, filter(None, text.split("\f")))))


def from_markup(fragment: str) -> str:
    """What a reader sees of an HTML fragment, as one line; in a text without markup only entities are resolved."""
    tree = parse_fragment(fragment) if _MARKUP.search(fragment) else None
    return clean(unescape(fragment)) if tree is None else visible_text(tree)


def parse_fragment(fragment: str) -> html.HtmlElement | None:
    """An HTML fragment inside one <div>; None where there is nothing in it."""
    try:
        return html.fragment_fromstring(INVISIBLE.sub("", fragment), create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _pieces(element: html.HtmlElement, skip: frozenset[str]) -> Iterator[str]:
    r"""The text of an element in order; \f at the borders of blocks, \v for a line break: both are white space to clean()."""
    # Events, not recursion: pages nest deeper than Python's stack.
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        tag = node.tag
        border = "" if tag in INLINE or not isinstance(tag, str) else "\v" if tag == "br" else "\f"
        if event == "start" and tag in skip:
            walk.skip_subtree()
        elif event == "start":
            yield border + (node.text or "")
        if event != "start" and node is not element:
            yield ("" if border == "\v" else border) + (node.tail or "")
