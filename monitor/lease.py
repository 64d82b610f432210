"""Lease: what a batch of claims still covers, known without asking Postgres. A process that was frozen looks here before it goes on."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from monitor.sources import CLAIM_TIME

#: From the last look at the lease until a request is on its way; clocks of several machines may differ by as much.
MARGIN = timedelta(seconds=3)


class Lease:
    """The claims of one batch, as they were renewed last."""

    def __init__(self, ids: Iterable[str], *, at: datetime) -> None:
        self.renew(ids, at=at)

    def renew(self, ids: Iterable[str], *, at: datetime) -> None:
        """These are still ours, by a renewal that was asked for ``at`` that moment."""
        self._ids, self._until = frozenset(ids), at + CLAIM_TIME - MARGIN

    def holds(self, id: str, now: datetime) -> bool:
        """Whether nobody else can have claimed a source."""
        return id in self._ids and now < self._until
