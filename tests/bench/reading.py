"""What it costs to read a page that is there already: with its wire's selectors and without, beside trafilatura and news-please."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from trafilatura import bare_extraction

from spiders import extract
from spiders.source import Selectors, Source
from tests.bench.wire import SELECTORS, page

PAGES = 200
URL = "https://bench.example.org/stories"
SELECTED, UNKNOWN, TRAFILATURA, NEWS_PLEASE = (
    "wirewatch, with selectors",
    "wirewatch, unknown page",
    "trafilatura, favor_precision",
    "news-please",
)
KNOWN = Source(id="known", feed=URL, selectors=SELECTORS)
STRANGER = Source(id="stranger", feed=URL, selectors=Selectors())
#: ``make bench`` installs news-please there, for this comparison alone.
PEER = Path(sys.prefix) / "peer/bin/python"


def measure() -> Mapping[str, float | None]:
    """Seconds of CPU a page takes each of them; None for one that is not there."""
    pages = [page(str(number)).decode() for number in range(PAGES)]
    return {
        SELECTED: timed(pages, lambda text: extract.read(text, url=URL, source=KNOWN, familiar=True).story.paragraphs),
        UNKNOWN: timed(pages, lambda text: extract.read(text, url=URL, source=STRANGER).story.paragraphs),
        TRAFILATURA: timed(pages, lambda text: bare_extraction(text, url=URL, favor_precision=True, with_metadata=True)),
        NEWS_PLEASE: peer(pages),
    }


def timed(pages: list[str], read: Callable[[str], object]) -> float:
    """The first page, which loads what is loaded once, does not count."""
    assert read(pages[0])
    began = time.process_time()
    for text in pages:
        assert read(text)
    return (time.process_time() - began) / len(pages)


def peer(pages: list[str]) -> float | None:
    """What news-please takes, in its own environment: it wants other versions of our libraries."""
    if not PEER.exists():
        return None
    script = Path(__file__).with_name("peer.py")
    done = subprocess.run([PEER, script, URL], input=json.dumps(pages), capture_output=True, text=True, check=True)
    return float(done.stdout)


def show(seconds: Mapping[str, float | None]) -> None:
    """Print the table."""
    floor = seconds[SELECTED]
    assert floor
    print(f"\nCPU ms to read one page, {PAGES} pages\n")
    for side, cost in seconds.items():
        print(f"{side:32}{cost * 1000:10.2f}{cost / floor:8.1f} x" if cost else f"{side:32}{'not installed':>20}")
