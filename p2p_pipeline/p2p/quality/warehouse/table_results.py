"""What came of a table's expectations, as plain values that pages are made of and files can keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """One expectation and what was seen."""

    sentence: str
    """What is expected, in Great Expectations' own words."""
    reason: str
    """Why; may be empty."""
    passed: bool
    observed: str
    unexpected: tuple[str, ...] = ()
    """Some of the values that should not be there."""


@dataclass(frozen=True, slots=True)
class TableResult:
    """All expectations of one table for one batch."""

    table: str
    rows_are: str
    rows: int | None
    """How many were looked at; None where that could not be told."""
    expectations: tuple[ExpectationResult, ...]

    @property
    def failed(self) -> tuple[ExpectationResult, ...]:
        """Those that don't hold."""
        return tuple(result for result in self.expectations if not result.passed)

    def to_json(self) -> dict[str, Any]:
        """Plain values for a file."""
        return {
            "table": self.table,
            "rows_are": self.rows_are,
            "rows": self.rows,
            "expectations": [
                {
                    "sentence": result.sentence,
                    "reason": result.reason,
                    "passed": result.passed,
                    "observed": result.observed,
                    "unexpected": list(result.unexpected),
                }
                for result in self.expectations
            ],
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> TableResult:
        """Read it back; raises KeyError or TypeError where it is none."""
        return cls(
            said["table"],
            said["rows_are"],
            said["rows"],
            tuple(
                ExpectationResult(
                    entry["sentence"],
                    entry["reason"],
                    entry["passed"],
                    entry["observed"],
                    tuple(entry["unexpected"]),
                )
                for entry in said["expectations"]
            ),
        )
