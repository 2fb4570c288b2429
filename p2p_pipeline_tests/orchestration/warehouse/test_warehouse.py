"""The full market through Dagster: swept, loaded, judged, on a real instance, over real HTTP, in a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from dagster import (
    AssetKey,
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    build_schedule_context,
    build_sensor_context,
)
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import InstigatorState, InstigatorStatus, ScheduleInstigatorData
from dagster._core.test_utils import create_run_for_test
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from p2p_pipeline.orchestration.build import build_definitions
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.run_tags import SWEEP_TAG
from p2p_pipeline.orchestration.warehouse import first_sweep_sensor
from p2p_pipeline.orchestration.warehouse.first_sweep_sensor import first_sweep_refusal
from p2p_pipeline.p2p.capture.claims import Holder
from p2p_pipeline.p2p.capture.sweeps.claim import Share, claim_sweep
from p2p_pipeline.p2p.capture.sweeps.report import batch_id_of
from p2p_pipeline.p2p.quality.warehouse.rules import WAREHOUSE_RULES
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.server import SimulatorOptions, running_simulator
from p2p_pipeline.p2p.venues.binance import HOST, BinanceVenue
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class SmallBinance(BinanceVenue):
    """Binance as if it listed four fiats."""

    def read_fiat_list(self, body: bytes) -> list[str]:
        return [fiat for fiat in super().read_fiat_list(body) if fiat in ("BOB", "KES", "RUB", "VND")]


@pytest.fixture
def installation(tmp_path: Path, warehouse: WarehouseServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    monkeypatch.setenv("P2P_POSTGRES_URL", warehouse.url)
    settings = tmp_path / "settings.yaml"
    settings.write_text(
        yaml.safe_dump({"first_day": "2024-01-01", "sweep": {"requests_per_second": 400, "concurrency": 16}}), "utf-8"
    )
    monkeypatch.setenv("P2P_SETTINGS", str(settings))
    monkeypatch.setattr(
        "p2p_pipeline.p2p.actions.sweep.venue_directory", lambda url=HOST: {"binance": SmallBinance(url)}
    )
    with running_simulator(SimulatorOptions(catalogue=CatalogueOptions(total_offers=2_000))) as simulator:
        yield Installation(data_dir=str(tmp_path / "data"), settings_file=str(settings), source=simulator.url)


@pytest.fixture
def definitions(installation: Installation) -> Definitions:
    return build_definitions({"installation": installation})


def test_a_sweep_becomes_a_judged_batch_and_its_views(
    definitions: Definitions, sqlite_instance: DagsterInstance, warehouse: WarehouseServer
) -> None:
    today = datetime.now(UTC).date().isoformat()
    job = definitions.resolve_job_def("sweep")
    result = job.execute_in_process(
        partition_key=today, instance=sqlite_instance, raise_on_error=False, run_config=QUIET
    )
    assert result.success
    judged = {evaluation.check_name: evaluation for evaluation in result.get_asset_check_evaluations()}
    assert set(judged) == {rule.name for rule in WAREHOUSE_RULES if not rule.is_costly}
    assert [name for name, evaluation in judged.items() if not evaluation.passed] == []
    made = {event.asset_key for event in result.get_asset_materialization_events()}
    assert {AssetKey(["binance", "sweeps"]), AssetKey(["warehouse", "batches"])} < made
    with connect(warehouse) as connection:
        [(batches, offers)] = connection.execute(
            "SELECT count(DISTINCT batch_id), count(*) FROM fact_offers"
        ).fetchall()
        assert batches == 1
        assert offers == _extracted(warehouse)
        best = connection.execute("SELECT count(*) FROM market_best").fetchone()
        assert best is not None
        assert best[0] != 0


def test_a_scheduled_sweep_that_waited_over_midnight_still_asks(
    definitions: Definitions, sqlite_instance: DagsterInstance, warehouse: WarehouseServer
) -> None:
    yesterday = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
    job = definitions.resolve_job_def("sweep")
    tags = {SWEEP_TAG: "1/1"}
    result = job.execute_in_process(partition_key=yesterday, instance=sqlite_instance, run_config=QUIET, tags=tags)
    assert result.success
    assert _extracted(warehouse) > 0


def test_a_scheduled_sweep_leaves_one_that_is_under_way_to_whoever_does_it(
    definitions: Definitions, sqlite_instance: DagsterInstance, installation: Installation
) -> None:
    now = datetime.now(UTC)
    job = definitions.resolve_job_def("sweep")
    job.execute_in_process(partition_key=f"{now:%Y-%m-%d}", instance=sqlite_instance, run_config=QUIET)
    somebody = Holder.this_process("p2p sweep")
    with claim_sweep(installation.paths.state, Share("binance", 1, 1), somebody, now) as claim:
        claim.announce(batch_id_of(now), now)
        for tags, is_success in (({SWEEP_TAG: "1/1"}, True), ({}, False)):
            result = job.execute_in_process(
                partition_key=f"{now:%Y-%m-%d}",
                instance=sqlite_instance,
                run_config=QUIET,
                tags=tags,
                raise_on_error=False,
            )
            assert result.success is is_success
            if is_success:
                first = result.asset_materializations_for_node("binance__sweeps")[0]
                assert "is being swept already by p2p sweep" in str(first.metadata["note"].value)


def test_subworkers_have_a_job_of_their_own(definitions: Definitions, sqlite_instance: DagsterInstance) -> None:
    of_sweep = {str(key.path[-1]) for key in definitions.resolve_job_def("sweep").asset_layer.executable_asset_keys}
    assert "terms" not in of_sweep
    done = definitions.resolve_job_def("subworkers").execute_in_process(instance=sqlite_instance, run_config=QUIET)
    assert {event.asset_key for event in done.get_asset_materialization_events()} == {AssetKey(["warehouse", "terms"])}


def test_the_costly_checks_hold_the_batch_against_its_bytes_and_write_pages(
    definitions: Definitions, sqlite_instance: DagsterInstance, installation: Installation
) -> None:
    today = datetime.now(UTC).date().isoformat()
    sweep = definitions.resolve_job_def("sweep")
    assert sweep.execute_in_process(partition_key=today, instance=sqlite_instance, run_config=QUIET).success
    verified = definitions.resolve_job_def("verify_warehouse").execute_in_process(
        instance=sqlite_instance, raise_on_error=False, run_config=QUIET
    )
    judged = {evaluation.check_name: evaluation for evaluation in verified.get_asset_check_evaluations()}
    assert {name: evaluation.passed for name, evaluation in judged.items()} == {
        "raw_checksum": True,
        "table_expectations": True,
    }
    assert (installation.paths.data_docs / "index.html").exists()


def test_a_sweep_under_way_is_not_asked_for_a_second_time(
    definitions: Definitions, sqlite_instance: DagsterInstance
) -> None:
    schedule = definitions.resolve_schedule_def("sweep_schedule")
    repository = definitions.get_repository_def()
    at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)

    def asked(moment: datetime) -> list[str]:
        context = build_schedule_context(
            instance=sqlite_instance, scheduled_execution_time=moment, repository_def=repository
        )
        data = schedule.evaluate_tick(context)
        return [request.tags[SWEEP_TAG] for request in data.run_requests or []]

    assert asked(at) == ["1/1"]
    create_run_for_test(sqlite_instance, job_name="sweep", status=DagsterRunStatus.STARTED, tags={SWEEP_TAG: "1/1"})
    assert asked(at + timedelta(minutes=10)) == []


def test_soon_after_a_start_a_sweep_is_asked_for_unless_the_schedule_will_or_one_is_young() -> None:
    ten, start = timedelta(minutes=10), datetime(2026, 3, 1, 12, 22, tzinfo=UTC)

    def refusal(minutes: float, newest: datetime | None = None) -> str:
        return first_sweep_refusal(start + timedelta(minutes=minutes), start, ten, lambda: newest) or ""

    assert refusal(1.0) == ""
    assert refusal(1.0, start - ten) == ""
    assert "newest sweep began at 12:14" in refusal(1.0, start - timedelta(minutes=8))
    assert "about to do it" in refusal(7.5)
    assert "about to do it" in refusal(8.0)
    assert "about to do it" in refusal(8.5)
    assert refusal(9.5) == ""
    assert "taken over" in refusal(10.5)


def test_the_first_sweep_is_asked_for_once_a_start_and_never_while_the_schedule_is_stopped(
    definitions: Definitions,
    sqlite_instance: DagsterInstance,
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(first_sweep_sensor, "first_sweep_refusal", lambda *_: None)
    sensor = definitions.resolve_sensor_def("first_sweep")
    repository = definitions.get_repository_def()

    def asked() -> list[str | None]:
        context = build_sensor_context(
            instance=sqlite_instance, repository_def=repository, resources={"installation": installation}
        )
        return [request.run_key for request in sensor.evaluate_tick(context).run_requests or []]

    [key] = asked()
    assert key is not None
    assert asked() == [key]
    stopped = InstigatorState(
        RemoteInstigatorOrigin(
            RemoteRepositoryOrigin(
                ManagedGrpcPythonEnvCodeLocationOrigin(LoadableTargetOrigin(module_name="any")), "any"
            ),
            "sweep_schedule",
        ),
        InstigatorType.SCHEDULE,
        InstigatorStatus.STOPPED,
        ScheduleInstigatorData("*/10 * * * *"),
    )
    sqlite_instance.add_instigator_state(stopped)
    assert asked() == []
    sqlite_instance.update_instigator_state(stopped.with_status(InstigatorStatus.RUNNING))
    assert asked() == [key]
    create_run_for_test(sqlite_instance, job_name="sweep", status=DagsterRunStatus.STARTED, tags={SWEEP_TAG: "1/1"})
    assert asked() == []


def test_a_day_that_is_over_is_told_and_not_asked_for(
    definitions: Definitions, sqlite_instance: DagsterInstance, warehouse: WarehouseServer
) -> None:
    yesterday = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
    job = definitions.resolve_job_def("load_day")
    result = job.execute_in_process(
        partition_key=yesterday, instance=sqlite_instance, raise_on_error=False, run_config=QUIET
    )
    [loaded] = result.get_asset_materialization_events()
    assert loaded.step_materialization_data.materialization.metadata["batches"].value == 0
    assert _extracted(warehouse) == 0


def _extracted(warehouse: WarehouseServer) -> int:
    with connect(warehouse) as connection:
        row = connection.execute("SELECT coalesce(sum(total_offers_extracted), 0) FROM ops_batch_runs").fetchone()
    assert row is not None
    return int(str(row[0]))
