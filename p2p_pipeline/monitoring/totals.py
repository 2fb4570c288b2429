"""Totals that only grow, although the ledger they are made from shrinks with retention and is rewritten by a rebuild.

A batch is counted once, by its id. What was counted is kept in a file, so that a restart goes on where it stopped: a
total that falls would look to Prometheus like a counter that began anew, and its whole value like one sudden increase.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import orjson

from p2p_pipeline.monitoring.catalogue import Sample

MOST_ERROR_TYPES = 20
OTHER = "other"
OVERLAP = timedelta(hours=1)
"""A load that began before another's end may be seen after it: `loaded_at` is when its transaction began."""
_KINDS = ("extracted", "inserted", "updated", "closed")
_SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class BatchToCount:
    """What one loaded batch adds to the totals."""

    batch_id: int
    loaded_at: datetime
    status: str
    requests: int
    failed_requests: int
    quarantined: int
    offers: Mapping[str, int]
    errors: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Totals:
    """What was counted so far, and which batches it came from."""

    WINDOW_MILLISECONDS: ClassVar[int] = 30 * 86_400_000
    """Batches that began longer before the newest one are not remembered by their id and never counted again."""

    values: Mapping[str, float] = field(default_factory=dict)
    """`metric|label` to value."""
    counted: frozenset[int] = frozenset()
    counted_to: datetime | None = None
    """The newest `loaded_at` that was counted."""
    is_whole: bool = False
    """Whether all of the ledger was counted at some moment: before that they grow with what is old."""

    def samples(self) -> list[Sample]:
        """The totals; those without labels are there from the beginning, at 0."""
        shown = {"p2p_sweep_requests_total": 0.0, "p2p_sweep_failed_requests_total": 0.0, "p2p_quarantined_total": 0.0}
        samples = []
        for key, value in sorted({**shown, **self.values}.items()):
            name, _, label = key.partition(_SEPARATOR)
            samples.append(Sample(name, value, (label,) if label else ()))
        return samples


def count(totals: Totals, batches: Iterable[BatchToCount], *, is_last: bool = True) -> Totals:
    """The totals with those batches that were not in them yet; the same object when there is nothing new.

    `is_last` says that the ledger has no more.
    """
    fresh = [batch for batch in batches if batch.batch_id not in totals.counted]
    is_whole = totals.is_whole or is_last
    if not fresh:
        return totals if is_whole == totals.is_whole else replace(totals, is_whole=is_whole)
    values = Counter[str](totals.values)
    for batch in fresh:
        values[f"p2p_sweep_batches_total{_SEPARATOR}{batch.status}"] += 1
        values["p2p_sweep_requests_total"] += batch.requests
        values["p2p_sweep_failed_requests_total"] += batch.failed_requests
        values["p2p_quarantined_total"] += batch.quarantined
        for kind in _KINDS:
            values[f"p2p_offers_total{_SEPARATOR}{kind}"] += batch.offers[kind]
        for error_type, errors in batch.errors.items():
            values[_error_key(values, error_type)] += errors
    counted = totals.counted | {batch.batch_id for batch in fresh}
    oldest = max(counted) - Totals.WINDOW_MILLISECONDS
    moments = [batch.loaded_at for batch in fresh] + ([totals.counted_to] if totals.counted_to else [])
    remembered = frozenset(batch_id for batch_id in counted if batch_id > oldest)
    return Totals(dict(values), remembered, max(moments), is_whole)


def load_totals(file: Path) -> Totals:
    """What an earlier process kept; empty where there is nothing, or nothing that can be read."""
    try:
        said = orjson.loads(file.read_bytes())
        return Totals(
            {str(name): float(value) for name, value in said["values"].items()},
            frozenset(map(int, said["counted"])),
            datetime.fromisoformat(said["counted_to"]) if said["counted_to"] else None,
            # Files of before this was written hold a whole ledger: they were written when all was counted at once.
            bool(said.get("is_whole", True)),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Totals()


def save_totals(file: Path, totals: Totals) -> None:
    """Keep them, replacing the file at once. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    said = {
        "values": dict(totals.values),
        "counted": sorted(totals.counted),
        "counted_to": totals.counted_to.isoformat() if totals.counted_to else None,
        "is_whole": totals.is_whole,
    }
    aside.write_bytes(orjson.dumps(said))
    aside.replace(file)


def batch_to_count(row: Mapping[str, Any]) -> BatchToCount:
    """A row of batches_to_count.sql."""
    return BatchToCount(
        row["batch_id"],
        row["loaded_at"],
        row["status"],
        row["requests"],
        row["failed_requests"],
        row["quarantined"],
        {kind: row[kind] for kind in _KINDS},
        {error_type: int(errors) for error_type, errors in row["errors"].items()},
    )


def _error_key(values: Mapping[str, float], error_type: str) -> str:
    """Texts from a table must not make ever more series: what comes after the first ones is one series."""
    prefix = f"p2p_sweep_errors_total{_SEPARATOR}"
    key = prefix + (error_type or OTHER)
    if key in values or sum(name.startswith(prefix) for name in values) < MOST_ERROR_TYPES:
        return key
    return prefix + OTHER
