"""One side of one snapshot as integers, ready to be priced.

Here: limits in whole ticks of the taker's amount, offers in canonical order. Not here: prices (execution.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Offer, Profile, Side
from p2p_pipeline.p2p.metrics.pricing.choices import Choices
from p2p_pipeline.p2p.metrics.pricing.units import (
    Column,
    IntegerArray,
    Units,
    ceiling_divide,
    rescaled,
    stripped,
    to_units,
)

MAX_TICKS = 2**58
"""The largest amount a book counts, in ticks: 16 legs of it still add up within 64 bits."""

Scale = int | Sequence[int] | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Book:
    """The offers of one snapshot side that could fill some amount, best price first, ties by offer id.

    The amount is what the taker gives: fiat on BUY, the asset on SELL. It is counted in ticks of 10^-`tick_scale`.
    Offers whose limits hold no whole tick (maximum below minimum, mostly) are counted in `received`, and left out.
    """

    side: Side
    received: int
    """Offers in the snapshot."""
    admitted: int
    """Offers that the profile let in."""
    tick_scale: int
    """Decimal places of the taker's amount: the finest of any offer."""
    other_scale: int
    """Decimal places of what the taker gets in return."""
    offer_ids: tuple[str, ...]
    price_units: tuple[int, ...]
    """Each price is `price_units[i] / 10**price_scale`."""
    price_scale: int
    choices: Choices
    """The limits in ticks; a tick's value is 1/price on BUY, the price on SELL."""

    def __len__(self) -> int:
        return len(self.offer_ids)

    @classmethod
    def from_offers(cls, side: Side, offers: Sequence[Offer], admitted: Sequence[bool] | None = None) -> Book:
        """Make a book of parsed offers; `admitted` is the profile's verdict on each (None admits all)."""
        return cls.from_columns(
            side,
            offer_ids=[offer.offer_id for offer in offers],
            price=[offer.price for offer in offers],
            min_fiat=[offer.min_fiat for offer in offers],
            max_fiat=[offer.max_fiat for offer in offers],
            available_asset=[offer.available_asset for offer in offers],
            fiat_scale=[offer.fiat_scale for offer in offers],
            asset_scale=[offer.asset_scale for offer in offers],
            admitted=admitted,
        )

    @classmethod
    def from_columns(
        cls,
        side: Side,
        *,
        offer_ids: Sequence[str],
        price: Column,
        min_fiat: Column,
        max_fiat: Column,
        available_asset: Column,
        fiat_scale: Scale,
        asset_scale: Scale,
        admitted: Sequence[bool] | NDArray[np.bool_] | None = None,
    ) -> Book:
        """Make a book of columns, as the lake has them.

        Each offer's limits are rounded inwards to its own ticks; amounts are counted in the finest tick of the book.
        A leg is worth at least one tick of either currency: one that returned nothing would be a gift, not a trade.
        """
        received = len(offer_ids)
        places = np.arange(received) if admitted is None else np.flatnonzero(np.asarray(admitted, dtype=bool))
        prices = stripped(to_units(price).take(places) if received else Units(np.empty(0, np.int64), 0))
        fiat_scales, asset_scales = _scales(fiat_scale, received, places), _scales(asset_scale, received, places)
        own, other = (fiat_scales, asset_scales) if side is Side.BUY else (asset_scales, fiat_scales)
        tick_scale, other_scale = int(own.max(initial=0)), int(other.max(initial=0))
        is_priced = (prices.values > 0).astype(bool)
        limits = _Limits(
            Units(np.where(is_priced, prices.values, 1), prices.scale),
            to_units(min_fiat).take(places),
            to_units(max_fiat).take(places),
            to_units(available_asset).take(places),
            fiat_scales=fiat_scales,
            asset_scales=asset_scales,
        )
        low, high = limits.in_fiat_ticks() if side is Side.BUY else limits.in_asset_ticks()
        widen = _powers_of_ten(tick_scale - own)
        minima, maxima = _ticks(rescaled(low, widen)), _ticks(rescaled(high, widen))
        keep = np.flatnonzero((minima <= maxima) & is_priced).tolist()
        units = prices.values.tolist()
        sign = 1 if side is Side.BUY else -1
        ranked = sorted((sign * units[i], offer_ids[places[i]], i) for i in keep)
        order = np.array([row[2] for row in ranked], dtype=np.intp)
        sorted_units = [units[row[2]] for row in ranked]
        values = np.array(sorted_units, dtype=np.float64) / 10.0**prices.scale
        np.divide(1.0, values, out=values, where=side is Side.BUY)
        return cls(
            side=side,
            received=received,
            admitted=len(places),
            tick_scale=tick_scale,
            other_scale=other_scale,
            offer_ids=tuple(row[1] for row in ranked),
            price_units=tuple(sorted_units),
            price_scale=prices.scale,
            choices=Choices.of(values, minima[order], maxima[order]),
        )

    def without(self, offer_ids: frozenset[str]) -> Book:
        """The same book as if these offers had gone."""
        kept = [place for place, offer_id in enumerate(self.offer_ids) if offer_id not in offer_ids]
        return replace(
            self,
            offer_ids=tuple(self.offer_ids[place] for place in kept),
            price_units=tuple(self.price_units[place] for place in kept),
            choices=Choices.of(self.choices.values[kept], self.minima[kept], self.maxima[kept]),
        )

    @property
    def minima(self) -> NDArray[np.int64]:
        """Each offer's lowest amount, in ticks."""
        return self.choices.minima

    @property
    def maxima(self) -> NDArray[np.int64]:
        """Each offer's highest amount, in ticks."""
        return self.choices.maxima

    def price(self, place: int) -> Decimal:
        """The price of the offer at a place, exactly."""
        return Decimal(self.price_units[place]).scaleb(-self.price_scale)

    def amount(self, ticks: int) -> Decimal:
        """Ticks as an amount of what the taker gives."""
        return Decimal(ticks).scaleb(-self.tick_scale)


def admitted_by(profile: Profile, offers: Sequence[Offer], payment_codes: Sequence[Sequence[str]]) -> list[bool]:
    """The profile's verdict on each offer, given the canonical payment codes of each."""
    return [
        profile.admits(tuple(codes), offer.completion_rate, offer.orders_30d, offer.is_merchant)
        for offer, codes in zip(offers, payment_codes, strict=True)
    ]


def _scales(scale: Scale, rows: int, places: NDArray[np.intp]) -> NDArray[np.int64]:
    return np.broadcast_to(np.asarray(scale, dtype=np.int64), rows)[places]


def _powers_of_ten(exponents: NDArray[np.int64]) -> IntegerArray:
    if exponents.max(initial=0) > 18:
        return np.array([10 ** int(exponent) for exponent in exponents], dtype=object)
    return np.power(10, exponents, dtype=np.int64)


def _ticks(values: IntegerArray) -> NDArray[np.int64]:
    return np.clip(values, 0, MAX_TICKS).astype(np.int64)


def _times_power(values: IntegerArray, exponents: NDArray[np.int64], round_up: bool) -> IntegerArray:
    """`values * 10**exponents`, exactly where the exponent is positive, rounded where it is negative."""
    product = rescaled(values, _powers_of_ten(np.maximum(exponents, 0)))
    divisor = _powers_of_ten(np.maximum(-exponents, 0))
    return ceiling_divide(product, divisor) if round_up else product // divisor


@dataclass(frozen=True, slots=True)
class _Limits:
    """What the snapshot says of the admitted offers, and each one's decimal places."""

    prices: Units
    min_fiat: Units
    max_fiat: Units
    available_asset: Units
    fiat_scales: NDArray[np.int64]
    asset_scales: NDArray[np.int64]

    def in_fiat_ticks(self) -> tuple[IntegerArray, IntegerArray]:
        """Minima and maxima for a taker who pays fiat. `max_fiat` already is what the available asset can fill."""
        scales = self.fiat_scales
        low = _times_power(self.min_fiat.values, scales - self.min_fiat.scale, round_up=True)
        one_asset_tick = _times_power(self.prices.values, scales - self.prices.scale - self.asset_scales, round_up=True)
        high = _times_power(self.max_fiat.values, scales - self.max_fiat.scale, round_up=False)
        return np.maximum(np.maximum(low, one_asset_tick), 1), high

    def in_asset_ticks(self) -> tuple[IntegerArray, IntegerArray]:
        """Minima and maxima for a taker who gives the asset: q with q x price inside the fiat limits."""
        prices, scales = self.prices, self.asset_scales
        finest = int(max(self.min_fiat.scale, self.fiat_scales.max(initial=0)))
        one_fiat_tick = rescaled(np.ones(len(prices), dtype=np.int64), _powers_of_ten(finest - self.fiat_scales))
        least = np.maximum(rescaled(self.min_fiat.values, 10 ** (finest - self.min_fiat.scale)), one_fiat_tick)
        low = _quotient(least, prices.scale + scales - finest, prices.values, round_up=True)
        high = _quotient(
            self.max_fiat.values, prices.scale + scales - self.max_fiat.scale, prices.values, round_up=False
        )
        available = _times_power(self.available_asset.values, scales - self.available_asset.scale, round_up=False)
        return np.maximum(low, 1), np.minimum(high, available)


def _quotient(
    values: IntegerArray, exponents: NDArray[np.int64], divisor: IntegerArray, round_up: bool
) -> IntegerArray:
    numerator = rescaled(values, _powers_of_ten(np.maximum(exponents, 0)))
    denominator = rescaled(divisor, _powers_of_ten(np.maximum(-exponents, 0)))
    return ceiling_divide(numerator, denominator) if round_up else numerator // denominator
