"""How a process that runs for weeks asks the system for memory."""

from __future__ import annotations

import ctypes
from contextlib import suppress

import pyarrow as pa

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_ARENAS = 2
_LARGE_BYTES = 1 << 18


def give_back_memory() -> None:
    """Have what threads let go used again, and large pieces returned at once.

    Of its own accord glibc gives each thread an arena of its own and Arrow has a third allocator: what one has free
    none of the others uses, so that the most that each thread ever held adds up. Elsewhere than in glibc the system's
    ways stay.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_ARENA_MAX, _ARENAS)
        mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_TRIM_THRESHOLD, 4 * _LARGE_BYTES)
