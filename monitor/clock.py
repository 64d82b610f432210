"""Clock: what time it is."""

from datetime import UTC, datetime


def now() -> datetime:
    """The one place that looks at the clock."""
    return datetime.now(UTC)
