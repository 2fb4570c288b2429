"""Which test hours failed that are not recommended."""

from __future__ import annotations

from enum import StrEnum


class FailedTest(StrEnum):
    """The first test that was not passed; of the three chances the largest."""

    HISTORY = "history"
    """There is too little of it."""
    PRICES = "prices"
    """No price, too few hours with one, or one that never moves: nothing can be compared."""
    BEST_HOUR = "best_hour"
    """So good a best hour is likely where no hour is better, all having been looked at (White's reality check)."""
    SIGNS = "signs"
    """The same, weeks turned into their mirror images."""
    FOLLOWED = "followed"
    """What following gave in weeks that did not choose the hours is as likely where no hour is better."""
    HOURS_OF_DAY = "hours_of_day"
    """Weekdays differ, but no hour of the day is better by itself."""
    HELD_OUT = "held_out"
    """The long-run mean in weeks that did not choose the hours may be 0 or less."""
    RECENT = "recent"
    """What looked best when a week began has lately not been better in that week."""
