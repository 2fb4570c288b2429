"""How far an exchange's clock and the way to us are apart, as a running estimate. Pure."""

from __future__ import annotations

from collections import deque

_PART_SECONDS = 15
_PARTS = 20


class ClockOffset:
    """The smallest difference between receiving and the exchange's own time, of the last five minutes.

    The way to us is never shorter than no time, so the smallest difference is the clocks' difference and the quickest
    way together: what an event took more than that is its lag. An exchange clock that jumps ahead makes its events look
    older until the window has passed, which costs opportunities and never invents one.
    """

    __slots__ = ("_part", "_parts", "_smallest", "lag_ms")

    def __init__(self) -> None:
        self._parts: deque[float] = deque(maxlen=_PARTS)
        self._part = -1
        self._smallest: float | None = None
        self.lag_ms: float | None = None
        """How much longer than the quickest way events take now: a moving average over some twenty of them."""

    def heard(self, received_at_ns: int, exchange_time_us: int) -> None:
        """An event with the exchange's time arrived."""
        difference = self.was_at(received_at_ns, exchange_time_us)
        lag = difference - self._smallest if self._smallest is not None else 0.0
        self.lag_ms = lag if self.lag_ms is None else self.lag_ms + (lag - self.lag_ms) / 20

    def was_at(self, received_at_ns: int, exchange_time_us: int) -> float:
        """The exchange's clock showed this before we received that: a bound on the difference, and no lag of events."""
        difference = received_at_ns / 1e6 - exchange_time_us / 1e3
        part = received_at_ns // (_PART_SECONDS * 1_000_000_000)
        if part != self._part:
            self._part = part
            self._parts.append(difference)
            self._smallest = min(self._parts)
        elif self._smallest is None or difference < self._parts[-1]:
            self._parts[-1] = difference
            self._smallest = min(self._parts)
        return difference

    @property
    def offset_ms(self) -> float | None:
        """Our clock's time minus the exchange's; None until it has told one."""
        return self._smallest

    def age_ms(self, received_at_ns: int, exchange_time_us: int) -> float:
        """How old an event was when it was received, the offset taken off."""
        return received_at_ns / 1e6 - exchange_time_us / 1e3 - (self._smallest or 0.0)
