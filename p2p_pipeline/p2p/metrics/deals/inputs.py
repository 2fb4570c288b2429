"""What a deal is graded by: plain numbers about its offers, its market and its snapshot; None where unknown."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.pricing.execution import Leg


@dataclass(frozen=True, slots=True)
class Deal:
    """What a taker would do: these orders, together the amount, at this price (fiat for one asset)."""

    side: Side
    amount: Decimal
    """Fiat on BUY, asset on SELL."""
    price: Decimal
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class LegInputs:
    """What is known of one leg's offer and advertiser."""

    offer_id: str
    share: float
    """Of the deal's amount, above 0 to 1; the shares of all legs add up to 1."""
    headroom: float
    """How much more the offer takes than its leg, as a share of the leg: 0.0 when the leg uses all of it."""
    limits_ratio: float
    """Largest over smallest order the offer takes now, at least 1."""
    lead: float | None
    """How far its price is beyond the next offers that could take the leg instead, a share; 0.0 or less: not at all."""
    held_minutes: float | None
    """For how long every look has shown the offer at this price or a better one."""
    breaks_per_hour: float | None
    """How often in the last day the offer changed its price, went away or lost what the leg needs."""
    presence: float | None
    """The share of the recent hours in which the advertiser was seen, 0..1."""
    completion_rate: float | None
    """Completed orders of the last 30 days, 0..1."""
    orders_30d: int | None
    idle_top_hours: float | None
    """For how long it has stood at the top of the book, price and quantity untouched."""


@dataclass(frozen=True, slots=True)
class DealInputs:
    """All that a score is made from."""

    legs: tuple[LegInputs, ...]
    price_rank: float | None
    """The share of recent prices of this size that were worse, level-adjusted, 0..1."""
    near_cover: float
    """How many times the amount the book holds within `NEAR_SHARE` of the deal's price."""
    best_changes_per_hour: float | None
    """How often the best price of this size has changed lately."""
    crossing: float | None
    """How far the price lies beyond what the other side pays, a share; below 0 where it doesn't."""
    age_seconds: float
    """How long ago the snapshot was taken."""
    is_complete: bool
    """Whether the whole side of the book was read."""

    def __post_init__(self) -> None:
        """Refuse a deal without a leg."""
        if not self.legs:
            raise ValueError("a deal has at least one leg; there is nothing to grade without one")
