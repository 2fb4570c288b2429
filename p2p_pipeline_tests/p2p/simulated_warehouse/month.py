"""Thirty full days of the simulated market in a warehouse: `python -m p2p_pipeline_tests.p2p.simulated_warehouse DIR`.

Two processes simulate a fiat at a time, then write a day at a time: about ten minutes for the full market.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psycopg

from p2p_pipeline.p2p.simulator.catalogue import Catalogue, CatalogueOptions
from p2p_pipeline.p2p.simulator.currencies import FIATS
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.simulated_warehouse.fill import Months, prepare, write_day, write_open
from p2p_pipeline_tests.p2p.simulated_warehouse.states import FiatHistory, write_fiat

SWEEP_SECONDS = 600
PROCESSES = 2
_OPTIONS = "-c timezone=UTC -c synchronous_commit=off"

# About as many as a sweep of the real venue brings when one request in a thousand fails.
_ERRORS = """
    INSERT INTO ops_extraction_errors (
        batch_id, error_timestamp, fiat_code, crypto_symbol, trade_type, page_number, error_type, error_message,
        retry_count, is_resolved
    )
    SELECT
        batch.batch_id, batch.batch_start_time + number * interval '30 seconds', fiat.currency_code, 'USDT', 'BUY', 1,
        CASE chance % 3 WHEN 0 THEN 'timeout' WHEN 1 THEN 'rate_limited' ELSE 'network' END, 'simulated', 0,
        chance % 10 > 0
    FROM ops_batch_runs AS batch
    CROSS JOIN generate_series(1, 8) AS number
    CROSS JOIN LATERAL (SELECT abs(hashint8(batch.batch_id + number)::bigint) AS chance) AS drawn
    JOIN (SELECT currency_code, row_number() OVER (ORDER BY fiat_id) - 1 AS place, count(*) OVER () AS fiats
          FROM dim_fiat_currencies) AS fiat ON fiat.place = chance / 7 % fiat.fiats
"""


@dataclass(frozen=True, slots=True)
class MonthPlan:
    """How much is simulated."""

    days: int = 30
    total_offers: int = 55_000
    first_day: datetime = datetime(2026, 10, 21, tzinfo=UTC)
    fiats: tuple[str, ...] = tuple(FIATS)
    seed: int = 1

    @property
    def moments(self) -> np.typing.NDArray[np.float64]:
        """When sweeps begin, in seconds since 1970."""
        count = int(timedelta(days=self.days).total_seconds()) // SWEEP_SECONDS
        return self.first_day.timestamp() + SWEEP_SECONDS * np.arange(count, dtype=np.float64)


def fill_month(server: WarehouseServer, plan: MonthPlan, tell: Callable[[str], None] = print) -> None:
    """Simulate and write it into an empty, migrated warehouse."""
    began = time.perf_counter()

    def say(what: str) -> None:
        tell(f"{time.perf_counter() - began:7.1f} s  {what}")

    with TemporaryDirectory(prefix="p2p-month-") as folder:
        histories = _simulate(plan, Path(folder))
    say(f"simulated {sum(len(one.versions) for one in histories):,} versions of offers")
    with psycopg.connect(server.url, options=_OPTIONS) as connection:
        months = prepare(connection, histories, plan.moments)
        connection.execute(_ERRORS)
    say("dimensions and batches written")
    _work.update(url=server.url, months=months)
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("fork")) as pool:
        for day in pool.map(_write_one, months.sweeps.days):
            say(f"{day} written")
    with psycopg.connect(server.url, options=_OPTIONS, autocommit=True) as connection:
        write_open(connection, months)
        # What autovacuum would have done meanwhile.
        connection.execute("VACUUM (ANALYZE)")
    say("vacuumed and analyzed")


_work: dict[str, object] = {}
"""Handed to the forked processes without being copied."""


def _write_one(day: tuple[object, int, int]) -> object:
    months, url = _work["months"], str(_work["url"])
    assert isinstance(months, Months)
    with psycopg.connect(url, options=_OPTIONS) as connection:
        write_day(connection, months, day[1], day[2])
    return day[0]


def _simulate(plan: MonthPlan, folder: Path) -> Sequence[FiatHistory]:
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        paths = list(pool.map(_simulate_one, [(plan, fiat, folder) for fiat in plan.fiats]))
    return [pickle.loads(path.read_bytes()) for path in paths]


def _simulate_one(what: tuple[MonthPlan, str, Path]) -> Path:
    plan, fiat, folder = what
    catalogue = Catalogue(CatalogueOptions(seed=plan.seed, total_offers=plan.total_offers))
    path = folder / f"{fiat}.pickle"
    path.write_bytes(pickle.dumps(write_fiat(catalogue, fiat, plan.moments)))
    return path
