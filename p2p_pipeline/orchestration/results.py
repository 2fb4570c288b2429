"""The properties judged: each a pure function of `quality/`, and its outcome as Dagster shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dagster import AssetCheckResult, AssetCheckSeverity, AssetKey, MetadataValue

from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity


def to_check_result(venue: str, table: str, outcome: QualityOutcome) -> AssetCheckResult:
    """An outcome as Dagster's result, with what was expected, what was seen, and where to look."""
    return AssetCheckResult(
        check_name=outcome.name,
        asset_key=AssetKey([venue, table]),
        passed=outcome.passed,
        severity=AssetCheckSeverity.ERROR if outcome.severity is Severity.ERROR else AssetCheckSeverity.WARN,
        description=outcome.observed,
        metadata=outcome_metadata(outcome),
    )


def outcome_metadata(outcome: QualityOutcome) -> dict[str, MetadataValue[Any]]:
    """What a person sees of an outcome."""
    shown: dict[str, MetadataValue[Any]] = {
        "expected": MetadataValue.text(outcome.expected),
        "observed": MetadataValue.text(outcome.observed),
    }
    if outcome.sample and not outcome.passed:
        shown["sample"] = MetadataValue.md(_markdown_rows(outcome.sample))
    return shown


def _markdown_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    lines += [f"| {' | '.join(_cell(row.get(name)) for name in names)} |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text.replace("|", "\\|").replace("\n", " ")[:200]
