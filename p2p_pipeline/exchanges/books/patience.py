"""How long nothing may come of a subscription before it is made again. Pure."""

from __future__ import annotations

from dataclasses import dataclass

_SECOND_NS = 1_000_000_000
QUIET_NS = 60 * _SECOND_NS
"""Nothing of a book for so long, or no first frame so long after it was asked for."""
_AGAIN_NS, _LONGEST_NS = 180 * _SECOND_NS, 3600 * _SECOND_NS
"""Between two attempts: twice as long each time until it is heard again, up to an hour."""


@dataclass(slots=True)
class Patience:
    """What is had with one subscription."""

    asked_ns: int
    attempts: int = 0
    """How often it was made again since it was heard."""

    def is_over(self, now_ns: int) -> bool:
        """Whether it may be asked for again."""
        wait = QUIET_NS if self.attempts == 0 else min(_LONGEST_NS, _AGAIN_NS << min(self.attempts - 1, 10))
        return now_ns - self.asked_ns >= wait
