"""What judging a full market's batch costs: `python -m p2p_pipeline_tests.benchmarks.bench_quality [OFFERS] [BATCHES]`.

Seconds of CPU, for wall clock says little on a machine with company: of this process, and of PostgreSQL's for it.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psutil

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.quality.warehouse.batch import Connection
from p2p_pipeline.p2p.quality.warehouse.expectations import validate_tables
from p2p_pipeline.p2p.quality.warehouse.judging import WAREHOUSE_JUDGES, judged_batch
from p2p_pipeline.p2p.quality.warehouse.rules import WAREHOUSE_RULES
from p2p_pipeline.p2p.settings_warehouse import WarehouseSettings
from p2p_pipeline.p2p.simulator.catalogue import FULL_MARKET_OFFERS
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.p2p.warehouse.migrate import migrate
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import open_server
from p2p_pipeline_tests.p2p.warehouse.simulated_market import FIRST_SWEEP, SimulatedMarket, batch_of_reads

_STEP = timedelta(minutes=10)


def main(offers: int = FULL_MARKET_OFFERS, batches: int = 8) -> None:
    """Load some batches of the simulated market and judge the newest by every rule."""
    market = SimulatedMarket(offers)
    with tempfile.TemporaryDirectory() as folder:
        server = open_server(DataPaths(Path(folder)), {})
        migrate(server)
        with connect(server) as connection:
            for number in range(batches):
                reads = list(market.reads(FIRST_SWEEP + number * _STEP))
                newest = load_batch(connection, batch_of_reads(FIRST_SWEEP + number * _STEP, reads))
            connection.execute("ANALYZE")
            connection.commit()
            now = FIRST_SWEEP + batches * _STEP
            batch = judged_batch(connection, newest.batch_id, WarehouseSettings(), now, raw=lambda: reads)
            _say(f"{newest.offers_extracted:,} offers of {len(reads)} market sides, {batches} batches loaded")
            _say(f"{'rule':<28}{'CPU s':>8}{'server s':>10}{'wall s':>8}  outcome")
            for rule in WAREHOUSE_RULES:
                if not rule.needs_url:
                    _tell(rule.name, connection, lambda name=rule.name: WAREHOUSE_JUDGES[name](batch).observed)  # type: ignore[misc]
            for again in ("with its import", "again"):
                _tell(
                    f"table_expectations, {again}",
                    connection,
                    lambda: f"{sum(len(t.failed) for t in validate_tables(server.url, newest.batch_id))} do not hold",
                )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _tell(name: str, connection: Connection, work: Callable[[], str]) -> None:
    server = psutil.Process(connection.info.backend_pid)
    before, cpu, wall = sum(server.cpu_times()[:2]), time.process_time(), time.perf_counter()
    said = work()
    connection.commit()
    spent = time.process_time() - cpu
    _say(
        f"{name:<28}{spent:>8.2f}{sum(server.cpu_times()[:2]) - before:>10.2f}{time.perf_counter() - wall:>8.2f}"
        f"  {said[:90]}"
    )


if __name__ == "__main__":
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    main(*map(int, sys.argv[1:]))
