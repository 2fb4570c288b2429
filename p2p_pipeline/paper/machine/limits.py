"""The values at which a symbol's moves reach the thresholds, and who has reached them: all symbols at once, by arrays.

A move has reached a threshold when its value has reached a limit that follows from the reference: no division decides.
Arrays may hold whole numbers, or floats: rounding keeps the order of numbers, so that whoever has reached a limit is
found either way, and with floats at most some more. strategy.evaluate decides about those that were found.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from p2p_pipeline.paper.machine.candles import Reference
from p2p_pipeline.paper.settings import PaperSettings

Values = npt.NDArray[Any]
_LEAST, _MOST = -(2**63) + 1, 2**63 - 1


Factors = tuple[Decimal, Decimal, Decimal, Decimal]
"""Of LONG the mark's limit by the reference's close and the open interest value's, then of SHORT."""


class Limits(NamedTuple):
    """Of one reference: of LONG the mark and the open interest value, then of SHORT; 0 where a direction is off."""

    reference: Reference
    exact: tuple[Decimal, Decimal, Decimal, Decimal]
    floats: tuple[float, float, float, float]

    def whole(self, mark_digits: int, oiv_digits: int, factors: Factors) -> tuple[int, int, int, int]:
        """For whole numbers with so many digits behind the point; where a limit is beyond them, their last."""
        many = (mark_digits, oiv_digits) * 2
        long_mark, long_oiv, short_mark, short_oiv = map(_whole, self.exact, many, factors)
        return long_mark, long_oiv, short_mark, short_oiv


def factors_of(settings: PaperSettings) -> Factors:
    """What a configuration's limits are of their references; only inside EXACT."""
    long, short = settings.long, settings.short
    off = Decimal(0)
    thresholds = (
        off if long is None else long.price_move_pct,
        off if long is None else long.oiv_move_pct,
        off if short is None else short.price_move_pct,
        off if short is None else short.oiv_move_pct,
    )
    of_mark, of_oiv, of_mark_down, of_oiv_down = (1 + threshold / 100 for threshold in thresholds)
    return of_mark, of_oiv, of_mark_down, of_oiv_down


def limits_of(reference: Reference, factors: Factors) -> Limits:
    """The limits of a reference; only inside EXACT."""
    long_mark, long_oiv = reference.close * factors[0], reference.oiv * factors[1]
    short_mark, short_oiv = reference.close * factors[2], reference.oiv * factors[3]
    return Limits(
        reference,
        (long_mark, long_oiv, short_mark, short_oiv),
        (float(long_mark), float(long_oiv), float(short_mark), float(short_oiv)),
    )


def have_reached(mark: Values, oiv: Values, limits: Values, settings: PaperSettings) -> npt.NDArray[np.bool_]:
    """Where both limits of a direction are reached; `limits` has a row a symbol (or one for all), a column a limit."""
    found = np.zeros(mark.shape, np.bool_)
    for direction, (mark_limit, oiv_limit) in zip((settings.long, settings.short), ((0, 1), (2, 3)), strict=True):
        if direction is not None:
            by_price = _reached(mark, limits[..., mark_limit], direction.price_move_pct)
            found |= by_price & _reached(oiv, limits[..., oiv_limit], direction.oiv_move_pct)
    return found


def _reached(values: Values, limits: Values, threshold: Decimal) -> npt.NDArray[np.bool_]:
    reached: npt.NDArray[np.bool_] = values >= limits if threshold > 0 else values <= limits
    return reached


def _whole(limit: Decimal, digits: int, factor: Decimal) -> int:
    """The first whole number that has reached a limit; only inside EXACT."""
    scaled = limit.scaleb(digits)
    down = int(scaled)
    # int() goes towards 0, and a limit may be below it
    down -= scaled < down
    return min(max(down + (factor > 1 and scaled > down), _LEAST), _MOST)
