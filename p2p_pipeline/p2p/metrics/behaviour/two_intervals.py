"""By when a share of all lives has ended, with an interval for this market as observed and one for a market like it.

The two answer different questions. As observed: the lives that really began in this window, of which looks hid a
little; the interval holds what was hidden and nothing else. A market like it: the same kind of market on other days or
with other advertisers; the interval holds how much advertisers differ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from p2p_pipeline.p2p.metrics.behaviour.seen_curve import SeenCurve


@dataclass(frozen=True, slots=True)
class SeenShare:
    """Which share of all lives some look saw."""

    value: float
    error: float
    """Its standard error."""


@dataclass(frozen=True, slots=True)
class TwoIntervals:
    """A time, seconds, and two intervals of the same confidence; infinite where the window was too short to tell."""

    value: float
    here_low: float
    here_high: float
    """This market as observed."""
    like_low: float
    like_high: float
    """A market like it."""


def share_error(
    curve: SeenCurve, seconds: float, confidence: float, worth_clusters: float, more_variance: float = 0.0
) -> float:
    """Half an interval of the share still there, for a market like it: advertisers are what is drawn anew."""
    quantile = float(stdtrit(max(1.0, worth_clusters - 1.0), 0.5 + confidence / 2))
    return quantile * math.sqrt(float(np.sum(curve.owner_moves(seconds) ** 2)) + more_variance)


def gone_by(
    curve: SeenCurve, seen: SeenShare, share_ended: float, confidence: float, worth_clusters: float
) -> TwoIntervals | None:
    """The quantile of all lives; None where too few were seen to end. Meant for times beyond the gap."""
    left = (1.0 - share_ended) / seen.value
    value = curve.quantile(1.0 - left)
    if not 0.0 < value < math.inf:
        return None
    # Errors on the scale of the share of seen lives still there.
    of_seen = (left * seen.error / seen.value) ** 2
    unseen_by_luck = left**2 * (1.0 - seen.value) / len(curve)
    hidden = curve.hidden_variance(value) + of_seen + unseen_by_luck
    here = float(ndtri(0.5 + confidence / 2)) * math.sqrt(hidden)
    like = max(here, share_error(curve, value, confidence, worth_clusters, of_seen + unseen_by_luck))
    ends = (curve.quantile(1.0 - left + shift) for shift in (-here, here, -like, like))
    return TwoIntervals(value, *ends)
