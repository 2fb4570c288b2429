"""Which candles were lost: over for some seconds, and their end never came. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from p2p_pipeline.paper.machine.state import Session

GRACE_MS = 8_000
"""After a candle's end: who trades little is told of it late."""
AGAIN_MS = 15_000
MOST_ATTEMPTS = 3


@dataclass(slots=True)
class _Asked:
    start: int
    attempts: int
    at: int


@dataclass(slots=True)
class LostCandles:
    """Of one session: what was asked for already. Only the newest candle makes a reference, older ones stay lost."""

    frozen_at: int | None = None
    """Klines are subscribed to from then on: candles that were over before are nobody's."""
    _asked: dict[str, _Asked] = field(default_factory=dict)

    def next(self, session: Session, now: int) -> str | None:
        """A symbol whose newest candles must be asked for, once for each attempt; None when there is none."""
        if not session.is_frozen:
            return None
        if self.frozen_at is None:
            self.frozen_at = now
        length = session.settings.timeframe_minutes * 60_000
        start = (now - GRACE_MS) // length * length - length
        if start + length <= self.frozen_at:
            return None
        for symbol, traded in session.traded.items():
            if start in traded.candles:
                continue
            asked = self._asked.get(symbol)
            if asked is None or asked.start != start:
                self._asked[symbol] = _Asked(start, 1, now)
                return symbol
            if asked.attempts < MOST_ATTEMPTS and now >= asked.at + AGAIN_MS:
                asked.attempts, asked.at = asked.attempts + 1, now
                return symbol
        return None
