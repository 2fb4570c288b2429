"""A warehouse filled on both sides of a midnight."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from psycopg import Connection

from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.quality.warehouse import made_batches
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import SIDES, STEP, made_offer, made_read, sound_batch

DAY = made_batches.START.date()
NEXT = DAY + timedelta(days=1)
MIDNIGHT_STEP = 72
"""Of twelve hours: the first of the next day."""


@contextmanager
def two_days(server: WarehouseServer) -> Iterator[Connection[Any]]:
    """Three sweeps on one day, one over midnight, one on the next day that no longer sees most offers of the first."""
    with connect(server, autocommit=True) as connection:
        for step in range(3):
            load_batch(connection, sound_batch(step))
        for step in (MIDNIGHT_STEP - 1, MIDNIGHT_STEP):
            moment = made_batches.START + step * STEP
            late = timedelta(minutes=9, seconds=59) if step < MIDNIGHT_STEP else timedelta()
            reads = [made_read(side, moment + late, [made_offer(side, number) for number in (5, 6)]) for side in SIDES]
            load_batch(connection, sound_batch(step, reads))
        yield connection


def rows_of(connection: Connection[Any], day: date) -> list[tuple[Any, ...]]:
    """What the contract's views show of the batches of a day."""
    return connection.execute(
        "SELECT offer_external_id, batch_id, price, max_limit, completion_rate, terms, payment_method_id, is_primary "
        "FROM fact_offers JOIN fact_offer_payment_methods USING (batch_id, offer_id) "
        "JOIN ops_batch_runs USING (batch_id) WHERE (batch_start_time AT TIME ZONE 'UTC')::date = %s ORDER BY 1, 2, 7",
        [day],
    ).fetchall()


def count(connection: Connection[Any], query: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM {query}").fetchone()
    assert found is not None
    return int(found[0])
