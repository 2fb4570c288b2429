"""Behaviour over days, summed up: rows of `lifetimes`, `endings` and `stability`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from p2p_pipeline.p2p.metrics.behaviour.cohort import Cohort
from p2p_pipeline.p2p.metrics.behaviour.estimates import LifetimeEstimates, estimate_lifetimes
from p2p_pipeline.p2p.metrics.behaviour.lifetimes import LONGEST_SECONDS, Estimate, LifetimeFit, fit_lifetimes
from p2p_pipeline.p2p.metrics.behaviour.lives import Lives, join_lives
from p2p_pipeline.p2p.metrics.behaviour.outcomes import Incidence, classify, incidences
from p2p_pipeline.p2p.metrics.behaviour.stability import NEAR
from p2p_pipeline.p2p.metrics.behaviour.states import LifetimeState
from p2p_pipeline.p2p.metrics.behaviour.summary_schema import CURVE_SHARES, ENDINGS, LIFETIMES, PLACES, STABILITY
from p2p_pipeline.p2p.metrics.behaviour.turnbull import FreeCurve, free_curve
from p2p_pipeline.p2p.metrics.behaviour.two_intervals import TwoIntervals
from p2p_pipeline.p2p.metrics.behaviour.updates import UpdateRate, update_rate

Integers = NDArray[np.int64]

_MICROSECONDS = 1_000_000
_REPETITIONS = 500
_DAYS_FOR_DAYS = 10


@dataclass(frozen=True, slots=True, eq=False)
class SideBehaviour:
    """All that is known of the lives of one place of one market side; the numbers are None where `state` says why."""

    market: dict[str, str]
    place: str
    state: LifetimeState
    looks: Integers
    rest_seconds: float
    confidence: float
    frame: pd.DataFrame | None = None
    cohort: Cohort | None = None
    fit: LifetimeFit | None = None
    estimates: LifetimeEstimates | None = None
    """There when `fit` is."""
    free: FreeCurve | None = None
    updates: UpdateRate | None = None
    endings: tuple[Incidence, ...] = ()


def side_behaviour(
    days: pa.Table,
    looks: Integers,
    market: dict[str, str],
    rest_seconds: float,
    confidence: float,
    progress: Callable[[], None] = lambda: None,
) -> list[SideBehaviour]:
    """Sum up one market side: all its offers, and each place of them.

    `days` are its rows of `offer_days`, `looks` the times of its complete snapshots (microseconds since 1970 UTC),
    `market` the columns that name it. `progress` is called when a place of the side is done.
    """
    lives = join_lives(days, looks, rest_seconds)
    if lives is None:
        return [SideBehaviour(market, "all", LifetimeState.NO_COMPLETE_SNAPSHOTS, looks, rest_seconds, confidence)]
    found = []
    for place in PLACES:
        found.append(_place_behaviour(lives, place, market, confidence))
        progress()
    return found


def place_of(first_distance: pd.Series[float]) -> NDArray[np.str_]:
    """`beyond`, `near` or `far` for each distance from the best executable price; empty where it is unknown."""
    distance = first_distance.astype(float).to_numpy()
    found = np.where(distance < 0, "beyond", np.where(distance <= NEAR, "near", "far"))
    return np.where(np.isnan(distance), "", found)


def _place_behaviour(lives: Lives, place: str, market: dict[str, str], confidence: float) -> SideBehaviour:
    is_here = np.ones(len(lives.frame), dtype=bool)
    if place != "all":
        is_here = place_of(lives.frame["first_distance"]) == place
    here = Lives(lives.frame[is_here].reset_index(drop=True), lives.looks, lives.rest_seconds)
    cohort, frame = here.cohort(), here.frame
    fit = fit_lifetimes(cohort)
    estimates = estimate_lifetimes(cohort, fit, confidence) if fit else None
    is_short = lives.verdict_at <= lives.looks[0] + lives.rest_seconds * _MICROSECONDS
    state = LifetimeState.WINDOW_TOO_SHORT if is_short else LifetimeState.TOO_FEW_ENDS
    if estimates is not None:
        state = LifetimeState.OK if estimates.gone_by(0.5) else LifetimeState.BELOW_GAP
    return SideBehaviour(
        market, place, state, lives.looks, lives.rest_seconds, confidence, frame, cohort, fit, estimates,
        free_curve(cohort) if fit else None, update_rate(frame, confidence),
        tuple(incidences(cohort, classify(here.born()), confidence)) if fit else (),
    )  # fmt: skip


def lifetime_rows(found: list[SideBehaviour]) -> pa.Table:
    """Rows of `lifetimes`."""
    return LIFETIMES.table_of([_lifetime_row(entry) for entry in found])


def ending_rows(found: list[SideBehaviour]) -> pa.Table:
    """Rows of `endings`."""
    names = ("hours", "share", "low", "high", "least", "most")
    return ENDINGS.table_of(
        [
            {**entry.market, "place": entry.place, "ending": str(row.ending), "confidence": entry.confidence}
            | {name: getattr(row, name) for name in names}
            for entry in found
            for row in entry.endings
        ]
    )


def stability_summary(hours: pa.Table, confidence: float, seed: int = 0) -> pa.Table:
    """Rows of `stability` from a market's rows of `stability_hours`."""
    if not hours.num_rows:
        return STABILITY.empty()
    frame = hours.to_pandas()
    length = "D" if frame["hour_start"].dt.floor("D").nunique() >= _DAYS_FOR_DAYS else "6h"
    frame["block"] = frame["hour_start"].dt.floor(length)
    market = ["market_key", "venue", "asset", "fiat", "side"]
    rows = [
        {**dict(zip([*market, "horizon_seconds"], key, strict=True)), **_stability_row(group, confidence, seed)}
        for key, group in frame.groupby([*market, "horizon_seconds"], sort=True)
    ]
    return STABILITY.table_of(rows)


def _stability_row(group: pd.DataFrame, confidence: float, seed: int) -> dict[str, Any]:
    weighted = group[["pairs", "same_best", "same_best_price"]].assign(
        near_share=group["near_share"] * group["pairs"], elapsed_seconds=group["elapsed_seconds"] * group["pairs"]
    )
    sums = weighted.groupby(group["block"]).sum()
    total = sums.sum()
    random = np.random.default_rng(seed)
    draws = random.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=_REPETITIONS)
    row: dict[str, Any] = {
        "elapsed_seconds": float(total["elapsed_seconds"] / total["pairs"]),
        "pairs": int(total["pairs"]),
        "confidence": confidence,
    }
    for name in ("same_best", "same_best_price", "near_share"):
        shares = (draws @ sums[name].to_numpy()) / (draws @ sums["pairs"].to_numpy())
        low, high = np.quantile(shares, [0.5 - confidence / 2, 0.5 + confidence / 2])
        # Draws of nothing but the same can't differ: then the bound is that of so many coin tosses (C. Clopper,
        # E. Pearson 1934).
        bound = ((1 - confidence) / 2) ** (1 / len(sums))
        low, high = (bound if low >= 1 else low), (1 - bound if high <= 0 else high)
        # One block says nothing about how much blocks differ.
        is_known = len(sums) > 1
        row[name] = float(total[name] / total["pairs"])
        row[f"{name}_low"], row[f"{name}_high"] = (float(low), float(high)) if is_known else (None, None)
    return row


def _lifetime_row(entry: SideBehaviour) -> dict[str, Any]:
    fit, cohort, updates = entry.fit, entry.cohort, entry.updates
    has_looks = len(entry.looks) > 1
    row: dict[str, Any] = {
        **entry.market,
        "place": entry.place,
        "state": entry.state,
        "first_look_at": _moment(entry.looks[0]) if has_looks else None,
        "last_look_at": _moment(entry.looks[-1]) if has_looks else None,
        "gap_seconds": float(np.median(np.diff(entry.looks))) / _MICROSECONDS if has_looks else None,
        "rest_hours": entry.rest_seconds / 3600,
        "confidence": entry.confidence,
        "lives": 0 if entry.frame is None else len(entry.frame),
        "born": 0 if cohort is None else len(cohort),
        "ended": 0 if cohort is None else cohort.ended,
        "advertisers": 0 if cohort is None else len(np.unique(cohort.cluster)),
        "longest_seen_seconds": fit.longest_seen_seconds if fit else None,
        "family": fit.family if fit else None,
        "free_median_seconds": _finite(entry.free.quantile(0.5)) if entry.free else None,
        "corrected_updates_per_hour": updates.corrected_per_hour if updates else None,
        "watched_offer_hours": updates.offer_hours if updates else 0.0,
    }
    for name, share in (("quarter", 0.25), ("median", 0.5), ("three_quarters", 0.75)):
        row |= _quantile(f"{name}_seconds", entry.estimates.gone_by(share) if entry.estimates else None)
    row |= _curve(entry.estimates)
    row |= _below_gap(entry.estimates)
    longer = fit.quantile(0.5, entry.confidence, fit.gap_seconds) if fit else None
    row |= _estimate("longer_median_seconds", longer)
    rate = Estimate(updates.per_hour, updates.low, updates.high) if updates else None
    return row | _estimate("updates_per_hour", rate)


def _estimate(name: str, found: Estimate | None) -> dict[str, float | None]:
    value, low, high = (found.value, found.low, found.high) if found else (None, None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _quantile(name: str, found: TwoIntervals | None) -> dict[str, float | None]:
    if found is None:
        return dict.fromkeys(f"{name}{end}" for end in ("", "_low", "_high", "_here_low", "_here_high"))
    return {
        name: found.value,
        f"{name}_low": found.like_low,
        f"{name}_high": min(found.like_high, LONGEST_SECONDS),
        f"{name}_here_low": _finite(found.here_low),
        f"{name}_here_high": _finite(found.here_high),
    }


def _curve(found: LifetimeEstimates | None) -> dict[str, list[float | None] | None]:
    names = ("gone_seconds", "gone_seconds_low", "gone_seconds_high")
    if found is None:
        return dict.fromkeys(names)
    at = [found.gone_by(share) for share in CURVE_SHARES]
    # A share that the window was too short for is the families' word alone: no look drew that part of the curve.
    seen = [one if one and one.value <= found.fit.longest_seen_seconds else None for one in at]
    return {
        name: [None if one is None else min(float(getattr(one, end)), LONGEST_SECONDS) for one in seen]
        for name, end in zip(names, ("value", "like_low", "like_high"), strict=True)
    }


def _below_gap(found: LifetimeEstimates | None) -> dict[str, float | None]:
    bounds = found.bounds if found else None
    return {
        "median_at_most_seconds": _finite(found.gone_at_most_by(0.5)) if found else None,
        "unseen_share": found.unseen_share if found else None,
        "unseen_share_least": bounds.unseen_least if bounds else None,
        "unseen_share_most": bounds.unseen_most if bounds else None,
        "shorter_than_gap_least": bounds.shorter_least if bounds else None,
        "shorter_than_gap_most": bounds.shorter_most if bounds else None,
    }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _moment(microseconds: np.int64) -> datetime:
    return datetime.fromtimestamp(int(microseconds) / _MICROSECONDS, UTC)
