"""What results are made of. Money is exact; funding is what was received, so that what was paid stands below 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from p2p_pipeline.kernel.told import Told


class Trade(NamedTuple):
    """One position from its fill to its end."""

    order: int
    symbol: str
    side: str
    opened_at: int
    """Milliseconds since 1970."""
    closed_at: int
    entry: Decimal
    exit: Decimal
    quantity: Decimal
    reason: str
    """Why it was closed: a word of words.Close."""
    realised: Decimal
    entry_fee: Decimal
    exit_fee: Decimal
    fees: Decimal
    """Both of them."""
    funding: Decimal
    """Received while it was open."""
    net: Decimal
    """realised - fees + funding"""
    touched_by: str
    """The price that touched its entry."""
    ticks_beyond: Decimal
    """By how much that price went beyond the limit: 0 is the kindest fill that there is."""


class OpenPosition(NamedTuple):
    """A position that the log does not close: the session runs, or it was ended unasked."""

    order: int
    symbol: str
    side: str
    opened_at: int
    entry: Decimal
    quantity: Decimal
    fees: Decimal
    funding: Decimal


class EquityPoint(NamedTuple):
    """Equity without open positions, after one change of it."""

    at: int
    what: str
    """start, entry_fee, closed or funding"""
    order: int | None
    change: Decimal
    equity: Decimal


class ShownEquity(NamedTuple):
    """What a snapshot of the log says, open positions at mark."""

    at: int
    equity: Decimal
    realised: Decimal
    fees: Decimal
    funding: Decimal


class Drawdown(NamedTuple):
    """The deepest fall of the equity without open positions; all 0 where it never fell."""

    amount: Decimal
    pct: Decimal | None
    """Of the equity that it fell from, 12 decimals; None where that was not above 0."""
    from_at: int
    to_at: int


class Sums(NamedTuple):
    """What some trades came to."""

    trades: int
    wins: int
    """Those that realised more than 0, before fees and funding, as the log counts them."""
    realised: Decimal
    fees: Decimal
    funding: Decimal
    net: Decimal


class Costs(NamedTuple):
    """What trading cost, apart from what it earned."""

    maker: Decimal
    taker: Decimal
    funding_paid: Decimal
    funding_received: Decimal


class Orders(NamedTuple):
    """What became of the signals."""

    signals: int
    placed: int
    filled: int
    expired: int
    cancelled: Mapping[str, int]
    """By reason."""
    rejected: Mapping[str, int]
    """By reason."""


class Money(NamedTuple):
    """The session's sums, added up from the lines that moved money."""

    start: Decimal
    realised: Decimal
    fees: Decimal
    funding: Decimal
    equity: Decimal
    """start + realised - fees + funding"""


class Disagreement(NamedTuple):
    """A figure that the log's own summary has otherwise than its lines add up to."""

    name: str
    summed: str
    said: str


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that a log comes to."""

    session: str
    config: Mapping[str, Any]
    """As session_started has it: numbers are texts."""
    lines: int
    state: str
    """The last that was said: a word of words.SessionState."""
    started_at: int
    ended_at: int
    """The last line's time."""
    is_stopped: bool
    """It was stopped by the rules; else it runs, or its process ended unasked."""
    is_recovered: bool
    """It went on after a crash: positions were closed late, at the first prices seen again."""
    universe: int
    excluded: int
    trades: tuple[Trade, ...]
    """In the order of their closing."""
    open_positions: tuple[OpenPosition, ...]
    orders: Orders
    money: Money
    costs: Costs
    equity: tuple[EquityPoint, ...]
    shown_equity: tuple[ShownEquity, ...]
    drawdown: Drawdown
    by_symbol: Mapping[str, Sums]
    by_hour: Mapping[int, Sums]
    """By the hour of the day (UTC) in which trades were closed, 0..23; hours without one are left out."""
    by_reason: Mapping[str, Sums]
    fill_models: Mapping[str, Mapping[str, Any]]
    """The summary's, amounts as Decimal; empty before the stop."""
    disagreements: tuple[Disagreement, ...]
    """Between the summary and the lines: none, or the log was not written by this program."""
    assumptions: tuple[Told, ...]
    """What a reader must know before believing any of it."""
