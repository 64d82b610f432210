"""Patience: how long the documents of one source may keep those of all others waiting, who are read by the same process."""

import time
from collections.abc import Callable

#: Seconds that any document may take.
USUAL = 2.0
#: Seconds beyond those after which no more of a source are read; of each second so much is forgiven. So a wire whose every page was
#: made to take the whole time limit has the reader for three of them, and from then on for a twentieth of the time.
MOST, FORGIVEN = 15.0, 0.05


class Patience:
    """Counts what each source's documents took; all in seconds."""

    def __init__(self, *, usual: float = USUAL, most: float = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self.usual, self.most, self._clock = usual, most, clock
        #: Source → seconds beyond the usual, and when they were counted last.
        self._taken: dict[str, tuple[float, float]] = {}

    def is_over(self, source: str) -> bool:
        """Whether nothing of a source is read for now."""
        return self._owed(source) >= self.most

    def took(self, source: str, seconds: float) -> None:
        """Count one document."""
        if seconds > self.usual:
            self._taken[source] = self._owed(source) + seconds - self.usual, self._clock()

    def _owed(self, source: str) -> float:
        owed, at = self._taken.get(source, (0.0, 0.0))
        return max(0.0, owed - FORGIVEN * (self._clock() - at))
