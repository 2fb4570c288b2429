"""From an asset back to it over three or four books: walked through the depth, leg by leg, exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from p2p_pipeline.exchanges.scan.exact import EXACT, rounded_quotient
from p2p_pipeline.exchanges.scan.reasons import Reason
from p2p_pipeline.exchanges.scan.results import CycleFound, CycleLeg
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.walk import Levels, affordable, depth, eaten, floored, worth
from p2p_pipeline.exchanges.words import Instrument

BUY, SELL = "BUY", "SELL"


@dataclass(frozen=True, slots=True)
class Leg:
    """One step to take: buy the instrument's base from asks, or sell it to bids."""

    instrument: Instrument
    side: str
    levels: Levels
    taker_fee: Decimal

    @property
    def held(self) -> str:
        """The asset that is given."""
        return self.instrument.quote if self.side == BUY else self.instrument.base


@dataclass(frozen=True, slots=True)
class _Step:
    quantity: Decimal
    worth: Decimal
    given: Decimal
    received: Decimal


def walk_cycle(legs: Sequence[Leg], start_asset: str, start_quantity: Decimal, rules: ScanRules) -> CycleFound | Reason:
    """What comes back, or why a leg can't be done; BELOW_MIN_EDGE when it is too little.

    What the first leg doesn't need is kept; what a later one doesn't is lost.
    """
    with localcontext(EXACT):
        held, spent, done = start_quantity, Decimal(0), []
        for number, leg in enumerate(legs):
            if not _is_there(leg, held, legs, rules.inventory):
                return Reason.BELOW_STEP
            step = _step(leg, held)
            if isinstance(step, Reason):
                return step
            spent = spent if number else step.given
            held = step.received
            done.append((leg, step))
        gained = 100 * (held - spent)
        if gained < (rules.min_net_edge_pct + rules.slippage_pct) * spent:
            return Reason.BELOW_MIN_EDGE
        edge = rounded_quotient(gained - rules.slippage_pct * spent, spent)
        exchanges = {leg.instrument.exchange for leg in legs}
        return CycleFound(
            exchange=legs[0].instrument.exchange if len(exchanges) == 1 else "",
            legs=tuple(_told(leg, step) for leg, step in done),
            start_asset=start_asset,
            start_quantity=start_quantity,
            spent=spent,
            end_quantity=held,
            net_edge_pct=edge,
        )


def is_too_good(found: CycleFound, rules: ScanRules) -> bool:
    """Whether its net edge, not rounded, is above what is believed."""
    with localcontext(EXACT):
        return 100 * (found.end_quantity - found.spent) > (rules.too_good_pct + rules.slippage_pct) * found.spent


def _step(leg: Leg, held: Decimal) -> _Step | Reason:
    instrument = leg.instrument
    if leg.side == BUY:
        quantity = affordable(leg.levels, held, instrument.quantity_step).quantity
    else:
        quantity = floored(min(held, depth(leg.levels)), instrument.quantity_step)
    if quantity <= 0:
        return Reason.BELOW_STEP
    money = worth(leg.levels, quantity)
    if money < instrument.min_notional or quantity < instrument.min_quantity:
        return Reason.BELOW_MIN_NOTIONAL
    if leg.side == BUY:
        return _Step(quantity, money, money, quantity * (1 - leg.taker_fee))
    return _Step(quantity, money, quantity, money * (1 - leg.taker_fee))


def _is_there(leg: Leg, held: Decimal, legs: Sequence[Leg], inventory: Mapping[str, Mapping[str, Decimal]]) -> bool:
    """Over several exchanges nothing is sent along: each leg gives what is held at its exchange already."""
    exchange = leg.instrument.exchange
    if all(other.instrument.exchange == exchange for other in legs):
        return True
    return inventory.get(exchange, {}).get(leg.held, Decimal(0)) >= held


def _told(leg: Leg, step: _Step) -> CycleLeg:
    return CycleLeg(
        exchange=leg.instrument.exchange,
        symbol=leg.instrument.symbol,
        side=leg.side,
        quantity=step.quantity,
        price=rounded_quotient(step.worth, step.quantity),
        eaten=eaten(leg.levels, step.quantity),
    )
