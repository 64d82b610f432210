"""Slugs: the id of a source out of what it is called, or of where it is."""

import re
import unicodedata
from collections.abc import Collection
from urllib.parse import urlsplit

LONGEST = 40


def of_text(text: str) -> str:
    """ "Yonhap – Nordkorea" is "yonhap-nordkorea"; "" where nothing is left of it: it may be written in another script."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].rstrip("-")


def of_address(url: str) -> str:
    """ "https://www.news.example.org/rss" is "news-example-org"."""
    return of_text((urlsplit(url).hostname or "").removeprefix("www.")) or "wire"


def unique(slug: str, taken: Collection[str]) -> str:
    """The slug, or with a number behind it the first that is not taken."""
    number, free = 2, slug
    while free in taken:
        free, number = f"{slug}-{number}", number + 1
    return free
