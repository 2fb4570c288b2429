"""A simulated book of one symbol at one exchange: whole numbers of steps, and the sequence its exchange counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class SimulatedInstrument:
    """What a simulated exchange trades. A dialect spells it its own way."""

    exchange: str
    base: str
    quote: str
    price_decimals: int
    quantity_decimals: int
    min_notional: Decimal
    taker_fee: Decimal
    contract: str = ""
    chain: str = "ETH"
    """ETH, TRX, BSC, SOL, or the asset's own."""
    deposit_open: bool = True
    withdraw_open: bool = True
    withdrawal_fee: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class BookChange:
    """What changed in a book, new quantities; 0 is gone. Numbers are text in the instrument's decimals."""

    bids: tuple[tuple[str, str], ...]
    asks: tuple[tuple[str, str], ...]
    first: int
    """Of the updates it holds; `last` of the change before + 1."""
    last: int
    previous: int
    """The `last` of the change before."""
    at_ms: int
    """By the exchange's own clock."""


@dataclass
class SimulatedBook:
    """The book as its exchange has it. `bids` and `asks` are price text to quantity text."""

    instrument: SimulatedInstrument
    bids: dict[str, str] = field(default_factory=dict)
    asks: dict[str, str] = field(default_factory=dict)
    last: int = 1_000
    at_ms: int = 0

    def top(self, depth: int | None = None) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Bids and asks, best first."""
        bids = sorted(self.bids.items(), key=lambda level: -Decimal(level[0]))
        asks = sorted(self.asks.items(), key=lambda level: Decimal(level[0]))
        return bids[:depth], asks[:depth]
