"""What a scan sees of all books: arrays to search in, exact levels to decide with. Nothing changes while it scans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from p2p_pipeline.exchanges.words import Instrument

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Nanoseconds = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ExactBook:
    """The first levels of one book, best first, exact."""

    bids: tuple[tuple[Decimal, Decimal], ...]
    asks: tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class MarketView:
    """All books as arrays [exchange, symbol, level]; prices and quantities are NaN where a book has no such level.

    Floats may search; what they propose is decided by `exact`.
    """

    exchanges: tuple[str, ...]
    symbols: tuple[str, ...]
    """BASE/QUOTE: one row for what identity/ says is one thing."""
    bid_prices: Floats
    bid_quantities: Floats
    ask_prices: Floats
    ask_quantities: Floats
    is_live: Flags
    """[exchange, symbol]: the sequencer vouches for the book."""
    received_ns: Nanoseconds
    """[exchange, symbol], monotonic clock."""
    exchange_age_ms: Floats
    """[exchange, symbol] at `now_ns`, the clock's offset taken off; NaN where the exchange tells no time."""
    now_ns: int
    instruments: Mapping[tuple[int, int], Instrument]
    """By (exchange, symbol) index; absent: not traded there."""
    exact: Callable[[int, int], ExactBook]
    has_long_numbers: Flags | None = None
    """[exchange, symbol]: the book has a number of more than 15 digits, which floats don't hold. None: nowhere."""
