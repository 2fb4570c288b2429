"""`/scores`: how good a deal is."""

from __future__ import annotations

from p2p_pipeline.web.api.shapes.quotes import Quote
from p2p_pipeline.web.api.shapes.units import (
    Amount,
    AssetNumber,
    FiatNumber,
    Minutes,
    Points,
    PriceNumber,
    Seconds,
    Shape,
    Share,
    SideName,
    Time,
)


class DealMoney(Shape):
    """What the deal can be expected to cost."""

    fiat: str
    price: PriceNumber
    asset: AssetNumber
    chance: Share
    """That the order ends as agreed."""
    chance_still_there: Share
    chance_honoured: Share
    is_chance_calibrated: bool
    minutes_to_place: Minutes
    next_best_price: PriceNumber | None
    minutes_lost: Minutes
    waiting_share: Share
    expected_price: PriceNumber
    expected_fiat: FiatNumber
    best_price: PriceNumber
    lost_against_best_fiat: FiatNumber | None
    fair_price: PriceNumber | None
    fair_price_source: str | None
    lost_against_fair_fiat: FiatNumber | None
    scale: str
    """What a score of 100 is, in words."""


class PartInput(Shape):
    """One thing that a part is worked out from."""

    name: str
    raw: float | None
    value: Share
    is_known: bool
    words: str


class Part(Shape):
    """One part of the score."""

    name: str
    value: Share
    weight: Share
    contribution: Points
    reason: str
    known_share: Share
    inputs: list[PartInput]


class HeldShare(Shape):
    """Of deals with such a score, how many still held a while later."""

    outcome: str
    horizon: str
    deals: int
    blocks: int
    held: int
    share_held: Share
    share_low: Share
    share_high: Share
    auc: float | None
    later_seconds: Seconds


class Calibration(Shape):
    """What deals with a like score came to."""

    as_of: Time
    days: int
    is_bait: bool
    score_from: Points
    score_to: Points
    outcomes: list[HeldShare]


class ChanceBin(Shape):
    """Deals that were given a like chance, and how many held."""

    bin_low: Share
    bin_high: Share
    deals: int
    held: int
    mean_chance: Share | None
    share_held: Share
    share_low: Share
    share_high: Share


class ChanceCalibration(Shape):
    """How right the chances given before were."""

    as_of: Time
    is_split: bool
    horizon: str
    later_seconds: Seconds
    judged_days: int | None
    brier: float | None
    brier_before: float | None
    bins: list[ChanceBin]


class Score(Shape):
    """How good a deal is: 0 to 100, in money, and in its parts."""

    market_key: str
    side: SideName
    profile: str
    amount: Amount
    asked_at: Time
    snapshot_at: Time
    age_seconds: Seconds
    is_stale: bool
    score: Points | None
    score_when_seen: Points | None
    money: DealMoney | None
    known_weight: Share | None
    """The share of the weight that rests on known inputs."""
    parts: list[Part]
    quote: Quote
    calibration: Calibration | None
    chance_calibration: ChanceCalibration | None
