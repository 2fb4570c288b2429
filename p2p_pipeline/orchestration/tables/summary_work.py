"""What the summary assets do when they run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from dagster import MetadataValue

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.tables.summary_view import VIEWS, summary_numbers
from p2p_pipeline.p2p.steps.market_days import market_days, summary_rows
from p2p_pipeline.p2p.steps.summaries import summarize
from p2p_pipeline.p2p.tables import TABLES


def materialize_summary(
    venue: str, name: str, tables: Iterable[str], installation: Installation
) -> dict[str, dict[str, Any]]:
    """Make one summary of each market of a venue; gives each table's metadata for Dagster."""
    lake = installation.lake()
    markets = summarize(lake, name, installation.settings(), datetime.now(UTC), venue)
    return {table: _metadata(lake, TABLES[table], markets) for table in tables}


def summary_metadata(lake: Lake, venue: str, table: str) -> dict[str, Any]:
    """The same of what is there, whoever made it: each market as of its last day."""
    return _metadata(lake, TABLES[table], market_days(lake, TABLES[table], venue))


def _metadata(lake: Lake, table: Table, markets: Mapping[str, date]) -> dict[str, Any]:
    rows = summary_rows(lake, table, markets)
    metadata: dict[str, Any] = {
        "dagster/row_count": rows.num_rows,
        "markets": len(markets),
        "path": MetadataValue.path(str(lake.root / table.name)),
        **summary_numbers(table.name, rows),
    }
    if not markets:
        metadata["note"] = "The lake has nothing to sum up yet: collect, import or simulate first, then process."
    elif table.name in VIEWS:
        metadata["summary"] = MetadataValue.md(VIEWS[table.name](rows))
    return metadata
