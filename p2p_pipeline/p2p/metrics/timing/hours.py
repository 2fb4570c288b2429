"""Hours as people say them, and gains as shares of the price."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side


@dataclass(frozen=True, slots=True, order=True)
class LocalHour:
    """An hour on the wall clock: of one weekday (0 is Monday), or of every day where that is None."""

    weekday: int | None
    hour: int


def spans_by_days(hours: Iterable[LocalHour]) -> list[tuple[tuple[int | None, ...], tuple[tuple[int, int], ...]]]:
    """Days that have the same hours, with those hours as spans from their start to their end (24 is midnight).

    For who tells hours to people, in whatever language: `((0, 1), ((9, 12),))` is Monday and Tuesday, 9 to 12.
    """
    by_day: dict[int | None, list[int]] = {}
    for at in hours:
        by_day.setdefault(at.weekday, []).append(at.hour)
    days: dict[tuple[tuple[int, int], ...], list[int | None]] = {}
    for weekday, found in by_day.items():
        spans: list[tuple[int, int]] = []
        for hour in sorted(found):
            if spans and spans[-1][1] == hour:
                spans[-1] = (spans[-1][0], hour + 1)
            else:
                spans.append((hour, hour + 1))
        days.setdefault(tuple(spans), []).append(weekday)
    return [(tuple(names), spans) for spans, names in days.items()]


def hours_of(chosen: NDArray[np.bool_]) -> tuple[LocalHour, ...]:
    """Cells of the day (24) or of the week (168) as hours."""
    by_weekday = len(chosen) > 24
    return tuple(LocalHour(int(cell) // 24 if by_weekday else None, int(cell) % 24) for cell in np.flatnonzero(chosen))


def as_share(gain: float, side: Side) -> float:
    """A logarithmic gain as a share of the price: what a buyer saves, or a seller gets more."""
    return float(-np.expm1(-gain) if side is Side.BUY else np.expm1(gain))
