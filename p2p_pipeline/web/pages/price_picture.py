"""Weeks of a market as lines on one time axis: what both sides cost, and the premium below it. Gaps are gaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from p2p_pipeline.p2p.metrics.markets.hours import HourOfMarket

WIDTH, HEIGHT, PAD = 800, 180, 8
GAP = timedelta(hours=2)
"""Hours further apart than this are not joined."""
LEAST_HOURS = 2
WIDE_SHARE = 0.02
"""A scale shows at least so much of the price, or a still market would look wild."""


@dataclass(frozen=True, slots=True)
class Line:
    """One value over time, as parts without a gap, each the points of an SVG polyline."""

    name: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines on one scale."""

    lines: tuple[Line, ...]
    low: float
    high: float
    zero: float | None = None
    """How high 0 lies, where it is on the scale."""


@dataclass(frozen=True, slots=True)
class PricePicture:
    """The two pictures and their time axis."""

    first: datetime
    last: datetime
    price: Lines | None
    premium: Lines | None


def picture_of_hours(hours: Sequence[HourOfMarket]) -> PricePicture | None:
    """The picture; None of fewer hours than make a line."""
    if len(hours) < LEAST_HOURS:
        return None
    first, last = hours[0].starts_at, hours[-1].starts_at
    price = _lines(hours, {"buy": lambda hour: hour.buy_price, "sell": lambda hour: hour.sell_price}, WIDE_SHARE)
    premium = _lines(hours, {"premium": lambda hour: hour.premium}, None)
    return PricePicture(first, last, price, premium)


def _lines(
    hours: Sequence[HourOfMarket],
    values: dict[str, Callable[[HourOfMarket], float | None]],
    least_share: float | None,
) -> Lines | None:
    found = [value for of in values.values() for hour in hours if (value := of(hour)) is not None]
    if len(found) < LEAST_HOURS:
        return None
    low, high = min(found), max(found)
    least = 0.01 if least_share is None else least_share * abs(high)
    widened = max(0.0, least - (high - low)) / 2
    bottom, top = low - widened, high + widened

    def height(value: float) -> float:
        return round(HEIGHT - PAD - (HEIGHT - 2 * PAD) * (value - bottom) / ((top - bottom) or 1.0), 1)

    lines = tuple(Line(name, _parts(hours, of, height)) for name, of in values.items())
    return Lines(lines, bottom, top, height(0.0) if least_share is None and bottom <= 0 <= top else None)


def _parts(
    hours: Sequence[HourOfMarket], of: Callable[[HourOfMarket], float | None], height: Callable[[float], float]
) -> tuple[str, ...]:
    first, last = hours[0].starts_at, hours[-1].starts_at
    span = (last - first).total_seconds() or 1.0
    parts: list[list[str]] = []
    before: datetime | None = None
    for hour in hours:
        value = of(hour)
        if value is None:
            continue
        if before is None or hour.starts_at - before > GAP:
            parts.append([])
        across = WIDTH * (hour.starts_at - first).total_seconds() / span
        parts[-1].append(f"{across:.1f},{height(value):.1f}")
        before = hour.starts_at
    # A point alone is a line of no length, which round ends make visible.
    return tuple(" ".join(part * 2 if len(part) == 1 else part) for part in parts)
