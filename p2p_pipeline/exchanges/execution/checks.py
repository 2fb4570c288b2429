"""What must hold before anything of a plan would be sent: each failed check is one sentence. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, localcontext

from p2p_pipeline.exchanges.execution.orders import OrderPlan, PlannedOrder
from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.exchanges.scan.reasons import Transfer


@dataclass(frozen=True, slots=True)
class Limits:
    """What a person allows. Nothing is allowed by default."""

    is_stopped: bool = True
    """The switch that stops everything."""
    exchanges: frozenset[str] = frozenset()
    max_order_quote: Decimal = Decimal(0)
    """Of one order, in its quote."""
    max_plans_per_minute: int = 0
    min_net_edge_pct: Decimal = Decimal("0.1")
    too_good_pct: Decimal = Decimal(10)
    max_book_age_ms: int = 1_000
    transfers: frozenset[Transfer] = frozenset({Transfer.TRANSFERABLE, Transfer.NEEDS_INVENTORY})


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand at the moment of sending."""

    now: datetime
    balances: Mapping[tuple[str, str], Decimal]
    """What is free, by exchange and asset."""
    plans_in_the_last_minute: int = 0
    down: frozenset[str] = field(default_factory=frozenset)
    """Exchanges whose books are not live now."""


def failed_checks(plan: OrderPlan, limits: Limits, standing: Standing) -> tuple[str, ...]:
    """Why nothing of the plan may be sent; empty when it may."""
    with localcontext(EXACT):
        return (
            *_of_plan(plan, limits, standing),
            *(sentence for order in plan.orders for sentence in _of_order(order, limits, standing)),
            *_of_balances(plan, standing),
        )


def _of_plan(plan: OrderPlan, limits: Limits, standing: Standing) -> Iterator[str]:
    if limits.is_stopped:
        yield "everything is stopped"
    if standing.now >= plan.expires_at:
        yield f"the plan ended at {plan.expires_at.isoformat()}"
    if standing.now < plan.made_at:
        yield f"the plan is of {plan.made_at.isoformat()}, which is still to come"
    if plan.oldest_book_ms > limits.max_book_age_ms:
        yield f"a book was {plan.oldest_book_ms} ms old; at most {limits.max_book_age_ms} are allowed"
    if not limits.min_net_edge_pct <= plan.net_edge_pct <= limits.too_good_pct:
        yield (
            f"the net edge of {plan.net_edge_pct:f} % is not between {limits.min_net_edge_pct:f} and "
            f"{limits.too_good_pct:f}"
        )
    if plan.transfer not in limits.transfers:
        yield f"{plan.transfer.value} is not allowed"
    if standing.plans_in_the_last_minute >= limits.max_plans_per_minute:
        yield f"{standing.plans_in_the_last_minute} plans in the last minute; {limits.max_plans_per_minute} are allowed"


def _of_order(order: PlannedOrder, limits: Limits, standing: Standing) -> Iterator[str]:
    instrument = order.instrument
    where = f"{instrument.symbol} at {instrument.exchange}"
    if instrument.exchange not in limits.exchanges:
        yield f"{instrument.exchange} is not allowed"
    if instrument.exchange in standing.down:
        yield f"{instrument.exchange} is not live"
    if order.quantity <= 0 or order.quantity % instrument.quantity_step:
        yield f"{where}: {order.quantity:f} is no multiple of its step {instrument.quantity_step:f}"
    if order.limit_price <= 0 or order.limit_price % instrument.price_step:
        yield f"{where}: {order.limit_price:f} is no price of its step {instrument.price_step:f}"
    if order.expected < instrument.min_notional or order.quantity < instrument.min_quantity:
        yield f"{where}: {order.expected:f} {instrument.quote} is less than it takes"
    if order.expected > limits.max_order_quote:
        yield f"{where}: {order.expected:f} {instrument.quote}; at most {limits.max_order_quote:f} are allowed"


def _of_balances(plan: OrderPlan, standing: Standing) -> Iterator[str]:
    """Orders sent together need all that they give; of others only the first, the rest gives what came in."""
    needed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for order in plan.orders if plan.are_simultaneous else plan.orders[:1]:
        needed[order.instrument.exchange, order.given_asset] += order.given
    for (exchange, asset), amount in needed.items():
        free = standing.balances.get((exchange, asset), Decimal(0))
        if free < amount:
            yield f"{exchange} has {free:f} {asset} free; {amount:f} are needed"
