"""What the metrics say of a real warehouse and a real raw store, also when one of them is gone."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import psycopg
import pytest
from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.parser import text_string_to_metric_families

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.monitoring import counting
from p2p_pipeline.monitoring.catalogue import BY_NAME, CATALOGUE
from p2p_pipeline.monitoring.counting import TotalsSource
from p2p_pipeline.monitoring.dagster_numbers import DagsterNumbers
from p2p_pipeline.monitoring.exposition import build_registry
from p2p_pipeline.p2p.capture.sweeps.report import SweepReport, SweepStatus, batch_id_of
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.capture import Capture, Outcome, Purpose
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.monitoring.made_up_ledger import add_batch, add_check

NOW = datetime.now(UTC)


@pytest.fixture
def ledger(warehouse: WarehouseServer) -> Iterator[psycopg.Connection[Any]]:
    with connect(warehouse, autocommit=True) as connection:
        yield connection


@pytest.fixture
def ask(warehouse: WarehouseServer, data_folder: Path) -> Callable[..., dict[str, float]]:
    registry = build_registry(DataPaths(data_folder), lambda: warehouse, patience_seconds=20, clock=lambda: NOW)

    def asked(other: CollectorRegistry | None = None) -> dict[str, float]:
        return values(generate_latest(other or registry).decode())

    return asked


def values(text: str) -> dict[str, float]:
    """`name{label="value"}` to value, as Prometheus would read it."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            found[sample.name + (f"{{{labels}}}" if labels else "")] = sample.value
    return found


WORKER = '{venue="binance",worker="1"}'


def test_the_newest_batch_is_told_with_its_age_completeness_and_offers(ledger: Any, ask: Any) -> None:
    add_batch(ledger, NOW - timedelta(minutes=14), seconds=300)
    add_batch(ledger, NOW - timedelta(minutes=4), markets_complete=796, requests=4_000, failed_requests=10, seconds=420)
    told = ask()
    assert told[f"p2p_sweep_age_seconds{WORKER}"] == pytest.approx(240, abs=0.01)
    assert told[f"p2p_sweep_duration_seconds{WORKER}"] == 420
    assert told[f"p2p_load_duration_seconds{WORKER}"] == 5
    assert told[f"p2p_sweep_markets_due{WORKER}"] == 800
    assert told[f"p2p_sweep_markets_complete{WORKER}"] == 796
    assert told[f"p2p_sweep_complete_ratio{WORKER}"] == pytest.approx(0.995)
    assert told[f"p2p_sweep_failed_request_ratio{WORKER}"] == pytest.approx(0.0025)
    assert told['p2p_batch_offers{kind="updated",venue="binance",worker="1"}'] == 9_000
    assert told["p2p_warehouse_up"] == 1


def test_a_batch_that_brought_nothing_makes_nothing_fresh_and_failures_are_counted_in_a_row(
    ledger: Any, ask: Any
) -> None:
    add_batch(ledger, NOW - timedelta(minutes=34), status="failed", markets_complete=0)
    add_batch(ledger, NOW - timedelta(minutes=24))
    add_batch(ledger, NOW - timedelta(minutes=14), status="interrupted", markets_complete=0)
    add_batch(ledger, NOW - timedelta(minutes=4), status="failed", markets_complete=0)
    told = ask()
    assert told[f"p2p_sweep_age_seconds{WORKER}"] == 24 * 60
    assert told[f"p2p_sweep_consecutive_failures{WORKER}"] == 2


def test_each_worker_of_as_many_as_there_are_now_is_told_and_no_other(ledger: Any, ask: Any) -> None:
    for worker in (1, 2, 3):
        add_batch(ledger, NOW - timedelta(minutes=20, seconds=worker), worker=worker, workers=3)
    for worker in (1, 2):
        add_batch(ledger, NOW - timedelta(minutes=5, seconds=worker), worker=worker, workers=2)
    told = ask()
    workers = [name for name in told if name.startswith("p2p_sweep_age_seconds")]
    assert workers == [
        'p2p_sweep_age_seconds{venue="binance",worker="1"}',
        'p2p_sweep_age_seconds{venue="binance",worker="2"}',
    ]


def test_a_worker_that_died_or_never_ran_grows_old_instead_of_vanishing(ledger: Any, ask: Any) -> None:
    add_batch(ledger, NOW - timedelta(days=5), worker=2, workers=3)
    for minutes in (24, 14, 4):
        add_batch(ledger, NOW - timedelta(minutes=minutes), worker=1, workers=3)
    told = ask()
    died, never_ran = '{venue="binance",worker="2"}', '{venue="binance",worker="3"}'
    assert told[f"p2p_sweep_age_seconds{WORKER}"] == pytest.approx(240, abs=0.01)
    assert told[f"p2p_sweep_age_seconds{died}"] == pytest.approx(5 * 86_400, abs=0.01)
    assert told[f"p2p_sweep_age_seconds{never_ran}"] >= 5 * 86_400, "since as many workers were told of"
    assert f"p2p_sweep_duration_seconds{never_ran}" not in told


def test_quantiles_are_those_of_24_hours_and_leave_killed_sweeps_out(ledger: Any, ask: Any) -> None:
    add_batch(ledger, NOW - timedelta(hours=30), seconds=4_000)
    add_batch(ledger, NOW - timedelta(hours=1), seconds=3_000, status="interrupted")
    for number in range(100):
        add_batch(ledger, NOW - timedelta(minutes=10 * number + 70), seconds=300 + number)
    told = ask()
    assert told['p2p_sweep_duration_24h_seconds{quantile="0.95",venue="binance"}'] == pytest.approx(300 + 0.95 * 99)
    assert told['p2p_sweep_duration_24h_seconds{quantile="0.5",venue="binance"}'] == pytest.approx(349.5)


def test_totals_never_fall_when_the_ledger_is_cut_or_rebuilt_and_survive_a_restart(
    ledger: Any, ask: Any, warehouse: WarehouseServer, data_folder: Path
) -> None:
    for minutes in (34, 24, 14):
        add_batch(ledger, NOW - timedelta(minutes=minutes), requests=100, errors={"timeout": 2, "rate_limited": 1})
    before = ask()
    assert before["p2p_sweep_requests_total"] == 300
    assert before['p2p_sweep_errors_total{error_type="timeout"}'] == 6
    ledger.execute("DELETE FROM ops_batch_runs")
    assert ask()["p2p_sweep_requests_total"] == 300
    # A rebuild loads the same batches again, later; then one more comes.
    for minutes in (34, 24, 14):
        add_batch(ledger, NOW - timedelta(minutes=minutes), requests=100, errors={"timeout": 2}, loaded_at=NOW)
    add_batch(ledger, NOW - timedelta(minutes=4), requests=50)
    after = ask(build_registry(DataPaths(data_folder), lambda: warehouse, patience_seconds=20, clock=lambda: NOW))
    assert after["p2p_sweep_requests_total"] == 350
    assert after['p2p_sweep_errors_total{error_type="timeout"}'] == 6
    assert after['p2p_sweep_batches_total{status="complete"}'] == 4


def test_a_ledger_rich_in_errors_is_counted_over_several_scrapes_and_told_when_it_is_whole(
    ledger: Any, warehouse: WarehouseServer, data_folder: Path
) -> None:
    for number in range(1, 121):
        add_batch(ledger, NOW - timedelta(minutes=10 * number), requests=10, loaded_at=NOW)
    for _ in range(3):
        # A source of its own each time, as after a restart: what a slice counted is kept. No time for a second one.
        source = TotalsSource(lambda: warehouse, data_folder / "state" / "metrics_totals.json", seconds=0)
        told = {sample.name: sample.value for sample in source.read()}
        counted = orjson.loads(source.file.read_bytes())["counted"]
        assert told == {} if len(counted) < 120 else told["p2p_sweep_requests_total"] == 1_200
    assert len(counted) == 120


def test_a_slice_that_takes_too_long_is_halved(
    ledger: Any, warehouse: WarehouseServer, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 61):
        add_batch(ledger, NOW - timedelta(minutes=10 * number), requests=10)
    asked = []

    def slow(connection: Any, totals: Any, most: int) -> Any:
        asked.append(most)
        if most > 12:
            raise psycopg.errors.QueryCanceled
        return unhurried(connection, totals, most)

    unhurried = counting._batches
    monkeypatch.setattr(counting, "_batches", slow)
    source = TotalsSource(lambda: warehouse, data_folder / "totals.json", seconds=20)
    assert {sample.name: sample.value for sample in source.read()}["p2p_sweep_requests_total"] == 600
    assert asked[:3] == [50, 25, 12]


def test_a_warehouse_that_answers_is_up_although_its_numbers_can_not_be_read(
    ledger: Any, warehouse: WarehouseServer, ask: Any
) -> None:
    add_batch(ledger, NOW - timedelta(minutes=14))
    assert ask()['p2p_exporter_source_up{source="totals"}'] == 1
    add_batch(ledger, NOW - timedelta(minutes=4))
    with connect(warehouse) as busy:
        busy.execute("LOCK TABLE ops_extraction_errors")
        told = ask()
        assert told["p2p_warehouse_up"] == 1
        assert told['p2p_exporter_source_up{source="totals"}'] == 0
        assert told[f"p2p_sweep_age_seconds{WORKER}"] == pytest.approx(240, abs=0.01)
        busy.execute("LOCK TABLE ops_batch_runs")
        told = ask()
        assert told["p2p_warehouse_up"] == 1
        assert told['p2p_exporter_source_up{source="warehouse"}'] == 0
    assert ask()['p2p_exporter_source_up{source="totals"}'] == 1


def test_a_late_batch_is_counted_once(ledger: Any, ask: Any) -> None:
    add_batch(ledger, NOW - timedelta(minutes=4), requests=10)
    ask()
    add_batch(ledger, NOW - timedelta(hours=9), requests=1, loaded_at=NOW)
    assert ask()["p2p_sweep_requests_total"] == 11
    assert ask()["p2p_sweep_requests_total"] == 11


def test_ever_new_error_types_do_not_make_ever_more_series(ledger: Any, ask: Any) -> None:
    add_batch(ledger, NOW, errors={f"type {number}": 1 for number in range(60)})
    told = ask()
    of_errors = {name: value for name, value in told.items() if name.startswith("p2p_sweep_errors_total")}
    assert len(of_errors) == 21
    assert sum(of_errors.values()) == 60


def test_checks_are_told_with_their_newest_outcome(ledger: Any, ask: Any) -> None:
    first = add_batch(ledger, NOW - timedelta(minutes=14))
    second = add_batch(ledger, NOW - timedelta(minutes=4))
    add_check(ledger, first, "completeness", passed=True, value=1.0)
    add_check(ledger, second, "completeness", passed=False, value=0.9)
    told = ask()
    assert told['p2p_quality_check_passed{metric="completeness",venue="binance",worker="1"}'] == 0
    assert told['p2p_quality_check_value{metric="completeness",venue="binance",worker="1"}'] == 0.9


def test_a_worker_whose_check_passes_does_not_hide_one_whose_check_fails(ledger: Any, ask: Any) -> None:
    for worker in (1, 2):
        batch = add_batch(ledger, NOW - timedelta(minutes=5 - worker), worker=worker, workers=2)
        for name in ("completeness", "freshness"):
            add_check(ledger, batch, name, passed=worker == 2)
    told = {name: value for name, value in ask().items() if name.startswith("p2p_quality_check_passed")}
    assert told == {
        'p2p_quality_check_passed{metric="completeness",venue="binance",worker="1"}': 0,
        'p2p_quality_check_passed{metric="completeness",venue="binance",worker="2"}': 1,
        # True of now: whichever worker's batch was the newest.
        'p2p_quality_check_passed{metric="freshness",venue="binance",worker=""}': 1,
    }


def test_sizes_are_by_table_not_by_partition(ledger: Any, ask: Any) -> None:
    add_batch(ledger, NOW)
    told = ask()
    assert told["p2p_warehouse_database_size_bytes"] > 1_000_000
    assert told['p2p_warehouse_size_bytes{relation="ops_batch_runs"}'] > 0
    assert told['p2p_warehouse_size_bytes{relation="offer_versions"}'] > 0
    assert not [name for name in told if "offer_versions_open" in name]


def test_an_empty_warehouse_and_no_raw_store_are_no_error(ask: Any) -> None:
    told = ask()
    assert told["p2p_warehouse_up"] == 1
    assert told["p2p_offers_open"] == 0
    assert told["p2p_sweep_requests_total"] == 0
    assert not [name for name in told if name.startswith("p2p_sweep_age_seconds")]


def report_capture(report: SweepReport, what: str, moment: datetime) -> Capture:
    text = report.started_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return Capture(
        snapshot_id=f"{report.venue}.sweeps:{what}:{text}",
        ordinal=0,
        purpose=Purpose.SWEEP_REPORT,
        source=Source.SIMULATED,
        outcome=Outcome.OK,
        detail=None,
        venue=report.venue,
        asset=None,
        fiat=None,
        side=None,
        page=None,
        slot=int(report.started_at.timestamp() // 30),
        requested_at=moment,
        received_at=moment,
        elapsed_milliseconds=0.0,
        method="",
        url="",
        request=None,
        status=None,
        body=orjson.dumps(report.to_json()),
    )


def test_what_the_raw_store_has_and_the_warehouse_has_not_is_pending(ledger: Any, ask: Any, data_folder: Path) -> None:
    store = RawStore(data_folder)
    loaded_end = NOW - timedelta(minutes=14)
    add_batch(ledger, loaded_end, seconds=300)
    for ended_at in (loaded_end, NOW - timedelta(minutes=4)):
        started_at = ended_at - timedelta(seconds=300)
        started_at = started_at.replace(microsecond=started_at.microsecond // 1000 * 1000)
        report = SweepReport(batch_id_of(started_at), "binance", SweepStatus.COMPLETE, started_at, ended_at)
        store.append([report_capture(report, "begun", started_at)])
        store.append([report_capture(report, "ended", ended_at)])
    killed, running = NOW - timedelta(hours=1), NOW - timedelta(minutes=1)
    for began in (killed, running):
        whole = began.replace(microsecond=began.microsecond // 1000 * 1000)
        begun = SweepReport(batch_id_of(whole), "binance", SweepStatus.INTERRUPTED, whole, whole)
        store.append([report_capture(begun, "begun", whole)])
    told = ask()
    assert told[f"p2p_raw_sweep_age_seconds{WORKER}"] == pytest.approx(240, abs=0.01)
    assert told[f"p2p_sweep_running_seconds{WORKER}"] == pytest.approx(60, abs=0.01)
    # The one that ended and the one that was killed; neither the loaded one nor the one that runs.
    assert told["p2p_load_pending_batches"] == 2
    assert told["p2p_data_folder_free_bytes"] > 0


def test_without_postgres_a_scrape_still_answers_within_a_second(data_folder: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"postgresql://p2p:hidden-word@127.0.0.1:{unused.getsockname()[1]}/p2p"
    registry = build_registry(DataPaths(data_folder), lambda: WarehouseServer(url, is_embedded=False))
    began = time.monotonic()
    told = values(generate_latest(registry).decode())
    assert time.monotonic() - began < 1
    assert told["p2p_warehouse_up"] == 0
    assert told['p2p_exporter_source_up{source="raw"}'] == 1


def test_a_server_that_accepts_and_never_answers_holds_up_nobody(
    data_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://p2p:hidden-word@127.0.0.1:{silent.getsockname()[1]}/p2p?connect_timeout=2"
        registry = build_registry(DataPaths(data_folder), lambda: WarehouseServer(url, is_embedded=False))
        for _ in range(2):
            began = time.monotonic()
            told = values(generate_latest(registry).decode())
            assert time.monotonic() - began < 1
            assert told["p2p_warehouse_up"] == 0
    assert [record.getMessage() for record in caplog.records] == ["warehouse can't be read: it did not answer in time"]


def test_dagsters_numbers_are_told_and_a_dagster_that_hangs_is_left_out(
    warehouse: WarehouseServer, data_folder: Path
) -> None:
    numbers = DagsterNumbers({"sensor": NOW - timedelta(seconds=90)}, {"queued": 3}, {"failure": 1})
    paths = DataPaths(data_folder)
    told = values(
        generate_latest(
            build_registry(paths, lambda: warehouse, lambda: numbers, patience_seconds=20, clock=lambda: NOW)
        ).decode()
    )
    assert told['p2p_dagster_daemon_heartbeat_age_seconds{daemon="sensor"}'] == 90
    assert told['p2p_dagster_runs{status="queued"}'] == 3
    assert told['p2p_dagster_runs_finished_24h{status="failure"}'] == 1

    released = threading.Event()

    def hangs() -> DagsterNumbers:
        released.wait(30)
        return numbers

    try:
        told = values(
            generate_latest(
                build_registry(paths, lambda: warehouse, hangs, patience_seconds=2, clock=lambda: NOW)
            ).decode()
        )
    finally:
        released.set()
    assert told['p2p_exporter_source_up{source="dagster"}'] == 0
    assert told["p2p_warehouse_up"] == 1
    assert not [name for name in told if name.startswith("p2p_dagster_")]


def test_every_metric_is_described_and_named_with_its_unit() -> None:
    units = ("_seconds", "_ms", "_bytes", "_ratio", "_total", "_info", "_up", "_per_minute")
    counted = re.compile(
        r"_(due|complete|failures|offers|open|passed|value|events|live|wanted|alive|quarantined|running|died|symbols|stale"
        r"|reconnects|usdt|batches(_24h)?|runs(_finished_24h)?)$"
    )
    for described in CATALOGUE:
        assert described.name.endswith(units) or counted.search(described.name), described.name
        assert described.says.endswith("."), described.name
    assert len(BY_NAME) == len(CATALOGUE)


def test_the_endpoint_serves_them_over_http(ledger: Any, warehouse: WarehouseServer, data_folder: Path) -> None:
    add_batch(ledger, NOW)
    server, thread = start_http_server(0, "127.0.0.1", build_registry(DataPaths(data_folder), lambda: warehouse))
    try:
        answer = httpx.get(f"http://127.0.0.1:{server.server_port}/metrics")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert answer.status_code == 200
    assert "p2p_sweep_age_seconds" in answer.text
