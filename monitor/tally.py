"""Tally: what one crawl of one source came to."""

from dataclasses import dataclass


@dataclass(kw_only=True, slots=True)
class Tally:
    """What one crawl of one source came to, in stories and entries."""

    #: Entries: never seen before, changed since, seen before.
    new: int = 0
    changed: int = 0
    seen: int = 0
    #: Pages: fetched of how many that were asked for, read, left on the feed's text, no story at all.
    asked: int = 0
    read: int = 0
    headline_only: int = 0
    refused: int = 0
    #: Stories that matched a rule, and those newly due to somebody.
    matched: int = 0
    due: int = 0
    error: str | None = None

    @property
    def finished(self) -> int:
        """Pages dealt with."""
        return self.read + self.headline_only + self.refused
