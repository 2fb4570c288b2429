"""A service over a small data folder and a warehouse that has taken in three sweeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from p2p_pipeline.exchanges.warehouse.migrate import ready_schema
from p2p_pipeline.exchanges.warehouse.signals import Waiting, load_signals
from p2p_pipeline.exchanges.warehouse.strategy import keep_strategy
from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.p2p.warehouse.views import refresh_views
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.exchanges.example_board import example_board
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import START, STEP, made_offer, made_read, sound_batch
from p2p_pipeline_tests.web.serving import NOON, client_of, edges_over

STEPS = (0, 2, 8)
"""Of ten minutes; the last is in the second hour."""
NOW = START + STEPS[-1] * STEP + timedelta(minutes=12)
RATES = """
    INSERT INTO reference_rates (currency_code, rate_date, units_per_usd, source)
    VALUES (%s, '2026-08-01', %s, 'bank') ON CONFLICT DO NOTHING
"""


def load_sweeps(server: WarehouseServer, steps: Iterable[int] = STEPS) -> None:
    """Load them and bring the views up to date; of two fiats a bank says what a dollar is worth."""
    with connect(server) as connection:
        for step in steps:
            load_batch(connection, sound_batch(step))
        connection.cursor().executemany(RATES, [("RUB", 80), ("BOB", 100)])
        connection.commit()
        refresh_views(connection, is_everything=True)


def load_signals_of_a_scan(server: WarehouseServer) -> None:
    """What PostgreSQL keeps of the exchanges after one scan of the service."""
    ready_schema(server)
    waiting = Waiting()
    waiting.add(example_board(NOON))
    with connect(server) as connection:
        load_signals(connection, waiting)
        keep_strategy(connection, {"min_net_edge_pct": "0.1"}, "ann@host", NOON)
        connection.commit()


def load_reads(server: WarehouseServer, sweeps: Mapping[int, Iterable[MarketSide]]) -> None:
    """Load sweeps that read only some market sides, ten offers each, by their steps."""
    with connect(server) as connection:
        for step, sides in sweeps.items():
            moment = START + step * STEP
            reads = [made_read(side, moment, [made_offer(side, number) for number in range(10)]) for side in sides]
            load_batch(connection, sound_batch(step, reads))
        connection.commit()
        refresh_views(connection, is_everything=True)


@contextmanager
def asking_of(
    folder: Path, server: WarehouseServer, patching: pytest.MonkeyPatch, later: timedelta = timedelta()
) -> Iterator[TestClient]:
    """Asks a service over both, minutes after the last sweep, or so much later."""
    patching.setenv("P2P_POSTGRES_URL", server.url)
    with client_of(edges_over(folder, NOW + later)) as asking:
        yield asking
