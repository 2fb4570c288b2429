"""What the metrics say of the exchanges: what the newest board says, and nothing where no service ever ran."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from p2p_pipeline.exchanges.hot_store.board_file import BoardFile
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.monitoring.exposition import build_registry
from p2p_pipeline.postgres.server import WarehouseError, WarehouseServer
from p2p_pipeline_tests.exchanges.boards import AT, board, health, seen, spatial


def no_warehouse() -> WarehouseServer:
    raise WarehouseError("there is none")


def told(folder: Path) -> dict[tuple[str, ...], float]:
    """Name and values of labels to the number."""
    registry = build_registry(DataPaths(folder), no_warehouse, clock=lambda: AT + timedelta(seconds=10))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_the_newest_board_is_told_scan_by_scan_and_exchange_by_exchange(tmp_path: Path) -> None:
    exchanges = (health(gaps=3, reconnects=2), health("xt", "unreachable", lag_ms=None, clock_offset_ms=None))
    BoardFile(DataPaths(tmp_path)).publish(board(1, [seen(spatial())], exchanges=exchanges))
    numbers = told(tmp_path)
    assert numbers["scan_age_seconds",] == 5
    assert numbers["scan_cycles_skipped_total",] == 2
    assert numbers["scan_jitter_ms",] == 1.25
    assert numbers["opportunities_alive",] == 1
    assert numbers["opportunities_quarantined",] == 1
    assert ("opportunities_detected_per_minute",) in numbers
    assert numbers["scan_pairs_rejected_total", "book_stale"] == 12
    assert numbers["md_lag_ms", "binance"] == 12.5
    assert ("md_lag_ms", "xt") not in numbers
    assert numbers["orderbook_gap_events", "binance"] == 3
    assert numbers["ws_reconnects_total", "binance"] == 2
    assert numbers["orderbooks_live", "xt"] == 40
    assert numbers["p2p_exporter_source_up", "exchanges"] == 1


def test_where_no_service_ever_ran_nothing_is_said_of_exchanges(tmp_path: Path) -> None:
    names = {name for name, *_ in told(tmp_path)}
    assert not {name for name in names if not name.startswith("p2p_")}
    assert ("p2p_exporter_source_up", "exchanges") not in told(tmp_path)
