"""Sweeps through Dagster: what a tick asks for, days side by side, the verdict first; nothing is run twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster import (
    DagsterInstance,
    ExecuteInProcessResult,
    MultiPartitionKey,
    SensorResult,
    SkipReason,
    build_sensor_context,
    materialize,
)

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.paper.sweep_assets import (
    RECORDED_DAYS_KEY,
    SWEEP_DAYS_KEY,
    SWEEPS_KEY,
    build_sweep_assets,
)
from p2p_pipeline.orchestration.paper.sweep_sensor import build_sweep_jobs, build_sweep_sensor
from p2p_pipeline_tests.paper.actions.test_sweeping import SWEEP
from p2p_pipeline_tests.paper.sweeps.test_days import trading_over_midnight
from p2p_pipeline_tests.shared_files import REPOSITORY


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    paths = DataPaths(tmp_path)
    paths.paper_recordings.mkdir(parents=True)
    paths.paper_sweeps.mkdir()
    trading_over_midnight().write(paths.paper_recordings / "two_days.jsonl.gz")
    (paths.paper_sweeps / "profits.yaml").write_text(SWEEP, encoding="utf-8")
    return paths


@pytest.fixture(scope="module")
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as instance:
        yield instance


def ran(paths: DataPaths, instance: DagsterInstance, key: Any, partition: str | None = None) -> Any:
    result: ExecuteInProcessResult = materialize(
        build_sweep_assets(paths),
        selection=[key],
        instance=instance,
        partition_key=partition,
        resources={"installation": Installation(data_dir=str(paths.root))},
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    (event,) = result.get_asset_materialization_events()
    return event.step_materialization_data.materialization.metadata


def looked(paths: DataPaths, instance: DagsterInstance, cursor: str | None) -> SensorResult | SkipReason:
    sensor = build_sweep_sensor(build_sweep_jobs())
    installation = Installation(data_dir=str(paths.root))
    found = sensor(build_sensor_context(instance, cursor=cursor, resources={"installation": installation}))
    assert isinstance(found, SensorResult | SkipReason)
    return found


def requests(found: SensorResult | SkipReason) -> list[tuple[str | None, str | None]]:
    assert isinstance(found, SensorResult), found
    return [(one.job_name, one.partition_key) for one in found.run_requests or []]


def test_a_sweep_goes_from_recordings_over_its_days_to_a_verdict_and_nothing_is_asked_twice(
    paths: DataPaths, instance: DagsterInstance
) -> None:
    first = looked(paths, instance, None)
    assert requests(first) == [("paper_recorded_days", None)]
    assert isinstance(first, SensorResult)
    assert "asked for: 1 wait" in str(looked(paths, instance, first.cursor))

    made = ran(paths, instance, RECORDED_DAYS_KEY)
    assert made["days"].value == 2
    assert "2023-11-15" in made["by_day"].value
    second = looked(paths, instance, first.cursor)
    days = [f"2023-11-{day}|profits" for day in (14, 15)]
    assert requests(second) == [("paper_sweep_day", day) for day in days]
    assert isinstance(second, SensorResult)
    assert {one.tags["p2p/paper_sweep"] for one in second.run_requests or []} == {"day"}

    instance.add_dynamic_partitions("paper_sweep", ["profits"])
    for day in days:
        told = ran(
            paths, instance, SWEEP_DAYS_KEY, MultiPartitionKey(dict(zip(("day", "sweep"), day.split("|"), strict=True)))
        )
        assert (told["combinations"].value, told["trades"].value) == (3, 3)
        assert told["best_net"].value > told["worst_net"].value
    third = looked(paths, instance, second.cursor)
    assert requests(third) == [("paper_sweep", "profits")]
    assert isinstance(third, SensorResult)

    verdict = ran(paths, instance, SWEEPS_KEY, "profits")
    assert verdict["verdict"].value.startswith("Can't be told from luck: 2 days, 3 combinations;")
    assert "| combinations tried | 3 |" in verdict["odds"].value
    assert "take\\_profit\\_pct | 3 |" in verdict["best_in_hindsight"].value
    assert "| 2023-11-15 | 2023-11-14 |" in verdict["walk_forward"].value
    assert "Every recorded day" in str(looked(paths, instance, third.cursor))

    (paths.paper_sweeps / "profits.yaml").write_text(SWEEP.replace("0.2,", "0.1,"), encoding="utf-8")
    assert len(requests(looked(paths, instance, json.dumps([])))) == 2


def test_a_sweep_that_can_not_be_run_is_told_and_stops_no_other(paths: DataPaths, instance: DagsterInstance) -> None:
    (paths.paper_sweeps / "bad.yaml").write_text("vary: {exit.nothing: [1]}", encoding="utf-8")
    assert requests(looked(paths, instance, None)) == [("paper_recorded_days", None)]
    (paths.paper_sweeps / "profits.yaml").unlink()
    assert "the sweep bad can't be run: exit.nothing was 1" in str(looked(paths, instance, None))


def test_without_sweeps_nothing_is_looked_at(tmp_path: Path, instance: DagsterInstance) -> None:
    assert "There is no sweep" in str(looked(DataPaths(tmp_path), instance, None))


@pytest.mark.parametrize("file", ["dagster.yaml", "deploy/dagster.yaml"])
def test_days_of_sweeps_run_side_by_side_and_leave_a_place(file: str) -> None:
    runs = yaml.safe_load((REPOSITORY / file).read_text(encoding="utf-8"))["concurrency"]["runs"]
    (limit,) = [one["limit"] for one in runs["tag_concurrency_limits"] if one["key"] == "p2p/paper_sweep"]
    assert 1 < limit < runs["max_concurrent_runs"]
