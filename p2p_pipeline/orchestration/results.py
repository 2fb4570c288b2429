"""The properties judged: each a pure function of `quality/`, and its outcome as Dagster shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from logging import Logger
from typing import Any

from dagster import (
    AssetCheckEvaluation,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetKey,
    MetadataValue,
)

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.foreign_text import markdown_cell, markdown_row, shown
from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity

SHOWN_LETTERS = 48
"""Of a text in a table: Dagster's column is narrow, and a table that must be scrolled sideways is not read."""
SHOWN_COLUMNS = 5


def to_check_result(venue: str, table: str, outcome: QualityOutcome) -> AssetCheckResult:
    """An outcome as Dagster's result, with what was expected, what was seen, and where to look."""
    return AssetCheckResult(
        check_name=outcome.name,
        asset_key=AssetKey([venue, table]),
        passed=outcome.passed,
        severity=severity_of(outcome),
        description=shown(outcome.observed),
        metadata=outcome_metadata(outcome),
    )


def to_evaluation(result: AssetCheckResult, partition: str | None) -> AssetCheckEvaluation:
    """The same for what is told outside a run."""
    if result.asset_key is None or result.check_name is None:
        raise ValueError("a result that is told outside a run names its asset and its check")
    return AssetCheckEvaluation(
        asset_key=result.asset_key,
        check_name=result.check_name,
        passed=result.passed,
        severity=result.severity,
        description=result.description,
        metadata=result.metadata,
        partition=partition,
    )


def not_judged(name: str, error: Exception, *, is_blocking: bool, log: Logger) -> QualityOutcome:
    """The outcome of a check that could not run: what stood in the way, not a stack trace.

    A fault of this program keeps its traceback in the run's log.
    """
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    if not isinstance(error, (ClearError, OSError)):
        log.error("the check %s could not run", name, exc_info=error)
        reason = f"{type(error).__name__}: {reason}; the run's log has the traceback"
    return QualityOutcome(
        name=name,
        passed=False,
        severity=Severity.ERROR if is_blocking else Severity.WARN,
        expected="the check can be run",
        observed=f"it could not run: {reason}",
    )


def severity_of(outcome: QualityOutcome) -> AssetCheckSeverity:
    """How bad it is when it does not hold, in Dagster's words."""
    return AssetCheckSeverity.ERROR if outcome.severity is Severity.ERROR else AssetCheckSeverity.WARN


def outcome_metadata(outcome: QualityOutcome) -> dict[str, MetadataValue[Any]]:
    """What a person sees of an outcome beside what was observed, which is the evaluation's description.

    Numbers as numbers: Dagster draws each over time.
    """
    metadata: dict[str, MetadataValue[Any]] = {
        "expected": MetadataValue.text(shown(outcome.expected)),
        **outcome_numbers(outcome),
    }
    if outcome.sample and not outcome.passed:
        metadata["sample"] = MetadataValue.md(markdown_rows(outcome.sample))
    return metadata


def outcome_numbers(outcome: QualityOutcome) -> dict[str, MetadataValue[Any]]:
    """`share` of bad ones, their `count`, how many were `judged`, the measured `value` where that is another number."""
    numbers: dict[str, MetadataValue[Any]] = {}
    share = None if outcome.bad is None or outcome.total is None else outcome.bad / max(outcome.total, 1)
    if share is not None:
        numbers["share"] = MetadataValue.float(share)
    if outcome.value is not None and outcome.value not in (share, outcome.bad):
        numbers["value"] = MetadataValue.float(float(outcome.value))
    if outcome.bad is not None:
        numbers["count"] = MetadataValue.int(outcome.bad)
    if outcome.total is not None:
        numbers["judged"] = MetadataValue.int(outcome.total)
    if outcome.limit is not None:
        numbers["limit"] = MetadataValue.float(float(outcome.limit))
    return numbers


def markdown_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as a table that fits the column: of a wide one each row is a list of its own."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    if len(names) > SHOWN_COLUMNS:
        return "\n".join(
            "- "
            + ", ".join(f"**{markdown_cell(name)}** {_cell(row[name])}" for name in names if row.get(name) is not None)
            for row in rows
        )
    lines = [markdown_row(names), "|---" * len(names) + "|"]
    lines += [f"| {' | '.join(_cell(row.get(name)) for name in names)} |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if isinstance(value, float):
        value = round(value, 6)
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return markdown_cell(text, SHOWN_LETTERS)
