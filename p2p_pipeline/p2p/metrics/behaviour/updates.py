"""How often offers change their price: a rate with an interval that knows that advertisers differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

MINIMUM_HOURS = 24.0
"""Offer-hours that must have been watched before a rate is told."""


@dataclass(frozen=True, slots=True)
class UpdateRate:
    """Price changes in an hour of an offer's life."""

    per_hour: float
    low: float
    high: float
    corrected_per_hour: float
    """If each offer's changes came at random at its own steady rate: those that two looks show as one, counted back."""
    offer_hours: float
    gap_seconds: float
    """Two changes within this are seen as one: `per_hour` is a lower bound, at most one change a gap."""


def update_rate(lives: pd.DataFrame, confidence: float) -> UpdateRate | None:
    """The rate over lives (columns of `Lives.frame`) with fixed prices; None when too little was watched.

    Floating prices follow an index and are nobody's decision. The interval takes advertisers, not changes, as the
    independent draws (W. Cochran 1977, Sampling techniques, chapter 6: the variance of a ratio): changes of one
    advertiser come together.
    """
    fixed = lives[~lives["is_floating_price"].astype("boolean").fillna(False).astype(bool)]
    hours, pairs = float(fixed["exposed_seconds"].sum()) / 3600, int(fixed["pairs"].sum())
    if hours < MINIMUM_HOURS:
        return None
    owner = fixed["advertiser_id"].where(fixed["advertiser_id"].notna(), "offer " + fixed["offer_id"])
    by_owner = fixed.groupby(owner)[["price_changes", "exposed_seconds"]].sum()
    changes, watched = by_owner["price_changes"].to_numpy(), by_owner["exposed_seconds"].to_numpy() / 3600
    rate, owners = float(changes.sum() / hours), len(by_owner)
    deviation = changes - rate * watched
    variance = float(deviation @ deviation) / hours**2 * owners / max(1, owners - 1)
    error = ndtri(0.5 + confidence / 2) * np.sqrt(variance) / rate if rate else 0.0
    gap = hours * 3600 / pairs
    # With nothing seen in so many hours, the rate is below -log(1 - confidence) over them (the rule of three).
    highest = rate * float(np.exp(error)) if rate else -float(np.log(1 - confidence)) / hours
    return UpdateRate(rate, rate * float(np.exp(-error)), highest, _corrected(fixed, gap), hours, gap)


def _corrected(fixed: pd.DataFrame, gap_seconds: float) -> float:
    watched = fixed[fixed["pairs"] > 0]
    pairs, changes = watched["pairs"].to_numpy(dtype=float), watched["price_changes"].to_numpy(dtype=float)
    # Half a pair without a change each: an offer that changed at every look would have had no finite rate.
    share = np.minimum(changes / pairs, (pairs - 0.5) / pairs)
    rates = -np.log1p(-share) / (gap_seconds / 3600)
    return float(np.average(rates, weights=watched["exposed_seconds"].to_numpy(dtype=float)))
