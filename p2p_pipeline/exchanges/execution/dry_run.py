"""The only router there is: it checks a plan and writes down what it would order. It sends nothing, and can't."""

from __future__ import annotations

import logging
from collections import OrderedDict

from p2p_pipeline.exchanges.execution.checks import Limits, Standing, failed_checks
from p2p_pipeline.exchanges.execution.orders import OrderPlan, PlannedOrder
from p2p_pipeline.exchanges.execution.router import Outcome, Receipt

logger = logging.getLogger(__name__)

KEYS_KEPT = 10_000
"""Of plans taken: far more than can still be within their time."""


class DryRun:
    """A Router that only logs."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._taken: OrderedDict[str, None] = OrderedDict()

    def submit(self, plan: OrderPlan, standing: Standing) -> Receipt:
        """Log the plan's orders, or the reasons against it."""
        if plan.key in self._taken:
            return Receipt(plan.key, Outcome.ALREADY)
        self._taken[plan.key] = None
        if len(self._taken) > KEYS_KEPT:
            self._taken.popitem(last=False)
        reasons = failed_checks(plan, self._limits, standing)
        if reasons:
            logger.info("dry run %s: %s: refused: %s", plan.key, plan.what, "; ".join(reasons))
            return Receipt(plan.key, Outcome.REFUSED, reasons)
        for order in plan.orders:
            logger.info("dry run %s: would %s", plan.key, _told(order))
        return Receipt(plan.key, Outcome.LOGGED)


def _told(order: PlannedOrder) -> str:
    verb = "sell" if order.side == "SELL" else "buy"
    limit = "at least" if order.side == "SELL" else "at most"
    return (
        f"{verb} {order.quantity:f} {order.instrument.symbol} at {order.instrument.exchange} for {limit} "
        f"{order.limit_price:f}, what is not filled at once cancelled, as {order.client_order_id}"
    )
