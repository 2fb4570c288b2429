"""What a paper session came to, from nothing but the lines of its log."""

from __future__ import annotations

from typing import Any

from p2p_pipeline.web.api.shapes.paper import Moment, PaperSide, SessionStateName
from p2p_pipeline.web.api.shapes.units import Base, Percent, Quote, QuotePrice, Shape


class PaperTrade(Shape):
    """One position from its fill to its end."""

    order: int
    symbol: str
    side: PaperSide
    opened_at: Moment
    closed_at: Moment
    entry: QuotePrice
    exit: QuotePrice
    quantity: Base
    reason: str
    realised: Quote
    entry_fee: Quote
    exit_fee: Quote
    fees: Quote
    funding: Quote
    """Received while it was open; what was paid stands below 0."""
    net: Quote
    """realised - fees + funding"""
    touched_by: str
    ticks_beyond: Base
    """How far the price went beyond the limit: 0 is the kindest fill that there is."""


class PaperOpenPosition(Shape):
    """A position that the log does not close."""

    order: int
    symbol: str
    side: PaperSide
    opened_at: Moment
    entry: QuotePrice
    quantity: Base
    fees: Quote
    funding: Quote


class PaperEquityPoint(Shape):
    """Equity without open positions, after one change of it."""

    at: Moment
    what: str
    order: int | None
    change: Quote
    equity: Quote


class PaperShownEquity(Shape):
    """What a snapshot of the log says, open positions at mark."""

    at: Moment
    equity: Quote
    realised: Quote
    fees: Quote
    funding: Quote


class PaperDrawdown(Shape):
    """The deepest fall of the equity without open positions."""

    amount: Quote
    pct: Percent | None
    from_at: Moment
    to_at: Moment


class PaperSums(Shape):
    """What some trades came to."""

    trades: int
    wins: int
    realised: Quote
    fees: Quote
    funding: Quote
    net: Quote


class PaperCosts(Shape):
    """What trading cost, apart from what it earned."""

    maker: Quote
    taker: Quote
    funding_paid: Quote
    funding_received: Quote


class PaperOrders(Shape):
    """What became of the signals."""

    signals: int
    placed: int
    filled: int
    expired: int
    cancelled: dict[str, int]
    rejected: dict[str, int]


class PaperMoney(Shape):
    """The session's sums, added up from the lines that moved money."""

    start: Quote
    realised: Quote
    fees: Quote
    funding: Quote
    equity: Quote


class PaperDisagreement(Shape):
    """A figure that the log's own summary has otherwise than its lines add up to."""

    name: str
    summed: str
    said: str


class PaperResults(Shape):
    """Everything that a log comes to."""

    session: str
    config: dict[str, Any]
    lines: int
    state: SessionStateName
    started_at: Moment
    ended_at: Moment
    is_stopped: bool
    is_recovered: bool
    universe: int
    excluded: int
    trades: list[PaperTrade]
    open_positions: list[PaperOpenPosition]
    orders: PaperOrders
    money: PaperMoney
    costs: PaperCosts
    equity: list[PaperEquityPoint]
    shown_equity: list[PaperShownEquity]
    drawdown: PaperDrawdown
    by_symbol: dict[str, PaperSums]
    by_hour: dict[str, PaperSums]
    """By the hour of the day (UTC) in which trades were closed."""
    by_reason: dict[str, PaperSums]
    fill_models: dict[str, dict[str, Any]]
    """How it would have been under less kind beliefs in fills; empty before the stop."""
    disagreements: list[PaperDisagreement]
    assumptions: list[str]
    """What a reader must know before believing any of it."""
