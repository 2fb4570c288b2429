"""The warehouse's batches: the newest ones, one with all that is known of it, and the errors of a day by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import dict_row

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.warehouse.existing import existing_warehouse
from p2p_pipeline.p2p.warehouse.revisions import require_current
from p2p_pipeline.postgres.connection import connected

Row = Mapping[str, Any]
_LISTED = """
    batch_id, venue, worker, workers, source, status, batch_start_time AS started_at, batch_end_time AS ended_at,
    loaded_at, seconds, load_seconds, markets, markets_complete, market_sides, total_offers_extracted AS offers,
    total_offers_inserted AS inserted, total_offers_updated AS updated, total_offers_closed AS closed, quarantined,
    requests, failed_requests, total_errors AS errors"""


class UnknownBatch(ClearError):
    """There is no batch of that id; the message says what to do."""


@dataclass(frozen=True, slots=True)
class BatchDetail:
    """One batch with what went wrong in it and what was judged of it."""

    row: Row
    errors: tuple[Row, ...]
    """By kind, the most frequent first: error_type, errors, resolved, example."""
    first_errors: tuple[Row, ...]
    """The first ones by time, so many at most."""
    quality: tuple[Row, ...]
    """Its rows of ops_data_quality, those that did not pass first."""


def newest_batches(paths: DataPaths, limit: int = 20) -> list[Row]:
    """The newest ones, newest first. Raises WarehouseError where there is no warehouse to ask."""
    return _rows(paths, f"SELECT {_LISTED} FROM ops_batch_runs ORDER BY batch_id DESC LIMIT %s", [limit])  # noqa: S608 - a constant


def errors_of_day(paths: DataPaths, now: datetime) -> list[Row]:
    """Errors of the sweeps of the last 24 hours: by venue and kind, the most frequent first. Raises WarehouseError."""
    query = """
        SELECT batch.venue, error.error_type AS kind, count(*) AS errors,
            count(*) FILTER (WHERE error.is_resolved) AS made_good, max(error.error_timestamp) AS newest_at,
            (array_agg(error.error_message ORDER BY error.error_id DESC))[1] AS example
        FROM ops_extraction_errors AS error JOIN ops_batch_runs AS batch USING (batch_id)
        WHERE batch.batch_start_time > %s GROUP BY 1, 2 ORDER BY errors DESC, venue, kind"""
    return _rows(paths, query, [now - timedelta(days=1)])


def batch_detail(paths: DataPaths, batch_id: int) -> BatchDetail:
    """One batch. Raises UnknownBatch, and WarehouseError where there is no warehouse to ask."""
    with connected(existing_warehouse(paths), program="p2p web") as connection:
        require_current(connection)
        with connection.cursor(row_factory=dict_row) as cursor:

            def found(query: str) -> tuple[Row, ...]:
                return tuple(cursor.execute(query.encode(), [batch_id]).fetchall())

            rows = found(f"SELECT {_LISTED} FROM ops_batch_runs WHERE batch_id = %s")  # noqa: S608 - a constant
            if not rows:
                raise UnknownBatch(
                    "no batch {batch_id} is in the warehouse; /ops lists the newest ones", batch_id=batch_id
                )
            return BatchDetail(
                rows[0],
                found(
                    "SELECT error_type AS kind, count(*) AS errors, count(*) FILTER (WHERE is_resolved) AS made_good, "
                    "min(error_message) AS example FROM ops_extraction_errors WHERE batch_id = %s "
                    "GROUP BY 1 ORDER BY errors DESC, kind"
                ),
                found(
                    "SELECT error_timestamp AS at, crypto_symbol AS asset, fiat_code AS fiat, trade_type AS side, "
                    "page_number AS page, error_type AS kind, error_message AS message, is_resolved, retry_count "
                    "FROM ops_extraction_errors WHERE batch_id = %s ORDER BY error_id LIMIT 100"
                ),
                found(
                    "SELECT metric_name AS name, check_timestamp AS judged_at, passed, metric_value AS value, "
                    "threshold_value AS limit, details FROM ops_data_quality WHERE batch_id = %s ORDER BY passed, 1"
                ),
            )


def _rows(paths: DataPaths, query: str, values: list[object]) -> list[Row]:
    with connected(existing_warehouse(paths), program="p2p web") as connection:
        require_current(connection)
        with connection.cursor(row_factory=dict_row) as cursor:
            return list(cursor.execute(query.encode(), values).fetchall())
