"""`p2p score`: what a person and a program get from it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from pyarrow import parquet
from typer.testing import CliRunner, Result

from p2p_pipeline.cli import app
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.deals.calibration import calibrate
from p2p_pipeline.p2p.metrics.deals.schema import SCORE_CALIBRATION, SCORES
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline_tests.p2p.binance_answers import ad, captures, page
from p2p_pipeline_tests.p2p.metrics.deals.scored_rows import row

NOON = datetime(2024, 10, 25, 12, tzinfo=UTC)
YESTERDAY = NOON.date() - timedelta(days=1)
MARKET = "binance.USDT-BOB"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`p2p --data-dir TMP score --market …` with three asks at noon and a bid, in this process."""
    monkeypatch.chdir(tmp_path)
    for name in ("P2P_DATA_DIR", "P2P_SETTINGS", "P2P_SOURCE"):
        monkeypatch.delenv(name, raising=False)
    store = RawStore(tmp_path / "data")
    asks = [
        ad(1, "10.50", "100", "2000", "190"),
        ad(2, "10.60", "100", "3000", "283"),
        ad(3, "10.55", "100", "9000", "853"),
        ad(4, "9.00", "5000", "5500", "611"),
        ad(5, "10.62", "4000", "9000", "847"),
        ad(6, "10.63", "4000", "9000", "847"),
    ]
    store.append(captures(NOON, page(asks)))
    store.append(captures(NOON + timedelta(seconds=2), page([ad(7, "10.3", tradeType="BUY")]), side=Side.SELL))

    def call(*words: str, market: str = MARKET) -> Result:
        return CliRunner().invoke(app, ["--data-dir", str(tmp_path / "data"), "score", "--market", market, *words])

    return call


def calibrated(folder: Path) -> None:
    """Store a calibration of the market in which every bin has been followed."""
    # All of one day, so that no chance was learned before any of them.
    rows = [
        row(n, 10.0 * (n % 10) + 5, n % 5 > 0) | {"snapshot_at": NOON - timedelta(hours=36) + timedelta(minutes=7 * n)}
        for n in range(200)
    ]
    rows += [row(1000 + n, 3.0, held=True, teaser_value=0.1) for n in range(7)]
    table = calibrate(SCORES.table_of(rows), MARKET, NOON, 1)
    Lake(folder / "data" / "lake").write(SCORE_CALIBRATION, YESTERDAY, MARKET, table)


AT = ("--at", "2024-10-25T12:00:10Z")
ASK = ("--side", "BUY", "--amount", "1000", *AT)


def test_the_object_has_the_score_its_parts_the_quote_and_what_such_scores_have_meant(run: Run, tmp_path: Path) -> None:
    calibrated(tmp_path)
    result = run(*ASK, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = orjson.loads(result.stdout)
    assert 0 < found["score"] < 100
    assert 0 < found["known_weight"] < 1, "the lake is empty: the past is not known"
    assert {"name", "value", "weight", "contribution", "reason"} <= set(found["parts"][0])
    assert sum(part["weight"] for part in found["parts"]) == pytest.approx(1)
    assert 100 + sum(part["contribution"] for part in found["parts"]) == pytest.approx(found["score"])
    assert found["quote"]["best_split"]["price"] == 10.5
    assert found["calibration"]["score_from"] <= found["score"] <= found["calibration"]["score_to"]
    outcome = found["calibration"]["outcomes"][0]
    assert (outcome["outcome"], outcome["horizon"]) == ("legs", "5")
    assert outcome["share_low"] <= outcome["share_held"] <= outcome["share_high"]


def test_the_money_comes_first_and_adds_up(run: Run) -> None:
    found: dict[str, Any] = orjson.loads(run(*ASK, "--json").stdout)
    money = found["money"]
    assert (money["fiat"], money["price"], money["best_price"], money["next_best_price"]) == ("BOB", 10.5, 10.5, 10.55)
    assert money["chance"] == pytest.approx(money["chance_still_there"] * money["chance_honoured"])
    assert 0 < money["chance"] < 1
    failed = 10.55 * (1 + money["waiting_share"])
    assert money["expected_price"] == pytest.approx(money["chance"] * 10.5 + (1 - money["chance"]) * failed)
    assert money["expected_fiat"] == pytest.approx(1000 / 10.5 * money["expected_price"])
    assert money["lost_against_best_fiat"] == pytest.approx(money["expected_fiat"] - 1000)
    assert (money["fair_price_source"], money["is_chance_calibrated"]) == ("middle", False)
    shown = run(*ASK).stdout.splitlines()
    assert "score" in shown[1]
    assert shown[2].split()[:2] == ["expect", "to"]
    assert any(line.split()[:2] == ["fair", "price"] for line in shown[3:6])


def test_a_seller_expects_to_get_less_than_the_price_says(run: Run) -> None:
    found = orjson.loads(run("--side", "SELL", "--amount", "50", *AT, "--json").stdout)
    money = found["money"]
    assert money["next_best_price"] is None
    assert money["expected_price"] < money["price"] == 10.3
    assert money["expected_fiat"] == pytest.approx(50 * money["expected_price"])
    assert money["lost_against_best_fiat"] > 0


def test_what_is_asked_of_a_past_moment_does_not_know_that_days_own_calibration(run: Run, tmp_path: Path) -> None:
    calibrated(tmp_path)
    lake = Lake(tmp_path / "data" / "lake")
    lake.write(SCORE_CALIBRATION, NOON.date(), MARKET, lake.read(SCORE_CALIBRATION, YESTERDAY, MARKET))
    lake.write(SCORE_CALIBRATION, YESTERDAY, MARKET, SCORE_CALIBRATION.empty())
    assert orjson.loads(run(*ASK, "--json").stdout)["calibration"] is None


def test_a_calibration_from_before_the_chance_was_kept_is_still_read(run: Run, tmp_path: Path) -> None:
    calibrated(tmp_path)
    (file,) = (tmp_path / "data" / "lake" / "score_calibration").rglob("*.parquet")
    parquet.write_table(parquet.read_table(file).drop_columns(["brier", "level", "mean_chance", "judged_days"]), file)
    found = orjson.loads(run(*ASK, "--json").stdout)
    assert found["calibration"]["outcomes"]
    assert found["money"]["is_chance_calibrated"] is False


def test_where_age_has_moved_the_score_out_of_its_bin_the_difference_is_said(run: Run, tmp_path: Path) -> None:
    calibrated(tmp_path)
    late = ("--side", "BUY", "--amount", "1000", "--at", "2024-10-25T13:00:00Z")
    found: dict[str, Any] = orjson.loads(run(*late, "--json").stdout)
    assert found["score"] < found["calibration"]["score_from"] <= found["score_when_seen"]
    assert (found["is_stale"], round(found["age_seconds"])) == (True, 3600)
    shown = run(*late).stdout
    assert f"this quote's score was {found['score_when_seen']:.1f}; age has made it {found['score']:.1f}" in shown
    assert "When its book was taken" not in run(*ASK[:-1], "2024-10-25T12:00:00.2Z").stdout


def test_people_read_each_part_and_what_became_of_such_quotes(run: Run, tmp_path: Path) -> None:
    without = run(*ASK).stdout
    assert "there is no calibration of this market" in without
    assert "run `p2p process`" in without
    calibrated(tmp_path)
    shown = " ".join(run(*ASK).stdout.split())
    assert "still there: 0% of 20, 5 minutes later (0% to" in shown
    assert "The general rule for single deals, judged on 200 of this market 5 minutes later: Brier score" in shown
    assert "rank not known" in shown
    assert "seen 10 seconds ago" in shown


def test_bait_is_called_bait(run: Run, tmp_path: Path) -> None:
    calibrated(tmp_path)
    shown = run("--side", "BUY", "--amount", "5200", *AT).stdout
    assert "looks like bait" in shown
    assert "were still there: 100% of 7, 5 minutes later" in shown
    found = orjson.loads(run("--side", "BUY", "--amount", "5200", *AT, "--json").stdout)
    assert found["score"] < 10
    assert found["calibration"]["is_bait"] is True


def test_an_amount_that_cannot_be_placed_has_no_score_and_says_why(run: Run) -> None:
    result = run("--side", "BUY", "--amount", "5", *AT)
    assert result.exit_code == 3
    assert "no score: the amount can't be placed: 5 is below every offer's minimum" in result.stdout
    found = orjson.loads(run("--side", "BUY", "--amount", "5", *AT, "--json").stdout)
    assert (found["score"], found["parts"], found["calibration"]) == (None, [], None)
    assert found["quote"]["reason"] == "below_every_minimum"


@pytest.mark.parametrize("amount", ["1000", "5"])
@pytest.mark.parametrize("has_calibration", [True, False])
def test_a_plot_is_drawn_whatever_is_known(run: Run, tmp_path: Path, amount: str, has_calibration: bool) -> None:
    if has_calibration:
        calibrated(tmp_path)
    file = tmp_path / "score.png"
    result = run("--side", "BUY", "--amount", amount, *AT, "--plot", str(file))
    assert result.exit_code == (0 if amount == "1000" else 3), result.output
    head = file.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:24]) == (1200, 700)


def test_mistakes_are_told_in_one_line_with_the_right_exit_code(run: Run) -> None:
    assert run("--side", "BUY", "--amount", "much").exit_code == 2
    assert run("--side", "BUY", "--amount", "1000", market="nowhere").exit_code == 2
    wrong = run(*ASK, "--profile", "picky")
    assert wrong.exit_code == 1
    assert wrong.stderr.strip() == "p2p: profile was 'picky'; known are wide, strict"
    empty = run("--side", "BUY", "--amount", "1000", market="bybit.USDT-RUB")
    assert empty.exit_code == 1
    assert "there is no snapshot of bybit.USDT-RUB BUY" in empty.stderr
