"""Judgements kept by all that they are made from, for a service that judges the same weeks again and again.

New prices come every few minutes and change the newest judgement; the fifty of earlier weeks know nothing of them, and
making them anew is what a year's advice takes its time for.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

from p2p_pipeline.p2p.metrics.timing.gains import Gains
from p2p_pipeline.p2p.metrics.timing.judgement import Judgement, PastWeek, judge

Judge = Callable[[Gains, float, int, int, Sequence[PastWeek]], Judgement]
"""`judge`, or one that remembers."""
MOST_KEPT = 1_500
"""About 8 MB: a year of weeks for some thirty series."""


class Remembered:
    """Judges as `judge` does, each question once."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[bytes, Judgement] = OrderedDict()
        self._keeping = threading.Lock()

    def judge(
        self, gains: Gains, confidence: float, minimum_weeks: int, seed: int = 0, past: Sequence[PastWeek] = ()
    ) -> Judgement:
        """The judgement."""
        key = _digest(gains, confidence, minimum_weeks, seed, past)
        with self._keeping:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = judge(gains, confidence, minimum_weeks, seed, past)
        with self._keeping:
            self._kept[key] = found
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found


def _digest(gains: Gains, *asked: object) -> bytes:
    told = hashlib.blake2b(repr((gains.hours_seen, gains.weeks_known, asked)).encode(), digest_size=16)
    for values in (gains.daily, gains.weekly, gains.tested):
        told.update(repr(values.shape).encode())
        told.update(values.tobytes())
    return told.digest()
