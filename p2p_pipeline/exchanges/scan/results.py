"""What a scan found, for stores, pages and commands alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from p2p_pipeline.exchanges.scan.reasons import Reason, Transfer


@dataclass(frozen=True, slots=True)
class Eaten:
    """One level of a book and how much of it was taken."""

    price: Decimal
    quantity: Decimal
    taken: Decimal


@dataclass(frozen=True, slots=True)
class BookUsed:
    """A book as the scan saw it: how old, and what was taken of it."""

    exchange: str
    symbol: str
    """The exchange's spelling."""
    age_ms: int
    """Since it was received, by the monotonic clock."""
    exchange_age_ms: int | None
    """By the exchange's own time with its clock's offset; None where it tells none."""
    eaten: tuple[Eaten, ...]
    taker_fee: Decimal


@dataclass(frozen=True, slots=True)
class Spatial:
    """Buy on one exchange, sell on another, with the whole calculation. Amounts in quote but `quantity` (base)."""

    buy: str
    sell: str
    symbol: str
    """BASE/QUOTE."""
    notional: Decimal
    quantity: Decimal
    buy_vwap: Decimal
    sell_vwap: Decimal
    cost: Decimal
    proceeds: Decimal
    paid: Decimal
    got: Decimal
    slippage: Decimal
    withdrawal: Decimal
    rebalance_cost: Decimal
    net_profit_quote: Decimal
    net_edge_pct: Decimal
    is_partial: bool
    """Filled less than the notional because a book ended."""
    bought: BookUsed
    sold: BookUsed
    transfer: Transfer = Transfer.TRANSFER_UNKNOWN
    common_chains: tuple[str, ...] = ()
    is_withdrawal_fee_known: bool = True
    """Not where the buying exchange tells no fee: `withdrawal` is 0 then, and the edge is too high by what it takes."""


@dataclass(frozen=True, slots=True)
class CycleLeg:
    """One step of a cycle; `price` is the average over the levels taken."""

    exchange: str
    symbol: str
    side: str
    """BUY or SELL of the symbol's base."""
    quantity: Decimal
    price: Decimal
    eaten: tuple[Eaten, ...] = ()


@dataclass(frozen=True, slots=True)
class CycleFound:
    """From an asset back to it; `exchange` is empty when its legs are on several."""

    exchange: str
    legs: tuple[CycleLeg, ...]
    start_asset: str
    start_quantity: Decimal
    spent: Decimal
    end_quantity: Decimal
    net_edge_pct: Decimal


@dataclass(frozen=True, slots=True)
class Rejected:
    """A pair that is none, and why. `net_edge_pct` where it got as far as having one."""

    buy: str
    sell: str
    symbol: str
    notional: Decimal
    reason: Reason
    net_edge_pct: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """One cycle of the scan."""

    cycle: int
    at: datetime
    """The cycle's place in the grid, aware UTC."""
    duration_ms: float
    books_live: int
    pairs: int
    """Pair, symbol and notional that were looked at: opportunities and rejected add up to it."""
    opportunities: Sequence[Spatial] = ()
    """By symbol, buying and selling exchange, notional. A tuple; of more than anybody reads a sequence that calculates
    each when it is asked for."""
    quarantined: Sequence[Spatial] = ()
    """Too good to be believed, with their books: those that `rejected` counts as `too_good`."""
    cycles: tuple[CycleFound, ...] = ()
    rejected: Mapping[Reason, int] = field(default_factory=dict)
    best_edges: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    """The best net edge in per cent by (buying, selling) exchange, over symbols and notionals that have one."""
    quarantined_cycles: tuple[CycleFound, ...] = ()
    """Too good to be believed: not among `cycles`."""
