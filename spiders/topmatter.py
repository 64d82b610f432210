"""Top matter: the short lines printed around a story's headline, where its kicker, deck, byline and date stand."""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import html

from spiders import plaintext
from spiders.headline import fold
from spiders.page import Page

#: Pieces of text looked at behind a headline and before it.
_AFTER, _BEFORE = 50, 15
#: Characters of a line that is still top matter; longer ones are the story's own.
_LONGEST = 160
#: Characters by which a paragraph is known again; those of a deck.
_TELLING, _DECK = 60, (40, 500)
_SENTENCE = re.compile(r"[^\W\d_]{2}[.!?。…][\"'’”»]?$")
#: What credits a picture, or asks something of the reader.
_NO_DECK = re.compile(
    r"[|©@]|\b(?:image|photo|foto|bild|archiv\w*|picture"
    r"|cookies?|newsletter|account|abonn\w+|subscri\w+|regist\w+|sign[- ](?:in|up)|log[- ]in|listen)\b",
    re.IGNORECASE,
)
_HEADINGS = "//h1 | //h2 | //h3 | //*[@itemprop='headline']"
_BEHIND = f"following::text()[normalize-space()][position() <= {_AFTER}]"
_AHEAD = f"preceding::text()[normalize-space()][position() <= {_BEFORE}]"
#: Text that no reader sees, or that belongs to a picture, a menu or a comment.
_NOT_TOP_TEXT = "script style noscript template figure figcaption nav footer title button svg option"
_NOT_TOP = frozenset(_NOT_TOP_TEXT.split())
#: Headings looked at, and characters of one: folding many combining marks takes quadratic time.
_MOST, _LONGEST_HEADING = 40, 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class TopMatter:
    """The lines around a headline, each nearest first; () where the headline is not found on the page."""

    #: Down to the second long one, with which the story has begun.
    behind: tuple[str, ...] = ()
    ahead: tuple[str, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """The short ones: those behind the headline, then those ahead of it."""
        return tuple(line for line in (*self.behind, *self.ahead) if len(line) <= _LONGEST)

    def deck(self, first: str) -> str:
        """The sentence between the headline and the ``first`` paragraph of the body; "" where there is none."""
        start = fold(first[:_TELLING])
        above = list(itertools.takewhile(lambda line: not fold(line).startswith(start), self.behind))
        if not start or len(above) == len(self.behind):
            return ""
        return next(filter(_is_deck, above), "")


def _is_deck(line: str) -> bool:
    """Whether a line is a sentence, not a date, a credit or another story's headline."""
    return _DECK[0] <= len(line) <= _DECK[1] and bool(_SENTENCE.search(line)) and not _NO_DECK.search(line)


def around(page: Page, headline: str) -> TopMatter:
    """The top matter of the story with this headline."""
    heading = _heading(page, headline)
    if heading is None:
        return TopMatter()
    behind, ahead = _lines(heading.xpath(_BEHIND)), list(_lines(heading.xpath(_AHEAD)))
    return TopMatter(behind=tuple(_above_body(behind)), ahead=tuple(reversed(ahead)))


def _heading(page: Page, headline: str) -> html.HtmlElement | None:
    folded = fold(headline[:_LONGEST_HEADING])
    headings = page.xpath(_HEADINGS)[:_MOST] if folded else []
    texts = [(element, fold(plaintext.visible_text(element)[:_LONGEST_HEADING])) for element in headings]
    same = [element for element, text in texts if text == folded]
    alike = [element for element, text in texts if len(text) > 10 and (text in folded or folded in text)]
    ones = [element for element, _ in texts if element.tag == "h1"]
    return next(iter([*same, *alike, *(ones if len(ones) == 1 else [])]), None)


def _lines(texts: Iterable[str]) -> Iterator[str]:
    """Pieces of text that stand in one block, as one line."""
    line: list[str] = []
    last = None
    for text in texts:
        block, breaks = _block(text)
        if line and (block is not last or breaks):
            yield from _line(line)
            line = []
        last = block
        if block is not None:
            line.append(text)
    yield from _line(line)


def _line(pieces: list[str]) -> Iterator[str]:
    text = plaintext.clean(" ".join(pieces))
    if len(text) > 1:
        yield text


def _above_body(lines: Iterable[str]) -> Iterator[str]:
    """The lines down to the second long one: the first may be a deck."""
    long = 0
    for line in lines:
        yield line
        long += len(line) > _LONGEST
        if long > 1:
            return


def _block(text: str) -> tuple[html.HtmlElement | None, bool]:
    """The block that a piece of text stands in, None where that is no top matter; and whether it begins a line."""
    parent = text.getparent()  # type: ignore[attr-defined]  # of an XPath's answer
    breaks = text.is_tail and parent.tag == "br"  # type: ignore[attr-defined]
    element = parent.getparent() if text.is_tail else parent  # type: ignore[attr-defined]
    while element is not None and element.tag in plaintext.INLINE:
        element = element.getparent()
    return (None if _is_beside(element) else element), breaks


def _is_beside(element: html.HtmlElement | None) -> bool:
    while element is not None and element.tag != "body":
        if element.tag in _NOT_TOP or "comment" in (element.get("class") or ""):
            return True
        element = element.getparent()
    return element is None
