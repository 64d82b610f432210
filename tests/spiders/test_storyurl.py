"""The pattern of one wire's story addresses, generalised from a few of them."""

import re

import pytest

from monitor.pattern import compiled
from spiders.storyurl import LONGEST, pattern, share

#: Of each wire: addresses of its stories, one that is still to come, and pages that are none.
WIRES = {
    "a section and a number": (
        ["https://tass.example/politics/1234567", "https://tass.example/world/1234999"],
        "https://tass.example/defense/2000001",
        ["https://tass.example/politics", "https://tass.example/", "https://other.example/politics/1234567"],
    ),
    "a date and a slug with a number": (
        ["https://ria.example/20250816/koreya-2035737215.html", "https://ria.example/20250817/moskva-2035737216.html"],
        "https://ria.example/20261122/port-19.html",
        ["https://ria.example/world/", "https://ria.example/20250816/"],
    ),
    "letters and a number": (
        ["https://yna.example/view/AEN20251123001200315", "https://yna.example/view/AEN20251123001200316"],
        "https://yna.example/view/AEN20270101000100320",
        ["https://yna.example/view/all", "https://yna.example/news"],
    ),
    "a number in the query": (
        ["http://paper.example/news/articleView.html?idxno=12345", "http://paper.example/news/articleView.html?idxno=12346&page=2"],
        "https://paper.example/news/articleView.html?idxno=99001",
        ["https://paper.example/news/articleList.html?page=2", "https://paper.example/news/articleView.html"],
    ),
    "slugs": (
        ["https://post.example/world/the-river-opened-early", "https://post.example/world/grain-barges-leave-port"],
        "https://post.example/world/one-more-thing",
        ["https://post.example/world", "https://post.example/world/africa"],
    ),
    "dates of folders": (
        ["https://blog.example/2026/11/22/river/", "https://blog.example/2026/09/03/grain-barges/"],
        "https://blog.example/2027/01/01/fog/",
        ["https://blog.example/2026/11/22/", "https://blog.example/about/us/"],
    ),
}


@pytest.mark.parametrize("wire", WIRES)
def test_a_pattern_matches_the_next_story_and_no_section(wire: str) -> None:
    stories, next_one, others = WIRES[wire]

    made = pattern(stories)

    assert [bool(re.search(made, url)) for url in (*stories, next_one)] == [True] * (len(stories) + 1)
    assert [url for url in others if re.search(made, url)] == []


@pytest.mark.parametrize("wire", WIRES)
def test_the_configuration_takes_every_pattern(wire: str) -> None:
    assert compiled(pattern(WIRES[wire][0]))


def test_a_wire_of_two_shapes_has_both() -> None:
    news = [f"https://wire.example/news/{number}" for number in range(10_000, 10_006)]
    video = [f"https://video.example/v/{number}.html" for number in range(90_000, 90_003)]

    made = pattern(news + video)

    assert share(made, news + video) == 1
    assert compiled(made)


@pytest.mark.parametrize(
    "urls",
    [
        [],
        ["https://wire.example/politics", "https://wire.example/about"],
        ["https://wire.example/"],
        [f"https://{number}.example/{'a' * 300}/{number}" for number in range(12345, 12348)],
        [f"https://wire.example/{'x/' * number}{number:05}" for number in range(20)],
    ],
    ids=["none", "sections", "home", "too long", "nothing in common"],
)
def test_addresses_without_a_shape_have_no_pattern(urls: list[str]) -> None:
    assert pattern(urls) == ""
    assert len(pattern(urls)) <= LONGEST
