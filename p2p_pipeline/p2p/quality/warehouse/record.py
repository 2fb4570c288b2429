"""Outcomes as rows of ops_data_quality: what was judged of a batch, for whoever asks PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson

from p2p_pipeline.p2p.quality.outcome import QualityOutcome
from p2p_pipeline.p2p.quality.warehouse.batch import Connection, sql_text


def record_outcomes(connection: Connection, batch_id: int, outcomes: Iterable[QualityOutcome], now: datetime) -> None:
    """Write one row a property; one that was judged before is replaced. Part of the caller's transaction, if any."""
    rows = [
        {
            "batch_id": batch_id,
            "now": now,
            "name": outcome.name,
            "value": outcome.value,
            "limit": outcome.limit,
            "passed": outcome.passed,
            "details": _details(outcome),
        }
        for outcome in outcomes
    ]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(sql_text("warehouse_record"), rows)


def _details(outcome: QualityOutcome) -> str:
    said: dict[str, Any] = {
        "severity": outcome.severity.value,
        "expected": outcome.expected,
        "observed": outcome.observed,
    }
    if outcome.sample and not outcome.passed:
        said["sample"] = [dict(row) for row in outcome.sample]
    # PostgreSQL's jsonb holds no NUL, which a hostile text may.
    return orjson.dumps(said, default=str).decode().replace("\\u0000", "\\ufffd")
