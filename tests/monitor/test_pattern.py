"""Patterns of addresses: which are taken, and that none of these can be kept busy."""

import re
import time

import pytest

from monitor.pattern import BadPattern, compiled

TAKEN = [
    r"/view/[A-Z]{3}\d+$",
    r"^https?://(?:www\.)?news\.example\.org/[a-z-]+/\d+$",
    r"/(?:politics|economy)/\d{4}/\d{2}/[\w-]+-\d+\.html",
    r"(?:/[a-z0-9-]+)+\.html$",
    r"(?:[a-z-]+/)*\d+$",
    r"/[a-z/]+\d+/[a-z/]+\d+",
    r"(?!.{3}video)/\d+",
    r"(?i)/news/[a-z0-9-]+_\d+(?#an id)",
    r"[?&]id=\d+|/news/.*",
    r"/[^/]+/[^/]+/[^/?]+\?page=\d+",
]
REFUSED = {
    r"(a+)+$": "two of its repeats can take the same characters",
    r"((?:ab)*)+c": "two of its repeats can take the same characters",
    r"/news/.*/.*\.html": "two of its repeats can take the same characters",
    r"[a-z]+[A-Z]+\d": "two of its repeats can take the same characters",
    r"[가-힣]+[나-하]+$": "two of its repeats can take the same characters",
    r"(?:(?:a{1,9}){1,9}){1,9}b": "two of its repeats can take the same characters",
    r"(?:/[^/]+(?:-[a-z]+)?)+x": "it repeats alternatives",
    r"(a|aa)+$": "it repeats alternatives",
    r"(a?){50}a{50}": "it repeats alternatives",
    "a?" * 40 + "a" * 40: "it has too many alternatives",
    r"(?!.*video)/news": "it looks ahead or behind by a repeat",
    r"(a)\1": "it refers back to what a group matched",
    r"(a)?(?(1)b|c)": "it refers back to what a group matched",
    r"/news/(": "missing ), unterminated subpattern at position 6",
    r"a{99999999999}": "the repetition number is too large",
    "a" * 501: "it is longer than 500 characters",
}


@pytest.mark.parametrize("text", TAKEN)
def test_the_patterns_of_newspapers_are_taken_as_they_are(text: str) -> None:
    assert compiled(text) == re.compile(text)


@pytest.mark.parametrize(("text", "reason"), REFUSED.items(), ids=[text[:30] for text in REFUSED])
def test_a_pattern_that_an_address_can_keep_busy_is_refused_at_once(text: str, reason: str) -> None:
    started = time.monotonic()

    with pytest.raises(BadPattern) as refused:
        compiled(text)

    assert str(refused.value) == reason
    assert time.monotonic() - started < 1


def test_what_is_taken_reads_the_worst_address_in_little_time() -> None:
    worst = ["/" * 2000, "/a" * 1000, "/a-1" * 500, "a" * 2000, "/" + "1" * 1999, "/a/1/" * 400, "/news/" * 333, "/politics/2026/11/" * 100]
    started = time.thread_time()

    for text in TAKEN:
        for address in worst:
            compiled(text).search(address + "\n")

    assert time.thread_time() - started < 5
