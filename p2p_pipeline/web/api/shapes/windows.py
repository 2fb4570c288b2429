"""`/windows`: when it is usually better."""

from __future__ import annotations

from datetime import date

from p2p_pipeline.web.api.shapes.standing import Standing
from p2p_pipeline.web.api.shapes.units import (
    Amount,
    Fiat,
    Hours,
    Seconds,
    Shape,
    Share,
    SideName,
    Time,
    Weeks,
)

Interval = tuple[Share | None, Share | None]
"""Its lower and its upper end; nulls where none can be told."""


class LocalHour(Shape):
    """An hour on the wall clock of the answer's time zone: of one weekday (0 is Monday), or of every day."""

    weekday: int | None
    hour: int


class HourEffect(LocalHour):
    """How much better an hour is than a random time."""

    improvement: Share
    interval: Interval


class Followed(Shape):
    """What following the advice gave week by week, each week judged by those before it."""

    weeks: int
    recommended_weeks: int
    realised_improvement: Share
    realised_when_recommended: Share | None
    coverage: Share | None
    regret: Share | None
    stability: Share | None
    worst_days_mean: Share | None


class WindowsMoney(Shape):
    """The shares of the answer in the fiat of the amount."""

    amount: Fiat
    fiat: str
    expected_improvement: Fiat | None
    candidate_improvement: Fiat | None
    interval: tuple[Fiat | None, Fiat | None]
    mean_interval: tuple[Fiat | None, Fiat | None]
    improvement_over_now: Fiat | None
    worst_case_regret: Fiat | None


class FewHours(Shape):
    """The one, two or three best hours."""

    hours: list[LocalHour]
    improvement: Share
    wait_hours: Hours
    """On average, from a random time at which the person can trade."""
    improvement_fiat: Fiat | None


class WithinADay(Shape):
    """What whoever waits a day at most gets."""

    improvement: Share
    wait_hours: Hours
    improvement_fiat: Fiat | None


class PastWaits(Shape):
    """What waiting from this hour for the next best hours lately gave."""

    days: int
    quantile_10: Share
    quantile_50: Share
    quantile_90: Share
    chance_better: Share


class SoonHour(Shape):
    """The best of the next 24 hours."""

    at: LocalHour
    begins_at: Time
    wait_seconds: Seconds
    expected_improvement: Share | None


class NowOrWait(Shape):
    """Whether to trade now."""

    at: Time
    is_worth_waiting: bool
    reason: str
    is_best_hour: bool
    begins_at: Time | None
    wait_seconds: Seconds | None
    expected_improvement: Share | None
    past: PastWaits | None
    standing: Standing | None
    price_at: Time | None
    price_age_seconds: Seconds | None
    is_trading_time: bool
    within_a_day: SoonHour | None
    expected_fiat: Fiat | None


class Stretch(Shape):
    """Weeks in a row of which the same is to be said."""

    first_day: date
    last_day: date
    weeks: int
    state: str


class SeenWeeks(Shape):
    """Which weeks count."""

    weeks: int
    weeks_judged: int
    days_counted: int
    stretches: list[Stretch]


class AskedSize(Shape):
    """An amount as it was named, and in the fiat that sizes are kept in."""

    amount: Amount
    unit: str
    fiat: Fiat
    """The amount itself, or what it was worth at the newest price of the series."""


class WindowsSentences(Shape):
    """The answer in words."""

    headline: str
    failed_test: str | None
    whole_set: str | None
    within_a_day: str | None
    now: list[str]
    seen: str | None
    size: str | None


class Windows(Shape):
    """When it is usually better, or that no hour is. Improvements are positive when good for the taker."""

    market_key: str
    side: SideName
    measure: str
    caution: str | None
    profile: str | None
    amount_fiat: Fiat | None
    timezone: str
    observations: int
    weeks: Weeks
    hours_with_data: int
    trading_hours: str
    against: str
    asked: AskedSize | None
    """Null where no amount was named."""
    verdict: str
    reason: str
    expected_improvement: Share
    candidate_improvement: Share | None
    worst_case_regret: Share | None
    worst_days_mean: Share | None
    recent_improvement: Share | None
    half_life_weeks: Weeks | None
    chance: Share | None
    confidence: Share
    is_of_weekdays: bool
    failed_test: str | None
    """The test that hours failed which are not recommended: `history`, `prices`, `best_hour`, `signs`, `followed`,
    `hours_of_day`, `held_out` or `recent`."""
    chance_allowed: Share
    """How likely the best hour may be by luck alone before it is not recommended."""
    hours: list[LocalHour]
    """What is recommended; empty where no hour is reliably better."""
    candidate_hours: list[LocalHour]
    weekdays: list[int] | None
    interval: Interval
    mean_interval: Interval
    improvement_over_now: Share | None
    effects: list[HourEffect]
    walk_forward: Followed
    money: WindowsMoney | None
    few_best: list[FewHours]
    within_a_day: WithinADay | None
    candidate_wait_hours: Hours | None
    now_or_wait: NowOrWait
    seen: SeenWeeks
    sentences: WindowsSentences
