"""Whether a fitted family goes with what was seen: beside the curve without a family, at eight shares of the lives.

AIC only compares families with one another: in a market of two speeds the best of them can still be wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from p2p_pipeline.p2p.metrics.behaviour.seen_curve import Floats, SeenCurve

_SHARES = np.linspace(0.1, 0.9, 9)
_MOST_ERRORS = 3.0
"""Nine looks at a right family lie further off in about one of two hundred cohorts."""


def most_errors_off(curve: SeenCurve, survival: Callable[[Floats], Floats], seen: float, gap_seconds: float) -> float:
    """How far a family lies from the curve of seen lives at worst, in standard errors of that curve.

    `survival` is the family's share of all lives longer than times, `seen` its share of lives that looks saw.
    """
    found = [0.0]
    for share in _SHARES.tolist():
        at = curve.quantile(share)
        # Below two gaps the curve is its own smoothing.
        if not 2.0 * gap_seconds <= at < math.inf:
            continue
        error = math.sqrt(float(np.sum(curve.owner_moves(at) ** 2)) + curve.hidden_variance(at))
        off = float(survival(np.array([at]))[0]) / seen - curve.share(at)
        found.append(abs(off) / max(error, 1e-9))
    return max(found)


def is_fitting(errors_off: float) -> bool:
    """Whether a family may smooth the curve."""
    return errors_off <= _MOST_ERRORS
