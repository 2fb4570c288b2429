"""The few hours to try first, out of those that can't be told apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from p2p_pipeline.p2p.metrics.timing.advice import Advice, HourEffect
from p2p_pipeline.p2p.metrics.timing.hours import LocalHour
from p2p_pipeline.p2p.metrics.timing.waiting import expected_wait_hours, week_mask
from p2p_pipeline.p2p.trading_hours import TradingHours

FEW = 3


@dataclass(frozen=True, slots=True)
class FewHours:
    """The one, two or three best hours: what they should bring together, and how long one waits for them."""

    hours: tuple[LocalHour, ...]
    improvement: float
    """Of trading in one of them, shrunk: the best of many looks better than it is. Positive is good for the taker."""
    wait_hours: float
    """On average, from a random time at which the person can trade."""


def few_best(advice: Advice, trading: TradingHours) -> tuple[FewHours, ...]:
    """The best hour, the best two, the best three; nothing where no candidates are or their weekdays are the choice.

    Each hour's own mean is drawn towards what all the candidates gave on weeks that did not choose them, as far as the
    candidates differ by no more than noise (Efron and Morris 1973): where nothing tells them apart, the few are worth
    what the set is, and cost more waiting.
    """
    ranked = _shrunk(advice)[:FEW]
    allowed = np.tile(trading.mask(), 7)
    found = []
    for count in range(1, len(ranked) + 1):
        hours = tuple(at for at, _ in ranked[:count])
        wait = expected_wait_hours(week_mask(hours), allowed)
        if wait is not None:
            found.append(FewHours(hours, float(np.mean([gain for _, gain in ranked[:count]])), wait))
    return tuple(found)


def _shrunk(advice: Advice) -> list[tuple[LocalHour, float]]:
    effects = [effect for effect in advice.effects if effect.is_candidate]
    if not effects or advice.candidate_improvement is None or advice.is_of_weekdays:
        return []
    means = np.array([effect.improvement for effect in effects])
    noise = float(np.mean([_error(effect, advice.confidence) ** 2 for effect in effects]))
    spread = float(means.var(ddof=1)) if len(means) > 1 else 0.0
    kept = max(0.0, spread - noise) / spread if spread > 0 else 0.0
    shrunk = advice.candidate_improvement + kept * (means - means.mean())
    order = np.argsort(-means, kind="stable")
    return [(effects[place].at, float(shrunk[place])) for place in order]


def _error(effect: HourEffect, confidence: float) -> float:
    return (effect.high - effect.low) / (2 * float(ndtri((1 + confidence) / 2)))
