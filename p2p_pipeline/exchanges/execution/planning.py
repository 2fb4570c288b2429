"""From what a scan found to the orders that would take it. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal, localcontext

from p2p_pipeline.exchanges.execution.orders import OrderPlan, PlannedOrder, Side
from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.exchanges.scan.reasons import Transfer
from p2p_pipeline.exchanges.scan.results import BookUsed, CycleFound, CycleLeg, Eaten, Spatial
from p2p_pipeline.exchanges.words import Instrument
from p2p_pipeline.kernel.errors import ClearError

PLAN_SECONDS = 2.0
"""How long a plan may be acted on: less than half of what lies between two scans."""
_KEY_CHARACTERS = 24
"""Exchanges take client order ids of 32 letters and digits at least; two stand before and one behind."""

Instruments = Mapping[tuple[str, str], Instrument]
"""By exchange and the exchange's spelling of the symbol."""


class NotPlannable(ClearError):
    """What was found can't be ordered any more."""


def plan_of_spatial(found: Spatial, instruments: Instruments, scanned_at: datetime) -> OrderPlan:
    """Buy at one exchange and sell at the other, at once. Raises NotPlannable when one no longer lists it."""
    key = idempotency_key("spatial", scanned_at, found.buy, found.sell, found.symbol, str(found.notional))
    sides = ((found.bought, Side.BUY, found.cost), (found.sold, Side.SELL, found.proceeds))
    orders = tuple(
        _order(_listed(instruments, used), side, found.quantity, used.eaten, expected, used.taker_fee, f"{key}{number}")
        for number, (used, side, expected) in enumerate(sides)
    )
    return OrderPlan(
        key=key,
        what=f"{found.symbol}: buy at {found.buy}, sell at {found.sell}",
        orders=orders,
        are_simultaneous=True,
        net_edge_pct=found.net_edge_pct,
        net_profit=found.net_profit_quote,
        made_at=scanned_at,
        expires_at=scanned_at + timedelta(seconds=PLAN_SECONDS),
        oldest_book_ms=max(_age_ms(found.bought), _age_ms(found.sold)),
        transfer=found.transfer,
    )


def plan_of_cycle(
    found: CycleFound, instruments: Instruments, fees: Mapping[tuple[str, str], Decimal], scanned_at: datetime
) -> OrderPlan:
    """The legs one after the other; over several exchanges at once, for each gives what is held there.

    `fees` are those that were counted on, by exchange and symbol. Raises NotPlannable as above.
    """
    way = [f"{leg.exchange} {leg.side} {leg.symbol}" for leg in found.legs]
    key = idempotency_key("cycle", scanned_at, found.start_asset, str(found.start_quantity), *way)
    orders = []
    for number, leg in enumerate(found.legs):
        instrument, fee = _listed(instruments, leg), fees[leg.exchange, leg.symbol]
        expected = _worth(leg.eaten)
        orders.append(_order(instrument, Side(leg.side), leg.quantity, leg.eaten, expected, fee, f"{key}{number}"))
    return OrderPlan(
        key=key,
        what=f"{found.start_asset} over {', '.join(way)}",
        orders=tuple(orders),
        are_simultaneous=not found.exchange,
        net_edge_pct=found.net_edge_pct,
        net_profit=found.end_quantity - found.spent,
        made_at=scanned_at,
        expires_at=scanned_at + timedelta(seconds=PLAN_SECONDS),
        oldest_book_ms=0,
        transfer=Transfer.NEEDS_INVENTORY if not found.exchange else Transfer.TRANSFERABLE,
    )


def idempotency_key(*parts: str | datetime) -> str:
    """The same for the same parts, short enough to stand in an exchange's order id."""
    text = "\n".join(part.isoformat() if isinstance(part, datetime) else part for part in parts)
    return f"p2{hashlib.sha256(text.encode()).hexdigest()[:_KEY_CHARACTERS]}"


def _order(
    instrument: Instrument,
    side: Side,
    quantity: Decimal,
    eaten: tuple[Eaten, ...],
    expected: Decimal,
    fee: Decimal,
    client_order_id: str,
) -> PlannedOrder:
    if not eaten:
        raise NotPlannable(
            "{symbol} at {exchange} has no level to fill it", symbol=instrument.symbol, exchange=instrument.exchange
        )
    return PlannedOrder(instrument, side, quantity, eaten[-1].price, expected, fee, client_order_id)


def _listed(instruments: Instruments, used: BookUsed | CycleLeg) -> Instrument:
    found = instruments.get((used.exchange, used.symbol))
    if found is None:
        raise NotPlannable("{exchange} does not list {symbol} any more", exchange=used.exchange, symbol=used.symbol)
    return found


def _worth(eaten: tuple[Eaten, ...]) -> Decimal:
    with localcontext(EXACT):
        return sum((level.price * level.taken for level in eaten), Decimal(0))


def _age_ms(used: BookUsed) -> int:
    return max(used.age_ms, used.exchange_age_ms or 0)
