"""Paper sessions through Dagster: found, made into tables, told, judged; and spoiled ones, which are found out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    AssetKey,
    DagsterInstance,
    ExecuteInProcessResult,
    SensorResult,
    SkipReason,
    build_sensor_context,
    materialize,
)

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.lake.sql import query
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.paper.assets import PAPER_SESSIONS, SESSION_ASSETS, build_session_assets
from p2p_pipeline.orchestration.paper.checks import build_paper_checks
from p2p_pipeline.orchestration.paper.judges import JUDGES, Judged
from p2p_pipeline.orchestration.paper.properties import PAPER_PROPERTIES
from p2p_pipeline.orchestration.paper.sensor import build_session_job, build_session_sensor
from p2p_pipeline.paper.sessions.finding import date_of
from p2p_pipeline.paper.tables.catalogue import PAPER_TABLES
from p2p_pipeline.paper.tables.schema import SESSION_TABLES
from p2p_pipeline.paper.tables.session_files import keep_session, lines_of
from p2p_pipeline_tests.orchestration.paper.sessions import cut, lived, replayed, spoil, trading

Made = Callable[[str], ExecuteInProcessResult]


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    return DataPaths(tmp_path)


@pytest.fixture(scope="module")
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def made(paths: DataPaths, instance: DagsterInstance) -> Callable[[str], ExecuteInProcessResult]:
    def run(session: str) -> ExecuteInProcessResult:
        instance.add_dynamic_partitions("paper_session", [session])
        return materialize(
            [build_session_assets(paths.lake), build_paper_checks()],
            instance=instance,
            partition_key=session,
            resources={"installation": Installation(data_dir=str(paths.root))},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )

    return run


def told(result: ExecuteInProcessResult) -> dict[str, Any]:
    return {
        event.asset_key.path[-1]: event.step_materialization_data.materialization.metadata
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }


def test_a_stopped_session_becomes_four_tables_and_every_check_holds(paths: DataPaths, made: Made) -> None:
    folder = lived(paths, trading())
    result = made(folder.session)
    found = told(result)
    assert set(found) == {entry.name for entry in SESSION_ASSETS}
    assert found["sessions"]["page"].value.endswith(f"/paper/{folder.session}/results")
    assert (found["sessions"]["state"].value, found["sessions"]["trades"].value) == ("STOPPED", 1)
    assert "| timeframe\\_minutes | 1 | 5 |" in found["sessions"]["configuration"].value
    assert "| take\\_profit | 1 | 1 |" in found["trades"]["by_reason"].value
    assert found["equity"]["drawn"].value.startswith("![equity](data:image/png;base64,")
    assert "| touch | 1 |" in found["fill_models"]["side_by_side"].value
    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert set(checks) == {entry.name for entry in PAPER_PROPERTIES}
    assert all(check.passed for check in checks.values())
    assert "byte for byte" in str(checks["replay_equal"].description)


def test_its_tables_are_asked_in_sql_with_every_digit(paths: DataPaths) -> None:
    folder = lived(paths, trading())
    keep_session(folder, Lake(paths.lake))
    summary = next(line for line in lines_of(folder) if line["type"] == "summary")
    sql = """
        SELECT kind, date::VARCHAR, equity, start_equity + (SELECT sum(net) FROM paper_trades),
            (SELECT arg_max(equity, ordinal) FROM paper_equity), (SELECT max(equity) FROM paper_fill_models)
        FROM paper_sessions
    """
    (row,) = query(paths.lake, sql, PAPER_TABLES.values()).to_pylist()
    kind, day, *amounts = row.values()
    assert (kind, day) == ("live", "2023-11-14")
    assert {f"{one.normalize():f}" for one in amounts} == {summary["equity"]}


def test_a_session_that_runs_is_told_as_far_as_it_is_until_it_has_stopped(paths: DataPaths, made: Made) -> None:
    folder = replayed(paths, trading())
    whole = folder.log.read_bytes()
    filled = next(line["n"] for line in lines_of(folder) if line["type"] == "order_filled")
    cut(folder, filled)
    result = made(folder.session)
    found = told(result)
    assert found["sessions"]["state"].value == "RUNNING"
    assert "as far as its log was" in found["sessions"]["note"].value
    assert "when it stops" in found["fill_models"]["note"].value
    assert all(check.passed for check in result.get_asset_check_evaluations())
    folder.log.write_bytes(whole)
    keep_session(folder, Lake(paths.lake))
    day = date_of(folder.session)
    assert day is not None
    (row,) = Lake(paths.lake).read(SESSION_TABLES["paper_sessions"], day, folder.session).to_pylist()
    assert (row["state"], row["kind"], row["is_simulated"], row["open_positions"]) == ("STOPPED", "replay", None, 0)


def judged(paths: DataPaths, session: str, name: str) -> Any:
    return JUDGES[name](Judged(paths, session))


def test_what_dagster_lists_and_what_judges_it_are_the_same() -> None:
    assert set(JUDGES) == {entry.name for entry in PAPER_PROPERTIES}


@pytest.mark.parametrize(
    ("name", "kind", "fields", "sample"),
    [
        ("money_conserved", "summary", {"equity": "10001"}, "summary: equity"),
        ("fees_and_funding_add_up", "order_filled", {"fee": "0.5"}, "order_filled: fee"),
        ("no_negative_cash", "order_filled", {"fee": "10001"}, "equity after entry_fee of order 1"),
        ("replay_equal", "order_filled", {"ticks_beyond": "9"}, None),
    ],
)
def test_a_spoiled_log_fails_the_check_that_is_there_for_it(
    paths: DataPaths, name: str, kind: str, fields: dict[str, str], sample: str | None
) -> None:
    folder = lived(paths, trading())
    assert judged(paths, folder.session, name).passed
    spoil(folder, kind, **fields)
    outcome = judged(paths, folder.session, name)
    assert not outcome.passed
    assert outcome.bad
    if sample:
        assert outcome.sample[0]["what"] == sample
    else:
        place = next(line["n"] for line in lines_of(folder) if line["type"] == kind)
        assert f"from line {place} on" in outcome.observed
    # its chain was mended: only what the figures say is wrong
    assert judged(paths, folder.session, "log_verified").passed


def test_a_changed_byte_fails_the_chain_and_is_a_failed_check_not_a_failed_run(paths: DataPaths, made: Made) -> None:
    folder = replayed(paths, trading())
    folder.log.write_bytes(folder.log.read_bytes().replace(b'"fee":"0', b'"fee":"1', 1))
    result = made(folder.session)
    assert result.success
    failed = {check.check_name: check for check in result.get_asset_check_evaluations() if not check.passed}
    assert set(failed) == {"log_verified", "fees_and_funding_add_up"}
    assert "does not follow the line before" in str(failed["log_verified"].description)


def test_the_sensor_adds_sessions_and_asks_for_those_that_stopped_and_only_once(paths: DataPaths) -> None:
    stopped = replayed(paths, trading()).session
    (paths.paper / "replays" / stopped).mkdir(parents=True)
    (paths.paper / "notes.txt").touch()
    runs = replayed(paths, trading(), rearm_seconds=5)
    cut(runs, 5)
    sensor = build_session_sensor(build_session_job())
    installation = Installation(data_dir=str(paths.root))
    with DagsterInstance.ephemeral() as instance:
        context = build_sensor_context(instance, resources={"installation": installation})
        found = sensor(context)
        assert isinstance(found, SensorResult)
        assert found.dynamic_partitions_requests is not None
        assert set(found.dynamic_partitions_requests[0].partition_keys) == {stopped, runs.session}
        requests = found.run_requests or []
        assert [one.partition_key for one in requests] == [stopped, runs.session]
        assert [one.tags.get("p2p/keep") for one in requests] == [None, "brief"]
        instance.add_dynamic_partitions(str(PAPER_SESSIONS.name), [stopped, runs.session])
        again = build_sensor_context(instance, cursor=found.cursor, resources={"installation": installation})
        assert isinstance(sensor(again), SkipReason)


def test_a_data_folder_without_sessions_asks_for_nothing(paths: DataPaths) -> None:
    sensor = build_session_sensor(build_session_job())
    with DagsterInstance.ephemeral() as instance:
        context = build_sensor_context(instance, resources={"installation": Installation(data_dir=str(paths.root))})
        assert "No session" in str(sensor(context))
    assert AssetKey(["paper", "sessions"]) in {entry.key for entry in SESSION_ASSETS}
