"""The properties judged: each a pure function of `quality/`, and its outcome as Dagster shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dagster import AssetCheckResult, AssetCheckSeverity, AssetKey, MetadataValue

from p2p_pipeline.kernel.foreign_text import markdown_row, shown
from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity


def to_check_result(venue: str, table: str, outcome: QualityOutcome) -> AssetCheckResult:
    """An outcome as Dagster's result, with what was expected, what was seen, and where to look."""
    return AssetCheckResult(
        check_name=outcome.name,
        asset_key=AssetKey([venue, table]),
        passed=outcome.passed,
        severity=AssetCheckSeverity.ERROR if outcome.severity is Severity.ERROR else AssetCheckSeverity.WARN,
        description=shown(outcome.observed),
        metadata=outcome_metadata(outcome),
    )


def outcome_metadata(outcome: QualityOutcome) -> dict[str, MetadataValue[Any]]:
    """What a person sees of an outcome."""
    metadata: dict[str, MetadataValue[Any]] = {
        "expected": MetadataValue.text(shown(outcome.expected)),
        "observed": MetadataValue.text(shown(outcome.observed)),
    }
    if outcome.sample and not outcome.passed:
        metadata["sample"] = MetadataValue.md(_markdown_rows(outcome.sample))
    return metadata


def _markdown_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [markdown_row(names), "|---" * len(names) + "|"]
    lines += [markdown_row(_text(row.get(name)) for name in names) for row in rows]
    return "\n".join(lines)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
