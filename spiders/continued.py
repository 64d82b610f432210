"""Bodies in several parts: advertisements part the text of some pages into boxes of one kind, of which readers find the first."""

from collections import defaultdict

from lxml import html

from spiders import plaintext
from spiders.page import Page

#: Paragraphs looked at, and boxes of one kind: those that are inside each other have their text read as often.
_MOST, _MOST_BOXES = 2000, 60
#: Levels above a part, within which the other parts stand.
_NEAR = 4
#: Characters of a line that is told apart from a button or a caption, and of a part.
_LONG, _LONG_PART = 80, 200
#: What the parts that were not found must hold, of what was found.
_SHARE = 0.25


def whole(page: Page, found: tuple[str, ...]) -> tuple[str, ...]:
    """The paragraphs of a body of which only some were found; ``found`` itself where there are no others."""
    known = set(found)
    for boxes in _boxes_of_a_kind(page):
        parts = [(box, lines) for box in boxes if sum(map(len, lines := plaintext.paragraphs(box))) >= _LONG_PART]
        ours = [box for box, lines in parts if not known.isdisjoint(lines)]
        if not ours:
            continue
        near = _ancestor(ours[0])
        told = dict.fromkeys(line for box, lines in parts if box in ours or _belongs(box, near) for line in lines)
        more = sum(len(line) for line in told if line not in known and len(line) > _LONG)
        if more >= _SHARE * sum(map(len, found)):
            return (*found[: next(at for at, line in enumerate(found) if line in told)], *told)
    return found


def _boxes_of_a_kind(page: Page) -> list[list[html.HtmlElement]]:
    """Elements that hold paragraphs, in order; those together that have one tag and class, and are in such ones."""
    kinds: dict[tuple[str, ...], dict[html.HtmlElement, None]] = defaultdict(dict)
    for paragraph in page.xpath("//p")[:_MOST]:
        box = paragraph.getparent()
        around = box.getparent()
        if around is not None and box.get("class"):
            kinds[box.tag, _first_class(box), around.tag, _first_class(around)][box] = None
    return [list(boxes)[:_MOST_BOXES] for boxes in kinds.values() if len(boxes) > 1]


def _first_class(element: html.HtmlElement) -> str:
    return next(iter((element.get("class") or "").split()), "")


def _ancestor(box: html.HtmlElement) -> html.HtmlElement:
    """The element some levels above, within the box's own article."""
    for _ in range(_NEAR):
        above = box.getparent()
        if above is None or above.tag in ("body", "main") or box.tag == "article":
            break
        box = above
    return box


def _belongs(box: html.HtmlElement, near: html.HtmlElement) -> bool:
    """Whether a box is below ``near``, and none of the boxes on the way tells a story of its own."""
    while box is not near:
        if box.tag in ("article", "aside", "a", "li", "footer") or box.find(".//h1") is not None:
            return False
        box = box.getparent()
        if box is None:
            return False
    return True
