"""Funding at its moments. Pure; only inside EXACT."""

from __future__ import annotations

from decimal import Decimal

from p2p_pipeline.paper.events import FundingMoment, Ticker
from p2p_pipeline.paper.machine.account import Account
from p2p_pipeline.paper.machine.market import Market
from p2p_pipeline.paper.machine.trading import Position, Traded
from p2p_pipeline.paper.wire.tickers import NEXT_FUNDING
from p2p_pipeline.paper.words import Said

_REMEMBERED_MS = 24 * 3_600_000


def tells_funding(ticker: Ticker) -> bool:
    """Whether a frame says anything about funding: what it does not say stays as it was noted."""
    return NEXT_FUNDING in ticker.values or "fundingRate" in ticker.values


def note_funding(market: Market, at: int) -> tuple[int | None, bool]:
    """After a ticker frame: keep the rate of its next funding time.

    The funding time if it is one that was not shown before, and whether its moment is still to come.
    """
    funding_at = market.next_funding
    if funding_at is None:
        return None, False
    if funding_at >= at:
        market.rates[funding_at] = market.values.get("fundingRate")
    if funding_at in market.shown_funding_times:
        return None, False
    market.shown_funding_times.add(funding_at)
    _forget_before(market, at - _REMEMBERED_MS)
    return funding_at, funding_at >= at


def _forget_before(market: Market, moment: int) -> None:
    """Times long past are neither paid nor cooled down for, also when they are shown again."""
    market.shown_funding_times = {one for one in market.shown_funding_times if one >= moment}
    market.rates = {one: rate for one, rate in market.rates.items() if one >= moment}


def amount_due(market: Market, position: Position | None, funding_at: int) -> Decimal | None:
    """What a position pays (below 0: receives) at a moment, 0 at an unknown rate; None where it owes nothing."""
    rate, mark = market.rates.get(funding_at), market.last_mark
    if position is None or mark is None or position.filled_at >= funding_at:
        return None
    return Decimal(0) if rate is None else mark * position.quantity * rate * position.side.sign


def pay(traded: Traded, moment: FundingMoment, account: Account, at: int) -> Said | None:
    """A position filled before the moment pays or receives."""
    position, market = traded.position, traded.market
    amount = amount_due(market, position, moment.funding_at)
    if position is None or amount is None:
        return None
    rate, mark = market.rates.get(moment.funding_at), market.last_mark
    account.funding -= amount
    return Said(
        at,
        "funding_unknown" if rate is None else "funding_applied",
        {
            "symbol": traded.symbol,
            "funding_at": moment.funding_at,
            "rate": rate or Decimal(0),
            "mark": mark,
            "quantity": position.quantity,
            "amount": amount,
        },
    )
