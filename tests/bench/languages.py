"""``python -m tests.bench.languages [FOLDER]``: on how many pages the reader names the right language.

FOLDER holds sets of saved pages with ``truth.jsonl``, ../shared/data/pages where it is not given; the rows with a ``language`` count.
"""

import gzip
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from spiders import language
from spiders.extract import NotAStory, extract
from spiders.story import Story
from tests.bench.copies import PAGES


def pages(folder: Path) -> Iterator[tuple[Mapping[str, str], Story]]:
    """Each page whose language somebody wrote down, as the reader sees it; one that it refuses has no text."""
    for path in sorted(folder.glob("*/truth.jsonl")):
        for row in map(json.loads, path.open(encoding="utf-8")):
            if row.get("language"):
                yield row, _read(gzip.decompress((path.parent / "pages" / f"{row['id']}.html.gz").read_bytes()), row["url"])


def _read(body: bytes, url: str) -> Story:
    try:
        return extract(body, url=url)
    except NotAStory:
        return Story(headline="", canonical_url=url)


def main(folder: Path = PAGES) -> None:
    """Print the shares, and each page where the text says another language than is true."""
    right = {"with what the page states": 0, "from the text alone": 0}
    count = 0
    for row, story in pages(folder):
        count += 1
        said = dict(zip(right, (story.language, language.of(story.text)), strict=True))
        for way, tag in said.items():
            right[way] += (tag or "").partition("-")[0] == row["language"]
        if (said["from the text alone"] or "").partition("-")[0] != row["language"]:
            print(f"{row['id']}: {row['language']}, taken for {said['from the text alone']}")
    for way, number in right.items():
        print(f"{way:26} {number / count:.4f} of {count}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
