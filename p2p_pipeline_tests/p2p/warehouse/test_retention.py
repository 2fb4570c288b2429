"""Old days leave as a whole, and what stays is as it was."""

from __future__ import annotations

import threading
import time
from datetime import date, timedelta

import pytest

from p2p_pipeline.p2p.warehouse import retention
from p2p_pipeline.p2p.warehouse.partitions import partition_days
from p2p_pipeline.p2p.warehouse.retention import drop_expired, first_kept_day
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import SIDES
from p2p_pipeline_tests.p2p.warehouse.two_days import DAY, NEXT, count, rows_of, two_days


@pytest.mark.parametrize(("keep", "first"), [(0, DAY), (1, DAY - timedelta(days=1)), (30, DAY - timedelta(days=30))])
def test_today_and_as_many_days_before_it_are_kept(keep: int, first: date) -> None:
    assert first_kept_day(DAY, keep) == first


def test_without_a_limit_nothing_is_ever_dropped(warehouse: WarehouseServer) -> None:
    assert first_kept_day(DAY, None) == date.min
    assert first_kept_day(DAY, 10**9) == date.min
    with two_days(warehouse) as connection:
        assert drop_expired(connection, date.max, None).days == ()


def test_a_day_goes_as_a_whole_and_the_next_is_as_it_was(warehouse_on_both: WarehouseServer) -> None:
    with two_days(warehouse_on_both) as connection:
        before = rows_of(connection, NEXT)
        assert before
        report = drop_expired(connection, NEXT, 0)
        assert report.days == (DAY,)
        assert report.postponed == ()
        assert report.batches == 4
        assert rows_of(connection, NEXT) == before
        assert rows_of(connection, DAY) == []
        assert all(day >= NEXT for days in partition_days(connection).values() for day in days)


def test_what_only_the_dropped_days_referred_to_goes_with_them(warehouse_on_both: WarehouseServer) -> None:
    with two_days(warehouse_on_both) as connection:
        report = drop_expired(connection, NEXT, 0)
        assert report.advertisements > 0
        assert report.terms > 0
        assert count(connection, "ops_batch_runs") == 1
        assert count(connection, "ops_extraction_errors") == 1
        assert count(connection, "fact_market_depth") == len(SIDES), "a sweep over midnight goes with its beginning"
        used = "WHERE NOT EXISTS (SELECT FROM offer_versions AS v WHERE v."
        assert count(connection, f"advertisements AS a {used}offer_id = a.offer_id)") == 0
        assert count(connection, f"offer_terms AS t {used}terms_id = t.terms_id)") == 0


def test_dropping_again_changes_nothing(warehouse: WarehouseServer) -> None:
    with two_days(warehouse) as connection:
        drop_expired(connection, NEXT, 0)
        before = rows_of(connection, NEXT)
        assert drop_expired(connection, NEXT, 0) == retention.ExpiryReport()
        assert rows_of(connection, NEXT) == before


def test_a_day_that_is_read_all_the_time_is_postponed_and_its_readers_go_on(warehouse: WarehouseServer) -> None:
    with two_days(warehouse) as connection, connect(warehouse) as reader:
        reader.execute("SELECT count(*) FROM fact_offers")
        report = drop_expired(connection, NEXT, 0, patience_seconds=0.5)
        assert report.days == ()
        assert report.postponed == (DAY,)
        reader.commit()
        assert drop_expired(connection, NEXT, 0).days == (DAY,)


def test_a_reader_never_waits_long_behind_a_drop(warehouse: WarehouseServer) -> None:
    with two_days(warehouse) as connection, connect(warehouse) as busy, connect(warehouse, autocommit=True) as reader:
        busy.execute("SELECT count(*) FROM fact_market_depth")
        dropping = threading.Thread(target=drop_expired, args=(connection, NEXT, 0), kwargs={"patience_seconds": 1.5})
        dropping.start()
        longest = 0.0
        while dropping.is_alive():
            began = time.monotonic()
            reader.execute("SELECT count(*) FROM fact_market_depth")
            longest = max(longest, time.monotonic() - began)
        # A fifth of a second is what it waits for; the rest is for a busy machine.
        assert longest < 1.0
        busy.commit()
