"""What is known of one symbol's market: its merged ticker, and of the past what references and funding need. Pure."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from p2p_pipeline.paper.events import Ticker
from p2p_pipeline.paper.wire.tickers import NEXT_FUNDING

_TRADING_FIELDS = ("markPrice", "lastPrice", "bid1Price", "ask1Price", "openInterest", "openInterestValue")
_SELECTING_FIELDS = ("highPrice24h", "lowPrice24h", "turnover24h")
LONG_PAST = 1024
"""Ticker frames of a symbol that are kept each; of a longer past the last before each candle's end."""


class PastOiv(NamedTuple):
    """The open interest value as of a ticker frame."""

    value: Decimal | None
    ts: int
    open_interest: Decimal | None = None
    """In coins; only shown."""


@dataclass(slots=True)
class Past:
    """The merged open interest value as of former ticker frames: of each moment the last frame at or before it.

    A frame makes those before it whose `ts` is not smaller useless: for every moment they would answer, it does.
    """

    timeframe_ms: int
    times: list[int] = field(default_factory=list)
    values: list[tuple[Decimal | None, Decimal | None]] = field(default_factory=list)
    """Value and open interest."""

    def add(self, ts: int, value: Decimal | None, open_interest: Decimal | None = None) -> None:
        """One more frame, in the order in which they are handled."""
        times, values = self.times, self.values
        while times and times[-1] >= ts:
            times.pop()
            values.pop()
        times.append(ts)
        values.append((value, open_interest))
        if len(times) > LONG_PAST:
            self._thin()

    def at(self, moment: int) -> PastOiv | None:
        """As of the last frame whose `ts` is at or before a moment; None where there is none."""
        place = bisect_right(self.times, moment)
        if not place:
            return None
        value, open_interest = self.values[place - 1]
        return PastOiv(value, self.times[place - 1], open_interest)

    def _thin(self) -> None:
        """Of the older half keep what the ends of candles ask for: the last frame before each."""
        half = LONG_PAST // 2
        last = {ts // self.timeframe_ms: place for place, ts in enumerate(self.times[:-half])}
        kept = [*last.values(), *range(len(self.times) - half, len(self.times))]
        self.times = [self.times[place] for place in kept]
        self.values = [self.values[place] for place in kept]


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
