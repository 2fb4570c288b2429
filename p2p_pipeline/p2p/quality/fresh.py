"""Whether a book's age lets it speak for now: one rule for the board, the commands, the watch and the check."""

from __future__ import annotations

CLOCKS_DIFFER_BY_SECONDS = 30.0
"""A book may be stored while its reader, who has looked at the clock before, still reads; and clocks differ."""


def is_stale(age_seconds: float | None, stale_after_seconds: float) -> bool:
    """Whether a book is too old, or of a time that is yet to come: then a clock is wrong, and its age means nothing."""
    return age_seconds is None or not -CLOCKS_DIFFER_BY_SECONDS <= age_seconds <= stale_after_seconds
