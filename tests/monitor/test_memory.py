"""monitor.memory: what is free goes back to the system."""

import ctypes

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

    memory.trim()

    assert before - psutil.Process().memory_info().rss > BLOCK * BLOCKS / 2
    assert len(kept) == BLOCKS / 50
