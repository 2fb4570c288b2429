"""`/behaviour`: how the offers of a market live and end. A test holds the rows to the columns of the stored tables."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from p2p_pipeline.web.api.shapes.units import Hours, Seconds, Shape, Share, SideName, Stranger, Time


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
    gone_seconds: list[Seconds | None] | None
    """By when 5, 10, … 95 % of all offers are gone; null where that may be below the gap, or was not seen."""
    gone_seconds_low: list[Seconds | None] | None
    gone_seconds_high: list[Seconds | None] | None
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


class Concentration(Shape):
    """How much of a side is in few hands: the sum of squared shares (Herfindahl, Hirschman)."""

    value: Share
    """1 for a single advertiser, 1 / n for n equal ones."""
    low: Share | None
    high: Share | None
    """The interval for other days of the same market; null with fewer than two days."""
    like_equals: float
    """So many equal advertisers would be as concentrated."""
    advertisers: int
    days: int


class BiggestOwner(Shape):
    """One advertiser's part of a market side."""

    advertiser_id: str | None
    share: Share
    """Of all offers seen, each look counted."""
    top_share: Share | None
    """Of the looks with an executable best offer, those in which it was his."""
    offers: int
    arrivals: int
    """How often an offer of his appeared where a look just before had shown none."""
    took_top: int
    """Of these, those at which it was the best executable offer at once."""
    name: Stranger | None


class PriceSteps(Shape):
    """The sizes of single changes of fixed prices."""

    steps: int
    quarter: Share
    median: Share
    three_quarters: Share
    better_share: Share
    """Of them, those that made the price better for the taker."""


class HourTraffic(Shape):
    """What comes and goes in one hour of the day."""

    hour: int
    came: int
    gone: int
    hours_seen: int
    """How many of these hours had a look that could show it."""


class SideBehaviour(Shape):
    """Who is behind the offers of a side, how large price changes are, how many come and go by hour."""

    side: SideName
    concentration: Concentration
    biggest: list[BiggestOwner]
    merchant_share: Share | None
    """Of the offers seen on the last day; null where the venue doesn't tell."""
    price_steps: PriceSteps | None
    """Null where too few changed exactly once."""
    by_hour: list[HourTraffic]
    """Empty where no look showed the whole side."""


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
    timezone: str
    """On whose clock hours of the day are told."""
    sides: list[SideBehaviour]
