"""Which rows of a calibration speak for a score, and which chance was learned for a deal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from p2p_pipeline.p2p.metrics.deals.chance import LEARNED_FROM, PRIOR, ChanceModel
from p2p_pipeline.p2p.metrics.deals.score import Score

BIN_WIDTH = 10.0
CHANCES = ("chance_single", "chance_split")
"""The chance that a deal of one offer, or of several, is still there: rows of `score_calibration` by predictor."""


def kind_of(legs: int) -> str:
    """Which of `CHANCES` speaks for a deal of this many offers."""
    return CHANCES[1] if legs > 1 else CHANCES[0]


def rows_like(calibration: Iterable[dict[str, Any]], score: Score) -> list[dict[str, Any]]:
    """A calibration's rows for deals like a scored one: of its bin, or of other bait when it looks like bait.

    Its bin is that of its score when it was seen: the deals of a calibration are followed from that moment on.
    """
    predictor, low = "bait", 0.0
    if not score.looks_like_bait:
        predictor, low = "score", min(score.fresh_total // BIN_WIDTH * BIN_WIDTH, 100 - BIN_WIDTH)
    return [row for row in calibration if row["predictor"] == predictor and row["bin_low"] == low]


def chance_rows(calibration: Iterable[dict[str, Any]], kind: str, minutes: float) -> list[dict[str, Any]]:
    """How the chance did for deals of one kind, at the horizon nearest to some minutes that it was learned at."""
    rows = [row for row in calibration if row["predictor"] == kind]
    rows = [row for row in rows if row["level"] is not None] or rows
    nearest = min((row["later_seconds"] for row in rows), key=lambda each: _apart(each / 60, minutes), default=None)
    return [row for row in rows if row["later_seconds"] == nearest]


def learned_chance(calibration: Iterable[dict[str, Any]], kind: str, minutes: float) -> ChanceModel:
    """What was learned of such deals, nearest in time to some minutes; the general rule where nothing was."""
    models = {
        row["later_seconds"]: ChanceModel(
            level=row["level"],
            **{part: row[f"slope_{part}"] for part in LEARNED_FROM},
            hours=row["later_seconds"] / 3600,
        )
        for row in calibration
        if row["predictor"] == kind and row["level"] is not None
    }
    return nearest_in_time(list(models.values()), minutes) or PRIOR


def nearest_in_time(models: Sequence[ChanceModel], minutes: float) -> ChanceModel | None:
    """The model whose deals were looked at again after about this long; None without any."""
    return min(models, key=lambda model: _apart((model.hours or 1.0) * 60, minutes), default=None)


def _apart(one: float, other: float) -> float:
    return abs(math.log(max(one, 1e-3) / max(other, 1e-3)))
