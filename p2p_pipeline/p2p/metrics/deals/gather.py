"""All inputs of a deal, from its sheet and its past."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from p2p_pipeline.p2p.metrics.deals.inputs import Deal, DealInputs, LegInputs
from p2p_pipeline.p2p.metrics.deals.past import OfferPast
from p2p_pipeline.p2p.metrics.deals.prices import PricePast
from p2p_pipeline.p2p.metrics.deals.sheet import Sheet, crossing
from p2p_pipeline.p2p.metrics.pricing.execution import Leg


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """What a deal is seen in."""

    sheet: Sheet
    other_side: Sheet | None
    """The nearest snapshot of the other side, where one is near enough."""
    offers: OfferPast
    prices: PricePast | None
    """Of a size like the deal's under its profile; None where none is kept."""
    at: float
    """When the snapshot was taken, seconds since 1970."""
    age_seconds: float
    is_complete: bool


def deal_inputs(deal: Deal, around: Surroundings) -> DealInputs:
    """Gather what a deal is graded by."""
    prices, fiat = around.prices, sum((leg.fiat for leg in deal.legs), Decimal(0))
    return DealInputs(
        legs=tuple(_leg_inputs(leg, float(leg.fiat / fiat), around) for leg in deal.legs),
        price_rank=None if prices is None else prices.rank(float(deal.price), around.at),
        near_cover=around.sheet.near_cover(deal),
        best_changes_per_hour=None if prices is None else prices.changes_per_hour(around.at),
        crossing=crossing(deal, around.other_side),
        age_seconds=around.age_seconds,
        is_complete=around.is_complete,
    )


def _leg_inputs(leg: Leg, share: float, around: Surroundings) -> LegInputs:
    sheet, past, at = around.sheet, around.offers, around.at
    place, price = sheet.place_of[leg.offer_id], float(leg.price)
    top = float(np.min(sheet.badness))
    return LegInputs(
        offer_id=leg.offer_id,
        share=share,
        headroom=sheet.headroom(leg),
        limits_ratio=sheet.limits_ratio(leg),
        lead=sheet.lead(leg),
        held_minutes=past.held_minutes(leg.offer_id, price, at),
        breaks_per_hour=past.breaks_per_hour(leg.offer_id, sheet.used(leg), at),
        presence=past.presence(sheet.advertiser_ids[place], at),
        completion_rate=sheet.completion_rate[place],
        orders_30d=sheet.orders_30d[place],
        idle_top_hours=past.idle_top_hours(leg.offer_id, price, abs(top), at),
    )
