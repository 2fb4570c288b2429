"""Which markets a table has, and until when: summaries are kept under each market's last day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pyarrow as pa

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.steps.series import imported_key


def market_days(lake: Lake, source: Table, venue: str | None = None) -> dict[str, date]:
    """The last day that each market has in a table; what was imported counts for its market."""
    found: dict[str, date] = {}
    for entry in lake.partitions(source):
        key = entry.market_key.removesuffix(imported_key(""))
        if venue is None or key.startswith(f"{venue}."):
            found[key] = max(entry.day, found.get(key, entry.day))
    return found


def summary_rows(lake: Lake, table: Table, markets: Mapping[str, date]) -> pa.Table:
    """A summary's rows of some markets, each as of its last day."""
    return pa.concat_tables([table.empty(), *(lake.read(table, day, key) for key, day in markets.items())])
