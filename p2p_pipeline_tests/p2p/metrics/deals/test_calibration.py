from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from p2p_pipeline.p2p.metrics.deals.calibration import (
    calibrate,
    discrimination,
    share_held,
)
from p2p_pipeline.p2p.metrics.deals.schema import SCORE_CALIBRATION, SCORES
from p2p_pipeline.p2p.metrics.deals.similar import rows_like
from p2p_pipeline_tests.p2p.metrics.deals.made_up import GOOD, scored, with_leg
from p2p_pipeline_tests.p2p.metrics.deals.scored_rows import NOON, row


def calibration(rows: list[dict[str, Any]]) -> pa.Table:
    return calibrate(SCORES.table_of(rows), "bybit.USDT-RUB", NOON, 1)


def test_a_score_that_decides_what_holds_is_told_from_one_that_means_nothing() -> None:
    random = np.random.default_rng(1)
    scores = random.uniform(0, 100, 600)
    # All of one day: no chance has been learned by then, and the scores stay as they are.
    rows = [
        row(n, score, bool(random.random() < score / 100), price_value=float(random.random()))
        | {"snapshot_at": NOON - timedelta(hours=12) + timedelta(minutes=2.3 * n)}
        for n, score in enumerate(scores)
    ]
    found = calibration(rows)
    assert not SCORE_CALIBRATION.failures(found)
    by = {(r["predictor"], r["bin_low"]): r for r in found.to_pylist()}
    # P(score of a held one above that of another) for a uniform score that is the chance itself is 5/6.
    assert by["score", 50.0]["auc"] == pytest.approx(5 / 6, abs=0.05)
    assert by["score", 50.0]["auc_low"] < 5 / 6 < by["score", 50.0]["auc_high"]
    assert by["price", 50.0]["auc"] == pytest.approx(0.5, abs=0.06)
    for (predictor, low), entry in by.items():
        if predictor == "score":
            assert entry["share_low"] <= (low + 5) / 100 <= entry["share_high"] or low in (0.0, 90.0)


def test_an_area_under_the_curve_is_the_share_of_pairs_ranked_right() -> None:
    random = np.random.default_rng(2)
    values, held = random.integers(0, 5, 40).astype(float), random.random(40) < 0.5
    pairs = [(a > b) + 0.5 * (a == b) for a in values[held] for b in values[~held]]
    assert discrimination(values, held, np.arange(40)).auc == pytest.approx(np.mean(pairs))
    assert discrimination(values, np.ones(40, dtype=bool), np.arange(40)).auc is None


def test_a_ninety_percent_interval_counts_hours_and_covers_about_ninety_percent() -> None:
    random = np.random.default_rng(3)
    covered = naive = 0
    for _ in range(300):
        hours = np.repeat(np.arange(30), 20)
        chance = np.repeat(random.beta(4, 1, 30), 20)
        held = random.random(600) < chance
        found = share_held(held, hours)
        covered += found.low <= 0.8 <= found.high
        alone = share_held(held, np.arange(600))
        naive += alone.low <= 0.8 <= alone.high
    assert 0.84 <= covered / 300 <= 0.95
    assert naive / 300 < 0.7, "deals of one hour are no independent trials"


def test_when_all_held_the_interval_rests_on_the_hours() -> None:
    found = share_held(np.ones(500, dtype=bool), np.repeat(np.arange(5), 100))
    assert (found.held, found.deals, found.blocks) == (500, 500, 5)
    assert 0.5 < found.low < 0.75
    assert found.high == 1.0


def test_bait_is_kept_apart_for_it_stays_on_show() -> None:
    rows = [row(n, 70.0, n % 4 > 0) for n in range(40)]
    rows += [row(100 + n, 5.0, held=True, teaser_value=0.1) for n in range(20)]
    found = calibration(rows)
    shares = {(r["predictor"], r["bin_low"]): (r["deals"], r["share_held"]) for r in found.to_pylist()}
    assert shares["score", 70.0] == (40, 0.75)
    assert ("score", 0.0) not in shares
    assert shares["score_all", 0.0] == shares["bait", 0.0] == (20, 1.0)
    bait = rows_like(found.to_pylist(), scored(with_leg(GOOD, 0, lead=0.06)))
    assert [entry["predictor"] for entry in bait] == ["bait"]


def test_a_quote_is_compared_with_those_of_its_bin_as_of_when_it_was_seen() -> None:
    found = calibration([row(n, 10.0 * (n % 10) + 5, held=True) for n in range(30)])
    old = scored(replace(GOOD, age_seconds=3600.0))
    assert old.total < 50
    assert [entry["bin_low"] for entry in rows_like(found.to_pylist(), old)] == [old.fresh_total // 10 * 10]


def test_without_any_outcome_there_is_no_calibration() -> None:
    assert calibration([{**row(1, 50.0, held=True), "legs_held_5": None}]).num_rows == 0
    assert calibration([]).num_rows == 0
