"""Why an hour is what it is, in words that a person can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from p2p_pipeline.kernel.texts import number_text
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.history.series import Series
from p2p_pipeline.p2p.metrics.unusual.grid import HOURS_A_WEEK, Floats
from p2p_pipeline.p2p.metrics.unusual.judge import Verdict
from p2p_pipeline.p2p.metrics.unusual.measures import Kind, good_for
from p2p_pipeline.p2p.metrics.unusual.seasonality import Seasonality
from p2p_pipeline.p2p.metrics.unusual.states import Rhythm

_FAR = 0.1
"""A tenth off, or ten percentage points: far enough for a person to ask why it counts as normal."""
_STRONG = 0.2
"""A rhythm weaker than this is not spoken of: up to about this much a random walk shows by chance."""
_MOST_NAMED = 3
_NAMES = {"executable": "the price", "asset_near_best": "the asset near the best price", "spread": "the spread"}


def moment_of(hour: int, zone: ZoneInfo) -> datetime:
    """The start of an hour since 1970 UTC, in a time zone."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour)).astimezone(zone)


def shown_hour(hour: int, zone: ZoneInfo) -> str:
    """An hour's start for people."""
    return f"{moment_of(hour, zone):%Y-%m-%d %H:%M %Z}"


def name_of(measure: str) -> str:
    """How a sentence calls a measure."""
    return _NAMES.get(measure, measure if measure == "offers" else f"the {measure}")


def series_words(series: Series) -> str:
    """A series for people: `BUY executable 7,000 wide`."""
    size = "" if series.amount_fiat is None else f" {number_text(series.amount_fiat)} {series.key.profile}"
    return f"{series.key.market_side.side} {series.key.measure}{size}"


def shown_value(kind: Kind, value: float) -> str:
    """A value for people: shares in percent, counts whole, prices with five digits or more."""
    if kind is Kind.SHARE:
        return f"{value:.2%}"
    if kind is Kind.COUNT:
        return f"{value:,.0f}"
    digits = max(0, 4 - int(np.floor(np.log10(abs(value))))) if value else 0
    return f"{value:,.{min(digits, 12)}f}"


def difference(kind: Kind, value: float, expected: float) -> str:
    """How much a value is above or below what was expected: `1.9 % above`, `0.40 percentage points below`."""
    direction = "above" if value >= expected else "below"
    if kind is Kind.SHARE:
        return f"{100 * abs(value - expected):.2f} percentage points {direction}"
    if expected <= 0:
        return direction
    share = 100 * abs(value / expected - 1)
    return f"{share:.{2 if share < 1 else 1}f} % {direction}"


@dataclass(frozen=True, slots=True)
class Seen:
    """A value and what was usual, for a sentence."""

    kind: Kind
    measure: str
    side: Side
    value: float
    expected: float
    band: tuple[float, float]
    """From where to where it is usual."""

    @property
    def is_inside(self) -> bool:
        """Whether the measure by itself is as usual."""
        return self.band[0] <= self.value <= self.band[1]


def unusual_words(seen: Seen, when: str, record: str, others: Sequence[str]) -> str:
    """Such as `offers 212 where 540 (410 to 710) are usual on Tuesdays at 14:00: 60.7 % below, …; bad for buyers`."""
    kind = seen.kind
    low, high = (shown_value(kind, end) for end in seen.band)
    return (
        f"{name_of(seen.measure)} {shown_value(kind, seen.value)} where {shown_value(kind, seen.expected)} "
        f"({low} to {high}) {'are' if kind is Kind.COUNT else 'is'} usual {when}: "
        f"{difference(kind, seen.value, seen.expected)}{record}{together_words(others, seen.is_inside)}; "
        f"{good_for(kind, seen.measure, seen.side, seen.value > seen.expected)}"
    )


def together_words(others: Sequence[str], is_inside: bool = False) -> str:
    """Which other measures agree, such as `, together with BUY median (5.1 % above) and 2 more`."""
    if not others:
        return ""
    named = ", ".join(others[:_MOST_NAMED])
    more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
    if is_inside:
        return f", within its own band, but {named}{more} moved as well"
    return f", together with {named}{more}"


def normal_words(seen: Seen, when: str) -> str:
    """Such as `the price 14.950, 0.21 % above what is usual at 14:00`.

    Where that is far, it is said why it is no alarm: this measure varies that much, so wide is its band.
    """
    kind = seen.kind
    told = (
        f"{name_of(seen.measure)} {shown_value(kind, seen.value)}, {difference(kind, seen.value, seen.expected)} what "
        f"is usual {when}"
    )
    is_far = abs(seen.value - seen.expected) > (_FAR if kind is Kind.SHARE else _FAR * abs(seen.expected))
    if not is_far:
        return told
    low, high = (shown_value(kind, end) for end in seen.band)
    return f"{told}; it varies so much that anything from {low} to {high} is normal"


def change_words(seen: Seen, verdict: Verdict, others: Sequence[str], zone: ZoneInfo) -> str:
    """Such as `the level of the price shifted by +9.8 % on 2025-04-24 14:00 UTC and has stayed there; …`."""
    kind = seen.kind
    shift = verdict.shift or 0.0
    size = f"{100 * shift:+.2f} percentage points" if kind is Kind.SHARE else f"{100 * np.expm1(shift):+.1f} %"
    since = shown_hour(verdict.since_hour or 0, zone)
    return (
        f"the level of {name_of(seen.measure).removeprefix('the ')} shifted by {size} at {since} and stayed, now "
        f"{shown_value(kind, seen.value)}{together_words(others)}; "
        f"{good_for(kind, seen.measure, seen.side, shift > 0)}"
    )


def when_words(found: Seasonality, hour: int, zone: ZoneInfo) -> str:
    """Which hours the usual is of: `on Tuesdays at 14:00`, `at 14:00`, or `these days` without a rhythm."""
    moment = moment_of(hour, zone)
    if found.rhythm is Rhythm.WEEKLY and (found.weekly_strength or 0) >= _STRONG:
        return f"on {moment:%A}s at {moment:%H:%M}"
    if (found.daily_strength or 0) >= _STRONG:
        return f"at {moment:%H:%M}"
    return "these days"


def record_words(past: Floats, value: float, is_above: bool) -> str:
    """`, the lowest in 5 weeks` when it is so for two days at least; `past` ends just before the value, NaN allowed."""
    beyond = np.flatnonzero(past >= value if is_above else past <= value)
    seen = np.flatnonzero(np.isfinite(past))
    if not len(seen):
        return ""
    hours = len(past) - int(beyond[-1]) - 1 if len(beyond) else len(past) - int(seen[0])
    if hours < 48:
        return ""
    span = f"{hours // HOURS_A_WEEK} weeks" if hours >= 2 * HOURS_A_WEEK else f"{hours // 24} days"
    return f", the {'highest' if is_above else 'lowest'} in {span}"
