"""How fast one exchange may be spoken to. Pure: seconds of a clock that only grows are passed in."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

HOUR_SECONDS = 3600.0
_STOP_SECONDS = {429: 30.0, 418: 300.0, 403: 600.0}
"""How long to be silent where an exchange refuses and names no time: 403 is Bybit's "stop for ten minutes"."""


@dataclass
class Turns:
    """Turns that come one after the other with at least a gap between them, without a burst after a rest."""

    per_second: float
    next_at: float = float("-inf")

    def take(self, now: float) -> float:
        """Take the next turn; gives the seconds to wait for it."""
        at = max(now, self.next_at)
        self.next_at = at + 1.0 / self.per_second
        return at - now

    def began(self, now: float) -> None:
        """A turn began only now: whoever wakes late must not bring the next one nearer."""
        self.next_at = max(self.next_at, now + 1.0 / self.per_second)


@dataclass
class HourlyBudget:
    """At most so many in any hour; None for no limit."""

    most: int | None
    _taken: deque[float] = field(default_factory=deque)

    def left(self, now: float) -> float:
        """How many more there may be now."""
        while self._taken and self._taken[0] <= now - HOUR_SECONDS:
            self._taken.popleft()
        return float("inf") if self.most is None else self.most - len(self._taken)

    def wait(self, now: float) -> float:
        """Seconds until there may be another."""
        return 0.0 if self.left(now) >= 1 else self._taken[0] + HOUR_SECONDS - now

    def take(self, now: float) -> None:
        """One more."""
        self._taken.append(now)


@dataclass
class Stop:
    """No REST requests to one exchange while it wants to be left alone."""

    until: float = float("-inf")

    def refused(self, status: int, retry_after: float | None, now: float) -> float | None:
        """Note an answer's status; gives the seconds of silence where it asks for that."""
        if status not in _STOP_SECONDS:
            return None
        seconds = _STOP_SECONDS[status] if retry_after is None else retry_after
        self.until = max(self.until, now + seconds)
        return seconds

    def seconds(self, now: float) -> float:
        """How long nothing may be asked; 0 when it may."""
        return max(0.0, self.until - now)
