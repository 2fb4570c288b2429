"""Where frames of all exchanges come in: kept first, then read in their order, the newest view of a topic alone.

Readers of sockets only put frames here; what was put while others were read is looked over together, so that a program
that falls behind reads fewer views and not older ones.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from p2p_pipeline.exchanges.connections.topics import superseded
from p2p_pipeline.exchanges.frames.frame import Frame

BEHIND = 64
"""As many frames at once are more than came in by turns."""
_SLICE_SECONDS = 0.02
_LOOKED_AFTER = 64


class Intake:
    """Of one service, in the thread of its loop. `passed` hears of views that are not read."""

    def __init__(
        self,
        record: Callable[[Frame], object],
        take: Callable[[Frame], None],
        passed: Callable[[Sequence[Frame]], None] = lambda _: None,
    ) -> None:
        self.record = record
        self._take = take
        self._passed = passed
        self._waiting: list[Frame] = []
        self._is_called = False
        self.passed_over = 0
        """Views that a newer one replaced before they were read."""

    def push(self, frame: Frame, *, is_kept: bool = False) -> None:
        """Keep a frame, unless that is done, and have it read soon."""
        if not is_kept:
            self.record(frame)
        self._waiting.append(frame)
        if not self._is_called:
            self._is_called = True
            asyncio.get_running_loop().call_soon(self._go_on)

    def flush(self) -> None:
        """Read all that waits, now."""
        self._read(float("inf"))

    def _go_on(self) -> None:
        self._is_called = False
        self._read(time.perf_counter() + _SLICE_SECONDS)
        if self._waiting and not self._is_called:
            self._is_called = True
            asyncio.get_running_loop().call_soon(self._go_on)

    def _read(self, until: float) -> None:
        frames, self._waiting = self._waiting, []
        passed = superseded(frames) if len(frames) > BEHIND else frozenset()
        if passed:
            self.passed_over += len(passed)
            self._passed([frames[place] for place in sorted(passed)])
        for place, frame in enumerate(frames):
            if place not in passed:
                self._take(frame)
            if place % _LOOKED_AFTER == _LOOKED_AFTER - 1 and time.perf_counter() > until:
                # Sockets are read in between, and heartbeats sent.
                rest = [one for at, one in enumerate(frames[place + 1 :], place + 1) if at not in passed]
                self._waiting = rest + self._waiting
                return
