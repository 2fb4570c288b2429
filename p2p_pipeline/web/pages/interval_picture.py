"""Numbers with their intervals side by side as a picture: hours of the day or the week, or weeks that were advised."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from p2p_pipeline.p2p.metrics.timing.advice import HourEffect
from p2p_pipeline.p2p.metrics.timing.hours import LocalHour
from p2p_pipeline.p2p.metrics.timing.walk_forward import ScoredWeek

WIDTH, HEIGHT = 1000, 180
_EDGE = 6


@dataclass(frozen=True, slots=True)
class Mark:
    """One number: where it stands, its interval, and what it is told as."""

    across: str
    value: str
    low: str
    high: str
    is_marked: bool
    """Recommended; of weeks: outside the interval told before."""
    improvement: float
    ends: tuple[float, float]
    name: str | LocalHour


@dataclass(frozen=True, slots=True)
class IntervalPicture:
    """Marks for an SVG of 1000 by 180."""

    marks: tuple[Mark, ...]
    zero: str
    separators: tuple[str, ...]
    """Between days of the week."""
    most: float
    least: float
    """The shares at the top and at the bottom."""


def hours_picture(effects: Sequence[HourEffect], recommended: Iterable[LocalHour]) -> IntervalPicture | None:
    """Each hour's improvement with its interval; None where nothing was compared."""
    if not effects:
        return None
    is_week, wanted = effects[0].at.weekday is not None, frozenset(recommended)
    places = 168 if is_week else 24
    told = [
        (
            (effect.at.weekday or 0) * 24 + effect.at.hour,
            effect.improvement,
            (effect.low, effect.high),
            effect.at in wanted,
            effect.at,
        )
        for effect in effects
    ]
    separators = tuple(f"{WIDTH * day / 7:.1f}" for day in range(1, 7)) if is_week else ()
    return _picture(told, places, separators)


def weeks_picture(weeks: Sequence[ScoredWeek]) -> IntervalPicture | None:
    """What each week's hours gave, in the interval that was told before; None for fewer than two weeks."""
    if len(weeks) < 2:
        return None
    told = [
        (place, week.candidate_realised, (week.low, week.high), not week.is_covered, str(week.first_day))
        for place, week in enumerate(weeks)
    ]
    return _picture(told, len(weeks), ())


def _picture(
    told: Sequence[tuple[int, float, tuple[float, float], bool, str | LocalHour]],
    places: int,
    separators: tuple[str, ...],
) -> IntervalPicture:
    numbers = [number for _, value, ends, _, _ in told for number in (value, *ends)]
    most, least = max(0.0, *numbers), min(0.0, *numbers)
    span = (most - least) or 1.0

    def height(share: float) -> str:
        return f"{_EDGE + (HEIGHT - 2 * _EDGE) * (most - share) / span:.1f}"

    marks = tuple(
        Mark(
            f"{WIDTH * (place + 0.5) / places:.1f}",
            height(value),
            height(ends[0]),
            height(ends[1]),
            is_marked,
            value,
            ends,
            name,
        )
        for place, value, ends, is_marked, name in told
    )
    return IntervalPicture(marks, height(0.0), separators, most, least)
