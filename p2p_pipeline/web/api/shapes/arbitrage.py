"""`/opportunities`, `/matrix`, `/exchanges`, `/cycles`: what the newest scan of the exchanges' order books found."""

from __future__ import annotations

from typing import Literal

from p2p_pipeline.web.api.shapes.units import (
    Asset,
    Base,
    Fraction,
    Milliseconds,
    Paged,
    Percent,
    Quote,
    QuotePrice,
    Shape,
    SideName,
    Time,
)

TransferName = Literal["transferable", "needs_inventory", "transfer_unknown"]
"""Whether what is bought can be sent to where it is sold."""


class ScanTold(Shape):
    """One scan in short."""

    service: str
    """Which run of the service; sequences of another don't compare."""
    sequence: int
    cycle: int
    at: Time
    """Its place in the grid."""
    duration_ms: Milliseconds
    books_live: int
    pairs: int
    """Pairs of exchanges, symbols and sizes that were looked at."""
    found: int
    """Of those, how many earn enough; of very many only the first are told."""
    opportunities: int
    """Buy, sell and symbol, each at the size that would leave most."""
    quarantined: int
    cycles: int
    rejected: dict[str, int]
    """Pairs that were none, by the one reason that each has."""


class Scanned(Shape):
    """The base of all that is told of the newest scan."""

    scan: ScanTold | None
    """Null before the first."""
    is_stale: bool
    """Whether scans have stopped coming: nothing here is of now."""
    is_simulated: bool
    missing: str | None
    """Why there is nothing, and what to do."""


class ScannedPage(Paged, Scanned):
    """The same of a long list."""


class Level(Shape):
    """A level of a book, and how much of it was taken."""

    price: QuotePrice
    quantity: Base
    taken: Base


class BookUsed(Shape):
    """A book as the scan saw it."""

    exchange: str
    symbol: str
    """The exchange's spelling."""
    age_ms: int
    """Since it was received."""
    exchange_age_ms: int | None
    """By the exchange's own time, its clock's offset taken off; null where it tells none."""
    eaten: list[Level]
    taker_fee: Fraction


class Calculation(Shape):
    """Buying at one exchange and selling at another, without the levels of both books."""

    buy: str
    sell: str
    symbol: str
    """BASE/QUOTE."""
    notional: Quote
    """The size that was looked at."""
    quantity: Base
    buy_vwap: QuotePrice
    sell_vwap: QuotePrice
    cost: Quote
    proceeds: Quote
    paid: Quote
    """The cost with the buyer's fee."""
    got: Quote
    """The proceeds without the seller's fee."""
    slippage: Quote
    withdrawal: Quote
    rebalance_cost: Quote
    net_profit_quote: Quote
    net_edge_pct: Percent
    """Of what is paid, after all costs."""
    is_partial: bool
    """Whether a book ended before the size was filled."""
    transfer: TransferName
    common_chains: list[str]
    """On which it can be sent from the one to the other."""
    is_withdrawal_fee_known: bool
    """False where the buying exchange tells no fee: `withdrawal` is 0 then, and the edge too high by what it takes."""
    buy_age_ms: int
    sell_age_ms: int


class Opportunity(Calculation):
    """One that is found again by each scan is one, with a life."""

    key: str
    first_seen: Time
    last_seen: Time
    scans: int
    """How many scans in a row have found it."""
    best_edge_pct: Percent


class Opportunities(ScannedPage):
    """Best net edge first; what is too good to be believed is not among them."""

    items: list[Opportunity]


class Step(Shape):
    """One step from the gross difference to the net edge; what it takes is below 0."""

    part: Literal["gross", "buy_fee", "sell_fee", "slippage", "withdrawal", "rebalance", "net"]
    amount: Quote
    pct: Percent


class OpportunityInFull(Opportunity):
    """With both books to the filled depth, and each step; `net` is the sum of those before it."""

    unspent: Quote
    """What of the size was not spent: rounding down to both exchanges' steps, and books that ended."""
    bought: BookUsed
    sold: BookUsed
    steps: list[Step]


class Quarantined(Scanned):
    """Too good to be believed: kept apart with its books, never in the feed."""

    items: list[Calculation]


class KeptSignal(Shape):
    """One life of an opportunity: from the first scan that found it to the last in a row."""

    opportunity_id: int
    service: str
    key: str
    buy: str
    sell: str
    symbol: str
    is_simulated: bool
    first_seen: Time
    last_seen: Time
    scans: int
    best_edge_pct: Percent
    transfer: TransferName
    notional: Quote
    """Of the best calculation that was kept."""
    net_profit_quote: Quote


class KeptSignals(Paged):
    """Those that began last come first."""

    items: list[KeptSignal]
    missing: str | None
    """Why there are none, and what to do."""


class MatrixCell(Shape):
    """Buying at one exchange, selling at another."""

    buy: str
    sell: str
    net_edge_pct: Percent | None
    """The best over all symbols and sizes, opportunity or not; null where no pair got as far as having one."""
    opportunities: int
    symbol: str | None
    """Of the best opportunity."""
    transfer: TransferName | None


class EdgeMatrix(Scanned):
    """The best net edge of every pair of exchanges."""

    exchanges: list[str]
    cells: list[MatrixCell]


class ExchangeHealth(Shape):
    """How one exchange is."""

    name: str
    state: str
    """`live`, `connecting`, `resyncing`, `stale`, `unreachable`, `maintenance`, `off`."""
    connections: int
    subscriptions: int
    books_live: int
    books_wanted: int
    lag_ms: Milliseconds | None
    """From the exchange's time to ours, its clock's offset taken off; null where it tells no time."""
    clock_offset_ms: Milliseconds | None
    frames: int
    unreadable: int
    gaps: int
    resyncs: int
    checksum_failures: int
    reconnects: int
    integrity: str
    """By what a lost or changed frame shows: `sequence`, `checksum`, `sequence and checksum`, `full snapshots`."""
    last_error: str
    last_frame_at: Time | None
    transfers: str
    """Whether it tells which chains are open: `known`, `needs a key`, `unknown`."""


class Watched(Shape):
    """A symbol whose depth is watched at an exchange."""

    exchange: str
    symbol: str
    why: str
    """`near edge`, `watch list`, `held`: left the edge, and is not yet far enough from it."""
    near_edge_pct: Percent | None


class Exchanges(Scanned):
    """All exchanges, whose depth is watched, and how punctual the scan is."""

    exchanges: list[ExchangeHealth]
    watched: list[Watched]
    skipped_cycles: int
    jitter_ms: Milliseconds
    """How late the newest scan began."""
    rejected_totals: dict[str, int]
    """Since the service's start, by reason."""


class CycleLeg(Shape):
    """One step of a cycle."""

    exchange: str
    symbol: str
    side: SideName
    quantity: Base
    price: QuotePrice
    """The average over the levels taken."""


class Cycle(Shape):
    """From an asset back to it."""

    exchange: str
    """Empty when its legs are on several."""
    legs: list[CycleLeg]
    start_asset: str
    start_quantity: Asset
    spent: Asset
    end_quantity: Asset
    net_edge_pct: Percent


class Cycles(Scanned):
    """Best net edge first."""

    items: list[Cycle]
