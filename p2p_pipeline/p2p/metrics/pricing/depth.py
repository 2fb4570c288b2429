"""What is on offer in one snapshot: how much, at which prices, in how few hands.

Here: statistics of a side as stated, and the cost of buying and selling back. Not here: what an amount really costs
(execution.py). The top of a book is teasers more often than not, and the best ask lies below the best bid most of the
time: nothing here assumes otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.kernel.money import storable
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.pricing.book import Book
from p2p_pipeline.p2p.metrics.pricing.execution import Quote, quote
from p2p_pipeline.p2p.metrics.pricing.spread import spread_of
from p2p_pipeline.p2p.metrics.pricing.units import Column, Units, rescaled, to_units

PERCENT_PLACES = 6
"""Decimal places to which a depth step in percent is read."""


@dataclass(frozen=True, slots=True)
class Depth:
    """One side of one snapshot in a few numbers. Prices are None for an empty side."""

    offers: int
    total_asset: Decimal
    vwap: float | None
    """Mean price weighted by available asset."""
    median_price: Decimal | None
    best_price: Decimal | None
    """Lowest on BUY, highest on SELL, whoever asks it and however little is behind it."""
    hhi: float | None
    """Herfindahl-Hirschman index of the available asset over advertisers: 1.0 when one has all of it."""
    asset_within_percent: tuple[tuple[float, Decimal], ...]
    """For each step the asset available at prices at most that far from the best one."""


@dataclass(frozen=True, slots=True)
class Level:
    """All offers of one price, and everything up to there."""

    price: Decimal
    offers: int
    asset: Decimal
    cumulative_asset: Decimal
    cumulative_fiat: Decimal


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """Buying with an amount of fiat and selling all of it back at once."""

    paid_fiat: Decimal
    bought_asset: Decimal | None
    """What the purchase gives, rounded down to what the selling side counts in."""
    returned_fiat: Decimal | None
    cost: float | None
    """The share lost, 1 - returned / paid; negative in a crossed market that can really be traded."""
    reason: str | None
    """Why there is no cost: `buy:` or `sell:` and the quote's reason."""


def measure_depth(
    side: Side,
    price: Column,
    available_asset: Column,
    advertiser_ids: Sequence[str | None],
    steps_percent: Sequence[float] = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0),
) -> Depth:
    """Describe one side of a snapshot. An offer without an advertiser counts as an advertiser of its own."""
    prices, assets = to_units(price), to_units(available_asset)
    if not len(prices):
        return Depth(0, Decimal(0), None, None, None, None, tuple((step, Decimal(0)) for step in steps_percent))
    best = int(prices.values.min() if side is Side.BUY else prices.values.max())
    weights = assets.values.astype(np.float64)
    total = float(weights.sum())
    within = tuple((step, _sum(assets, _is_within(side, prices, best, step))) for step in steps_percent)
    return Depth(
        offers=len(prices),
        total_asset=_sum(assets, None),
        vwap=float(prices.values.astype(np.float64) @ weights) / total / 10**prices.scale if total else None,
        median_price=_median(prices),
        best_price=Decimal(best).scaleb(-prices.scale),
        hhi=_concentration(weights / total, advertiser_ids) if total else None,
        asset_within_percent=within,
    )


def depth_ladder(side: Side, price: Column, available_asset: Column) -> tuple[Level, ...]:
    """The side by price, best first: what is there, and what is there up to that price."""
    prices, assets = to_units(price), to_units(available_asset)
    if not len(prices):
        return ()
    levels, inverse, counts = np.unique(prices.values, return_inverse=True, return_counts=True)
    amounts = [0] * len(levels)
    for row, quantity in zip(inverse.tolist(), assets.values.tolist(), strict=True):
        amounts[row] += quantity
    rows = range(len(levels)) if side is Side.BUY else range(len(levels) - 1, -1, -1)
    ladder, cumulative_asset, cumulative_fiat = [], Decimal(0), Decimal(0)
    for row in rows:
        level_price = Decimal(int(levels[row])).scaleb(-prices.scale)
        asset = Decimal(amounts[row]).scaleb(-assets.scale)
        cumulative_asset += asset
        cumulative_fiat += asset * level_price
        ladder.append(Level(level_price, int(counts[row]), asset, cumulative_asset, cumulative_fiat))
    return tuple(ladder)


def round_trip(
    buy_book: Book, sell_book: Book, paid_fiat: Decimal, price_amount: Callable[[Book, Decimal], Quote] = quote
) -> RoundTrip:
    """Buy with an amount of fiat and sell what came back, each at its best split.

    `price_amount` sets splits and time: `partial(quote, max_splits=5)`.
    """
    bought = price_amount(buy_book, paid_fiat)
    if bought.best_split is None:
        return RoundTrip(paid_fiat, None, None, None, f"buy:{bought.reason}")
    asset = bought.best_split.asset
    sellable = (
        Decimal(int(asset.scaleb(sell_book.tick_scale))).scaleb(-sell_book.tick_scale) if len(sell_book) else asset
    )
    if not sellable:
        return RoundTrip(paid_fiat, sellable, None, None, "sell:below_every_minimum")
    sold = price_amount(sell_book, sellable)
    if sold.best_split is None:
        return RoundTrip(paid_fiat, sellable, None, None, f"sell:{sold.reason}")
    returned = sold.best_split.fiat
    return RoundTrip(paid_fiat, sellable, returned, spread_of(paid_fiat, returned), None)


def _sum(units: Units, mask: NDArray[np.bool_] | None) -> Decimal:
    values = units.values if mask is None else units.values[mask]
    return Decimal(sum(values.tolist())).scaleb(-units.scale)


def _is_within(side: Side, prices: Units, best: int, step_percent: float) -> NDArray[np.bool_]:
    whole = 100 * 10**PERCENT_PLACES
    step = round(step_percent * 10**PERCENT_PLACES)
    limit = best * (whole + step if side is Side.BUY else whole - step)
    scaled = rescaled(prices.values, whole)
    is_within = scaled <= limit if side is Side.BUY else scaled >= limit
    return np.asarray(is_within, dtype=bool)


def _median(prices: Units) -> Decimal:
    ordered = np.sort(prices.values)
    middle = len(ordered) // 2
    doubled = int(ordered[middle]) + int(ordered[middle if len(ordered) % 2 else middle - 1])
    return storable((Decimal(doubled) / 2).scaleb(-prices.scale))


def _concentration(shares: NDArray[np.float64], advertiser_ids: Sequence[str | None]) -> float:
    held: dict[str | int, float] = {}
    for row, (share, advertiser) in enumerate(zip(shares.tolist(), advertiser_ids, strict=True)):
        key = row if advertiser is None else advertiser
        held[key] = held.get(key, 0.0) + share
    return min(1.0, sum(share * share for share in held.values()))
