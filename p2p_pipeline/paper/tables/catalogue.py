"""All tables of paper trading, by their names."""

from __future__ import annotations

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.paper.tables.schema import SESSION_TABLES
from p2p_pipeline.paper.tables.sweep_schema import SWEEP_TABLES

PAPER_TABLES: dict[str, Table] = {**SESSION_TABLES, **SWEEP_TABLES}
