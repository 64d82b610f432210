"""Memory: what is free goes back to the system, or a daemon of months holds what its busiest hour took."""

import ctypes
from contextlib import suppress


def trim() -> None:
    """Return what is free between what is in use: the C library keeps it, and pages of all sizes leave a little more each hour.

    Takes some milliseconds. Does nothing where the C library is another than glibc, which alone has to be told.
    """
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
