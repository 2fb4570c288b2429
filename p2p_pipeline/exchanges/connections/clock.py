"""One clock for frames and books: nanoseconds since 1970 as they were at the start, and from then on they only grow.

What is recorded is thus what the books were told, and a replay of the frames sees the same ages to the nanosecond; a
wall clock that is set changes no age. No two moments are the same, so that frames and notes have one order.
"""

from __future__ import annotations

import time
from collections.abc import Callable

_SINCE_BOOT: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class AnchoredClock:
    """The machine's monotonic clock, anchored once at its wall clock."""

    def __init__(self, steady_ns: Callable[[], int] = time.monotonic_ns, not_before_ns: int = 0) -> None:
        self._steady_ns = steady_ns
        self._anchor_ns = time.time_ns() - steady_ns()
        self._last_ns = not_before_ns

    def now_ns(self) -> int:
        """See this module."""
        self._last_ns = max(self._last_ns + 1, self._anchor_ns + self._steady_ns())
        return self._last_ns


def since_boot_ns() -> int:
    """A steady clock that goes on while a laptop sleeps, where the system has one."""
    return time.clock_gettime_ns(_SINCE_BOOT)
