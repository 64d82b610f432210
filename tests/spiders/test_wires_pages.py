"""The wires' selectors on real pages that were saved with known answers: never worse than finding the body without them."""

import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from wire_files import source_of

from spiders import wires
from spiders.extract import extract
from spiders.source import Source

SETS = Path(__file__).parents[3] / "shared/data/pages"
#: Rows of the set "fundus": page, wire.
PAGES = {"APNews_2023_04_28": "ap", "APNews_2024_09_03": "ap", "VoiceOfAmerica_2024_04_28": "voa"}
#: No selector's fault: less than this share would mean that it names something else than the body.
LEAST = 0.95


@pytest.mark.parametrize("page", PAGES)
def test_a_wires_selectors_find_the_body_of_its_real_pages(page):
    row, body = _saved(page)
    source = source_of(PAGES[page], level="full")
    bare = Source(id="bare", feed=source.home, timezone=source.timezone)

    with_selectors, without = (_f1(row["body"], _body(extract(body, url=row["url"], source=one))) for one in (source, bare))

    assert with_selectors >= max(without, LEAST)
    assert re.search(source.story_url, row["url"])


@pytest.mark.parametrize("name", sorted(set(PAGES.values())))
def test_verified_is_the_day_of_the_newest_saved_page(name):
    newest = max(_saved(page)[0]["crawled"][:10] for page, wire in PAGES.items() if wire == name)

    assert wires.table(name)["verified"].isoformat() == newest


def _saved(page):
    if not SETS.exists():
        pytest.skip("no ../shared/data/pages beside this checkout")
    rows = (SETS / "fundus/truth.jsonl").read_text(encoding="utf-8").splitlines()
    row = next(row for row in map(json.loads, rows) if row["id"] == page)
    return row, gzip.decompress((SETS / f"fundus/pages/{page}.html.gz").read_bytes())


def _body(story):
    """Without a dateline in a line of its own: the answers leave it out."""
    return "\n".join(text for text in story.paragraphs if not (story.dateline and text == story.dateline.raw))


def _f1(truth, answer):
    """Over runs of four words, as the scorer of these pages counts."""
    words = (re.findall(r"\w+", text) for text in (truth, answer))
    want, got = (Counter(zip(*(each[n:] for n in range(4)), strict=False)) for each in words)
    return 2 * sum((want & got).values()) / ((sum(want.values()) + sum(got.values())) or 1)
