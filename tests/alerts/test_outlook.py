"""What Word, which shows mails in Outlook for Windows, makes of ours: nothing that a reader needs is lost.

Its rules are those of Microsoft's "Word 2007 HTML and CSS Rendering Capabilities in Outlook 2007" (still in force in Outlook 2019
and 365 classic), as told at https://www.hteumeuleu.com/2020/outlook-rendering-engine/: three classes of properties, of which body,
span and elements that it does not know heed the first, p and div the first two, all others all three. What it drops may stand in
a mail only where LOSABLE says what happens then.
"""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from test_rendered import MAILS, MANY

CORE = {
    *("color", "background-color", "font", "font-family", "font-style", "font-size", "font-weight", "text-decoration", "text-align"),
    *("vertical-align", "letter-spacing", "line-height", "white-space", "border", "border-color", "border-style", "border-width"),
    "border-collapse",
}
EXTENDED = CORE | {"text-indent", "margin", "margin-left", "margin-right", "margin-top", "margin-bottom"}
SIDES = ("left", "right", "top", "bottom")
FULL = EXTENDED | {
    *("width", "height", "padding"),
    *(f"padding-{side}" for side in SIDES),
    *(f"border-{side}{part}" for side in SIDES for part in ("", "-color", "-style", "-width")),
}
HEEDED = {
    **dict.fromkeys(("body", "span", "bdi", "mark", "a", "b", "i", "small", "del", "ins", "br"), CORE),
    **dict.fromkeys(("p", "div"), EXTENDED),
    **dict.fromkeys(("table", "tbody", "tr", "td", "h1", "h2", "h3"), FULL),
    **dict.fromkeys(("html", "head", "meta", "title", "style"), frozenset[str]()),
}
#: (element, property): what a reader of Outlook sees instead.
LOSABLE = {
    ("table", "max-width"): "as wide as the window, as its width says",
    ("table", "table-layout"): "Word breaks long words by itself",
    ("td", "overflow-wrap"): "the same",
    ("td", "word-wrap"): "the same",
    ("body", "margin"): "a margin",
    ("body", "padding"): "the same",
    ("p", "padding"): "a notice without room around it, its words as they are",
    ("p", "border-left"): "no bar at the notice, which stands on top of all",
    ("span", "padding"): "a tag without room around it",
    ("bdi", "display"): "on the line that it is on: each is all of its own",
    ("bdi", "word-break"): "Korean broken within words",
}


class Styles(HTMLParser):
    """Each element of a page with its attributes and the properties of its style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        pairs = (pair.partition(":") for pair in given.get("style", "").split(";") if pair)
        self.elements.append((tag, given, {name.strip(): value.strip() for name, _, value in pairs}))


def faults(html: str) -> Iterator[str]:
    """What Outlook would drop and a reader would miss."""
    for tag, attributes, style in Styles(html).elements:
        if tag not in HEEDED:
            yield f"<{tag}>"
        yield from (f"<{tag}> {name}" for name in style.keys() - HEEDED.get(tag, set()) if (tag, name) not in LOSABLE)
        yield from (f"<{tag}> {name}: {value}" for name, value in style.items() if "url(" in value or "var(" in value or "rgba(" in value)
        if "auto" in style.get("margin", "") and "align" not in attributes:
            yield f"<{tag}> centred by its margin alone"
        if "max-width" in style and "width" not in style:
            yield f"<{tag}> kept narrow by max-width alone"


@pytest.mark.parametrize("mail", MAILS | MANY)
def test_nothing_is_used_that_outlook_drops(mail: str) -> None:
    assert set(faults((MAILS | MANY)[mail]())) == set()


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<p style='display:flex'>", "<p> display"),
        ("<td style='float:left'>", "<td> float"),
        ("<td style='position:absolute'>", "<td> position"),
        ("<td style='background-image:url(a.png)'>", "<td> background-image"),
        ("<td style='color:var(--ink)'>", "<td> color: var(--ink)"),
        ("<div style='padding:1px'>", "<div> padding"),
        ("<table style='max-width:640px'>", "<table> kept narrow by max-width alone"),
        ("<table style='margin:0 auto'>", "<table> centred by its margin alone"),
        ("<img src=a>", "<img>"),
        ("<svg>", "<svg>"),
        ("<picture>", "<picture>"),
    ],
)
def test_what_it_drops_would_be_found(html: str, fault: str) -> None:
    assert fault in set(faults(html))
