"""How much a search may do: counted in steps, so that a busy machine gives the answer of a quiet one.

A step is 160 to 360 microseconds here, whatever the kind of book.
"""

from __future__ import annotations

MOST_STEPS = 1250
"""Of one search: a quarter of a second, or half of one where the book is hard."""
STEPS_ALLOWED = 200_000
"""The most a person may ask for, of one search: about a minute, and an answer may take several."""


class Work:
    """Counts a search's steps; calling it is a step, and says whether there were too many."""

    def __init__(self, most_steps: int = MOST_STEPS) -> None:
        self._left = most_steps

    def __call__(self) -> bool:
        """Take a step; True when the search has to end here."""
        self._left -= 1
        return self._left < 0
