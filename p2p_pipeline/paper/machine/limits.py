"""The values at which a symbol's moves reach the thresholds, and who has reached them: all symbols at once, by arrays.

A move has reached a threshold when its value has reached a limit that follows from the reference: no division decides.
Arrays may hold whole numbers, or floats: rounding keeps the order of numbers, so that whoever has reached a limit is
found either way, and with floats at most some more. strategy.evaluate decides about those that were found.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.paper.machine.candles import Reference
from p2p_pipeline.paper.settings import PaperSettings

Values = npt.NDArray[Any]
_LEAST, _MOST = -(2**63) + 1, 2**63 - 1


class Limits(NamedTuple):
    """Of one reference: of LONG the mark and the open interest value, then of SHORT; 0 where a direction is off."""

    reference: Reference
    exact: tuple[Decimal, Decimal, Decimal, Decimal]
    floats: tuple[float, float, float, float]

    def whole(self, mark_digits: int, oiv_digits: int, settings: PaperSettings) -> tuple[int, int, int, int]:
        """For whole numbers with so many digits behind the point; where a limit is beyond them, their last."""
        many = (mark_digits, oiv_digits) * 2
        thresholds = _thresholds(settings)
        long_mark, long_oiv, short_mark, short_oiv = map(_whole, self.exact, many, thresholds)
        return long_mark, long_oiv, short_mark, short_oiv


def limits_of(reference: Reference, settings: PaperSettings) -> Limits:
    """The limits of a reference."""
    with localcontext(EXACT):
        bases = (reference.close, reference.oiv) * 2
        long_mark, long_oiv, short_mark, short_oiv = (
            base * (100 + threshold) / 100 for base, threshold in zip(bases, _thresholds(settings), strict=True)
        )
    exact = (long_mark, long_oiv, short_mark, short_oiv)
    return Limits(reference, exact, (float(long_mark), float(long_oiv), float(short_mark), float(short_oiv)))


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


def _thresholds(settings: PaperSettings) -> tuple[Decimal, ...]:
    off = (Decimal(0), Decimal(0))
    return tuple(
        threshold
        for direction in (settings.long, settings.short)
        for threshold in (off if direction is None else (direction.price_move_pct, direction.oiv_move_pct))
    )


def _whole(limit: Decimal, digits: int, threshold: Decimal) -> int:
    """The first whole number that has reached a limit."""
    with localcontext(EXACT):
        scaled = limit.scaleb(digits)
        down = int(scaled // 1)
        if scaled < down:
            down -= 1
        return min(max(down + (threshold > 0 and scaled > down), _LEAST), _MOST)
