"""Hours as people say them, and gains as shares of the price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side


@dataclass(frozen=True, slots=True, order=True)
class LocalHour:
    """An hour on the wall clock: of one weekday (0 is Monday), or of every day where that is None."""

    weekday: int | None
    hour: int


def hours_of(chosen: NDArray[np.bool_]) -> tuple[LocalHour, ...]:
    """Cells of the day (24) or of the week (168) as hours."""
    by_weekday = len(chosen) > 24
    return tuple(LocalHour(int(cell) // 24 if by_weekday else None, int(cell) % 24) for cell in np.flatnonzero(chosen))


def as_share(gain: float, side: Side) -> float:
    """A logarithmic gain as a share of the price: what a buyer saves, or a seller gets more."""
    return float(-np.expm1(-gain) if side is Side.BUY else np.expm1(gain))
