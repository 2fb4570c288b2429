"""`p2p windows`: its JSON contract, what a person reads, its picture, and clear failures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from p2p_pipeline.cli import app
from p2p_pipeline_tests.p2p.steps.rhythm_file import series_file

MARKET = ("--market", "bybit.USDT-RUB", "--side", "BUY")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an imported series that has a rhythm."""
    folder = tmp_path_factory.mktemp("windows_command")
    done = CliRunner().invoke(
        app, ["--data-dir", str(folder), "import-series", str(series_file(folder)), "--market", "bybit.USDT-RUB"]
    )
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`p2p windows …` on that folder."""
    monkeypatch.chdir(folder)
    for name in ("P2P_DATA_DIR", "P2P_SETTINGS", "P2P_SOURCE"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, ["--data-dir", str(folder), "windows", *MARKET, *words])

    return call


def answer(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = orjson.loads(result.stdout)
    return found


def test_the_answer_keeps_its_contract(run: Any) -> None:
    found = answer(run("--measure", "ask", "--json"))
    assert found["verdict"] == "recommended"
    assert {"weekday": None, "hour": 6} in found["hours"]
    assert found["expected_improvement"] == pytest.approx(0.0037, abs=0.0008)
    low, high = found["interval"]
    assert low < found["expected_improvement"] < high
    walked = found["walk_forward"]
    assert walked["weeks"] == 4
    assert walked["realised_improvement"] > 0.002
    assert 0 <= walked["coverage"] <= 1
    assert (found["observations"], found["timezone"]) == (8 * 168, "UTC")
    assert "recorded elsewhere" in found["caution"]


def test_hours_follow_the_time_zone_asked_for_and_days_the_range(run: Any) -> None:
    found = answer(run("--measure", "ask", "--timezone", "Europe/Moscow", "--json"))
    assert found["timezone"] == "Europe/Moscow"
    assert {"weekday": None, "hour": 9} in found["hours"]
    part = answer(run("--measure", "ask", "--from", "2024-01-08", "--to", "2024-02-11", "--json"))
    assert part["observations"] == 5 * 168


def test_too_short_a_history_is_none_with_nulls_and_the_reason(run: Any) -> None:
    found = answer(run("--measure", "short", "--json"))
    assert (found["verdict"], found["hours"], found["expected_improvement"]) == ("none", [], 0)
    assert found["interval"] == [None, None]
    assert found["walk_forward"]["weeks"] == 0
    assert found["walk_forward"]["coverage"] is None
    assert found["reason"] == "not enough history: 3 weeks of 4"
    shown = run("--measure", "short").stdout
    assert "no recommendation: not enough history" in shown
    assert "not judged" in shown


RANGES = {
    "a single week": ("2024-01-08", "2024-01-14", 0),
    "two weeks": ("2024-01-08", "2024-01-21", 0),
    "no price at all": ("2030-01-01", "2030-01-02", 0),
    "enough for advice, none to judge it on": ("2024-01-01", "2024-01-28", 0),
    "one week to judge it on": ("2024-01-01", "2024-02-04", 1),
}


@pytest.mark.parametrize("name", RANGES)
def test_what_programs_compare_is_a_number_however_short_the_history(run: Any, name: str) -> None:
    first, last, weeks = RANGES[name]
    found = answer(run("--measure", "ask", "--from", first, "--to", last, "--json"))
    walked, (low, high) = found["walk_forward"], found["interval"]
    assert isinstance(found["expected_improvement"], float)
    assert isinstance(walked["realised_improvement"], float)
    assert isinstance(walked["weeks"], int)
    assert walked["weeks"] == weeks
    assert (walked["coverage"] is None) == (weeks == 0)
    assert (found["expected_improvement"] != 0) == (found["verdict"] == "recommended")
    assert weeks or walked["realised_improvement"] == 0
    if found["effects"]:
        assert low < high
    else:
        assert (found["verdict"], low, high) == ("none", None, None)


def test_the_help_says_what_is_null(run: Any) -> None:
    shown = " ".join(run("--help").stdout.split())
    assert "What is not known is null, never 0" in shown
    assert "`walk_forward.coverage` while `walk_forward.weeks` is 0" in shown


def test_people_read_hours_a_mark_and_how_it_was_judged(run: Any) -> None:
    shown = run("--measure", "ask").stdout
    assert "best: every day 0" in shown
    assert "beware: 'ask' is" in shown
    assert "judged on 4 of 8 weeks; 4 came before there was enough history (2024-01-01 to 2024-01-28)" in shown
    assert sum(line.endswith("*") for line in shown.splitlines()) >= 1


@pytest.mark.parametrize("measure", ["ask", "short"])
def test_the_picture_is_drawn_also_when_there_is_nothing_to_say(run: Any, tmp_path: Path, measure: str) -> None:
    file = tmp_path / "windows.png"
    assert run("--measure", measure, "--plot", str(file)).exit_code == 0
    content = file.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) > 20_000


def test_the_hours_a_person_can_trade_in_and_the_amount_are_in_the_answer(run: Any) -> None:
    found = answer(run("--measure", "ask", "--between", "8-22", "--amount", "50k", "--json"))
    assert found["trading_hours"] == "8-22"
    assert {hour["hour"] for hour in found["hours"]} == {8}
    assert (found["money"]["amount"], found["money"]["fiat"]) == (50_000, "RUB")
    assert found["money"]["expected_improvement"] == pytest.approx(50_000 * found["expected_improvement"], abs=0.01)
    shown = run("--measure", "ask", "--between", "8-22", "--amount", "50k").stdout
    assert "best: every day 08:00-09:00 (UTC): +" in shown
    assert "RUB of 50,000) better than a random time between 08:00 and 22:00, after 15 h 19 min of waiting" in shown
    assert "look again before you trade" in shown
    wrong = run("--measure", "ask", "--between", "8")
    assert (wrong.exit_code, "for example 8-22" in wrong.stderr) == (2, True)


def test_what_is_not_there_fails_in_one_line_and_wrong_usage_ends_with_2(run: Any) -> None:
    missing = run()
    assert missing.exit_code == 1
    assert "has no 'executable'; there is ask, short" in missing.stderr
    assert run("--measure", "ask", "--timezone", "Mars").exit_code == 2
    assert run("--measure", "ask", "--amount", "-5").exit_code == 2
    swapped = run("--measure", "ask", "--from", "2024-03-01", "--to", "2024-02-01")
    assert (swapped.exit_code, "swap them" in swapped.stderr) == (2, True)
