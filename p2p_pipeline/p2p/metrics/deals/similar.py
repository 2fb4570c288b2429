"""Which rows of a calibration speak for a score."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from p2p_pipeline.p2p.metrics.deals.score import FATAL_BELOW, Score

BIN_WIDTH = 10.0


def rows_like(calibration: Iterable[dict[str, Any]], score: Score) -> list[dict[str, Any]]:
    """A calibration's rows for deals like a scored one: of its bin, or of other bait when it looks like bait.

    Its bin is that of its score when it was seen: the deals of a calibration are followed from that moment on.
    """
    predictor, low = "bait", 0.0
    if score.value("teaser") >= FATAL_BELOW:
        predictor, low = "score", min(score.fresh_total // BIN_WIDTH * BIN_WIDTH, 100 - BIN_WIDTH)
    return [row for row in calibration if row["predictor"] == predictor and row["bin_low"] == low]
