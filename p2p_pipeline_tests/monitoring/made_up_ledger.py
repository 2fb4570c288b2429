"""Rows of the ledger, as the loader writes them, without the offers behind them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from p2p_pipeline.p2p.capture.sweeps.report import batch_id_of

ROW: dict[str, Any] = {
    "status": "complete",
    "total_fiats_processed": 110,
    "total_offers_extracted": 55_000,
    "total_offers_inserted": 2_000,
    "total_offers_updated": 9_000,
    "total_offers_closed": 1_900,
    "total_errors": 0,
    "venue": "binance",
    "source": "simulated",
    "worker": 1,
    "workers": 1,
    "markets": 800,
    "markets_complete": 800,
    "market_sides": 1_600,
    "quarantined": 0,
    "requests": 4_000,
    "failed_requests": 0,
    "seconds": 400.0,
    "load_seconds": 5.0,
    "content_digest": "made up",
}


def add_batch(
    connection: psycopg.Connection[Any],
    ended_at: datetime,
    *,
    errors: dict[str, int] | None = None,
    loaded_at: datetime | None = None,
    **given: Any,
) -> int:
    """Write a batch that ended at a moment; its id. Every column can be given another value."""
    row = ROW | given
    # Cut to milliseconds, as a batch's id is.
    started_at = ended_at - timedelta(seconds=row["seconds"])
    started_at = started_at.replace(microsecond=started_at.microsecond // 1000 * 1000)
    row |= {
        "batch_id": batch_id_of(started_at),
        "batch_start_time": started_at,
        "batch_end_time": ended_at,
        "loaded_at": loaded_at or ended_at + timedelta(seconds=row["load_seconds"]),
    }
    names = ", ".join(row)
    connection.execute(
        f"INSERT INTO ops_batch_runs ({names}) VALUES ({', '.join(['%s'] * len(row))})", list(row.values())
    )
    for error_type, count in (errors or {}).items():
        for _ in range(count):
            connection.execute(
                "INSERT INTO ops_extraction_errors"
                " (batch_id, error_timestamp, error_type, error_message, retry_count, is_resolved)"
                " VALUES (%s, %s, %s, 'made up', 0, true)",
                [row["batch_id"], ended_at, error_type],
            )
    batch_id: int = row["batch_id"]
    return batch_id


def add_check(
    connection: psycopg.Connection[Any], batch_id: int, name: str, *, passed: bool, value: float | None = None
) -> None:
    """Write the outcome of a check of a batch."""
    connection.execute(
        "INSERT INTO ops_data_quality"
        " (batch_id, check_timestamp, metric_name, metric_value, threshold_value, passed, details)"
        " VALUES (%s, %s, %s, %s, NULL, %s, '{}')",
        [batch_id, datetime.now(UTC), name, value, passed],
    )
