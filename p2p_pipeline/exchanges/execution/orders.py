"""What would be ordered to take an opportunity or a cycle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from p2p_pipeline.exchanges.scan.reasons import Transfer
from p2p_pipeline.exchanges.words import Instrument


class Side(StrEnum):
    """Of the instrument's base."""

    BUY = "BUY"
    SELL = "SELL"


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """One order: filled at once up to its limit, and what is not filled is cancelled (immediate or cancel)."""

    instrument: Instrument
    side: Side
    quantity: Decimal
    limit_price: Decimal
    """The worst price that the calculation counts on: nothing is bought dearer or sold cheaper."""
    expected: Decimal
    """Its cost or proceeds in quote, before the fee."""
    fee: Decimal
    """The taker fee that was counted on, a fraction."""
    client_order_id: str
    """The same for the same plan and leg: an exchange that knows it takes no second order of it."""

    @property
    def given_asset(self) -> str:
        """What is paid with."""
        return self.instrument.quote if self.side is Side.BUY else self.instrument.base

    @property
    def given(self) -> Decimal:
        """How much of it, with the fee where it is taken from what is paid."""
        return self.expected * (1 + self.fee) if self.side is Side.BUY else self.quantity


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """All orders of one opportunity, in the order in which they would be sent."""

    key: str
    """Its idempotency key: the same opportunity of the same scan has the same one, whoever plans it, however often."""
    what: str
    """For people: `BTC/USDT: buy at okx, sell at kraken`."""
    orders: tuple[PlannedOrder, ...]
    are_simultaneous: bool
    """Sent together: each gives what is held at its exchange. Else each gives what the one before it brought."""
    net_edge_pct: Decimal
    net_profit: Decimal
    """In the quote, or in the asset that a cycle starts with."""
    made_at: datetime
    expires_at: datetime
    """After it nothing of it may be sent: the books are older than what was counted on."""
    oldest_book_ms: int
    transfer: Transfer
