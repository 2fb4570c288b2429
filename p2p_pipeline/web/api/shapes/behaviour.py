"""`/behaviour`: how the offers of a market live and end. A test holds the rows to the columns of the stored tables."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from p2p_pipeline.web.api.shapes.units import Hours, Seconds, Shape, Share, SideName, Time


class Lifetimes(Shape):
    """How long the offers of one side live, and how often they change. See docs/data_dictionary.md for each column."""

    market_key: str
    venue: str
    asset: str
    fiat: str
    side: SideName
    place: str
    state: str
    first_look_at: Time | None
    last_look_at: Time | None
    gap_seconds: Seconds | None
    rest_hours: Hours
    confidence: Share
    lives: int
    born: int
    ended: int
    advertisers: int
    median_seconds: Seconds | None
    median_seconds_low: Seconds | None
    median_seconds_high: Seconds | None
    median_seconds_here_low: Seconds | None
    median_seconds_here_high: Seconds | None
    median_at_most_seconds: Seconds | None
    quarter_seconds: Seconds | None
    quarter_seconds_low: Seconds | None
    quarter_seconds_high: Seconds | None
    quarter_seconds_here_low: Seconds | None
    quarter_seconds_here_high: Seconds | None
    longer_median_seconds: Seconds | None
    longer_median_seconds_low: Seconds | None
    longer_median_seconds_high: Seconds | None
    three_quarters_seconds: Seconds | None
    three_quarters_seconds_low: Seconds | None
    three_quarters_seconds_high: Seconds | None
    three_quarters_seconds_here_low: Seconds | None
    three_quarters_seconds_here_high: Seconds | None
    longest_seen_seconds: Seconds | None
    family: str | None
    free_median_seconds: Seconds | None
    unseen_share: Share | None
    unseen_share_least: Share | None
    unseen_share_most: Share | None
    shorter_than_gap_least: Share | None
    shorter_than_gap_most: Share | None
    updates_per_hour: float | None
    updates_per_hour_low: float | None
    updates_per_hour_high: float | None
    corrected_updates_per_hour: float | None
    watched_offer_hours: Hours


class Ending(Shape):
    """The share of lives that ended in one way within a time."""

    market_key: str
    venue: str
    asset: str
    fiat: str
    side: SideName
    place: str
    hours: int
    ending: str
    share: Share
    low: Share
    high: Share
    least: Share
    most: Share
    confidence: Share


class Stability(Shape):
    """What is left of the top of the book after a while."""

    market_key: str
    venue: str
    asset: str
    fiat: str
    side: SideName
    horizon_seconds: int
    elapsed_seconds: Seconds
    pairs: int
    confidence: Share
    same_best: Share | None
    same_best_low: Share | None
    same_best_high: Share | None
    same_best_price: Share | None
    same_best_price_low: Share | None
    same_best_price_high: Share | None
    near_share: Share | None
    near_share_low: Share | None
    near_share_high: Share | None


class IntervalMeanings(Shape):
    """What the two kinds of intervals are of."""

    here: str
    like: str


class AdvertiserCounts(Shape):
    """How many there are, by the venue's keys."""

    identified: int
    renamed: int
    on_both_sides: int


class Behaviour(Shape):
    """What the processed days say."""

    market_key: str
    first_day: date = Field(alias="from")
    last_day: date = Field(alias="to")
    days_with_data: int
    confidence: Share
    intervals: IntervalMeanings
    lifetimes: list[Lifetimes]
    endings: list[Ending]
    endings_limits: str
    stability: list[Stability]
    advertisers: AdvertiserCounts
