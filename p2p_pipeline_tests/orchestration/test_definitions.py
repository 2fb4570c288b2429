"""From a snapshot to a price through Dagster, with its checks, its backfill and its alerts, on a real instance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from dagster import (
    AssetCheckKey,
    AssetKey,
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    ExecuteInProcessResult,
    build_schedule_context,
)
from dagster._core.storage.tags import PARTITION_NAME_TAG
from dagster._core.test_utils import create_run_for_test
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.orchestration.backfill import backfill_days, stored_days
from p2p_pipeline.orchestration.build import build_definitions
from p2p_pipeline.orchestration.collection.kept_collector import collect
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.tables.schedules import SUMMARY_TABLES
from p2p_pipeline.orchestration.watch.look import look
from p2p_pipeline.orchestration.watch.sensor import watched_checks
from p2p_pipeline.orchestration.watch.troubles import failed_checks, failed_runs
from p2p_pipeline.p2p.lake_sql import query
from p2p_pipeline.p2p.markets import slot_of
from p2p_pipeline.p2p.metrics.pricing.schema import QUOTES
from p2p_pipeline.p2p.offers.schema import OFFERS
from p2p_pipeline.p2p.quality.judging import JUDGES
from p2p_pipeline.p2p.quality.properties import PROPERTIES
from p2p_pipeline.p2p.quality.warehouse.rules import WAREHOUSE_RULES

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
CHECKS = [AssetCheckKey(AssetKey([venue, e.table]), e.name) for venue in ("bybit", "binance") for e in PROPERTIES]


@pytest.fixture
def definitions(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Definitions:
    monkeypatch.setenv("P2P_SETTINGS", str(installation.settings_file))
    return build_definitions({"installation": installation})


@pytest.fixture
def collected(installation: Installation) -> str:
    now = datetime.now(UTC)
    for venue in ("bybit", "binance"):
        collect(installation, venue, slot_of(now))
    return now.date().isoformat()


def run(definitions: Definitions, job: str, day: str, instance: DagsterInstance) -> ExecuteInProcessResult:
    return definitions.resolve_job_def(job).execute_in_process(
        partition_key=day, instance=instance, raise_on_error=False, run_config=QUIET
    )


def watched(instance: DagsterInstance, installation: Installation, venues: tuple[str, ...] = ()) -> str:
    return look(instance, installation, venues, CHECKS, datetime.now(UTC), running_seconds=1_000)


def test_what_dagster_lists_and_what_judges_it_are_the_same() -> None:
    assert set(JUDGES) == {entry.name for entry in PROPERTIES}


def test_a_collected_slot_becomes_prices_and_its_checks_pass(
    definitions: Definitions, installation: Installation, collected: str, sqlite_instance: DagsterInstance
) -> None:
    result = run(definitions, "process_today", collected, sqlite_instance)
    assert result.success
    assert all(evaluation.passed for evaluation in result.get_asset_check_evaluations())
    assert len(result.get_asset_check_evaluations()) == 4
    (quotes,) = [
        event.step_materialization_data.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key == AssetKey(["bybit", "quotes"])
    ]
    assert "| USDT-VND | BUY |" in str(quotes.metadata["markets"].value)
    day = datetime.fromisoformat(collected).date()
    assert installation.lake().read(QUOTES, day, "binance.USDT-VND").num_rows > 0
    assert not watched(sqlite_instance, installation, ("bybit",)).count("Told")


def test_prices_are_not_made_from_offers_that_fail_a_blocking_check(
    definitions: Definitions, installation: Installation, collected: str, sqlite_instance: DagsterInstance
) -> None:
    lake, day = installation.lake(), datetime.fromisoformat(collected).date()
    assert run(definitions, "process_today", collected, sqlite_instance).success
    offers = lake.read(OFFERS, day, "bybit.USDT-VND")
    facts = lake.facts(OFFERS, day, "bybit.USDT-VND")
    # An offer too few, with the facts of the whole: as after a fault of the disk or of this program.
    lake.write(OFFERS, day, "bybit.USDT-VND", offers.slice(1), facts)
    before = lake.path(QUOTES, day, "bybit.USDT-VND").stat().st_mtime_ns
    failed = run(definitions, "process_today", collected, sqlite_instance)
    assert not failed.success
    assert lake.path(QUOTES, day, "bybit.USDT-VND").stat().st_mtime_ns == before
    now = datetime.now(UTC)
    assert [t.key for t in failed_checks(sqlite_instance, CHECKS, now)] == ["check/bybit/offers/keys_and_counts"]
    assert [t.key for t in failed_runs(sqlite_instance, now)] == [f"run/process_today/{collected}"]
    assert watched(sqlite_instance, installation).count("Told") == 2
    assert watched(sqlite_instance, installation).count("Told") == 0
    lake.write(OFFERS, day, "bybit.USDT-VND", offers, facts)
    assert run(definitions, "process_today", collected, sqlite_instance).success
    assert watched(sqlite_instance, installation).count("Told: Over") == 2


def test_a_backfill_is_a_run_a_day_that_the_ui_shows(
    installation: Installation, collected: str, sqlite_instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("P2P_SETTINGS", str(installation.settings_file))
    days = stored_days(installation, None, None)
    report = backfill_days(days, installation, sqlite_instance)
    assert not report.failed
    assert [record.dagster_run.job_name for record in sqlite_instance.get_run_records()] == ["process_day"]
    for venue in ("bybit", "binance"):
        assert sqlite_instance.get_materialized_partitions(AssetKey([venue, "depth"])) == {collected}


def test_the_command_backfills_the_stored_days_and_says_when_there_is_none(
    installation: Installation, collected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ["--data-dir", str(installation.paths.root), "--settings", str(installation.settings_file), "backfill"]
    done = CliRunner().invoke(app, [*before, "--from", collected, "--to", collected, "--json"])
    assert done.exit_code == 0, done.output
    assert '"days":1,"failed":[]' in done.stdout
    nothing = CliRunner().invoke(app, [*before, "--from", "2024-01-01", "--to", "2024-01-02"])
    assert nothing.exit_code == 1
    assert "nothing to compute" in nothing.output


def test_closing_a_day_runs_every_check_and_draws_the_day(
    definitions: Definitions, installation: Installation, collected: str, sqlite_instance: DagsterInstance
) -> None:
    for back in range(1, 4):
        collect(installation, "bybit", slot_of(datetime.now(UTC)) - back)
    result = run(definitions, "close_day", collected, sqlite_instance)
    assert result.success
    names = {evaluation.check_name for evaluation in result.get_asset_check_evaluations()}
    assert names == {entry.name for entry in PROPERTIES if not entry.is_of_summary}
    pictures = [
        str(data.materialization.metadata["prices"].value)
        for event in result.get_asset_materialization_events()
        for data in [event.step_materialization_data]
        if "prices" in data.materialization.metadata
    ]
    assert len(pictures[0]) < 60_000
    assert pictures[0].startswith("![median prices](data:image/png;base64,")


def test_the_summaries_say_what_the_history_allows_and_are_judged(
    definitions: Definitions, installation: Installation, collected: str, sqlite_instance: DagsterInstance
) -> None:
    assert run(definitions, "process_day", collected, sqlite_instance).success
    result = definitions.resolve_job_def("summarize").execute_in_process(instance=sqlite_instance, run_config=QUIET)
    assert result.success
    told = {
        "/".join(data.materialization.asset_key.path): data.materialization.metadata
        for event in result.get_asset_materialization_events()
        for data in [event.step_materialization_data]
    }
    assert {f"bybit/{table}" for table in SUMMARY_TABLES} < set(told)
    assert "not enough history" in str(told["bybit/windows"]["summary"].value)
    names = {evaluation.check_name for evaluation in result.get_asset_check_evaluations()}
    assert names == {entry.name for entry in PROPERTIES if entry.is_of_summary}
    (rows,) = query(installation.lake().root, "SELECT count(DISTINCT market_key) AS n FROM windows").to_pylist()
    assert rows["n"] == len(installation.settings().markets)


def test_summaries_take_no_pool_that_the_micro_batches_wait_for(definitions: Definitions) -> None:
    nodes = definitions.resolve_job_def("summarize").nodes_in_topological_order
    assert {pool for node in nodes for pool in node.definition.pools} == {"summaries"}


def test_a_failed_check_of_a_summary_or_of_the_warehouse_is_told_like_any_other() -> None:
    told = {key.name for key in watched_checks(("bybit",)) if key.asset_key.path[0] == "bybit"}
    assert told == {entry.name for entry in PROPERTIES} - {"freshness"}
    of_batches = {key.name for key in watched_checks(()) if key.asset_key == AssetKey(["warehouse", "batches"])}
    assert of_batches == {rule.name for rule in WAREHOUSE_RULES}


def test_an_old_day_by_hand_tells_what_is_stored_and_collects_nothing(
    definitions: Definitions, installation: Installation, sqlite_instance: DagsterInstance
) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    job = definitions.resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(
        asset_selection=[AssetKey(["bybit", "raw_snapshots"])],
        partition_key=yesterday,
        instance=sqlite_instance,
        run_config=QUIET,
    )
    assert result.success
    assert not installation.reader().days()


def test_housekeeping_runs_on_an_empty_installation(definitions: Definitions, sqlite_instance: DagsterInstance) -> None:
    job = definitions.resolve_job_def("housekeeping")
    assert job.execute_in_process(instance=sqlite_instance, run_config=QUIET).success


@pytest.mark.parametrize(
    ("name", "day"),
    [("process_today", "2026-11-20"), ("check_today", "2026-11-20"), ("close_day", "2026-11-19")],
)
def test_each_schedule_asks_for_its_day_in_a_way_that_dagster_accepts(
    definitions: Definitions, sqlite_instance: DagsterInstance, name: str, day: str
) -> None:
    repository = definitions.get_repository_def()
    moment = datetime(2026, 11, 20, 0, 10, tzinfo=UTC)
    with build_schedule_context(
        instance=sqlite_instance, scheduled_execution_time=moment, repository_def=repository
    ) as context:
        ticked = repository.get_schedule_def(f"{name}_schedule").evaluate_tick(context)
    assert ticked.run_requests is not None
    assert [request.partition_key for request in ticked.run_requests] == [day]


def test_a_schedule_asks_for_no_second_run_of_a_day_while_the_first_waits(
    definitions: Definitions, sqlite_instance: DagsterInstance
) -> None:
    repository = definitions.get_repository_def()

    def requested(minute: int) -> int:
        moment = datetime(2026, 11, 20, 9, minute, tzinfo=UTC)
        with build_schedule_context(
            instance=sqlite_instance, scheduled_execution_time=moment, repository_def=repository
        ) as context:
            ticked = repository.get_schedule_def("process_today_schedule").evaluate_tick(context)
        return len(ticked.run_requests or [])

    waiting = create_run_for_test(
        sqlite_instance,
        "process_today",
        status=DagsterRunStatus.NOT_STARTED,
        tags={PARTITION_NAME_TAG: "2026-11-20"},
    )
    assert requested(5) == 0
    sqlite_instance.report_run_canceled(waiting)
    assert requested(10) == 1


@pytest.mark.parametrize(
    ("failed", "later", "is_made_good"),
    [
        ("process_today", "process_today", True),
        ("process_today", "close_day", True),
        ("process_today", "process_day", True),
        ("check_today", "process_today", False),
        ("close_day", "process_day", False),
    ],
)
def test_a_failed_run_is_made_good_by_a_later_one_that_does_all_of_its_work(
    sqlite_instance: DagsterInstance, failed: str, later: str, is_made_good: bool
) -> None:
    tags = {PARTITION_NAME_TAG: "2026-11-20"}
    create_run_for_test(sqlite_instance, failed, status=DagsterRunStatus.FAILURE, tags=tags)
    assert len(failed_runs(sqlite_instance, datetime.now(UTC))) == 1
    other_day = {PARTITION_NAME_TAG: "2026-11-19"}
    create_run_for_test(sqlite_instance, later, status=DagsterRunStatus.SUCCESS, tags=other_day)
    assert len(failed_runs(sqlite_instance, datetime.now(UTC))) == 1
    create_run_for_test(sqlite_instance, later, status=DagsterRunStatus.SUCCESS, tags=tags)
    assert len(failed_runs(sqlite_instance, datetime.now(UTC))) == (0 if is_made_good else 1)
