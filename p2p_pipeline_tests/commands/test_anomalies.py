"""What `p2p anomalies` says, as text, as JSON and as a picture."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from typer.testing import CliRunner, Result

from p2p_pipeline.cli import app
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.lake_sql import query
from p2p_pipeline_tests.p2p.steps.calm_series import KEY, Values, calm_values, store

Run = Callable[..., Result]
DAYS = 36
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`p2p --data-dir TMP …` in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("P2P_DATA_DIR", "P2P_SETTINGS", "P2P_SOURCE"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, ["--data-dir", str(tmp_path / "data"), "anomalies", *words])

    return call


@pytest.fixture
def market(tmp_path: Path) -> None:
    """Five weeks up to yesterday, with a price spike and a devaluation in the last two days."""
    values = calm_values(DAYS)
    values["BUY", "executable", 0][-40:-38] *= 1.1
    values["SELL", "executable", 0][-30:] *= 0.8
    first = datetime.now(UTC).date() - timedelta(days=DAYS + 10)
    store(Lake(tmp_path / "data" / "lake"), values, first=first)


def json_of(run: Run, *words: str) -> dict[str, Any]:
    result = run("--market", KEY, *words, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = orjson.loads(result.stdout)
    return found


@pytest.mark.usefixtures("market")
def test_a_series_that_came_later_is_judged_on_days_that_were_judged_before(run: Run, tmp_path: Path) -> None:
    before = json_of(run, "--all")
    first = datetime.now(UTC).date() - timedelta(days=DAYS + 10)
    values: Values = {("BUY", "vwap", None): calm_values(DAYS)["BUY", "executable", 0]}
    store(Lake(tmp_path / "data" / "lake"), values, f"{KEY}.imported", first)
    after = json_of(run, "--all", "--measure", "vwap")
    assert not [row for row in before["now"] if row["measure"] == "vwap"]
    wanted = "SELECT count(DISTINCT date) AS days FROM anomalies WHERE measure = 'vwap' AND value IS NOT NULL"
    (found,) = query(tmp_path / "data" / "lake", wanted).to_pylist()
    assert found["days"] == 7
    assert after["now"]


@pytest.mark.usefixtures("market")
def test_the_json_has_the_newest_hour_of_each_series_and_the_spans_of_the_range(run: Run) -> None:
    found = json_of(run)
    assert set(found) == {"market_key", "from", "to", "now", "spans", "events", "effects"}
    assert [(row["side"], row["measure"]) for row in found["now"]] == [
        ("BUY", "executable"),
        ("BUY", "offers"),
        ("SELL", "executable"),
        ("SELL", "offers"),
    ]
    states = {(span["side"], span["measure"]): span["state"] for span in found["spans"]}
    assert states["BUY", "executable"] == "unusual"
    assert states["SELL", "executable"] == "regime_change"
    spike = next(span for span in found["spans"] if span["side"] == "BUY")
    assert spike["hours"] == 2
    assert spike["peak_score"] > 4
    assert spike["peak_value"] > spike["peak_expected"]
    assert found["effects"] is None


@pytest.mark.usefixtures("market")
def test_one_side_and_measure_can_be_chosen_and_the_text_says_state_score_and_reason(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    shown = run("--market", KEY, "--side", "SELL", "--measure", "executable", "--plot", str(file))
    assert shown.exit_code == 0, shown.output
    assert "SELL executable 700 wide" in shown.stdout
    assert "regime_change" in shown.stdout
    assert "shifted by -20" in shown.stdout
    assert "bad for sellers" in shown.stdout
    assert "BUY" not in shown.stdout
    assert file.read_bytes().startswith(PNG)


@pytest.mark.usefixtures("market")
def test_effects_by_event_are_given_for_each_series_and_tag(run: Run) -> None:
    effects = json_of(run, "--by-event", "--measure", "offers")["effects"]
    assert [(effect["side"], effect["tag"], effect["state"]) for effect in effects] == [
        (side, tag, "too_few") for side in ("BUY", "SELL") for tag in ("weekend", "holiday")
    ]
    assert "at least 6 are needed" in run("--market", KEY, "--by-event").stdout


@pytest.mark.usefixtures("market")
def test_a_short_history_is_said_to_be_one(run: Run) -> None:
    first = (datetime.now(UTC).date() - timedelta(days=DAYS + 10)).isoformat()
    found = json_of(run, "--to", first)
    assert {row["state"] for row in found["now"]} == {"not_enough_history"}
    assert all(row["score"] is None for row in found["now"])
    assert found["spans"] == []


def test_wrong_usage_and_missing_history_say_what_to_do(run: Run, tmp_path: Path) -> None:
    missing = run("--market", KEY)
    assert missing.exit_code == 1
    assert "p2p import-series FILE --market binance.USDT-BOB" in missing.stderr
    assert run("--market", "nonsense").exit_code == 2
    assert run("--market", KEY, "--from", "2025-02-02", "--to", "2025-02-01").exit_code == 2
    store(Lake(tmp_path / "data" / "lake"), {("BUY", "vwap", None): np.full(48, 10.0)})
    unknown = run("--market", KEY, "--measure", "median")
    assert unknown.exit_code == 1
    assert "there is BUY vwap" in unknown.stderr
    outside = run("--market", KEY, "--from", "2026-01-01")
    assert outside.exit_code == 1
    assert "2025-01-01 to 2025-01-02 only" in outside.stderr
