"""One clock for frames and books: nanoseconds since 1970 as they were at the start, and from then on they only grow.

What is recorded is thus what the books were told, and a replay of the frames sees the same ages to the nanosecond; a
wall clock that is set changes no age. No two moments are the same, so that frames and notes have one order.
"""

from __future__ import annotations

import time


class AnchoredClock:
    """The machine's monotonic clock, anchored once at its wall clock."""

    def __init__(self) -> None:
        self._anchor_ns = time.time_ns() - time.monotonic_ns()
        self._last_ns = 0

    def now_ns(self) -> int:
        """See this module."""
        self._last_ns = max(self._last_ns + 1, self._anchor_ns + time.monotonic_ns())
        return self._last_ns
