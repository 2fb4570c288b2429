"""What a person gets from `p2p behaviour`."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from p2p_pipeline.cli import app
from p2p_pipeline.kernel.texts import span_text
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.behaviour import build_offer_days
from p2p_pipeline_tests.p2p.metrics.behaviour.books import look
from p2p_pipeline_tests.p2p.steps.shown_offers import DAY, KEY, put, shown, two_days


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--data-dir", str(folder), "behaviour", *words])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two processed days."""
    found = tmp_path_factory.mktemp("behaviour")
    two_days(Lake(found / "lake"))
    return found


def test_the_table_says_how_long_offers_live_how_they_end_and_what_cannot_be_known(folder: Path) -> None:
    result = run(folder, "--market", KEY, "--side", "BUY", "--rest-hours", "1")
    assert result.exit_code == 0, result.output
    assert "half are gone after" in result.stdout
    assert "absent for over 1.5 h means gone" in result.stdout
    assert "edited into a new ad counts as withdrawn" in result.stdout
    assert "SELL" not in result.stdout


def test_json_and_the_plot_come_from_the_same_question(folder: Path, tmp_path: Path) -> None:
    plot = tmp_path / "lives.png"
    result = run(folder, "--market", KEY, "--rest-hours", "1", "--json", "--plot", str(plot))
    assert result.exit_code == 0, result.output
    found = orjson.loads(result.stdout)
    assert {row["side"] for row in found["lifetimes"]} == {"BUY", "SELL"}
    row = next(row for row in found["lifetimes"] if row["place"] == "all")
    assert row["median_seconds_low"] <= row["median_seconds"] <= row["median_seconds_high"]
    assert found["advertisers"]["identified"] == 41
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_too_little_history_is_said_and_is_no_number(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    put(lake, DAY, [look(0, shown("a")), look(10, shown("a"))])
    build_offer_days(lake, DAY, KEY, Settings())
    result = run(tmp_path, "--market", KEY, "--side", "BUY")
    assert result.exit_code == 0, result.output
    assert "window too short" in result.stdout
    refused = run(tmp_path, "--market", KEY, "--plot", str(tmp_path / "a.png"))
    assert refused.exit_code == 1
    assert "nothing to draw" in refused.stderr


def test_a_side_never_seen_whole_has_no_lifetimes_and_says_why(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    put(lake, DAY, [look(n, shown("a"), stop="max_pages") for n in range(5)])
    build_offer_days(lake, DAY, KEY, Settings())
    assert "no snapshot shows the whole side" in run(tmp_path, "--market", KEY, "--side", "BUY").stdout


def test_a_market_without_processed_days_fails_with_what_to_do_and_a_wrong_name_is_wrong_usage(tmp_path: Path) -> None:
    result = run(tmp_path, "--market", KEY)
    assert result.exit_code == 1
    assert "p2p process" in result.stderr
    assert run(tmp_path, "--market", "nonsense").exit_code == 2


def test_lengths_of_time_are_written_for_people() -> None:
    assert [span_text(seconds) for seconds in (45, 720, 12_240, 200_000)] == ["45 s", "12 min", "3.4 h", "2.3 d"]
