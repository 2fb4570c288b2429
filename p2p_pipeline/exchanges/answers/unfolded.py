"""How an opportunity's net edge comes about, step by step: the steps add up to it exactly."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from p2p_pipeline.exchanges.scan.results import Spatial

PLACES = Decimal("1e-12")
"""As all percentages that are told (half even, at the very end)."""


class Part(StrEnum):
    """What a step takes or gives, in this order."""

    GROSS = "gross"
    """What selling gives beyond what buying costs, before anything else."""
    BUY_FEE = "buy_fee"
    SELL_FEE = "sell_fee"
    SLIPPAGE = "slippage"
    WITHDRAWAL = "withdrawal"
    REBALANCE = "rebalance"
    NET = "net"


@dataclass(frozen=True, slots=True)
class Step:
    """One step; what it takes is below 0."""

    part: Part
    amount: Decimal
    """In the quote."""
    pct: Decimal
    """Of what was paid."""


def steps_of(found: Spatial) -> tuple[Step, ...]:
    """From the difference of both walks to what is left; NET is the sum of those before it."""
    amounts = {
        Part.GROSS: found.proceeds - found.cost,
        Part.BUY_FEE: found.cost - found.paid,
        Part.SELL_FEE: found.got - found.proceeds,
        Part.SLIPPAGE: -found.slippage,
        Part.WITHDRAWAL: -found.withdrawal,
        Part.REBALANCE: -found.rebalance_cost,
    }
    steps = [Step(part, amount + 0, _percent(amount, found.paid)) for part, amount in amounts.items()]
    return (*steps, Step(Part.NET, found.net_profit_quote, found.net_edge_pct))


def unspent(found: Spatial) -> Decimal:
    """What of the size was not spent: rounding down to both steps, and books that ended."""
    return found.notional - found.cost


def _percent(amount: Decimal, paid: Decimal) -> Decimal:
    return (amount / paid * 100).quantize(PLACES) + 0 if paid else Decimal(0)
