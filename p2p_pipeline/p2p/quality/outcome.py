"""What a check says: whether it holds, what was expected, what was seen, and where to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from p2p_pipeline.kernel.told import Digits, Told

SAMPLE_ROWS = 10


class Severity(StrEnum):
    """WARN: look at it when you have time. ERROR: numbers made from this data can't be trusted."""

    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class QualityOutcome:
    """The result of one check of one property."""

    name: str
    passed: bool
    severity: Severity
    expected: str
    """What should hold, in words with numbers."""
    observed: str
    """What was seen, in the same terms."""
    sample: tuple[Mapping[str, Any], ...] = ()
    """Some offending keys, with `raw_path` and an offset where there are bytes to look at."""
    value: float | None = None
    """What was measured, where the property is a number: `metric_value` in ops_data_quality."""
    limit: float | None = None
    """What the number is held against: `threshold_value` in ops_data_quality."""
    bad: int | None = None
    """How many break the property, of `total`: what is plotted over time, with its share."""
    total: int | None = None
    page: Path | None = None
    """A page that shows it whole, where one was made."""


def rows_of(sql: str, **tables: pa.Table) -> list[dict[str, Any]]:
    """Run SQL over the given Arrow tables (by keyword) and nothing else; the rows as dictionaries."""
    with closing(duckdb.connect(":memory:")) as database:
        database.execute("SET TimeZone = 'UTC'")
        for name, table in tables.items():
            database.register(name, table)
        found: list[dict[str, Any]] = database.sql(sql).to_arrow_table().to_pylist()
    return found


def sampled(rows: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """The first few rows: enough to find the bytes, few enough to read."""
    return tuple(rows[:SAMPLE_ROWS])


def percent(value: float) -> Digits:
    """A share for people: 0.0213 is `2.1 %`."""
    return Digits(f"{value * 100:.1f} %")


def share_outcome(
    name: str,
    severity: Severity,
    *,
    bad: int,
    total: int,
    limit: float,
    of_what: str,
    sample: Sequence[Mapping[str, Any]],
) -> QualityOutcome:
    """The outcome of a check that allows a share of bad ones; `of_what` says of what, as in `snapshots cut short`."""
    share = bad / total if total else 0.0
    return QualityOutcome(
        name=name,
        passed=share <= limit,
        severity=severity,
        expected=Told("at most {share} of {of_what}", share=percent(limit), of_what=of_what),
        observed=Told("{bad} of {total} ({share})", bad=bad, total=total, share=percent(share)),
        sample=sampled(sample),
        value=share,
        limit=limit,
        bad=bad,
        total=total,
    )
