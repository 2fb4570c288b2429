"""How fresh a book is for the one who looks, in four levels: what a mark beside its figures says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from p2p_pipeline.p2p.quality.fresh import is_stale

LIVE_INTERVALS = 2.0
"""A book is live until the next one is overdue: it comes once an interval, and takes a part of the next to be read."""
STOPPED_STALE_TIMES = 10.0
"""So many times too old is no delay: nothing is collected any more, and since when says more than an age."""


class Level(StrEnum):
    """What a book's age means."""

    LIVE = "live"
    DELAYED = "delayed"
    """Older than it should be, and young enough to trade by."""
    STALE = "stale"
    """Too old to trade by; or of the future, which is a wrong clock."""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Freshness:
    """Up to which age a book has each level, in seconds."""

    live_seconds: float
    stale_after_seconds: float
    stopped_after_seconds: float

    @classmethod
    def of(cls, interval_seconds: float, stale_after_seconds: float) -> Freshness:
        """For books that are collected once in an interval."""
        live = min(LIVE_INTERVALS * interval_seconds, stale_after_seconds)
        return cls(live, stale_after_seconds, STOPPED_STALE_TIMES * stale_after_seconds)

    def level(self, age_seconds: float) -> Level:
        """Of a book of this age."""
        if age_seconds > self.stopped_after_seconds:
            return Level.STOPPED
        if is_stale(age_seconds, self.stale_after_seconds):
            return Level.STALE
        return Level.LIVE if age_seconds <= self.live_seconds else Level.DELAYED
