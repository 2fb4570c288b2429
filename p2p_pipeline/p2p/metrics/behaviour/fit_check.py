"""Whether a fitted family goes with what was seen: beside the curve without a family, at eight shares of the lives.

AIC only compares families with one another: in a market of two speeds the best of them can still be wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from p2p_pipeline.p2p.metrics.behaviour.seen_curve import Floats, SeenCurve

_SHARES = np.linspace(0.1, 0.9, 9)
_MOST_ERRORS = 3.0
"""Nine looks at a right family lie further off in about one of two hundred cohorts."""


@dataclass(frozen=True, slots=True)
class CheckedAt:
    """A time at which families are held against the curve of seen lives."""

    seconds: float
    share: float
    """Of the seen lives, those still there."""
    error: float
    """The standard error of that."""


def checked_times(curve: SeenCurve, gap_seconds: float) -> list[CheckedAt]:
    """Where every family of a cohort is held against its curve; worked out once for all of them."""
    found = []
    for share in _SHARES.tolist():
        at = curve.quantile(share)
        # Below two gaps the curve is its own smoothing.
        if 2.0 * gap_seconds <= at < math.inf:
            error = math.sqrt(float(np.sum(curve.owner_moves(at) ** 2)) + curve.hidden_variance(at))
            found.append(CheckedAt(at, curve.share(at), max(error, 1e-9)))
    return found


def most_errors_off(checked: Sequence[CheckedAt], survival: Callable[[Floats], Floats], seen: float) -> float:
    """How far a family lies from the curve of seen lives at worst, in standard errors of that curve.

    `survival` is the family's share of all lives longer than times, `seen` its share of lives that looks saw.
    """
    return max(
        (abs(float(survival(np.array([at.seconds]))[0]) / seen - at.share) / at.error for at in checked), default=0.0
    )


def is_fitting(errors_off: float) -> bool:
    """Whether a family may smooth the curve."""
    return errors_off <= _MOST_ERRORS
