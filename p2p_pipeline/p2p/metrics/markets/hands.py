"""Who makes a side's offers, and what they are paid by: one book's offers counted up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from p2p_pipeline.p2p.markets import Offer, Side
from p2p_pipeline.p2p.metrics.markets.figures import advertiser_of

PaidOffer = tuple[Offer, tuple[str, ...]]
"""An offer with the canonical codes of its payment methods."""


@dataclass(frozen=True, slots=True)
class Advertiser:
    """One of a side's advertisers."""

    advertiser_id: str | None
    name: str | None
    is_merchant: bool
    offers: int
    asset: Decimal
    """What all his offers have."""
    share: float | None
    """Of what the side has; None where it has nothing."""
    best_price: Decimal

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class PaidBy:
    """A payment method on a side. An offer that takes several counts in full for each: shares add up to more than 1."""

    method: str
    offers: int
    asset: Decimal
    share: float | None
    best_price: Decimal

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {name: getattr(self, name) for name in self.__slots__}


def biggest_advertisers(side: Side, offers: Sequence[Offer], most: int) -> list[Advertiser]:
    """Those who have the most of the asset, the biggest first."""
    total, by_advertiser = _total(offers), defaultdict(list)
    for offer in offers:
        by_advertiser[advertiser_of(offer)].append(offer)
    found = [
        Advertiser(
            made[0].advertiser_id,
            made[0].advertiser_name,
            made[0].is_merchant,
            len(made),
            _total(made),
            _share(_total(made), total),
            best_of(side, made),
        )
        for made in by_advertiser.values()
    ]
    return sorted(found, key=lambda one: (-one.asset, -one.offers, one.advertiser_id or "", one.name or ""))[:most]


def paid_by(side: Side, offers: Sequence[PaidOffer]) -> list[PaidBy]:
    """Each payment method that any offer takes, the one with the most of the asset first."""
    total, by_method = _total(offer for offer, _ in offers), defaultdict(list)
    for offer, methods in offers:
        for method in methods:
            by_method[method].append(offer)
    found = [
        PaidBy(method, len(taken), _total(taken), _share(_total(taken), total), best_of(side, taken))
        for method, taken in by_method.items()
    ]
    return sorted(found, key=lambda one: (-one.asset, -one.offers, one.method))


def best_of(side: Side, offers: Iterable[Offer]) -> Decimal:
    """The best stated price for the taker."""
    prices = [offer.price for offer in offers]
    return min(prices) if side is Side.BUY else max(prices)


def _total(offers: Iterable[Offer]) -> Decimal:
    return sum((offer.available_asset for offer in offers), Decimal(0))


def _share(part: Decimal, total: Decimal) -> float | None:
    return float(part / total) if total else None
