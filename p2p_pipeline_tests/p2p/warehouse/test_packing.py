"""Days that are over take less room, and read and load as before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection

from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.p2p.warehouse.locks import WarehouseLock, is_held
from p2p_pipeline.p2p.warehouse.packing import PackReport, pack_closed_days
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.warehouse.simulated_market import SimulatedMarket, batch_of_reads
from p2p_pipeline_tests.p2p.warehouse.two_days import rows_of

START = datetime(2026, 10, 21, 2, tzinfo=UTC)
DAY = START.date()
TODAY = DAY + timedelta(days=2)


def sweep_some(connection: Connection[Any], numbers: range) -> None:
    """Sweeps of one day, half an hour apart."""
    market = SimulatedMarket(1_500, fiats=("USD",))
    for number in numbers:
        start = START + timedelta(minutes=30) * number
        load_batch(connection, batch_of_reads(start, list(market.reads(start))))


def grow(connection: Connection[Any], first: int = 1_000_000) -> None:
    """Thousands of spans that ended on the day, in no order, a few at a time: so an index grows in its middle."""
    for turn in range(8):
        connection.execute(
            "INSERT INTO offer_statistics SELECT %(start)s, %(start)s + interval '1 hour', number, 1, 1 "
            "FROM generate_series(%(first)s::int, %(first)s + 20000, 8) AS number ORDER BY md5(number::text)",
            {"start": START, "first": first + turn},
        )


def packed(connection: Connection[Any]) -> list[str]:
    """The packed indexes, by name."""
    found = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'i' AND obj_description(oid, 'pg_class') LIKE 'Packed to %'"
    ).fetchall()
    return [name for (name,) in found]


def test_a_day_that_is_over_takes_less_room_and_reads_as_before(warehouse_on_both: WarehouseServer) -> None:
    with connect(warehouse_on_both, autocommit=True) as connection:
        sweep_some(connection, range(6))
        grow(connection)
        before = rows_of(connection, DAY)
        assert pack_closed_days(connection, DAY + timedelta(days=1)) == PackReport(), "its sweeps may still come"
        report = pack_closed_days(connection, TODAY)
        assert report.indexes == len(packed(connection)) >= 6
        assert report.bytes_after < 0.9 * report.bytes_before
        assert {name for name in packed(connection) if f"{DAY:%Y_%m_%d}" not in name} == set()
        assert rows_of(connection, DAY) == before
        assert pack_closed_days(connection, TODAY) == PackReport(), "once is enough"
        grow(connection, 2_000_000)
        assert pack_closed_days(connection, TODAY).indexes == 1, "what grew since is packed again"
        sweep_some(connection, range(45, 46))
    with connect(warehouse_on_both, autocommit=True) as connection:
        # Without nested loops, which read a table once for each row where no index helps.
        for way in ("indexscan", "indexonlyscan", "bitmapscan", "nestloop"):
            connection.execute(f"SET enable_{way} = off")
        assert rows_of(connection, DAY) == before, "the indexes say what the tables say"


def test_one_process_packs_at_a_time(warehouse: WarehouseServer) -> None:
    with connect(warehouse, autocommit=True) as first, connect(warehouse, autocommit=True) as second:
        sweep_some(first, range(2))
        with is_held(first, WarehouseLock.PACKING) as is_ours:
            assert is_ours
            assert pack_closed_days(second, TODAY) == PackReport()
        assert pack_closed_days(second, TODAY).indexes


def test_a_long_transaction_postpones_it_and_what_it_left_behind_goes(warehouse: WarehouseServer) -> None:
    with connect(warehouse, autocommit=True) as connection:
        sweep_some(connection, range(2))
        with connect(warehouse) as reader:
            reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            before = rows_of(reader, DAY)
            report = pack_closed_days(connection, TODAY, patience_seconds=0.3)
            assert report.is_postponed
            assert rows_of(reader, DAY) == before
        assert _abandoned(connection), "PostgreSQL leaves a half-made index behind"
        report = pack_closed_days(connection, TODAY)
        assert (report.indexes, report.is_postponed) == (len(packed(connection)), False)
        assert _abandoned(connection) == []
        assert rows_of(connection, DAY) == before


def _abandoned(connection: Connection[Any]) -> list[Any]:
    return connection.execute("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid").fetchall()
