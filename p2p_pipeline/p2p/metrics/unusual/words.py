"""Why an hour is what it is, in words that a person can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from p2p_pipeline.kernel.texts import number_text
from p2p_pipeline.kernel.told import Digits, Told, joined
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
_NAMES = {
    "executable": Told("the price"),
    "asset_near_best": Told("the asset near the best price"),
    "spread": Told("the spread"),
    "offers": Told("offers"),
}
_BARE_NAMES = {
    "executable": Told("price"),
    "asset_near_best": Told("asset near the best price"),
    "spread": Told("spread"),
    "offers": Told("offers"),
}
_DAYS = (
    Told("on Mondays at {at:%H:%M}"),
    Told("on Tuesdays at {at:%H:%M}"),
    Told("on Wednesdays at {at:%H:%M}"),
    Told("on Thursdays at {at:%H:%M}"),
    Told("on Fridays at {at:%H:%M}"),
    Told("on Saturdays at {at:%H:%M}"),
    Told("on Sundays at {at:%H:%M}"),
)


def moment_of(hour: int, zone: ZoneInfo) -> datetime:
    """The start of an hour since 1970 UTC, in a time zone."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour)).astimezone(zone)


def shown_hour(hour: int, zone: ZoneInfo) -> str:
    """An hour's start for people."""
    return f"{moment_of(hour, zone):%Y-%m-%d %H:%M %Z}"


def name_of(measure: str) -> Told:
    """How a sentence calls a measure."""
    return _NAMES.get(measure) or Told("the {measure}", measure=measure)


def series_words(series: Series) -> str:
    """A series for people: `BUY executable 7,000 wide`."""
    size = "" if series.amount_fiat is None else f" {number_text(series.amount_fiat)} {series.key.profile}"
    return f"{series.key.market_side.side} {series.key.measure}{size}"


def shown_value(kind: Kind, value: float) -> Digits:
    """A value for people: shares in percent, counts whole, prices with five digits or more."""
    if kind is Kind.SHARE:
        return Digits(f"{value:.2%}")
    if kind is Kind.COUNT:
        return Digits(f"{value:,.0f}")
    digits = max(0, 4 - int(np.floor(np.log10(abs(value))))) if value else 0
    return Digits(f"{value:,.{min(digits, 12)}f}")


def difference(kind: Kind, value: float, expected: float) -> Told:
    """How much a value is above or below what was expected: `1.9 % above`, `0.40 percentage points below`."""
    is_above = value >= expected
    if kind is Kind.SHARE:
        points = 100 * abs(value - expected)
        template = (
            Told("{points:.2f} percentage points above") if is_above else Told("{points:.2f} percentage points below")
        )
        return Told(template, points=points)
    if expected <= 0:
        return Told("above") if is_above else Told("below")
    share = 100 * abs(value / expected - 1)
    shown = Digits(f"{share:.{2 if share < 1 else 1}f}")
    return Told(Told("{share} % above") if is_above else Told("{share} % below"), share=shown)


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


def unusual_words(seen: Seen, when: str, record: str, others: Sequence[str]) -> Told:
    """Such as `offers 212 where 540 (410 to 710) are usual on Tuesdays at 14:00: 60.7 % below, …; bad for buyers`."""
    kind = seen.kind
    low, high = (shown_value(kind, end) for end in seen.band)
    template = _UNUSUAL_COUNT if kind is Kind.COUNT else _UNUSUAL
    return Told(
        template,
        name=name_of(seen.measure),
        value=shown_value(kind, seen.value),
        expected=shown_value(kind, seen.expected),
        low=low,
        high=high,
        when=when,
        difference=difference(kind, seen.value, seen.expected),
        record=record,
        others=together_words(others, seen.is_inside),
        good_for=good_for(kind, seen.measure, seen.side, seen.value > seen.expected),
    )


_UNUSUAL = Told(
    "{name} {value} where {expected} ({low} to {high}) is usual {when}: {difference}{record}{others}; {good_for}"
)
_UNUSUAL_COUNT = Told(
    "{name} {value} where {expected} ({low} to {high}) are usual {when}: {difference}{record}{others}; {good_for}"
)


def together_words(others: Sequence[str], is_inside: bool = False) -> Told:
    """Which other measures agree, such as `, together with BUY median (5.1 % above) and 2 more`."""
    if not others:
        return Told("")
    more = len(others) - _MOST_NAMED
    named = joined(", ", others[:_MOST_NAMED])
    if more > 0:
        named = Told("{named} and {count} more", named=named, count=more)
    if is_inside:
        return Told(", within its own band, but {named} moved as well", named=named)
    return Told(", together with {named}", named=named)


def normal_words(seen: Seen, when: str) -> Told:
    """Such as `the price 14.950, 0.21 % above what is usual at 14:00`.

    Where that is far, it is said why it is no alarm: this measure varies that much, so wide is its band.
    """
    kind = seen.kind
    told = Told(
        "{name} {value}, {difference} what is usual {when}",
        name=name_of(seen.measure),
        value=shown_value(kind, seen.value),
        difference=difference(kind, seen.value, seen.expected),
        when=when,
    )
    is_far = abs(seen.value - seen.expected) > (_FAR if kind is Kind.SHARE else _FAR * abs(seen.expected))
    if not is_far:
        return told
    low, high = (shown_value(kind, end) for end in seen.band)
    varies = Told("it varies so much that anything from {low} to {high} is normal", low=low, high=high)
    return joined("; ", [told, varies])


def change_words(seen: Seen, verdict: Verdict, others: Sequence[str], zone: ZoneInfo) -> Told:
    """Such as `the level of the price shifted by +9.8 % on 2025-04-24 14:00 UTC and has stayed there; …`."""
    kind = seen.kind
    shift = verdict.shift or 0.0
    size = Told("{points:+.2f} percentage points", points=100 * shift)
    if kind is not Kind.SHARE:
        size = Told("{percent:+.1f} %", percent=float(100 * np.expm1(shift)))
    return Told(
        "the level of {name} shifted by {size} at {since} and stayed, now {value}{others}; {good_for}",
        name=_BARE_NAMES.get(seen.measure, seen.measure),
        size=size,
        since=shown_hour(verdict.since_hour or 0, zone),
        value=shown_value(kind, seen.value),
        others=together_words(others),
        good_for=good_for(kind, seen.measure, seen.side, shift > 0),
    )


def when_words(found: Seasonality, hour: int, zone: ZoneInfo) -> Told:
    """Which hours the usual is of: `on Tuesdays at 14:00`, `at 14:00`, or `these days` without a rhythm."""
    moment = moment_of(hour, zone)
    if found.rhythm is Rhythm.WEEKLY and (found.weekly_strength or 0) >= _STRONG:
        return Told(_DAYS[moment.weekday()], at=moment)
    if (found.daily_strength or 0) >= _STRONG:
        return Told("at {at:%H:%M}", at=moment)
    return Told("these days")


def record_words(past: Floats, value: float, is_above: bool) -> Told:
    """`, the lowest in 5 weeks` when it is so for two days at least; `past` ends just before the value, NaN allowed."""
    beyond = np.flatnonzero(past >= value if is_above else past <= value)
    seen = np.flatnonzero(np.isfinite(past))
    if not len(seen):
        return Told("")
    hours = len(past) - int(beyond[-1]) - 1 if len(beyond) else len(past) - int(seen[0])
    if hours < 48:
        return Told("")
    span = Told("{weeks} weeks", weeks=hours // HOURS_A_WEEK)
    if hours < 2 * HOURS_A_WEEK:
        span = Told("{days} days", days=hours // 24)
    return Told(Told(", the highest in {span}") if is_above else Told(", the lowest in {span}"), span=span)
