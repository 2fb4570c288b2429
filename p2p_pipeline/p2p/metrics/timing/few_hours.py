"""The few hours to try first, out of those that can't be told apart, and what a wait of a day at most brings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from p2p_pipeline.p2p.metrics.timing.advice import Advice, HourEffect
from p2p_pipeline.p2p.metrics.timing.hours import LocalHour
from p2p_pipeline.p2p.metrics.timing.waiting import expected_wait_hours, next_time, week_mask
from p2p_pipeline.p2p.trading_hours import TradingHours

Floats = NDArray[np.float64]
FEW = 3
_DAY_HOURS = 24


@dataclass(frozen=True, slots=True)
class FewHours:
    """The one, two or three best hours: what they should bring together, and how long one waits for them."""

    hours: tuple[LocalHour, ...]
    improvement: float
    """Of trading in one of them, shrunk: the best of many looks better than it is. Positive is good for the taker."""
    wait_hours: float
    """On average, from a random time at which the person can trade."""


@dataclass(frozen=True, slots=True)
class WithinADay:
    """What whoever waits a day at most gets: each time the best hour of the next 24."""

    improvement: float
    """Against a random time, on average over the times at which the person can trade; shrunk, positive is good."""
    wait_hours: float
    """On average, from such a time."""


@dataclass(frozen=True, slots=True)
class SoonHour:
    """The best hour of the 24 that begin with a moment's own."""

    at: LocalHour
    begins_at: datetime
    """The moment itself, where its own hour is the best."""
    wait_seconds: float
    expected_improvement: float | None
    """Over trading at the moment, in the long run, shrunk; None where too little is known of the moment's hour."""


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


def within_a_day(advice: Advice, trading: TradingHours) -> WithinADay | None:
    """What a wait of a day at most brings, where hours of the week are recommended; None else.

    For the next of a few hours of the week one waits for days; each hour of the day comes within one by itself.
    """
    worth = _worth_of_week(advice, trading)
    starts = np.flatnonzero(np.tile(trading.mask(), 7))
    if worth is None or not len(starts):
        return None
    ahead = np.nan_to_num(worth, nan=-np.inf)[(starts[:, None] + np.arange(_DAY_HOURS)) % len(worth)]
    best, wait = ahead.max(axis=1), ahead.argmax(axis=1)
    is_known = np.isfinite(best)
    if not is_known.any():
        return None
    waits = np.where(wait == 0, 0.0, wait - 0.5)[is_known]
    return WithinADay(float(best[is_known].mean()), float(waits.mean()))


def best_of_next_day(advice: Advice, trading: TradingHours, now: datetime) -> SoonHour | None:
    """The best hour of the 24 that begin with a moment's own, where hours of the week are recommended; None else."""
    worth, zone = _worth_of_week(advice, trading), ZoneInfo(advice.timezone)
    if worth is None:
        return None
    local = now.astimezone(zone)
    first = local.weekday() * 24 + local.hour
    places = (first + np.arange(_DAY_HOURS)) % len(worth)
    if not np.isfinite(worth[places]).any():
        return None
    place = int(places[np.nanargmax(worth[places])])
    begins_at = next_time(now, zone, np.arange(len(worth)) == place)
    if begins_at is None:
        return None
    improvement = float(worth[place] - worth[first])
    return SoonHour(
        LocalHour(place // 24, place % 24),
        begins_at,
        (begins_at - now).total_seconds(),
        improvement if np.isfinite(improvement) else None,
    )


def _worth_of_week(advice: Advice, trading: TradingHours) -> Floats | None:
    """What each hour of the week should bring; NaN where unknown or not the person's, None unless such are advised.

    All are drawn in as far as the candidates' own gain was on weeks that did not choose them.
    """
    if not advice.by_weekday or not advice.hours or advice.candidate_improvement is None:
        return None
    found = np.full(168, np.nan)
    for effect in advice.effects:
        found[(effect.at.weekday or 0) * 24 + effect.at.hour] = effect.improvement
    found[~np.tile(trading.mask(), 7)] = np.nan
    of_candidates = float(np.mean([effect.improvement for effect in advice.effects if effect.is_candidate]))
    kept = advice.candidate_improvement / of_candidates if of_candidates > 0 else 0.0
    return np.asarray(found * min(max(kept, 0.0), 1.0))
