"""Stall: Postgres refuses, now this and now that; the log says it when it begins, and when nobody has met with it for a while."""

from datetime import datetime, timedelta

#: So long nobody has met with a stall that is over: a full disk still takes what fits into the room that a table has left.
OVER = timedelta(minutes=1)


class Stall:
    """What the parts of one process met with of it."""

    def __init__(self) -> None:
        self._met_at: datetime | None = None
        self._met = set[str]()

    def meet(self, part: str, now: datetime) -> bool:
        """Note that a part meets with it; whether that part is to say so: it does for the first time since this began."""
        is_first = part not in self._met
        self._met_at = now
        self._met.add(part)
        return is_first

    def end(self, now: datetime) -> bool:
        """Whether it is over by now, which is true once."""
        # A clock that was set back does not keep it open.
        if self._met_at is None or timedelta(0) <= now - self._met_at < OVER:
            return False
        self._met_at = None
        self._met.clear()
        return True
