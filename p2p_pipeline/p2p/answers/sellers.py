"""From whom: what a person wants to know of each order before placing it, beside its price."""

from __future__ import annotations

from typing import Any

from p2p_pipeline.p2p.metrics.pricing.execution import Leg, Split
from p2p_pipeline.p2p.offers.assemble import SeenOffer

Sellers = dict[str, SeenOffer]
"""A book's offers by their ids."""


def leg_json(leg: Leg, sellers: Sellers) -> dict[str, Any]:
    """One order as the commands print it."""
    told = {"offer_id": leg.offer_id, "fiat": leg.fiat, "asset": leg.asset, "price": leg.price}
    seen = sellers.get(leg.offer_id)
    return told if seen is None else {**told, **_seller_json(seen)}


def split_json(split: Split | None, sellers: Sellers) -> dict[str, Any] | None:
    """A split as the commands print it."""
    if split is None:
        return None
    return {
        "price": split.price,
        "fiat": split.fiat,
        "asset": split.asset,
        "legs": [leg_json(leg, sellers) for leg in split.legs],
    }


def _seller_json(seen: SeenOffer) -> dict[str, Any]:
    offer = seen.offer
    return {
        "advertiser_id": offer.advertiser_id,
        "advertiser_name": offer.advertiser_name,
        "is_merchant": offer.is_merchant,
        "completion_rate": offer.completion_rate,
        "orders_30d": offer.orders_30d,
        "min_fiat": offer.min_fiat,
        "max_fiat": offer.max_fiat,
        "payment_methods": seen.payment_methods,
        "payment_minutes": offer.payment_minutes,
    }
