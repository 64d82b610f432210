"""Bodies: the paragraphs of a story on its page."""

import logging

from lxml import etree, html

from spiders import plaintext
from spiders.page import Page

#: Inline elements that readers of unknown pages take for borders: kcna.kp wraps the leaders' names in them.
_TRANSPARENT = ("nobr", "font", "wbr")
#: Characters of a body that may be cut off, and how many times more another reading must find to be believed.
_SHORT, _MORE = 1200, 3


def selected(page: Page, selector: str) -> tuple[str, ...]:
    """The paragraphs that the source's own selector names: of the element that holds the body, or one by one."""
    elements = page.css(selector)
    # div.body and p inside it both match "div.body, div.body p": read what is not inside another match.
    inside = {child for element in elements for child in element.iterdescendants()} if len(elements) > 1 else set()
    return tuple(text for element in elements if element not in inside for text in plaintext.paragraphs(element))


def found(page: Page) -> tuple[str, ...]:
    """The paragraphs of a page that nobody prepared us for, by trafilatura; () where it finds none."""
    if page.tree is None:
        return ()
    etree.strip_tags(page.tree, *_TRANSPARENT)
    precise = _by_trafilatura(page, favor_precision=True)
    if sum(map(len, precise)) > _SHORT or page.is_intricate:
        return precise
    # What looks short may be cut: at a box that unfolds, at the first advertisement. A page made to take long is not read twice.
    whole = _by_trafilatura(page, favor_precision=False)
    return whole if sum(map(len, whole)) > _MORE * sum(map(len, precise)) else precise


def _by_trafilatura(page: Page, *, favor_precision: bool) -> tuple[str, ...]:
    # Imported here: it takes a second, and a wire with selectors never needs it.
    from trafilatura import bare_extraction

    try:
        document = bare_extraction(page.tree, url=page.url, favor_precision=favor_precision, include_comments=False)
    except MemoryError:  # whoever asked has set a limit; that of time is no Exception, and passes by itself
        raise
    except Exception as exc:  # it promises nothing about trees it was not made for; the page then has no body
        logging.getLogger(__name__).warning("body unread code=body-unread url=%s error=%r", page.url, exc)
        return ()
    text = getattr(document, "text", None) or ""
    return tuple(filter(None, map(plaintext.clean, text.split("\n"))))


def of_fragment(fragment: str) -> tuple[str, ...]:
    """The paragraphs of a feed entry's own body: HTML, or plain text with a line for each."""
    tree: html.HtmlElement | None = plaintext.parse_fragment(fragment) if "<" in fragment else None
    if tree is None:
        return tuple(filter(None, map(plaintext.from_markup, fragment.split("\n"))))
    return plaintext.paragraphs(tree)
