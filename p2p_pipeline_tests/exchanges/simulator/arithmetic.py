"""What a pair or a cycle earns, plainly and slowly: the judge of plants, and of what a scan found."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, localcontext
from math import lcm

from p2p_pipeline.exchanges.simulator.book import SimulatedInstrument

Rows = Iterable[tuple[str, str]]


def spatial_edge_pct(
    asks: Rows, bids: Rows, buy: SimulatedInstrument, sell: SimulatedInstrument, notional: Decimal
) -> tuple[Decimal, Decimal] | None:
    """Quantity and net edge after both taker fees and the withdrawal fee; None where nothing can be traded."""
    with localcontext(prec=50):
        step = _common_step(buy, sell)
        sellers, buyers = list(_numbers(asks)), list(_numbers(bids))
        most = min(sum(quantity for _, quantity in sellers), sum(quantity for _, quantity in buyers))
        quantity = min(_affordable(sellers, notional), most) // step * step
        if not quantity:
            return None
        paid = _value(sellers, quantity) * (1 + buy.taker_fee)
        proceeds = _value(buyers, quantity)
        if _value(sellers, quantity) < buy.min_notional or proceeds < sell.min_notional:
            return None
        got = proceeds * (1 - sell.taker_fee) - buy.withdrawal_fee * proceeds / quantity
        return quantity, (got - paid) / paid * 100


def cycle_edge_pct(start: Decimal, legs: Iterable[tuple[bool, Rows, SimulatedInstrument]]) -> Decimal | None:
    """Net edge of (is a buy, the side taken, instrument) legs; None where a leg is below its step or notional."""
    with localcontext(prec=50):
        held, spent = start, None
        for is_buy, rows, what in legs:
            step, side = Decimal(1).scaleb(-what.quantity_decimals), list(_numbers(rows))
            most = sum(quantity for _, quantity in side)
            quantity = min(_affordable(side, held) if is_buy else held, most) // step * step
            value = _value(side, quantity) if quantity else Decimal(0)
            if value < what.min_notional or not quantity:
                return None
            spent = spent or (value if is_buy else quantity)
            held = (quantity if is_buy else value) * (1 - what.taker_fee)
        return None if spent is None else (held - spent) / spent * 100


def _common_step(buy: SimulatedInstrument, sell: SimulatedInstrument) -> Decimal:
    decimals = max(buy.quantity_decimals, sell.quantity_decimals)
    units = lcm(10 ** (decimals - buy.quantity_decimals), 10 ** (decimals - sell.quantity_decimals))
    return Decimal(units).scaleb(-decimals)


def _numbers(rows: Rows) -> Iterable[tuple[Decimal, Decimal]]:
    return ((Decimal(price), Decimal(quantity)) for price, quantity in rows)


def _affordable(side: list[tuple[Decimal, Decimal]], money: Decimal) -> Decimal:
    bought = Decimal(0)
    for price, quantity in side:
        if price * quantity > money:
            return bought + money / price
        bought, money = bought + quantity, money - price * quantity
    return bought


def _value(side: list[tuple[Decimal, Decimal]], wanted: Decimal) -> Decimal:
    value = Decimal(0)
    for price, quantity in side:
        taken = min(quantity, wanted)
        value, wanted = value + taken * price, wanted - taken
    return value
