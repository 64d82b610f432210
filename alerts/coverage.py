"""Coverage: how much of what the sources published was collected, as a digest's last line says it, or its first. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from alerts.plain import plain

if TYPE_CHECKING:  # accounts are made of its values, and never put into words
    from alerts.catalogue import Catalogue
    from alerts.clock import Clock

#: Sources, and gaps, that are named; the others are counted.
NAMED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """A source that is not well."""

    #: Its name as shown to people.
    source: str
    #: failing, unreadable or quiet.
    state: str
    #: Aware.
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A time of which a source's list may have lost something before it was read."""

    source: str
    #: Both aware.
    from_at: datetime
    to_at: datetime
    #: Another list of the source reached back over it.
    filled: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """What was collected since the digest before."""

    #: How many there are in all.
    sources: int
    #: Those of them that are not well now.
    silences: tuple[Silence, ...] = ()
    #: Stories: read, of these by headline only; those that the reader's rules matched, of these what another source had, too.
    read: int = 0
    headline_only: int = 0
    matched: int = 0
    merged: int = 0
    #: Entries that were no story.
    dropped: int = 0
    gaps: tuple[Gap, ...] = ()

    @property
    def is_broken(self) -> bool:
        """Whether something may be missing, so that this is to be read first."""
        return bool(self.silences) or not all(gap.filled for gap in self.gaps)

    @property
    def is_blind(self) -> bool:
        """Whether no source can be read, so that no news is no sign that there is none."""
        return self.sources > 0 and sum(each.state in ("failing", "unreadable") for each in self.silences) == self.sources


def parts(coverage: Coverage, *, clock: "Clock", t: "Catalogue") -> list[str]:
    """The line's parts in the reader's language, what is wrong after what is healthy."""
    healthy = coverage.sources - len(coverage.silences)
    return [
        t("healthy", count=coverage.sources, healthy=healthy),
        *_silences(coverage, clock, t),
        t("read_by_headline" if coverage.headline_only else "read", count=coverage.read, headlines=coverage.headline_only),
        t("matched", count=coverage.matched),
        t("merged", count=coverage.merged),
        t("dropped", count=coverage.dropped),
        *_gaps(coverage.gaps, clock, t),
    ]


def wrong(coverage: Coverage, *, clock: "Clock", t: "Catalogue") -> list[str]:
    """Those of the line's parts for which something may be missing."""
    return [*_silences(coverage, clock, t), *_gaps([gap for gap in coverage.gaps if not gap.filled], clock, t)]


def _silences(coverage: Coverage, clock: "Clock", t: "Catalogue") -> Iterator[str]:
    for each in coverage.silences[:NAMED]:
        yield t(each.state, source=plain(each.source), time=clock.recent(each.since))
    if coverage.silences[NAMED:]:
        yield t("more_silent", count=len(coverage.silences) - NAMED)


def _gaps(gaps: Iterable[Gap], clock: "Clock", t: "Catalogue") -> Iterator[str]:
    # Those that are not filled are the ones to know of.
    gaps = sorted(gaps, key=lambda gap: gap.filled)
    for gap in gaps[:NAMED]:
        start, end = clock.moment(gap.from_at), clock.moment(gap.to_at, after=gap.from_at)
        yield t("gap_filled" if gap.filled else "gap", source=plain(gap.source), start=start, end=end)
    if gaps[NAMED:]:
        yield t("more_gaps", count=len(gaps) - NAMED)
