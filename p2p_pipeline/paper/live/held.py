"""What has arrived is held until its millisecond is over, and then handed on in the one order: as a replay sorts it."""

from __future__ import annotations

from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.paper.machine.driving import Driver
from p2p_pipeline.paper.machine.queue import PLACE, Arrivals, Arrived
from p2p_pipeline.paper.words import Said

_MOST_MS = 5_000
"""Of the clock's own moments at once: a machine that slept for hours has thousands to catch up with, and sockets are
read between them."""


class Held:
    """Of one session. The clock that times the frames only grows: what comes later than a moment is not before it."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self._arrivals = Arrivals()
        self._waiting: list[Arrived] = []
        self._done_until = 0

    def push(self, frame: Frame) -> None:
        """A frame came, or was noted."""
        placed = self._arrivals.place(frame)
        if placed is not None:
            self._waiting.append(placed)

    def release(self, now: int) -> list[Said]:
        """Everything of the milliseconds before now; call it again while `is_behind`."""
        self._waiting.sort(key=PLACE)
        due = 0
        while due < len(self._waiting) and self._waiting[due].at < now:
            due += 1
        first = self._waiting[0].at if due else now
        said: list[Said] = []
        if self._done_until and first - self._done_until > _MOST_MS:
            self._done_until += _MOST_MS
            return self.driver.until(self._done_until)
        for arrived in self._waiting[:due]:
            said += self.driver.take(arrived)
        del self._waiting[:due]
        said += self.driver.until(now)
        self._done_until = now
        return said

    def is_behind(self, now: int) -> bool:
        """Whether there is still to be caught up with."""
        return self._done_until < now
