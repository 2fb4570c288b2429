"""How large price changes are: of stays that changed once between looks, where the step is known exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from p2p_pipeline.p2p.markets import Side

MINIMUM_STEPS = 10
"""Changes that must have been seen before their size is told."""


@dataclass(frozen=True, slots=True)
class PriceSteps:
    """The sizes of single changes of fixed prices, as shares of the price."""

    steps: int
    quarter: float
    median: float
    three_quarters: float
    better_share: float
    """Of them, those that made the price better for the taker: the advertiser undercut himself."""


def price_steps(offer_days: pa.Table, side: Side) -> PriceSteps | None:
    """The sizes in a side's rows of `offer_days`; None where too few changed exactly once.

    Floating prices follow an index and are nobody's decision. Two changes that two looks show as one are one step.
    """
    names = ["is_floating_price", "price_changes", "first_price", "last_price"]
    frame = offer_days.select(names).to_pandas()
    is_fixed = ~frame["is_floating_price"].astype("boolean").fillna(False).astype(bool)
    once = frame[is_fixed & (frame["price_changes"] == 1) & (frame["first_price"] != frame["last_price"])]
    if len(once) < MINIMUM_STEPS:
        return None
    step = once["last_price"].astype(float).to_numpy() / once["first_price"].astype(float).to_numpy() - 1.0
    low, middle, high = (float(one) for one in np.quantile(np.abs(step), [0.25, 0.5, 0.75]))
    is_better = step < 0 if side is Side.BUY else step > 0
    return PriceSteps(len(step), low, middle, high, float(is_better.mean()))
