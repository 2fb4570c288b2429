"""What can be said of lives. Apart from what decides it, because a table's schema must not load statistics."""

from __future__ import annotations

from enum import StrEnum


class LifetimeState(StrEnum):
    """Whether a median lifetime can be told, or why not."""

    OK = "ok"
    BELOW_GAP = "below_gap"
    """It may be shorter than the time between looks."""
    NO_COMPLETE_SNAPSHOTS = "no_complete_snapshots"
    WINDOW_TOO_SHORT = "window_too_short"
    TOO_FEW_ENDS = "too_few_ends"


class Ending(StrEnum):
    """How a life ended, as far as its last look tells."""

    FILLED = "filled"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"
