"""``python -m tests.bench.copies [FOLDER]``: how surely copies are told from reports of the same event, and what that costs.

FOLDER holds sets of saved pages with ``truth.jsonl``, ../shared/data/pages where it is not given. Each story is compared with what
other outlets make of it: under another headline, its first paragraphs, its half, with words replaced. Beside that stand the pairs
of stories from different sites that are most alike in what they are about.
"""

import gzip
import json
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, combinations, islice
from pathlib import Path

from alerts.canon import words
from alerts.shingles import SHARED_MARKS, is_copy, marks, shingles
from spiders.extract import NotAStory, extract

PAGES = Path(__file__).parents[3] / "shared/data/pages"
MOST = 300
SEED = 20261123
#: Words of a text, below which there is nothing to copy.
LEAST_WORDS = 60
#: Words of an outlet's first paragraphs, below which they are a line of furniture, not the story.
LEAST_OPENING = 20
HEADLINE = "What the desk of another outlet puts above it"


@dataclass(frozen=True)
class Text:
    """One story as a site has it."""

    site: str
    headline: str
    paragraphs: tuple[str, ...]

    @cached_property
    def canonical(self) -> str:
        return words("\n".join((self.headline, *self.paragraphs)))

    @cached_property
    def body(self) -> list[str]:
        return words("\n".join(self.paragraphs)).split()

    @cached_property
    def marks(self) -> frozenset[int]:
        return frozenset(marks(self.canonical))

    @cached_property
    def shingles(self) -> frozenset[int]:
        return shingles(self.canonical)


def texts(folder: Path, most: int = MOST) -> list[Text]:
    """The stories of saved pages: their true texts, then what the reader makes of pages whose true text nobody wrote down."""
    rows = [(row, path.parent) for path in sorted(folder.glob("*/truth.jsonl")) for row in map(json.loads, path.open(encoding="utf-8"))]
    known = (_true(row) for row, _ in rows if row.get("body"))
    read = (_read(row, set) for row, set in rows if not row.get("body"))
    long = (text for text in chain(known, read) if text and len(text.body) >= LEAST_WORDS)
    return list(islice(long, most))


def _true(row: Mapping[str, str]) -> Text:
    return Text(site=row["domain"], headline=row.get("title") or "", paragraphs=tuple(filter(str.strip, row["body"].split("\n"))))


def _read(row: Mapping[str, str], set: Path) -> Text | None:
    try:
        story = extract(gzip.decompress((set / "pages" / f"{row['id']}.html.gz").read_bytes()), url=row["url"])
    except NotAStory:
        return None
    return Text(site=row["domain"], headline=story.headline, paragraphs=story.paragraphs)


def outlets(all: Sequence[Text]) -> Mapping[str, Callable[[Text], list[str]]]:
    """What other outlets make of a story."""
    chance = random.Random(SEED)
    vocabulary = [word for text in all for word in text.body]

    def replaced(share: float) -> Callable[[Text], list[str]]:
        return lambda text: [chance.choice(vocabulary) if chance.random() < share else word for word in text.body]

    return {
        "new headline": lambda text: text.body,
        "first three paragraphs": lambda text: words("\n".join(text.paragraphs[:3])).split(),
        "half": lambda text: text.body[: len(text.body) // 2],
        "10 % of words replaced": replaced(0.1),
        "25 % of words replaced": replaced(0.25),
    }


def recall(all: Sequence[Text]) -> Iterator[tuple[str, int, float]]:
    """Of each kind of copy how many there are, and the share of them that is found."""
    for name, made in outlets(all).items():
        copies = [(text, body) for text in all if len(body := made(text)) >= LEAST_OPENING]
        found = sum(told(text, Text(site="", headline=HEADLINE, paragraphs=(" ".join(body),))) for text, body in copies)
        yield name, len(copies), found / len(copies)


def told(one: Text, other: Text) -> bool:
    """Whether two texts are found to be copies: by their marks, then by all shingles."""
    return len(one.marks & other.marks) >= SHARED_MARKS and is_copy(one.shingles, other.shingles)


def alike(all: Sequence[Text], most: int = MOST) -> list[tuple[Text, Text]]:
    """The pairs of different sites' stories that are most alike in what they are about: they share the most rare words."""
    bags = [set(text.body) for text in all]
    spread = Counter(word for bag in bags for word in bag)
    weight = {word: math.log(len(all) / count) for word, count in spread.items()}
    size = [math.sqrt(sum(weight[word] for word in bag)) or 1 for bag in bags]
    pairs = [(a, b) for a, b in combinations(range(len(all)), 2) if all[a].site != all[b].site]
    topical = sorted(pairs, key=lambda pair: -sum(weight[word] for word in bags[pair[0]] & bags[pair[1]]) / size[pair[0]] / size[pair[1]])
    return [(all[a], all[b]) for a, b in topical[:most]]


def speed(all: Sequence[Text], work: Callable[[str], object]) -> float:
    """Documents a CPU second; canonical text is there already."""
    canonical = [text.canonical for text in all]
    began = time.process_time()
    for text in canonical:
        work(text)
    return len(all) / (time.process_time() - began)


def show(folder: Path) -> None:
    """Print the table."""
    all = texts(folder)
    print(f"{len(all)} stories of {sum(len(text.body) for text in all) // len(all)} words, seed {SEED}\n")
    for name, count, found in recall(all):
        print(f"{name:24}{count:5} pairs   recall {found:.3f}")
    pairs = alike(all)
    print(f"{'same topic, no copy':24}{len(pairs):5} pairs   taken for copies {sum(told(*pair) for pair in pairs)}")
    print(f"\ndocuments a CPU second: marks {speed(all, marks):,.0f}, all shingles {speed(all, shingles):,.0f}; ", end="")
    print(f"marks a document {sum(len(text.marks) for text in all) / len(all):.0f}")


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if sys.argv[1:] else PAGES
    if not folder.exists():
        sys.exit(f"there is no {folder}; name a folder with sets of saved pages")
    show(folder)
