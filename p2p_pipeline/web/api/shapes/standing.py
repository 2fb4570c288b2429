"""`/standing`: how good a price is at this moment."""

from __future__ import annotations

from p2p_pipeline.web.api.shapes.units import Fiat, Price, PriceNumber, Shape, Share, Time


class Standing(Shape):
    """How a price compares with what its hour of the day usually costs, each day against the day before it."""

    price: PriceNumber
    usual_price: PriceNumber
    """What this hour would cost today if it stood to the last 24 hours as it usually does."""
    improvement_over_usual: Share
    """Positive is better for the taker than usual."""
    percentile: Share
    """Of those days, how many had this hour worse for the taker than now."""
    days: int
    """How many of the last four weeks' days could be compared."""


class PriceStanding(Shape):
    """What the best split is held against; each part is null where it isn't known."""

    mid_price: Price | None
    """The middle between buying and selling this size now."""
    mid_unknown: str | None
    """Why there is none."""
    cost_against_mid: Share | None
    """What the best split costs more (BUY) or gives less (SELL) than the middle; below 0 where the book is crossed."""
    usual: Standing | None
    like_size_fiat: Fiat | None
    """The size whose stored prices tell what is usual."""
    newest_stored_at: Time | None
    """The newest of those prices."""
