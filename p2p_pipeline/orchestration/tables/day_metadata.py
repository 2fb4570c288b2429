"""What Dagster is told of a day's table, whoever made it: a run, `p2p process`, an import."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow.compute as pc
from dagster import MetadataValue

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.orchestration.tables.day_numbers import day_numbers
from p2p_pipeline.orchestration.tables.day_view import market_table, price_plot
from p2p_pipeline.orchestration.tables.summary_view import anomalies_view
from p2p_pipeline.p2p.metrics.combos.schema import COMBOS
from p2p_pipeline.p2p.quality.venue_day import VenueDay
from p2p_pipeline.p2p.tables import TABLES

_NEEDING_MARKETS = ("quotes", "depth")


def day_metadata(view: VenueDay, table: str, *, is_brief: bool = False, is_drawn: bool = True) -> dict[str, Any]:
    """How many rows, the numbers worth a plot, where the files are, and what a person looks at first.

    A brief run's is written 288 times a day, each number three times: it has what is worth a plot, and no picture,
    which weighs up to 60 kB.
    """
    rows = sum(view.lake.rows(TABLES[table], view.day, key) for key in view.market_keys)
    markets = view.markets() if table in _NEEDING_MARKETS else ()
    shown: dict[str, Any] = {"dagster/row_count": rows, **day_numbers(table, view, markets)}
    if not view.market_keys:
        shown["note"] = (
            f"The raw store has no {view.venue} market on {view.day}: nothing to do. Collect or import first."
        )
        return shown
    if not is_brief:
        shown["path"] = MetadataValue.path(str(view.lake.root / table / f"date={view.day}"))
    if table == "quotes":
        shown["markets"] = MetadataValue.md(market_table(markets, view.now))
    elif table == "anomalies":
        shown["judged_hours"] = MetadataValue.md(anomalies_view(view.table(TABLES[table])))
    elif table == "depth" and is_drawn and not is_brief:
        picture = price_plot(markets)
        if picture is not None:
            shown["prices"] = MetadataValue.md(picture)
    return shown


def combo_metadata(lake: Lake, day: date) -> dict[str, Any]:
    """Of `combos`: the rows, and the best rate that each pair of fiats had in the day's last slot."""
    keys = [entry.market_key for entry in lake.partitions(COMBOS) if entry.day == day]
    shown: dict[str, Any] = {"dagster/row_count": sum(lake.rows(COMBOS, day, key) for key in keys)}
    for key in keys:
        rows = lake.read(COMBOS, day, key, ["slot", "effective_rate", "is_executable"])
        placed = rows.filter(rows.column("is_executable"))
        newest = placed.filter(pc.equal(placed.column("slot"), pc.max(placed.column("slot"))))
        best = pc.max(newest.column("effective_rate")).as_py()
        if best is not None:
            shown[f"best_rate {key}"] = float(best)
    if keys:
        shown["path"] = MetadataValue.path(str(lake.root / COMBOS.name / f"date={day}"))
    return shown
