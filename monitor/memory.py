"""Memory: what nobody uses goes back to the system, or a daemon of months holds what its busiest hour took."""

import ctypes
import gc
from contextlib import suppress


def give_back() -> None:
    """Collect what is garbage, and return what is free between what is in use. Takes some 20 ms.

    Connections that are over hold each other until somebody looks for such rings, and the C library keeps what they and pages of all
    sizes leave: glibc has to be told, others do without.
    """
    gc.collect()
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
