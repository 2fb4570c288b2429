"""How a process that runs for weeks asks the system for memory."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_ARENAS = 2
_LARGE_BYTES = 1 << 18


def give_back_memory() -> None:
    """Have what threads let go used again, and large pieces returned at once.

    Of its own accord glibc gives each thread an arena of its own and Arrow has a third allocator: what one has free
    none of the others uses, so that the most that each thread ever held adds up. Elsewhere than in glibc the system's
    ways stay. To be called before pyarrow is imported: what its Parquet writer uses is settled then.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_ARENA_MAX, _ARENAS)
        mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_TRIM_THRESHOLD, 4 * _LARGE_BYTES)
