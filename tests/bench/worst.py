"""How long the event loop may be held up by one page: the worst markup that we could think of, as large as is read there."""

import time
from collections.abc import Iterator
from contextlib import suppress

from spiders import extract
from spiders.reading import MOST_HERE
from spiders.source import Selectors, Source
from spiders.story import SpiderError

URL = "https://bench.example.org/stories"
#: As a wire's selectors may be; each space between two words makes libxml2 compare all that it has found.
SOURCE = Source(
    id="worst",
    feed=URL,
    selectors=Selectors(headline="main h1", lead="main div p", body="main div div p", byline="div b", published="time", remove="div i"),
)
DATED = "<meta property='article:published_time' content='2026-11-23T06:00:00Z'>"
STORY = "<main><div><div><h1>A</h1><p>B</p>"
#: What is printed again and again, and what stands before it.
REPEATED = {
    "nested": (STORY, "<div>"),
    "nested, then paragraphs": (STORY + "<div>" * 50, "<p>a" + "." * 50),
    "nested, then bold": (STORY + "<div>" * 50, "<b>a</b>" + "." * 50),
    "paragraphs": (STORY, "<p>a"),
    "headings": (STORY, "<h1>A"),
    "bold": (STORY, "<b>"),
    "tables": (STORY, "<table>"),
    "lines": (STORY, "<br>"),
    "comments": (STORY, "<!---->"),
    "entities": (STORY, "&amp;"),
    "controls": (STORY, "&#1;\x01"),
    "spaces": (STORY, " "),
    "dates": (STORY, "<time>1 2 3</time>"),
    "authors": (STORY, "<div class=author>a b</div>"),
    "nested authors": (STORY, "<div class=author>"),
    "metas": (STORY, "<meta name=date content=2>"),
    "canonical addresses": (STORY, "<link rel=canonical href=/stories?a>"),
    "JSON": (STORY + "<script type='application/ld+json'>", "{}"),
    "JSON lists": (STORY + "<script type='application/ld+json'>", "["),
    "JSON articles": (STORY + "<script type='application/ld+json'>[", '{"@type":"Article","author":"a<b>"},'),
    "combining marks": (STORY + "<title>", "\u0345\u0300"),
    "capitals": (STORY + "<p>", "A A, "),
}


def show() -> None:
    """Print the worst of them."""
    took = {name: seconds(text) for name, text in hostile_pages()}
    worst = sorted(took, key=took.__getitem__, reverse=True)[:3]
    print(f"\nA hostile page of {MOST_HERE >> 10} KiB holds the event loop for at most (CPU ms): ", end="")
    print(" · ".join(f"{name} {took[name] * 1000:.0f}" for name in worst))


def hostile_pages() -> Iterator[tuple[str, str]]:
    attributes = " ".join(f"a{number:x}" for number in range(MOST_HERE // 6))
    yield "attributes", f"{DATED}{STORY}<p {attributes}"[: MOST_HERE - 1] + ">"
    for name, (start, repeated) in REPEATED.items():
        yield name, (DATED + start + repeated * (MOST_HERE // len(repeated)))[:MOST_HERE]


def seconds(text: str) -> float:
    began = time.process_time()
    with suppress(SpiderError):  # most would now be handed to the reader process
        extract.read(text, url=URL, source=SOURCE, familiar=True)
    return time.process_time() - began
