"""What the pages of a batch show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from p2p_pipeline.p2p.quality.warehouse.table_results import TableResult


@dataclass(frozen=True, slots=True)
class DocumentedBatch:
    """All that a batch's page shows."""

    batch_id: int
    checked_at: str
    started_at: str
    ended_at: str
    status: str
    offers: int
    market_sides: int
    source: str
    rules: tuple[Mapping[str, Any], ...]
    """Name, passed, severity, expected, observed and a sample of each rule judged, as in ops_data_quality."""
    tables: tuple[TableResult, ...]

    @property
    def file_name(self) -> str:
        """Its page, below the folder of the Data Docs."""
        return f"batch-{self.batch_id}.html"

    def to_json(self) -> dict[str, Any]:
        """Plain values for a file."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        return {**plain, "rules": [dict(rule) for rule in self.rules], "tables": [t.to_json() for t in self.tables]}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> DocumentedBatch:
        """Read it back; raises KeyError or TypeError where it is none."""
        known = {name: said[name] for name in cls.__slots__}
        known["rules"] = tuple(said["rules"])
        known["tables"] = tuple(TableResult.from_json(table) for table in said["tables"])
        return cls(**known)
