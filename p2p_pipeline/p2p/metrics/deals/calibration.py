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

from p2p_pipeline.p2p.metrics.deals.outcomes import HORIZONS_MINUTES, NEXT
from p2p_pipeline.p2p.metrics.deals.schema import (
    BASELINES,
    HORIZONS,
    OUTCOMES,
    SCORE_CALIBRATION,
    outcome_column,
)
from p2p_pipeline.p2p.metrics.deals.score import FATAL_BELOW
from p2p_pipeline.p2p.metrics.deals.similar import BIN_WIDTH

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

BLOCK_SECONDS = 3600
CONFIDENCE = 0.9
RESAMPLES = 300


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
    correlation = float(np.corrcoef(_ranks(predictor), held)[0, 1]) if np.ptp(predictor) > 0 else 0.0
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


def calibrate(scores: pa.Table, market_key: str, as_of: datetime, days: int, seed: int = 0) -> pa.Table:
    """The calibration of a market from rows of `scores`; a horizon that no deal has is left out."""
    rows: list[dict[str, Any]] = []
    for outcome in OUTCOMES:
        for horizon in HORIZONS:
            seen = scores.filter(compute.is_valid(scores[outcome_column(outcome, horizon)]))
            if seen.num_rows:
                same = {"market_key": market_key, "as_of": as_of, "days": days, "outcome": outcome, "horizon": horizon}
                same["later_seconds"] = _later_seconds(seen, horizon)
                is_bait = compute.less(seen["teaser_value"], FATAL_BELOW)
                groups = {predictor: seen.filter(compute.invert(is_bait)) for predictor in ("score", *BASELINES)}
                groups |= {"score_all": seen, "bait": seen.filter(is_bait)}
                for predictor, deals in groups.items():
                    found = _predictor_rows(deals, outcome, horizon, predictor, seed) if deals.num_rows else []
                    rows += [{**same, **row} for row in found]
    return SCORE_CALIBRATION.table_of(rows)


def _predictor_rows(seen: pa.Table, outcome: str, horizon: str, predictor: str, seed: int) -> list[dict[str, Any]]:
    held = np.array(seen[outcome_column(outcome, horizon)].to_pylist(), dtype=bool)
    column = f"{predictor}_value" if predictor in BASELINES else "score"
    values = seen[column].to_numpy() * (100 if predictor in BASELINES else 1)
    blocks = seen["snapshot_at"].cast(pa.int64()).to_numpy() // (BLOCK_SECONDS * 1_000_000)
    told = discrimination(values, held, blocks, seed)
    width = 100.0 if predictor == "bait" else BIN_WIDTH
    bins = np.minimum(values // width * width, 100 - width)
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
    ranks = _ranks(predictor)
    return float((ranks[held].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def _ranks(values: Floats) -> Floats:
    """Ranks from 1; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return ranks


def _wilson(share: float, count: float, confidence: float) -> tuple[float, float]:
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    square = z * z / count
    middle = (share + square / 2) / (1 + square)
    half = z / (1 + square) * math.sqrt(share * (1 - share) / count + square / (4 * count))
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))
