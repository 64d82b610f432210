"""Whose code the time is spent in, by a profile: shares of a whole, never absolute times, for a profile slows what it measures."""

import cProfile
import pstats
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

#: Part of a file's path → who it is, the first that fits.
OWNERS = {
    "/psycopg": "Postgres's client",
    "/procrastinate/": "the queue",
    "/scrapy/": "Scrapy",
    "/twisted/": "Twisted",
    "/monitor/": "wirewatch",
    "/spiders/": "wirewatch",
    "/alerts/": "wirewatch",
    "/asyncio/": "the event loop",
}


@contextmanager
def profiled() -> Iterator[Counter[str]]:
    """Seconds by owner, filled in when the block ends; what is nobody's is "Python and the rest"."""
    found = Counter[str]()
    profile = cProfile.Profile()
    profile.enable()
    try:
        yield found
    finally:
        profile.disable()
        for (path, _, _), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
            found[next((owner for part, owner in OWNERS.items() if part in path), "Python and the rest")] += own


def shares(found: Counter[str]) -> str:
    """The owners by their shares: "Scrapy 31 %, Twisted 25 %"."""
    whole = sum(found.values()) or 1
    return ", ".join(f"{owner} {seconds / whole:.0%}" for owner, seconds in found.most_common())
