"""`/anomalies`: whether now is unusual, and what was. A test holds the hours to the columns of the stored table."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from p2p_pipeline.web.api.shapes.units import Fiat, Shape, Share, SideName, Time


class JudgedSeries(Shape):
    """Which series of the market; values of it are in what its measure is in, as `/history` tells by `unit`."""

    side: SideName
    measure: str
    profile: str | None
    step: int | None
    """Which of the sizes kept, from 0."""


class JudgedHour(JudgedSeries):
    """One hour of a series. See docs/data_dictionary.md for each column."""

    amount_fiat: Fiat | None
    hour_start: Time
    value: float | None
    expected: float | None
    usual_low: float | None
    usual_high: float | None
    score: float | None
    """How far the value is from the expected, in robust sigmas; beyond 4 either way is unusual."""
    state: str
    """`normal`, `unusual`, `regime_change`, `outage`, `not_enough_history` or `no_data`."""
    reason: str
    regime_since: Time | None
    tags: list[str]
    rhythm: str
    daily_strength: Share | None
    weekly_strength: Share | None
    history_hours: int
    joint_score: float | None
    judged_with: list[str]


class UnusualSpan(JudgedSeries):
    """Hours of one series that belong together; the peak is the hour that was farthest off."""

    amount_fiat: Fiat | None
    state: str
    start: Time
    end: Time
    known_at: Time
    """When it could first be called what it is."""
    hours: int
    peak_at: Time
    peak_value: float | None
    peak_expected: float | None
    peak_score: float | None
    reason: str


class MeasureOfEvent(JudgedSeries):
    """One of the series that were unusual in an event."""

    state: str
    peak_value: float | None
    peak_expected: float | None
    usual_low: float | None
    usual_high: float | None
    peak_score: float | None


class MarketEvent(Shape):
    """What several series of the market had at the same time: one thing that happened."""

    state: str
    start: Time
    end: Time
    known_at: Time
    lead: JudgedSeries
    """The one that tells most of it."""
    measures: list[MeasureOfEvent]
    judged_with: list[str]
    joint_score: float | None
    reason: str


class DayEffect(JudgedSeries):
    """What days of a kind change."""

    tag: str
    """`weekend`, `holiday` or `event: NAME`."""
    state: str
    """`differs`, `cant_tell`, `too_few` or `holidays_unknown`."""
    effect: float | None
    """A share of the measure's level; of what is a share itself a difference."""
    interval: tuple[float, float] | None
    occurrences: int
    days: int


class Anomalies(Shape):
    """What was unusual in a market over some days, and whether its newest hour is."""

    market_key: str
    first_day: date = Field(alias="from")
    last_day: date = Field(alias="to")
    now: list[JudgedHour]
    """The newest hour of each series."""
    spans: list[UnusualSpan]
    events: list[MarketEvent]
    effects: list[DayEffect] | None
    """Null unless `by_event` was asked."""
