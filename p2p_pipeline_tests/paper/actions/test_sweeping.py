"""A sweep over recordings on disk: each day once, kept, judged, told; and what can't be tried."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.lake.sql import query
from p2p_pipeline.paper.actions import recorded_days as recorded_module
from p2p_pipeline.paper.actions.recorded_days import Piece, recorded_days
from p2p_pipeline.paper.actions.sweeping import Sweep, run_sweep
from p2p_pipeline.paper.columns.making import NotColumnar
from p2p_pipeline.paper.sweeps.settings import SweepError, SweepSettings
from p2p_pipeline.paper.tables.catalogue import PAPER_TABLES
from p2p_pipeline_tests.paper.recordings import Recording
from p2p_pipeline_tests.paper.sweeps.test_days import MIDNIGHT, trading_over_midnight

SWEEP = """
base: {timeframe_minutes: 1, universe: {warm_up_seconds: 1}}
vary:
  exit.take_profit_pct: [0.2, 0.6, 3]
  short: [null]
least_hours: 0
walk_forward: {train_days: 1}
resamples: 100
"""


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    paths = DataPaths(tmp_path / "data")
    paths.paper_recordings.mkdir(parents=True)
    trading_over_midnight().write(paths.paper_recordings / "two_days.jsonl.gz")
    return paths


def written(tmp_path: Path, text: str = SWEEP, name: str = "profits.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_each_day_and_combination_is_tried_once_and_what_is_kept_is_not_tried_again(
    paths: DataPaths, tmp_path: Path
) -> None:
    sweep, told = Sweep.read(written(tmp_path)), list[str]()
    swept = run_sweep(paths, sweep, told.append, 1)
    assert [str(day) for day in swept.judged.days] == ["2023-11-14", "2023-11-15"]
    assert told[-2:] == ["2023-11-14 done", "2023-11-15 done"]
    rows = query(
        paths.lake, "SELECT day::DATE::VARCHAR AS day, combination, trades, net FROM paper_sweep_days ORDER BY ALL",
        PAPER_TABLES.values(),
    ).to_pylist()  # fmt: skip
    assert [(row["day"], row["combination"], row["trades"]) for row in rows] == [
        (day, number, 1) for day in ("2023-11-14", "2023-11-15") for number in (1, 2, 3)
    ]
    # the higher the profit that is taken at once, the more it is
    assert rows[0]["net"] < rows[1]["net"] < rows[2]["net"]
    (step,) = swept.judged.steps
    assert step.chosen == 2
    told.clear()
    again = run_sweep(paths, sweep, told.append, 1)
    assert told == ["3 combinations on 2 days, 2 of them kept from before"]
    assert again.judged == swept.judged
    # another value is another try
    more = Sweep.read(written(tmp_path, SWEEP.replace("[0.2,", "[0.1,")))
    run_sweep(paths, more, told.append, 1)
    assert told[-1] == "2023-11-15 done"


def test_the_command_says_the_verdict_first_and_the_same_as_json(paths: DataPaths, tmp_path: Path) -> None:
    config = written(tmp_path)
    run = CliRunner().invoke(app, ["--data-dir", str(paths.root), "paper", "sweep", str(config)])
    assert run.exit_code == 0, run.output
    lines = run.stdout.splitlines()
    assert lines[0].startswith("Can't be told from luck: 2 days, 3 combinations; the best made +")
    assert lines[1] == "best in hindsight: exit.take_profit_pct 3, short off"
    assert lines[-1].startswith("2023-11-15: chosen on 2023-11-14: exit.take_profit_pct 3, short off: +")
    run = CliRunner().invoke(app, ["--data-dir", str(paths.root), "paper", "sweep", str(config), "--json"])
    found = json.loads(run.stdout)
    assert (found["combinations"], found["answer"], found["verdict"]) == (3, "too_few_days", lines[0])
    assert found["best"]["parameters"] == {"exit.take_profit_pct": 3, "short": None}
    assert found["forward"]["steps"][0]["judged_on"] == ["2023-11-15"]


def test_a_recording_that_columns_can_not_hold_is_tried_by_its_frames_with_the_same_result(
    paths: DataPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = Sweep.read(written(tmp_path))
    by_columns = run_sweep(paths, sweep, lambda _: None, 1)

    def refused(*_: object) -> None:
        raise NotColumnar("a number has too many digits")

    monkeypatch.setattr(recorded_module, "write_columns", refused)
    other, told = DataPaths(tmp_path / "other"), list[str]()
    other.paper_recordings.mkdir(parents=True)
    trading_over_midnight().write(other.paper_recordings / "two_days.jsonl.gz")
    assert run_sweep(other, sweep, told.append, 1).judged == by_columns.judged
    assert "which takes longer" in told[1]


def test_recordings_of_the_same_hours_are_one_and_days_of_minutes_are_left_out(paths: DataPaths) -> None:
    trading_over_midnight().snapshot(MIDNIGHT + 90_000).write(paths.paper_recordings / "longer.jsonl.gz")
    later = Recording()
    later.lines = [
        {**line, "received_at_ns": line["received_at_ns"] + 3_600_000_000_000} for line in trading_over_midnight().lines
    ]
    later.write(paths.paper_recordings / "an_hour_later.jsonl.gz")
    sweep = SweepSettings.model_validate({"vary": {"rearm_seconds": [1]}, "least_hours": 0})
    first, second = recorded_days(paths, sweep, lambda _: None)
    assert [piece.label.split("-")[0] for piece in first.pieces] == ["longer", "an_hour_later"]
    # both begin at midnight with what was known then
    assert [piece.label.split("-")[0] for piece in second.pieces] == ["an_hour_later"]
    told: list[str] = []
    assert recorded_days(paths, sweep.model_copy(update={"least_hours": 24.0}), told.append) == []
    assert "2023-11-14 is left out: 0.02 hours" in told[0]
    assert isinstance(first.pieces[0], Piece)


def test_what_can_not_be_tried_is_said_with_what_to_do(paths: DataPaths, tmp_path: Path) -> None:
    Recording().snapshot(0).write(paths.paper_recordings / "two_days.jsonl.gz")
    told: list[str] = []
    with pytest.raises(SweepError, match="no recorded day"):
        run_sweep(paths, Sweep.read(written(tmp_path)), told.append, 1)
    assert "no complete list of instruments" in told[-1]
    with pytest.raises(SweepError, match="there is no such file"):
        run_sweep(paths, Sweep.read(written(tmp_path, SWEEP + "recordings: [nowhere.jsonl]\n")), told.append, 1)
    with pytest.raises(SweepError, match="use letters, digits"):
        Sweep.read(written(tmp_path, SWEEP, "my sweep!.yaml"))
