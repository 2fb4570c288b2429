"""Why not cheaper: the offers whose stated price is better than what the amount gets, and what keeps it from each."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from p2p_pipeline.p2p.answers.now import Answer
from p2p_pipeline.p2p.markets import Profile, Side
from p2p_pipeline.p2p.offers.assemble import SeenOffer


class Obstacle(StrEnum):
    """What keeps an amount from an offer."""

    PROFILE = "profile"
    """The profile, or the payment methods that were asked for, don't admit it."""
    EMPTY = "empty"
    """It has less left than its own minimum."""
    MINIMUM = "minimum"
    """The amount is below what it takes at least."""
    MAXIMUM = "maximum"
    """The amount is above what it can fill now; the best split may use it for a part."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An offer with a better price than the whole amount gets."""

    seen: SeenOffer
    obstacle: Obstacle


def passed_over(found: Answer, most: int = 20) -> list[PassedOver]:
    """Offers that look better than the best single one (else the best split) and aren't in the split; best first."""
    quote, side = found.quote, found.view.market_side.side
    reached = quote.best_single.price if quote.best_single else quote.best_split.price if quote.best_split else None
    used = {leg.offer_id for leg in quote.best_split.legs} if quote.best_split else set()
    better = [
        seen
        for seen in found.view.offers
        if seen.offer.offer_id not in used
        and (reached is None or (seen.offer.price < reached if side is Side.BUY else seen.offer.price > reached))
    ]
    better.sort(key=lambda seen: seen.offer.price, reverse=side is Side.SELL)
    told = [PassedOver(seen, obstacle) for seen in better if (obstacle := obstacle_of(found, seen)) is not None]
    return told[:most]


def obstacle_of(found: Answer, seen: SeenOffer) -> Obstacle | None:
    """What keeps the amount from one offer; None when nothing does."""
    return obstacle_to(found.amount, found.view.market_side.side, found.profile, seen)


def obstacle_to(amount: Decimal, side: Side, profile: Profile, seen: SeenOffer) -> Obstacle | None:
    """What keeps an amount (fiat on BUY, the asset on SELL) from one offer under a profile; None when nothing does."""
    offer = seen.offer
    # On SELL the amount is of the asset, and limits are in fiat at the offer's price.
    fiat = amount if side is Side.BUY else amount * Decimal(offer.price)
    if not profile.admits(seen.payment_methods, offer.completion_rate, offer.orders_30d, offer.is_merchant):
        return Obstacle.PROFILE
    if offer.max_fiat < offer.min_fiat:
        return Obstacle.EMPTY
    if fiat < offer.min_fiat:
        return Obstacle.MINIMUM
    return Obstacle.MAXIMUM if fiat > offer.max_fiat else None
