"""monitor.memory: what is free goes back to the system."""

import ctypes
import gc
import weakref

import psutil
import pytest

from monitor import memory

BLOCK, BLOCKS = 50_000, 2000


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc keeps what is free")
def test_what_is_free_between_what_is_in_use_goes_back() -> None:
    blocks = [bytes([1]) * BLOCK for _ in range(BLOCKS)]
    kept = blocks[::50]
    del blocks
    before = psutil.Process().memory_info().rss

    memory.give_back()

    assert before - psutil.Process().memory_info().rss > BLOCK * BLOCKS / 2
    assert len(kept) == BLOCKS / 50


def test_what_only_holds_itself_goes() -> None:
    class Ring:
        def __init__(self) -> None:
            self.own = self

    gc.disable()
    try:
        seen = weakref.ref(Ring())
        assert seen() is not None

        memory.give_back()

        assert seen() is None
    finally:
        gc.enable()
