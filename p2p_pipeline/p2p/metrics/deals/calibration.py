"""Whether a score means anything: shares that held by bin, and how well it tells apart what held from what did not.

Deals of one hour share offers and fate, so they are no independent trials. Intervals count hours: the share's is
Wilson's on the sample size that the scatter between hours leaves (Kish, 1965, "Survey Sampling": the design effect),
the AUC's a bootstrap of whole hours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from statistics import NormalDist
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from p2p_pipeline.p2p.metrics.deals.chance import LEARNED_FROM, NO_BAIT_FROM
from p2p_pipeline.p2p.metrics.deals.followed import BLOCK_SECONDS, Followed, followed, judged, rescored
from p2p_pipeline.p2p.metrics.deals.outcomes import HORIZONS_MINUTES, NEXT
from p2p_pipeline.p2p.metrics.deals.schema import (
    BASELINES,
    HORIZONS,
    OUTCOMES,
    SCORE_CALIBRATION,
    outcome_column,
)
from p2p_pipeline.p2p.metrics.deals.similar import BIN_WIDTH, CHANCES
from p2p_pipeline.p2p.metrics.deals.terms import USUAL_EFFORT

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CONFIDENCE = 0.9
RESAMPLES = 300
_CHANCE_COLUMNS = ("mean_chance", "brier", "brier_before", "judged_days", "level")
_NO_CHANCE = dict.fromkeys((*_CHANCE_COLUMNS, *(f"slope_{part}" for part in LEARNED_FROM)))
"""What only a chance has, empty."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its interval."""

    deals: int
    blocks: int
    held: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Discrimination:
    """How well a predictor ranks what held above what did not; None where all held or none did."""

    auc: float | None
    low: float | None
    high: float | None
    rank_correlation: float | None


def share_held(held: NDArray[np.bool_], blocks: Integers, confidence: float = CONFIDENCE) -> Share:
    """The share that held, with an interval that counts blocks of deals and not deals."""
    count, share = len(held), float(held.mean())
    _, block_of = np.unique(blocks, return_inverse=True)
    totals = np.bincount(block_of, weights=held - share)
    number = len(totals)
    effective = float(number)
    if 0 < share < 1 and number > 1:
        variance = float((totals**2).sum()) * number / (number - 1) / count**2
        # Where hours happen to agree more than chance allows, the deals are still no better than independent.
        effective = min(float(count), share * (1 - share) / variance) if variance > 0 else float(number)
    low, high = _wilson(share, effective, confidence)
    return Share(count, number, int(held.sum()), low, high)


def discrimination(
    predictor: Floats, held: NDArray[np.bool_], blocks: Integers, seed: int = 0, confidence: float = CONFIDENCE
) -> Discrimination:
    """The area under the receiver operating curve with a bootstrap interval over blocks, and Spearman's correlation."""
    auc = _auc(predictor, held)
    if auc is None:
        return Discrimination(None, None, None, None)
    correlation = float(np.corrcoef(ranks(predictor), held)[0, 1]) if np.ptp(predictor) > 0 else 0.0
    names, block_of = np.unique(blocks, return_inverse=True)
    members = np.split(np.argsort(block_of, kind="stable"), np.cumsum(np.bincount(block_of))[:-1])
    random = np.random.default_rng(seed)
    found = []
    for _ in range(RESAMPLES if len(names) > 1 else 0):
        rows = np.concatenate([members[block] for block in random.integers(0, len(names), len(names))])
        again = _auc(predictor[rows], held[rows])
        if again is not None:
            found.append(again)
    if not found:
        return Discrimination(auc, None, None, correlation)
    tail = (1 - confidence) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    return Discrimination(auc, float(low), float(high), correlation)


def calibrate(
    scores: pa.Table,
    market_key: str,
    as_of: datetime,
    days: int,
    seed: int = 0,
    minutes_to_place: float = USUAL_EFFORT.minutes_to_place,
) -> pa.Table:
    """The calibration of a market from rows of `scores`; a horizon that no deal has is left out.

    Scores are judged as they would have been told: with the chance learned on the days before.
    """
    deals_of = {kind: {horizon: followed(scores, kind, horizon) for horizon in HORIZONS} for kind in CHANCES}
    told = rescored(scores, {kind: list(deals.values()) for kind, deals in deals_of.items()}, minutes_to_place)
    scores = scores.set_column(scores.schema.get_field_index("score"), "score", pa.array(told, pa.float64()))
    rows: list[dict[str, Any]] = []
    for outcome in OUTCOMES:
        for horizon in HORIZONS:
            seen = scores.filter(compute.is_valid(scores[outcome_column(outcome, horizon)]))
            if seen.num_rows:
                same = {"market_key": market_key, "as_of": as_of, "days": days, "outcome": outcome, "horizon": horizon}
                same["later_seconds"] = _later_seconds(seen, horizon)
                found = _score_rows(seen, outcome, horizon, seed)
                if outcome == "legs":
                    found += [row for kind in CHANCES for row in _chance_rows(deals_of[kind][horizon], kind, seed)]
                rows += [{**_NO_CHANCE, **same, **row} for row in found]
    return SCORE_CALIBRATION.table_of(rows)


def _score_rows(seen: pa.Table, outcome: str, horizon: str, seed: int) -> list[dict[str, Any]]:
    is_bait = compute.less(seen["teaser_value"], NO_BAIT_FROM)
    groups = {predictor: seen.filter(compute.invert(is_bait)) for predictor in ("score", *BASELINES)}
    groups |= {"score_all": seen, "bait": seen.filter(is_bait)}
    rows = []
    for predictor, deals in groups.items():
        if deals.num_rows:
            held = np.array(deals[outcome_column(outcome, horizon)].to_pylist(), dtype=bool)
            column = f"{predictor}_value" if predictor in BASELINES else "score"
            values = deals[column].to_numpy() * (100 if predictor in BASELINES else 1)
            blocks = deals["snapshot_at"].cast(pa.int64()).to_numpy() // (BLOCK_SECONDS * 1_000_000)
            rows += _bin_rows(predictor, values, held, blocks, seed)
    return rows


def _chance_rows(deals: Followed, kind: str, seed: int) -> list[dict[str, Any]]:
    """How right the chance was on days it had not seen, by bins of it."""
    if not len(deals.held):
        return []
    found, model = judged(deals), deals.whole_model
    has_usual = np.isfinite(found.usual)
    same = {
        "brier": float(np.mean((found.chance - found.held) ** 2)),
        # Where only the general rule is judged there are no earlier days to compare with, or too few.
        "brier_before": float(np.mean((found.usual - found.held) ** 2)) if found.days and has_usual.all() else None,
        "judged_days": found.days,
        "level": None if model is None else model.level,
        **{f"slope_{part}": None if model is None else getattr(model, part) for part in LEARNED_FROM},
    }
    bins = _bins(100 * found.chance, BIN_WIDTH)
    means = {low: float(found.chance[bins == low].mean()) for low in np.unique(bins).tolist()}
    rows = _bin_rows(kind, 100 * found.chance, found.held, found.blocks, seed)
    return [{**row, **same, "mean_chance": means[row["bin_low"]]} for row in rows]


def _bins(values: Floats, width: float) -> Floats:
    return np.minimum(values // width * width, 100 - width)


def _bin_rows(
    predictor: str, values: Floats, held: NDArray[np.bool_], blocks: Integers, seed: int
) -> list[dict[str, Any]]:
    told = discrimination(values, held, blocks, seed)
    width = 100.0 if predictor == "bait" else BIN_WIDTH
    bins = _bins(values, width)
    rows = []
    for low in np.unique(bins).tolist():
        inside = bins == low
        found = share_held(held[inside], blocks[inside])
        rows.append(
            {
                "predictor": predictor,
                "bin_low": low,
                "bin_high": low + width,
                "deals": found.deals,
                "blocks": found.blocks,
                "held": found.held,
                "share_held": found.held / found.deals,
                "share_low": found.low,
                "share_high": found.high,
                "auc": told.auc,
                "auc_low": told.low,
                "auc_high": told.high,
                "rank_correlation": told.rank_correlation,
            }
        )
    return rows


def _later_seconds(seen: pa.Table, horizon: str) -> float:
    if horizon == NEXT:
        return float(np.median(seen["next_seconds"].to_numpy()))
    return float(HORIZONS_MINUTES[HORIZONS.index(horizon)] * 60)


def _auc(predictor: Floats, held: NDArray[np.bool_]) -> float | None:
    positives = int(held.sum())
    negatives = len(held) - positives
    if not positives or not negatives:
        return None
    placed = ranks(predictor)
    return float((placed[held].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def ranks(values: Floats) -> Floats:
    """Ranks from 1; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    found: Floats = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return found


def _wilson(share: float, count: float, confidence: float) -> tuple[float, float]:
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    square = z * z / count
    middle = (share + square / 2) / (1 + square)
    half = z / (1 + square) * math.sqrt(share * (1 - share) / count + square / (4 * count))
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))
