from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import compute

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.lake.direct import DirectLake
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.score import score_now
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.deals.schema import SCORE_CALIBRATION, SCORES
from p2p_pipeline.p2p.metrics.pricing.schema import DEPTH, QUOTES
from p2p_pipeline.p2p.offers.schema import OFFERS, SNAPSHOTS
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.recordings import import_recording
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.steps.score import build_score_calibration, build_scores
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.p2p.metrics.deals.measured import rank_correlations, share_of_eighth_above_best
from p2p_pipeline_tests.p2p.steps.scored_market import END, make_market, make_tables
from p2p_pipeline_tests.shared_files import CASES, RECORDINGS

BOB, RUB = Market("binance", "USDT", "BOB"), Market("bybit", "USDT", "RUB")
DAY = END.date()
WIDE_ONLY = Settings(profiles={})
RECORDING = RECORDINGS / "binance_usdt_bob_2024-10.jsonl.gz"
CASE = CASES / "score_37_percent_dearer_scores_higher.jsonl.gz"
Made = tuple[RawReader, Lake]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Two days of looks an hour apart, half an hour of looks a minute apart, calibrated."""
    folder = tmp_path_factory.mktemp("scored")
    options = CatalogueOptions(seed=5, offers_per_side=25)
    found = make_market(folder, BOB, options, (2.0, timedelta(hours=1)), timedelta(minutes=30), WIDE_ONLY)
    build_score_calibration(found[1], BOB.key, DAY, WIDE_ONLY, days=1)
    return found


def aucs(lake: Lake, market: Market, day: date, outcome: str = "legs") -> dict[tuple[str, str], Any]:
    """The area under the curve by predictor and horizon."""
    rows = lake.read(SCORE_CALIBRATION, day, market.key).to_pylist()
    return {(row["predictor"], row["horizon"]): row["auc"] for row in rows if row["outcome"] == outcome}


def chances(lake: Lake, market: Market, day: date, horizon: str) -> dict[str, list[tuple[float, float, int]]]:
    """By kind of deal: how wrong the chance was, how wrong one share for all, and on how many days; a row a bin."""
    found: dict[str, list[tuple[float, float, int]]] = {}
    for row in lake.read(SCORE_CALIBRATION, day, market.key).to_pylist():
        if row["horizon"] == horizon and row["predictor"].startswith("chance"):
            found.setdefault(row["predictor"], []).append((row["brier"], row["brier_before"], row["judged_days"]))
    return found


def test_a_days_deals_are_scored_and_followed(made: Made) -> None:
    rows = made[1].read(SCORES, DAY, BOB.key)
    assert not SCORES.failures(rows)
    assert set(rows["side"].to_pylist()) == {"BUY", "SELL"}
    assert {"best", "single_2", "single_3"} <= set(rows["choice"].to_pylist())
    assert compute.count(rows["legs_held_15"]).as_py() == rows.num_rows
    assert compute.count(rows["legs_held_next"]).as_py() == 0
    assert compute.min(rows["known_weight"]).as_py() > 0.9
    keys = list(zip(*(rows[name].to_pylist() for name in SCORES.key), strict=True))
    assert len(keys) == len(set(keys))


def test_a_score_asked_for_now_is_the_one_in_the_table(made: Made) -> None:
    reader, lake = made
    rows = lake.read(SCORES, DAY, BOB.key).filter(compute.field("choice") == "best").to_pylist()
    for side in Side:
        row = next(row for row in rows if row["side"] == side and row["snapshot_at"] > END - timedelta(minutes=20))
        quotes = lake.read(QUOTES, DAY, BOB.key).to_pylist()
        sizes = {entry["amount_fiat"]: entry["amount_asset"] for entry in quotes if entry["side"] == side}
        amount = row["amount_fiat"] if side is Side.BUY else sizes[row["amount_fiat"]]
        moment = row["snapshot_at"]
        found = score_now(reader, DirectLake(lake.root), WIDE_ONLY, MarketSide(BOB, side), amount, moment, at=moment)
        assert found.score is not None
        assert found.score.total == pytest.approx(row["score"])
        assert found.score.value("stability") == pytest.approx(row["stability_value"])


def test_a_score_knows_nothing_of_what_came_after_its_snapshot(made: Made, tmp_path: Path) -> None:
    reader, lake = made
    moment = END - timedelta(minutes=15)
    cut = Lake(tmp_path)
    for day in (DAY - timedelta(days=2), DAY - timedelta(days=1), DAY):
        for table in (SNAPSHOTS, OFFERS, QUOTES, DEPTH):
            rows = lake.read(table, day, BOB.key)
            cut.write(table, day, BOB.key, rows.filter(compute.field("snapshot_at") <= pa.scalar(moment)))
    buy = MarketSide(BOB, Side.BUY)
    scores = [
        score_now(reader, DirectLake(known.root), WIDE_ONLY, buy, Decimal(1000), moment, at=moment).score
        for known in (lake, cut)
    ]
    assert scores[0] == scores[1]
    assert scores[0] is not None


def test_within_one_book_the_score_falls_with_a_worse_price(made: Made) -> None:
    scores = made[1].read(SCORES, DAY, BOB.key)
    correlations = rank_correlations(scores)
    assert len(correlations) > 50
    assert np.mean(correlations) < -0.7
    assert share_of_eighth_above_best(scores) < 0.05


@pytest.mark.recordings
@pytest.mark.skipif(not CASE.exists(), reason=f"{CASE} is missing")
def test_a_quote_37_percent_dearer_does_not_score_above_one_half_an_hour_before(tmp_path: Path) -> None:
    import_recording(CASE, RawStore(tmp_path))
    reader, lake = RawReader(tmp_path), Lake(DataPaths.choose(tmp_path).lake)
    make_tables(reader, lake, BOB, WIDE_ONLY, newest_days=2)
    dear_at = datetime(2025, 7, 3, tzinfo=UTC)
    found = [
        score_now(reader, DirectLake(lake.root), WIDE_ONLY, MarketSide(BOB, Side.BUY), Decimal(1000), at, at=at).score
        for at in (dear_at - timedelta(minutes=30), dear_at)
    ]
    cheap, dear = found
    assert cheap is not None
    assert dear is not None
    assert (cheap.money.price, dear.money.price) == (10.0, 13.7)
    assert dear.total < 1
    assert cheap.total > 90
    assert dear.money.terms.fair_price == cheap.money.terms.fair_price == 10.0


def test_scores_are_made_once_and_again_when_asked(made: Made) -> None:
    _, lake = made
    before = lake.read(SCORES, DAY, BOB.key)
    assert build_scores(lake, DAY, BOB.key, WIDE_ONLY).new_rows == {"scores": 0}
    assert build_scores(lake, DAY, BOB.key, WIDE_ONLY, full=True).new_rows == {"scores": before.num_rows}
    assert lake.read(SCORES, DAY, BOB.key).equals(before)


def test_a_look_that_failed_says_nothing_of_whether_a_deal_was_still_there(made: Made, tmp_path: Path) -> None:
    _, lake = made
    day = DAY - timedelta(days=1)
    failing = Lake(tmp_path)
    for table in (SNAPSHOTS, OFFERS, QUOTES, DEPTH):
        for part in lake.partitions(table):
            rows = lake.read(table, part.day, BOB.key)
            if table is SNAPSHOTS and part.day == day:
                rows = SNAPSHOTS.table_of([entry for row in rows.to_pylist() for entry in (row, _failed_after(row))])
            failing.write(table, part.day, BOB.key, rows)
    for each in (lake, failing):
        build_scores(each, day, BOB.key, WIDE_ONLY)
    assert failing.read(SCORES, day, BOB.key).equals(lake.read(SCORES, day, BOB.key))


def _failed_after(look: dict[str, Any]) -> dict[str, Any]:
    return look | {
        "snapshot_id": f"{look['snapshot_id']} failed",
        "snapshot_at": look["snapshot_at"] + timedelta(seconds=60),
        "pages": 0,
        "offers": 0,
        "is_complete": False,
        "stop_reason": "failed",
    }


def test_a_calibration_is_found_by_later_questions_and_not_by_earlier_ones(made: Made) -> None:
    reader, lake = made
    rows = lake.read(SCORE_CALIBRATION, DAY, BOB.key)
    assert not SCORE_CALIBRATION.failures(rows)
    buy = MarketSide(BOB, Side.BUY)
    later = score_now(reader, DirectLake(lake.root), WIDE_ONLY, buy, Decimal(1000), END + timedelta(days=2), at=END)
    assert len(later.calibration) == rows.num_rows
    assert {entry["horizon"] for entry in later.similar} <= {"1", "5", "15"}
    earlier = score_now(reader, DirectLake(lake.root), WIDE_ONLY, buy, Decimal(1000), END - timedelta(days=1), at=END)
    assert not earlier.calibration
    assert earlier.to_json()["calibration"] is None


def test_without_a_lake_the_score_says_how_little_it_knows(made: Made, tmp_path: Path) -> None:
    found = score_now(made[0], DirectLake(tmp_path), WIDE_ONLY, MarketSide(BOB, Side.BUY), Decimal(1000), END, at=END)
    assert found.score is not None
    assert found.score.known_weight < 0.6
    assert "rank not known" in {part.name: part.reason for part in found.score.parts}["price"]


def test_an_amount_that_cannot_be_placed_has_no_score(made: Made) -> None:
    found = score_now(
        made[0], DirectLake(made[1].root), WIDE_ONLY, MarketSide(BOB, Side.BUY), Decimal("0.01"), END, at=END
    )
    assert found.score is None
    assert found.similar == []
    assert found.to_json()["score"] is None
    assert found.to_json()["quote"]["is_executable"] is False


@pytest.mark.recordings
@pytest.mark.skipif(not RECORDING.exists(), reason=f"{RECORDING.parent} is missing")
def test_on_recorded_books_the_score_falls_with_the_price_and_the_chance_is_right_on_later_days(tmp_path: Path) -> None:
    import_recording(RECORDING, RawStore(tmp_path))
    reader, lake = RawReader(tmp_path), Lake(DataPaths.choose(tmp_path).lake)
    make_tables(reader, lake, BOB, WIDE_ONLY, newest_days=8)
    last = date(2024, 10, 31)
    build_score_calibration(lake, BOB.key, last, WIDE_ONLY, days=8)
    scores = lake.read_range(SCORES, BOB.key, date(2024, 10, 19), last)
    correlations = rank_correlations(scores)
    assert len(correlations) > 200
    assert np.mean(correlations) < -0.75
    assert np.mean(np.array(correlations) < -0.3) > 0.95
    assert share_of_eighth_above_best(scores) < 0.03
    for kind, least_days, gain in (("chance_single", 5, 0.01), ("chance_split", 2, 0.004)):
        (brier, usual, days), *_ = chances(lake, BOB, last, "next")[kind]
        assert days >= least_days
        assert brier < usual - gain, kind
    found = aucs(lake, BOB, last)
    assert min(found["chance_single", "next"], found["chance_split", "next"]) > 0.65


@pytest.mark.long
@only_long
@pytest.mark.parametrize("seed", [2, 3])
def test_on_seeds_the_general_rule_never_saw_a_higher_chance_holds_longer(seed: int, tmp_path: Path) -> None:
    options, rare = CatalogueOptions(seed=seed, offers_per_side=80), (5.0, timedelta(minutes=30))
    _, lake = make_market(tmp_path, RUB, options, rare, timedelta(hours=6), Settings())
    build_score_calibration(lake, RUB.key, DAY, Settings(), days=1)
    found = aucs(lake, RUB, DAY)
    for horizon in ("1", "5", "15"):
        assert found["chance_single", horizon] > 0.57, found
