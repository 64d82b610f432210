"""Token: one piece of the furniture of a first line."""

from dataclasses import dataclass

from spiders.printed_date import PrintedDate


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """One piece of furniture; only the fields that its kind speaks of are filled."""

    kind: str
    start: int
    end: int
    places: tuple[str, ...] = ()
    date: PrintedDate | None = None
    agency: str | None = None
    author: str | None = None
