"""The few numbers of a day that are worth a plot over time: Dagster draws every number in an asset's metadata.

Each is of the day's newest snapshot, or of the whole day where it is a count. Pure functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from p2p_pipeline.orchestration.tables.day_view import day_spread, newest_rows, smallest_wide
from p2p_pipeline.p2p.metrics.behaviour.schema import OFFER_DAYS
from p2p_pipeline.p2p.metrics.history.schema import HISTORY, ROLLUPS
from p2p_pipeline.p2p.metrics.unusual.schema import ANOMALIES
from p2p_pipeline.p2p.quality.venue_day import MarketDay, VenueDay

Numbers = dict[str, float]
MOST_MARKETS = 8
"""Each has plots of its own: of more, nobody finds the one he looks for; `p2p sql` and the dashboards have all."""


def day_numbers(table: str, day: VenueDay, markets: Sequence[MarketDay]) -> Numbers:
    """A table's numbers; none of a table or a day that has nothing to draw."""
    found = _NUMBERS[table](day, markets) if table in _NUMBERS and day.market_keys else {}
    return {name: value for name, value in found.items() if value is not None}


def _of_offers(day: VenueDay, _: Sequence[MarketDay]) -> Mapping[str, Any]:
    snapshots = day.snapshots
    newest = pc.max(snapshots.column("snapshot_at")).as_py()
    return {
        "age_seconds": None if newest is None else round((day.now - newest).total_seconds(), 1),
        "snapshots": snapshots.num_rows,
        "offers_a_snapshot": _rounded(pc.mean(snapshots.column("offers")).as_py(), 1),
        "quarantined": pc.sum(snapshots.column("quarantined")).as_py() or 0,
    }


def _of_quotes(_: VenueDay, markets: Sequence[MarketDay]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for market in markets[:MOST_MARKETS]:
        quotes = {side: smallest_wide(rows) for side, rows in newest_rows(market.quotes).items()}
        for side, quote in quotes.items():
            price = None if quote is None else quote["best_split_price"]
            found[f"best_split {market.pair} {side}"] = None if price is None else float(f"{price:.7g}")
        spread = day_spread(quotes)
        found[f"spread_percent {market.pair}"] = None if spread is None else round(100 * spread, 4)
    placed = [market.quotes.column("is_executable") for market in markets if market.quotes.num_rows]
    if placed:
        found["executable_share"] = _rounded(
            pc.mean(pa.chunked_array([c for p in placed for c in p.chunks])).as_py(), 4
        )
    return found


def _of_depth(_: VenueDay, markets: Sequence[MarketDay]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for market in markets[:MOST_MARKETS]:
        for side, rows in newest_rows(market.depth).items():
            found[f"depth_asset {market.pair} {side}"] = _rounded(float(rows[0]["total_asset"]), 2)
            found[f"offers {market.pair} {side}"] = rows[0]["offers"]
    return found


def _of_history(day: VenueDay, _: Sequence[MarketDay]) -> Mapping[str, Any]:
    values = day.table(HISTORY).column("value")
    return {"without_value_share": _rounded(values.null_count / len(values), 4) if len(values) else None}


def _of_rollups(day: VenueDay, _: Sequence[MarketDay]) -> Mapping[str, Any]:
    rows = day.table(ROLLUPS)
    return {
        "coverage": _rounded(pc.mean(rows.column("coverage")).as_py(), 4),
        "longest_gap_seconds": pc.max(rows.column("longest_gap_seconds")).as_py(),
    }


def _of_offer_days(day: VenueDay, _: Sequence[MarketDay]) -> Mapping[str, Any]:
    rows = day.table(OFFER_DAYS)
    return {
        "advertisements": pc.count_distinct(rows.column("offer_id")).as_py(),
        "advertisers": pc.count_distinct(rows.column("advertiser_id")).as_py(),
        "price_changes": pc.sum(rows.column("price_changes")).as_py() or 0,
    }


def _of_anomalies(day: VenueDay, _: Sequence[MarketDay]) -> Mapping[str, Any]:
    states = day.table(ANOMALIES).column("state")
    counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(states).to_pylist()}
    unusual = sum(counts.get(state, 0) for state in ("unusual", "regime_change", "outage"))
    judged = sum(count for state, count in counts.items() if state not in ("not_enough_history", "no_data"))
    return {"unusual": unusual, "judged": judged, "unusual_share": _rounded(unusual / judged, 4) if judged else None}


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


_NUMBERS: Mapping[str, Callable[[VenueDay, Sequence[MarketDay]], Mapping[str, Any]]] = {
    "offers": _of_offers,
    "quotes": _of_quotes,
    "depth": _of_depth,
    "history": _of_history,
    "rollups": _of_rollups,
    "offer_days": _of_offer_days,
    "anomalies": _of_anomalies,
}
