"""What a person gets from `p2p behaviour`."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from p2p_pipeline.cli import app
from p2p_pipeline.kernel.texts import span_text
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.lifetime_words import half_gone_words, unseen_words
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.behaviour import build_offer_days
from p2p_pipeline_tests.p2p.metrics.behaviour.books import look
from p2p_pipeline_tests.p2p.steps.shown_offers import DAY, KEY, put, shown, two_days
from p2p_pipeline_tests.shared_files import CASES


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


TWO_SPEEDS = CASES / "lifetimes_two_kinds_hourly_looks_true_median_0.59h.jsonl.gz"


@pytest.mark.skipif(not TWO_SPEEDS.exists(), reason="the shared case of two speeds is not here")
def test_a_median_below_the_gap_between_looks_is_told_as_bounds_that_hold_it(tmp_path: Path) -> None:
    for words in (("import", str(TWO_SPEEDS)), ("process",)):
        assert CliRunner().invoke(app, ["--data-dir", str(tmp_path), *words]).exit_code == 0
    asked = ("--market", "binance.USDT-XAH", "--side", "buy")
    row = orjson.loads(run(tmp_path, *asked, "--json").stdout)["lifetimes"][0]
    assert (row["state"], row["median_seconds"]) == ("below_gap", None)
    assert 0.59 * 3600 < row["median_at_most_seconds"] < 1.5 * 3600
    # Three in five are of the quick kind, and most of those end within the hour.
    assert 0.3 < row["shorter_than_gap_least"] < 0.62 < row["shorter_than_gap_most"] < 0.95
    assert row["unseen_share_least"] < 0.45 < row["unseen_share_most"]
    assert row["unseen_share_least"] - 1e-9 <= row["unseen_share"] <= row["unseen_share_most"]
    assert half_gone_words(row).startswith("at most 79 min, maybe within one look; of longer ones")
    assert "39% to 87% of all lives are shorter than the 60 min between two looks" in str(unseen_words(row))
