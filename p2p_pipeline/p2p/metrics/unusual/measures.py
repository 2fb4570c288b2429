"""What kind of number a measure is: how it is made comparable over time, and what a move of it means for the taker."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.markets import Side

Floats = NDArray[np.float64]


class Kind(StrEnum):
    """How a measure moves: prices and amounts by ratios, counts by ratios too but from 0, shares by differences."""

    PRICE = "price"
    AMOUNT = "amount"
    COUNT = "count"
    SHARE = "share"


_KINDS = {"offers": Kind.COUNT, "asset_near_best": Kind.AMOUNT, "spread": Kind.SHARE}

_SMALLEST_SIGMA = {Kind.PRICE: 0.0005, Kind.AMOUNT: 0.1, Kind.COUNT: 0.05, Kind.SHARE: 0.001}
"""One sigma is never less than this, in levels: 0.05 % of a price, 10 % of an amount, 5 % of a count, 0.1 percentage
points of a share. A measure that stood still for weeks would otherwise make news of its smallest step."""


def kind_of(measure: str) -> Kind:
    """The kind of a measure of `history`; every name that isn't ours (of an imported series) is a price."""
    return _KINDS.get(measure, Kind.PRICE)


def to_level(kind: Kind, values: Floats) -> Floats:
    """Values on the scale they are compared on; NaN for what no such measure can be (a price of 0)."""
    usable = np.isfinite(values)
    if kind is Kind.SHARE:
        return np.where(usable, values, np.nan)
    usable &= values >= 0 if kind is Kind.COUNT else values > 0
    kept = np.where(usable, values, 1.0)
    return np.where(usable, np.log1p(kept) if kind is Kind.COUNT else np.log(kept), np.nan)


def from_level(kind: Kind, levels: Floats) -> Floats:
    """The inverse of `to_level`."""
    if kind is Kind.SHARE:
        return levels
    return np.expm1(levels) if kind is Kind.COUNT else np.exp(levels)


def smallest_sigma(kind: Kind, level: float) -> float:
    """What one sigma is at least, in levels, near a level. Counts also have the spread of a Poisson count."""
    least = _SMALLEST_SIGMA[kind]
    if kind is Kind.COUNT:
        return max(least, float(np.exp(-0.5 * max(level, 0.0))))
    return least


def good_for(kind: Kind, measure: str, side: Side, is_above: bool) -> Told:
    """What a move means for a person on this side: such as `good for buyers`."""
    is_bad = is_above == (side is Side.BUY) if kind is Kind.PRICE else is_above == (measure == "spread")
    if measure == "spread" and kind is not Kind.PRICE:
        return Told("bad for both sides") if is_bad else Told("good for both sides")
    if side is Side.BUY:
        return Told("bad for buyers") if is_bad else Told("good for buyers")
    return Told("bad for sellers") if is_bad else Told("good for sellers")
