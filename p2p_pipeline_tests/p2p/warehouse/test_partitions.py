"""The days of the fact tables: made ahead, made once, made without anybody waiting."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.settings_warehouse import WarehouseSettings
from p2p_pipeline.p2p.warehouse.migrate import ready_warehouse
from p2p_pipeline.p2p.warehouse.partitions import (
    DAILY_TABLES,
    day_of_partition,
    ensure_ahead,
    ensure_partitions,
    partition_days,
)
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import load_sound

TODAY = date(2026, 11, 21)


def test_today_and_the_days_ahead_are_made_in_every_daily_table(warehouse_on_both: WarehouseServer) -> None:
    with connect(warehouse_on_both) as connection:
        made = ensure_ahead(connection, TODAY, 7)
        assert len(made) == 8 * len(DAILY_TABLES)
        assert "fact_market_depth_2026_11_21" in made
        assert "offer_gaps_2026_11_28" in made
        expected = [TODAY + timedelta(days=number) for number in range(8)]
        assert partition_days(connection) == {table.name: expected for table in DAILY_TABLES}


def test_what_is_there_is_found_with_one_query(warehouse: WarehouseServer) -> None:
    with connect(warehouse) as connection:
        ensure_ahead(connection, TODAY, 7)
        connection.commit()
    with connect(warehouse, autocommit=True) as connection:
        # A read-only transaction would refuse to make, to lock for a change, to write anything.
        connection.read_only = True
        assert ensure_ahead(connection, TODAY, 7) == []
        assert ensure_partitions(connection, [TODAY]) == []


@pytest.mark.parametrize(
    ("table", "columns", "moment_column"),
    [
        ("offer_gaps", "offer_id, batch_start_time", "batch_start_time"),
        ("offer_statistics", "offer_id, valid_from, valid_to", "valid_to"),
    ],
)
def test_a_day_goes_from_midnight_to_midnight_in_utc(
    warehouse_on_both: WarehouseServer, table: str, columns: str, moment_column: str
) -> None:
    first, last = datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 21, 23, 59, 59, 999999, UTC)
    with connect(warehouse_on_both) as connection:
        # Whoever makes them may show times in another zone.
        connection.execute("SET timezone = 'Asia/Kathmandu'")
        ensure_partitions(connection, [TODAY])
        values = "(%s, %s)" if table == "offer_gaps" else "(%s, '-infinity', %s)"
        for number, moment in enumerate((first, last)):
            connection.execute(f"INSERT INTO {table} ({columns}) VALUES {values}", [number, moment])
        assert connection.execute(f"SELECT count(*) FROM {table}_2026_11_21").fetchone() == (2,)
        for moment in (first - timedelta(microseconds=1), last + timedelta(microseconds=1)):
            with pytest.raises(psycopg.errors.CheckViolation, match="no partition"), connection.transaction():
                connection.execute(f"INSERT INTO {table} ({columns}) VALUES {values}", [9, moment])


def test_a_partition_has_what_its_table_has(warehouse_on_both: WarehouseServer) -> None:
    with connect(warehouse_on_both) as connection:
        ensure_partitions(connection, [TODAY])
        for table in DAILY_TABLES:
            for query in (
                "SELECT count(*) FROM pg_indexes WHERE tablename = %s",
                "SELECT count(*) FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'p', 'f')",
            ):
                whole, part = (
                    connection.execute(query, [name]).fetchone() for name in (table.name, table.partition(TODAY))
                )
                assert whole == part, table.name


def test_several_at_once_make_each_day_once(warehouse_on_both: WarehouseServer) -> None:
    made: list[str] = []
    troubles: list[Exception] = []

    def make() -> None:
        try:
            with connect(warehouse_on_both) as connection:
                made.extend(ensure_ahead(connection, TODAY, 3))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in the thread is the test's failure
            troubles.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert len(made) == len(set(made)) == 4 * len(DAILY_TABLES)


def test_neither_a_reader_nor_a_writer_is_waited_for(warehouse_on_both: WarehouseServer) -> None:
    with connect(warehouse_on_both) as busy, connect(warehouse_on_both) as maker:
        ensure_partitions(maker, [TODAY])
        maker.commit()
        busy.execute("SELECT count(*) FROM fact_offers")
        busy.execute("INSERT INTO offer_gaps (batch_start_time, offer_id) VALUES ('2026-11-21 12:00Z', 1)")
        maker.execute("SET lock_timeout = '100ms'")
        assert ensure_partitions(maker, [TODAY + timedelta(days=1)])


def test_what_is_rolled_back_is_not_there(warehouse: WarehouseServer) -> None:
    with connect(warehouse) as connection:
        ensure_partitions(connection, [TODAY])
        connection.rollback()
        assert partition_days(connection) == {table.name: [] for table in DAILY_TABLES}
        assert ensure_partitions(connection, [TODAY])


def test_the_planner_learns_once_a_day_what_the_tables_hold_as_a_whole(
    warehouse_on_both: WarehouseServer, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("P2P_POSTGRES_URL", warehouse_on_both.url)
    known = "SELECT count(*) FROM pg_stats WHERE tablename = 'fact_market_depth' AND inherited"
    with connect(warehouse_on_both, autocommit=True) as connection:
        load_sound(connection, [0])
        assert connection.execute(known).fetchone() == (0,)
        ready_warehouse(DataPaths(data_folder), WarehouseSettings())
        assert connection.execute(known).fetchone() != (0,)
        when = "SELECT last_analyze FROM pg_stat_user_tables WHERE relname = 'fact_market_depth'"
        first = connection.execute(when).fetchone()
        ready_warehouse(DataPaths(data_folder), WarehouseSettings())
        assert connection.execute(when).fetchone() == first


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_partition_s_name_tells_its_day(day: date) -> None:
    for table in DAILY_TABLES:
        assert day_of_partition(table.name, table.partition(day)) == day
    assert day_of_partition("offer_versions", "offer_versions_open") is None
