"""Every question reads what its header says it relies on: the index, and no more partitions than it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from p2p_pipeline.p2p.simulator.catalogue import Catalogue, CatalogueOptions
from p2p_pipeline.p2p.simulator.currencies import FIATS
from p2p_pipeline.p2p.warehouse.questions.catalogue import Question, all_questions
from p2p_pipeline.p2p.warehouse.views import refresh_views
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.conftest import created_database
from p2p_pipeline_tests.p2p.simulated_warehouse.fill import fill
from p2p_pipeline_tests.p2p.simulated_warehouse.month import MonthPlan
from p2p_pipeline_tests.p2p.simulated_warehouse.states import write_fiat

BIG_TABLES = {"fact_market_depth", "offer_versions", "offer_statistics", "advertiser_days", "market_depth_hours"}
PLAN = MonthPlan(days=3, total_offers=4_000, fiats=(*list(FIATS)[:4], "USD"))

# What a warehouse has after a year: batches, errors, hours and days stay when their offers were dropped.
YEAR = (
    """
    INSERT INTO ops_batch_runs
    SELECT (extract(epoch FROM start) * 1000)::bigint, start, start, status, total_fiats_processed,
        total_offers_extracted, total_offers_inserted, total_offers_updated, total_offers_closed, total_errors, venue,
        source, worker, workers, markets, markets_complete, market_sides, quarantined, requests, failed_requests,
        seconds, load_seconds, loaded_at, content_digest
    FROM (SELECT * FROM ops_batch_runs LIMIT 1) AS one
    CROSS JOIN (SELECT min(batch_start_time) AS first FROM ops_batch_runs) AS ledger
    CROSS JOIN LATERAL generate_series(first - interval '200 days', first - interval '1 hour', interval '10 minutes')
        AS start
    """,
    """
    INSERT INTO ops_extraction_errors (
        batch_id, error_timestamp, fiat_code, error_type, error_message, retry_count, is_resolved
    )
    SELECT batch_id, batch_start_time, 'RUB', 'timeout', 'late', 0, true FROM ops_batch_runs
    """,
    """
    INSERT INTO market_depth_days (
        day, avg_volume, avg_weighted_price, avg_best_price, avg_median_price, hourly_variance, avg_offers, trade_type,
        crypto_id, fiat_id, batches, complete_batches, hours
    )
    SELECT day - number * interval '3 days', avg_volume, avg_weighted_price, avg_best_price, avg_median_price,
        hourly_variance, avg_offers, trade_type, crypto_id, fiat_id, batches, complete_batches, hours
    FROM market_depth_days CROSS JOIN generate_series(1, 60) AS number
    """,
    """
    INSERT INTO market_depth_hours (
        hour, avg_volume, avg_offers, trade_type, crypto_id, fiat_id, batches, complete_batches
    )
    SELECT hour - number * interval '95 hours', avg_volume, avg_offers, trade_type, crypto_id, fiat_id, batches,
        complete_batches
    FROM market_depth_hours CROSS JOIN generate_series(1, 15) AS number
    """,
    """
    INSERT INTO market_change_days
    SELECT day - number * interval '3 days', trade_type, crypto_id, fiat_id, offers_appeared, offers_gone,
        price_changes, other_changes, unchanged_minutes
    FROM market_change_days CROSS JOIN generate_series(1, 60) AS number
    """,
)


@pytest.fixture(scope="module")
def explaining(embedded_postgres: str, migrated_template: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a warehouse with enough in it for the planner to choose as it would for a month."""
    server = WarehouseServer(created_database(embedded_postgres, "planned", migrated_template), is_embedded=False)
    catalogue = Catalogue(CatalogueOptions(total_offers=PLAN.total_offers))
    with connect(server) as connection:
        fill(connection, [write_fiat(catalogue, fiat, PLAN.moments) for fiat in PLAN.fiats], PLAN.moments)
        connection.commit()
        refresh_views(connection, is_everything=True)
        for statement in YEAR:
            connection.execute(statement.encode())
    with connect(server, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        yield connection


@dataclass(frozen=True)
class Access:
    """How one relation was read."""

    table: str
    partition: str
    index: str | None


@pytest.mark.parametrize("question", all_questions(), ids=lambda question: question.name)
def test_a_question_reads_what_it_says_it_relies_on(explaining: psycopg.Connection[Any], question: Question) -> None:
    accesses = _accesses(explaining, question)
    relied = {reliance.table: reliance for reliance in question.reliances}
    assert {access.table for access in accesses} & BIG_TABLES <= relied.keys()
    for reliance in question.reliances:
        mine = [access for access in accesses if access.table == reliance.table]
        assert mine, f"{reliance.table} is not read at all"
        if reliance.index is not None:
            assert {access.index for access in mine} == {reliance.index}
        if reliance.most_partitions is not None:
            assert len({access.partition for access in mine}) <= reliance.most_partitions


def test_a_plan_that_reads_a_table_as_a_whole_is_noticed(explaining: psycopg.Connection[Any]) -> None:
    whole = Question("whole", "", "", (), (), "SELECT sum(price) FROM offer_versions WHERE price > 1")
    accesses = _accesses(explaining, whole)
    assert {access.index for access in accesses} == {None}
    assert len({access.partition for access in accesses}) > 3


def _accesses(connection: psycopg.Connection[Any], question: Question) -> list[Access]:
    parents = dict(
        connection.execute("SELECT inhrelid::regclass::text, inhparent::regclass::text FROM pg_inherits").fetchall()
    )
    explained = connection.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + question.sql, question.values({})).fetchone()
    assert explained is not None
    found = []
    for node in _nodes(explained[0][0]["Plan"]):
        relation = node.get("Relation Name")
        if relation is None or node["Actual Loops"] == 0:
            continue
        index = node.get("Index Name") or next(
            (child["Index Name"] for child in _nodes(node) if child["Node Type"] == "Bitmap Index Scan"), None
        )
        if index is None and not node["Actual Rows"] and not node.get("Rows Removed by Filter"):
            continue  # an empty partition: a day to come
        found.append(Access(parents.get(relation, relation), relation, parents.get(index, index) if index else None))
    return found


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)
