"""What is known of one symbol's market: its merged ticker, and of the past what references and funding need. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from p2p_pipeline.paper.events import Ticker
from p2p_pipeline.paper.wire.tickers import NEXT_FUNDING

_TRADING_FIELDS = ("markPrice", "lastPrice", "bid1Price", "ask1Price", "openInterest", "openInterestValue")
_SELECTING_FIELDS = ("highPrice24h", "lowPrice24h", "turnover24h")
KEPT = 128
"""So many of the newest candles of a symbol are known, and so far back its past answers for their ends."""
_SECOND_MS = 1000


class PastOiv(NamedTuple):
    """The open interest value as of a ticker frame."""

    value: Decimal | None
    ts: int
    open_interest: Decimal | None = None
    """In coins; only shown."""


def _newest() -> deque[PastOiv]:
    return deque(maxlen=KEPT)


@dataclass(slots=True)
class Past:
    """The merged open interest value as of former ticker frames: at each candle's end, as of the last one before it.

    Kept is the last frame of each of the newest KEPT candles in which one stands, and the same of whole seconds and of
    milliseconds, for candles that end beside the timeframe's grid. A frame makes those of later candles before it
    useless: for every moment they would answer, it does. So a session takes as much memory after a week as after hours.
    """

    timeframe_ms: int
    of_candles: deque[PastOiv] = field(default_factory=_newest)
    of_seconds: deque[PastOiv] = field(default_factory=_newest)
    of_frames: deque[PastOiv] = field(default_factory=_newest)

    def add(self, ts: int, value: Decimal | None, open_interest: Decimal | None = None) -> None:
        """One more frame, in the order in which they are handled."""
        told = PastOiv(value, ts, open_interest)
        add_to(self.of_candles, told, self.timeframe_ms)
        add_to(self.of_seconds, told, _SECOND_MS)
        add_to(self.of_frames, told, 1)

    def at(self, moment: int) -> PastOiv | None:
        """As of the last frame whose `ts` is at or before a candle's end, its last ms.

        None where there is none, or further back than what is kept for such an end.
        """
        if self.is_end(moment):
            return last_until(self.of_candles, moment)
        return last_until(self.of_frames if (moment + 1) % _SECOND_MS else self.of_seconds, moment)

    def is_end(self, moment: int) -> bool:
        """Whether a candle of the timeframe ends there."""
        return (moment + 1) % self.timeframe_ms == 0


def add_to(kept: deque[PastOiv], told: PastOiv, length_ms: int) -> None:
    """One more frame, where only the last one of each stretch of a length is kept."""
    stretch = told.ts // length_ms
    while kept and kept[-1].ts // length_ms >= stretch:
        kept.pop()
    kept.append(told)


def last_until(kept: deque[PastOiv], moment: int) -> PastOiv | None:
    """The last that is kept at or before a moment."""
    return next((told for told in reversed(kept) if told.ts <= moment), None)


@dataclass(slots=True)
class Market:
    """One symbol's market as its ticker frames tell it."""

    past: Past
    values: dict[str, Decimal | None] = field(default_factory=dict)
    has_snapshot: bool = False
    connection: str = ""
    last_frame_at: int = 0
    first_snapshot_at: int | None = None
    last_mark: Decimal | None = None
    """Survives a lost connection: funding and forced closes need a price."""
    rates: dict[int, Decimal | None] = field(default_factory=dict)
    """The last funding rate received while a funding time was the next one, by it; None for an empty text."""
    shown_funding_times: set[int] = field(default_factory=set)

    def merge(self, ticker: Ticker, at: int, connection: str) -> bool:
        """Take a ticker frame; False for a change whose connection has sent no snapshot: it says nothing by itself."""
        if ticker.is_snapshot:
            self.values = dict(ticker.values)
            self.has_snapshot = True
            if self.first_snapshot_at is None:
                self.first_snapshot_at = at
        elif self.has_snapshot and connection == self.connection:
            self.values.update(ticker.values)
        else:
            return False
        self.connection, self.last_frame_at = connection, at
        mark = self.values.get("markPrice")
        if mark is not None:
            self.last_mark = mark
        self.past.add(ticker.ts, self.values.get("openInterestValue"), self.values.get("openInterest"))
        return True

    def drop(self) -> None:
        """Forget the ticker: its connection is gone, and the next change may be of another state."""
        self.values, self.has_snapshot = {}, False

    @property
    def mark(self) -> Decimal | None:
        """The mark price."""
        return self.values.get("markPrice")

    @property
    def last(self) -> Decimal | None:
        """The last trade's price."""
        return self.values.get("lastPrice")

    @property
    def bid(self) -> Decimal | None:
        """The best bid's price."""
        return self.values.get("bid1Price")

    @property
    def ask(self) -> Decimal | None:
        """The best ask's price."""
        return self.values.get("ask1Price")

    @property
    def oiv(self) -> Decimal | None:
        """The open interest's value."""
        return self.values.get("openInterestValue")

    @property
    def next_funding(self) -> int | None:
        """The next funding time."""
        value = self.values.get(NEXT_FUNDING)
        return None if value is None else int(value)

    @property
    def is_tradable(self) -> bool:
        """Whether everything that a trade is decided by is known."""
        known = self.values
        return None not in [known.get(name) for name in _TRADING_FIELDS]

    @property
    def is_complete(self) -> bool:
        """Whether everything that the universe is chosen by is known too."""
        return self.is_tradable and all(self.values.get(name) is not None for name in _SELECTING_FIELDS)
