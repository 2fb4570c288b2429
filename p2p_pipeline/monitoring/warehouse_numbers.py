"""What the warehouse says of itself, read in one transaction at the moment Prometheus asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.rows import dict_row

from p2p_pipeline.monitoring.catalogue import Sample
from p2p_pipeline.p2p.quality.warehouse.rules import WAREHOUSE_RULES

Row = Mapping[str, Any]
QUANTILES = ("0.5", "0.95", "0.99")
LOCK_MILLISECONDS = 200
STATEMENT_MILLISECONDS = 700
_OF_NOW = [rule.name for rule in WAREHOUSE_RULES if not rule.is_of_batch]
_OFFER_KINDS = ("extracted", "inserted", "updated", "closed")


@dataclass(frozen=True, slots=True)
class WarehouseNumbers:
    """The ledger, its last day, the checks and the sizes, all as of one moment."""

    workers: tuple[Row, ...]
    last_day: tuple[Row, ...]
    quality: tuple[Row, ...]
    offers_open: int
    loaded_ids: frozenset[int]
    """The batches of the last days: what the raw store has beside them is still to be loaded."""


def read_warehouse(connection: psycopg.Connection[Any], now: datetime, *, pending_since: datetime) -> WarehouseNumbers:
    """Read it all. Raises psycopg.Error; a wait for a lock or a slow answer is cut short, nobody is held up."""
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
        cursor.execute(f"SET LOCAL statement_timeout = {STATEMENT_MILLISECONDS}")
        return WarehouseNumbers(
            workers=tuple(cursor.execute(_sql("workers")).fetchall()),
            last_day=tuple(cursor.execute(_sql("last_day"), {"since": now - timedelta(days=1)}).fetchall()),
            quality=tuple(cursor.execute(_sql("quality"), {"of_now": _OF_NOW}).fetchall()),
            offers_open=_one(cursor.execute("SELECT count(*) AS n FROM offer_versions_open").fetchone()),
            loaded_ids=frozenset(
                row["batch_id"]
                for row in cursor.execute(
                    "SELECT batch_id FROM ops_batch_runs WHERE batch_start_time >= %s", [pending_since]
                ).fetchall()
            ),
        )


def read_sizes(connection: psycopg.Connection[Any]) -> list[Sample]:
    """How large everything is. Apart, because it asks the file system for each partition. Raises psycopg.Error."""
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
        cursor.execute(f"SET LOCAL statement_timeout = {STATEMENT_MILLISECONDS}")
        relations = cursor.execute(_sql("sizes")).fetchall()
        whole = _one(cursor.execute("SELECT pg_database_size(current_database()) AS n").fetchone())
    sizes = [Sample("p2p_warehouse_size_bytes", row["bytes"], (row["relation"],)) for row in relations]
    return [*sizes, Sample("p2p_warehouse_database_size_bytes", whole)]


def warehouse_samples(numbers: WarehouseNumbers, now: datetime) -> list[Sample]:
    """The numbers as samples, all but the totals."""
    samples = [Sample("p2p_offers_open", numbers.offers_open)]
    for row in numbers.workers:
        samples += _worker_samples(row, now)
    for row in numbers.last_day:
        samples += _day_samples(row)
    for row in numbers.quality:
        labels = (row["venue"], row["worker"], row["metric_name"])
        samples.append(Sample("p2p_quality_check_passed", float(row["passed"]), labels))
        if row["metric_value"] is not None:
            samples.append(Sample("p2p_quality_check_value", row["metric_value"], labels))
    return samples


def _worker_samples(row: Row, now: datetime) -> list[Sample]:
    labels = (row["venue"], str(row["worker"]))
    told: dict[str, float | None] = {
        "p2p_sweep_age_seconds": _age(row["fresh_until"], now),
        "p2p_load_age_seconds": _age(row["loaded_at"], now),
        "p2p_sweep_duration_seconds": row["seconds"],
        "p2p_load_duration_seconds": row["load_seconds"],
        "p2p_sweep_markets_due": row["markets"],
        "p2p_sweep_markets_complete": row["markets_complete"],
        "p2p_sweep_complete_ratio": _share(row["markets_complete"], row["markets"]),
        "p2p_sweep_failed_request_ratio": _share(row["failed_requests"], row["requests"]),
        "p2p_sweep_consecutive_failures": row["failures_in_a_row"],
    }
    samples = [Sample(name, value, labels) for name, value in told.items() if value is not None]
    # A worker that never ran has an age and nothing else.
    kinds = [kind for kind in _OFFER_KINDS if row[kind] is not None]
    return samples + [Sample("p2p_batch_offers", row[kind], (*labels, kind)) for kind in kinds]


def _day_samples(row: Row) -> list[Sample]:
    venue = row["venue"]
    samples = [Sample("p2p_sweep_batches_24h", row["batches"], (venue,))]
    for name, values in (("sweep", row["sweep_seconds"]), ("load", row["load_seconds"])):
        for quantile, value in zip(QUANTILES, values or (), strict=False):
            samples.append(Sample(f"p2p_{name}_duration_24h_seconds", value, (venue, quantile)))
    share = _share(row["markets_complete"], row["markets"])
    return samples if share is None else [*samples, Sample("p2p_sweep_complete_24h_ratio", share, (venue,))]


def _age(moment: datetime | None, now: datetime) -> float | None:
    # A clock that is a little behind the server's would give an age below nothing.
    return None if moment is None else max(0.0, (now - moment).total_seconds())


def _share(part: float, whole: float) -> float | None:
    return None if not whole else part / whole


def _one(row: Row | None) -> int:
    assert row is not None  # noqa: S101 - an aggregate always has a row
    return int(row["n"])


def _sql(name: str) -> Any:
    return (files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
