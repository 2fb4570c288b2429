"""Everything there is to tell, gathered at the moment Prometheus asks, in less than a second whatever hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.hot_store.board_file import BoardFile
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.monitoring.catalogue import Sample, families
from p2p_pipeline.monitoring.counting import TotalsSource
from p2p_pipeline.monitoring.dagster_numbers import DagsterNumbers, dagster_samples
from p2p_pipeline.monitoring.exchange_numbers import exchange_samples
from p2p_pipeline.monitoring.in_time import InTime
from p2p_pipeline.monitoring.paper_numbers import PaperNumbers, paper_samples, read_paper
from p2p_pipeline.monitoring.raw_numbers import RawNumbers, RawWatcher, pending_since, raw_samples
from p2p_pipeline.monitoring.warehouse_numbers import WarehouseNumbers, read_sizes, read_warehouse, warehouse_samples
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer

PATIENCE_SECONDS = 0.8
"""Of a scrape, for all sources together."""
SIZES_EVERY_SECONDS = 60.0
TOTALS_FILE = "metrics_totals.json"


@dataclass
class WarehouseSource:
    """Reads the warehouse with a connection of its own each time: a restarted server is found again by itself."""

    open_server: Callable[[], WarehouseServer]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _sizes: list[Sample] = field(default_factory=list)
    _sizes_at: float = 0.0

    def answers(self) -> bool:
        """True where it answers a question that costs nothing. Raises WarehouseError or psycopg.Error."""
        with connect(self.open_server(), program="p2p metrics", autocommit=True, patience_seconds=0) as connection:
            return connection.execute("SELECT 1").fetchone() is not None

    def read(self) -> tuple[WarehouseNumbers, list[Sample]]:
        """The numbers, and the samples of the sizes. Raises WarehouseError or psycopg.Error."""
        now = self.clock()
        with connect(self.open_server(), program="p2p metrics", autocommit=True, patience_seconds=0) as connection:
            numbers = read_warehouse(connection, now, pending_since=pending_since(now))
            if not self._sizes or time.monotonic() - self._sizes_at > SIZES_EVERY_SECONDS:
                self._sizes, self._sizes_at = read_sizes(connection), time.monotonic()
        return numbers, self._sizes


class P2PCollector(Collector):
    """What the registry asks at each scrape."""

    def __init__(
        self,
        warehouse: WarehouseSource,
        totals: TotalsSource,
        raw: RawWatcher,
        dagster: Callable[[], DagsterNumbers] | None = None,
        *,
        newest_board: Callable[[], Board | None] = lambda: None,
        read_sessions: Callable[[datetime], PaperNumbers | None] = lambda _: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._is_up = InTime("warehouse", warehouse.answers)
        self._warehouse = InTime("the warehouse's numbers", warehouse.read)
        self._totals = InTime("the warehouse's totals", totals.read)
        self._raw: InTime[RawNumbers] = InTime("raw store", lambda: raw.read(clock()))
        self._dagster = None if dagster is None else InTime("dagster", dagster)
        # In a tuple: that there is no board is an answer too.
        self._board: InTime[tuple[Board | None]] = InTime("exchanges", lambda: (newest_board(),))
        self._sessions: InTime[tuple[PaperNumbers | None]] = InTime("paper", lambda: (read_sessions(clock()),))
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._one_at_a_time = threading.Lock()

    def collect(self) -> Iterator[Metric]:
        """Ask every source at the same time and tell what came in time."""
        with self._one_at_a_time:
            return iter(list(families(self._samples())))

    def _samples(self) -> list[Sample]:
        began = time.monotonic()
        deadline = began + self._patience_seconds
        asked_if_up, asked_raw = self._is_up.ask(), self._raw.ask()
        asked_board, asked_sessions = self._board.ask(), self._sessions.ask()
        asked_dagster = None if self._dagster is None else self._dagster.ask()
        is_up = self._is_up.answer(asked_if_up, deadline) is not None
        found, totals = self._of_warehouse(deadline) if is_up else (None, None)
        raw = self._raw.answer(asked_raw, deadline)
        now = self._clock()
        samples = [
            Sample("p2p_build_info", 1, (version("p2p-pipeline"),)),
            Sample("p2p_warehouse_up", float(is_up)),
            Sample("p2p_exporter_source_up", float(found is not None), ("warehouse",)),
            Sample("p2p_exporter_source_up", float(totals is not None), ("totals",)),
            Sample("p2p_exporter_source_up", float(raw is not None), ("raw",)),
        ]
        loaded_ids = None
        if found is not None:
            numbers, sizes = found
            loaded_ids = numbers.loaded_ids
            samples += [*warehouse_samples(numbers, now), *sizes]
        samples += totals or []
        if raw is not None:
            samples += raw_samples(raw, loaded_ids, now)
        samples += self._of_exchanges(asked_board, deadline, now)
        samples += self._of_sessions(asked_sessions, deadline, now)
        if self._dagster is not None and asked_dagster is not None:
            told = self._dagster.answer(asked_dagster, deadline)
            samples.append(Sample("p2p_exporter_source_up", float(told is not None), ("dagster",)))
            samples += [] if told is None else dagster_samples(told, now)
        samples.append(Sample("p2p_exporter_scrape_seconds", time.monotonic() - began))
        return samples

    def _of_exchanges(self, asked: Future[tuple[Board | None]], deadline: float, now: datetime) -> list[Sample]:
        told = self._board.answer(asked, deadline)
        if told is not None and told[0] is None:
            return []
        is_up = Sample("p2p_exporter_source_up", float(told is not None), ("exchanges",))
        return [is_up] if told is None or told[0] is None else [is_up, *exchange_samples(told[0], now)]

    def _of_sessions(self, asked: Future[tuple[PaperNumbers | None]], deadline: float, now: datetime) -> list[Sample]:
        told = self._sessions.answer(asked, deadline)
        if told is not None and told[0] is None:
            return []
        is_up = Sample("p2p_exporter_source_up", float(told is not None), ("paper",))
        return [is_up] if told is None or told[0] is None else [is_up, *paper_samples(told[0], now)]

    def _of_warehouse(
        self, deadline: float
    ) -> tuple[tuple[WarehouseNumbers, list[Sample]] | None, list[Sample] | None]:
        # Each for itself: a ledger of which much is still to be counted is no reason to tell nothing of the sweeps.
        asked_numbers, asked_totals = self._warehouse.ask(), self._totals.ask()
        return self._warehouse.answer(asked_numbers, deadline), self._totals.answer(asked_totals, deadline)


def build_registry(
    paths: DataPaths,
    open_server: Callable[[], WarehouseServer],
    dagster: Callable[[], DagsterNumbers] | None = None,
    *,
    keeps_totals: bool = True,
    patience_seconds: float = PATIENCE_SECONDS,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> CollectorRegistry:
    """A registry of its own, with nothing in it but this program's metrics."""
    warehouse = WarehouseSource(open_server, clock)
    totals = TotalsSource(open_server, paths.state / TOTALS_FILE, keeps_totals, patience_seconds / 2)
    raw = RawWatcher(paths.root)
    board = BoardFile(paths)
    collector = P2PCollector(
        warehouse,
        totals,
        raw,
        dagster,
        newest_board=board.newest,
        read_sessions=lambda now: read_paper(paths, now),
        clock=clock,
        patience_seconds=patience_seconds,
    )
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return registry
