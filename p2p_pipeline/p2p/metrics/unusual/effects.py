"""What difference special days make: weekends, holidays and a person's events against the ordinary days around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from p2p_pipeline.p2p.metrics.history.series import Series
from p2p_pipeline.p2p.metrics.unusual.grid import Floats
from p2p_pipeline.p2p.metrics.unusual.measures import Kind, kind_of, to_level
from p2p_pipeline.p2p.metrics.unusual.states import EffectState
from p2p_pipeline.p2p.metrics.unusual.tags import HOLIDAY, UNKNOWN, WEEKEND, DayCalendar, tags_of

LEAST_OCCURRENCES = 6
"""With fewer weekends, holidays or events of a kind nothing is said about them."""
AROUND_DAYS = 10
"""How far around an occurrence the ordinary days are taken from."""
_LEAST_ORDINARY_DAYS = 3
_LEAST_HOURS_A_DAY = 12
_TRIMMED_SHARE = 0.1
_DRAWS = 2000
_STRICTER = 0.1
"""A difference is only told when even an interval with a tenth of the error (99 % for 90 %) leaves out 0: several
tags, measures and sides are looked at side by side."""
_BLOCK = 3
"""Occurrences drawn together: neighbours are compared with the same ordinary days."""


@dataclass(frozen=True, slots=True)
class TagEffect:
    """How much a measure lies above the ordinary days around the days with a tag."""

    tag: str
    state: EffectState
    effect: float | None
    """A share of the measure's level (0.01: 1 % above); of shares like the spread a difference (0.01: 1 percentage
    point). None with too few occurrences."""
    interval: tuple[float, float] | None
    occurrences: int
    """Stretches of tagged days with ordinary days on both sides."""
    days: int


def effects_by_tag(series: Series, calendar: DayCalendar, confidence: float, seed: int) -> list[TagEffect]:
    """The effect of weekends, of holidays outside weekends, and of each event of the calendar, on a series' days.

    A day is the median of its local hours, of which half must have been seen. Each occurrence is compared with a
    straight line through the ordinary days (with no tag at all) up to ten days before and after it, so that a drifting
    price makes no effect; the effect is the mean over occurrences without the outermost tenth at each end. The
    interval is a percentile bootstrap over blocks of three occurrences (Künsch 1989, "The jackknife and the bootstrap
    for general stationary observations"), widened for small samples. The same seed gives the same interval.
    """
    kind = kind_of(series.key.measure)
    ordinals, levels = _days_of(series, calendar, kind)
    tags = tags_of(calendar, [date.fromordinal(int(ordinal)) for ordinal in ordinals])
    generator = np.random.default_rng(seed)
    is_ordinary = np.array([not set(found) - {UNKNOWN} for found in tags], dtype=bool)
    effects = []
    for tag in (WEEKEND, HOLIDAY, *(f"event: {event.name}" for event in calendar.events)):
        if tag in {WEEKEND, HOLIDAY} and calendar.country is None:
            effects.append(TagEffect(tag, EffectState.HOLIDAYS_UNKNOWN, None, None, 0, 0))
            continue
        is_tagged = np.array([tag in found and not (tag == HOLIDAY and WEEKEND in found) for found in tags], dtype=bool)
        differences, days = _differences(ordinals, levels, is_tagged, is_ordinary)
        effects.append(_effect(tag, kind, differences, days, confidence, generator))
    return effects


def _days_of(series: Series, calendar: DayCalendar, kind: Kind) -> tuple[NDArray[np.int64], Floats]:
    levels = to_level(kind, series.values)
    days = np.array([calendar.local_day(int(start)).toordinal() for start in series.starts], dtype=np.int64)
    needed = _LEAST_HOURS_A_DAY * 3600 / series.period_seconds
    found = [(day, levels[(days == day) & np.isfinite(levels)]) for day in np.unique(days)]
    kept = [(day, float(np.median(values))) for day, values in found if len(values) >= needed]
    return np.array([day for day, _ in kept], dtype=np.int64), np.array([level for _, level in kept], dtype=np.float64)


def _differences(
    ordinals: NDArray[np.int64], levels: Floats, is_tagged: NDArray[np.bool_], is_ordinary: NDArray[np.bool_]
) -> tuple[Floats, int]:
    differences, days = [], 0
    for occurrence in _occurrences(ordinals, is_tagged):
        first, last = ordinals[occurrence[0]], ordinals[occurrence[-1]]
        before = is_ordinary & (ordinals < first) & (ordinals >= first - AROUND_DAYS)
        after = is_ordinary & (ordinals > last) & (ordinals <= last + AROUND_DAYS)
        if min(before.sum(), after.sum()) < _LEAST_ORDINARY_DAYS:
            continue
        around = before | after
        slope, level = np.polyfit(ordinals[around] - first, levels[around], 1)
        differences.append(float(np.mean(levels[occurrence] - level - slope * (ordinals[occurrence] - first))))
        days += len(occurrence)
    return np.array(differences, dtype=np.float64), days


def _occurrences(ordinals: NDArray[np.int64], is_tagged: NDArray[np.bool_]) -> Sequence[NDArray[np.int64]]:
    places = np.flatnonzero(is_tagged)
    if not len(places):
        return []
    return np.split(places, np.flatnonzero(np.diff(ordinals[places]) > 1) + 1)


def _effect(
    tag: str, kind: Kind, differences: Floats, days: int, confidence: float, generator: np.random.Generator
) -> TagEffect:
    count = len(differences)
    if count < LEAST_OCCURRENCES:
        return TagEffect(tag, EffectState.TOO_FEW, None, None, count, days)
    begins = generator.integers(0, count, (_DRAWS, -(-count // _BLOCK)))
    chosen = ((begins[:, :, None] + np.arange(_BLOCK)) % count).reshape(_DRAWS, -1)[:, :count]
    drawn = differences[chosen]
    middle = float(_trimmed_mean(differences))
    widening = (count / (count - _BLOCK)) ** 0.5 * float(stdtrit(count - 1, 0.95) / ndtri(0.95))
    means = middle + (_trimmed_mean(drawn) - middle) * widening
    error = 1 - confidence
    ends = np.quantile(means, [error / 2, 1 - error / 2])
    surest = np.quantile(means, [_STRICTER * error / 2, 1 - _STRICTER * error / 2])
    effect, low, high = (float(value if kind is Kind.SHARE else np.expm1(value)) for value in (middle, *ends))
    state = EffectState.DIFFERS if surest[0] > 0 or surest[1] < 0 else EffectState.CANT_TELL
    return TagEffect(tag, state, effect, (low, high), count, days)


def _trimmed_mean(values: Floats) -> Floats:
    """Of the last axis, without its ends: what scipy.stats has too, which costs a service 30 MB to import."""
    count = values.shape[-1]
    cut = int(_TRIMMED_SHARE * count)
    inner = np.partition(values, (cut, count - cut - 1), axis=-1)[..., cut : count - cut]
    return np.asarray(inner.mean(axis=-1))
