"""Rules and stories of invented names, the same in every run: what the benchmark of rules matches.

Names are drawn so that a few are in every other story and most in none, as names are; a rule is an alias list, two lists near
one another, a list with a word, or a list without what stands beside it.
"""

import random
from collections.abc import Iterator
from functools import cache
from itertools import accumulate, islice

from alerts.rules import Rule
from spiders.story import Story
from tests.bench.wire import COMMON, SYLLABLES, vocabulary

NAMES = 250_000


@cache
def names() -> list[str]:
    """Two words each, none twice."""
    some = random.Random(2)
    found: dict[str, None] = {}
    while len(found) < NAMES:
        found[" ".join("".join(some.choices(SYLLABLES, k=some.randint(2, 3))).capitalize() for _ in range(2))] = None
    return list(found)


def stories(how_many: int) -> list[Story]:
    """Stories of some 2.8 KB: 20 paragraphs, a dozen names."""
    some = random.Random(3)
    return [
        Story(headline=_sentence(some), canonical_url="https://bench.example.org/", paragraphs=_paragraphs(some)) for _ in range(how_many)
    ]


def rules(how_many: int) -> list[Rule]:
    """So many rules; fewer are the first of more."""
    some = random.Random(4)
    return [Rule(id=f"rule-{number}", query=query) for number, query in enumerate(islice(_queries(some), how_many))]


def _paragraphs(some: random.Random) -> tuple[str, ...]:
    return tuple(". ".join(_sentence(some) for _ in range(2)) + "." for _ in range(13))


def _sentence(some: random.Random) -> str:
    words = [some.choice(COMMON if some.random() < 0.4 else vocabulary()) for _ in range(16)]
    if some.random() < 0.45:
        words[some.randrange(16)] = some.choices(names(), cum_weights=_weights())[0]
    return " ".join(words).capitalize()


@cache
def _weights() -> list[float]:
    return list(accumulate(1 / (rank + 10) for rank in range(NAMES)))


def _queries(some: random.Random) -> Iterator[str]:
    while True:
        kind = some.random()
        if kind < 0.5:
            yield _aliases(some)
        elif kind < 0.7:
            yield f"({_aliases(some)}) AND ({some.choice(vocabulary())} OR {some.choice(vocabulary())})"
        elif kind < 0.9:
            yield f"({_aliases(some)}) NEAR/10 ({_aliases(some)})"
        else:
            yield f"({_aliases(some)}) AND NOT {some.choice(vocabulary())}"


def _aliases(some: random.Random) -> str:
    """Three to six: a name, a name with any ending, a surname's stem with its first name."""
    chosen = [some.choice(names()) for _ in range(some.randint(3, 6))]
    return " OR ".join(f'"{name}*"' if some.random() < 0.3 else f'"{name}"' for name in chosen)
