"""Who stands behind the offers: advertisers by the venue's stable key, followed through every change of name."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from pyarrow import compute

from p2p_pipeline.p2p.metrics.behaviour.summary_schema import ADVERTISERS


def advertiser_rows(days: pa.Table, offer_days: pa.Table) -> pa.Table:
    """One row an advertiser from a market's rows of `advertiser_days` and `offer_days` over the same days.

    Joined by the key alone: two keys with one name stay two, one key with five names is one, and offers without a key
    are nobody's.
    """
    if not days.num_rows:
        return ADVERTISERS.empty()
    offers = offer_days.filter(offer_days["advertiser_id"].is_valid()).group_by("advertiser_id")
    counts = offers.aggregate([("offer_id", "count_distinct")]).to_pylist()
    different = {row["advertiser_id"]: row["offer_id_count_distinct"] for row in counts}
    seen_on = compute.floor_temporal(days["first_seen_at"], unit="day")
    by_key: dict[str, list[dict[str, Any]]] = {}
    for row in days.append_column("day", seen_on).to_pylist():
        by_key.setdefault(row["advertiser_id"], []).append(row)
    return ADVERTISERS.table_of([_row(key, rows, different.get(key, 0)) for key, rows in sorted(by_key.items())])


def _row(key: str, rows: list[dict[str, Any]], offers: int) -> dict[str, Any]:
    spans: dict[str, tuple[Any, Any]] = {}
    for row in rows:
        if row["name"]:
            first, last = spans.get(row["name"], (row["first_seen_at"], row["last_seen_at"]))
            spans[row["name"]] = (min(first, row["first_seen_at"]), max(last, row["last_seen_at"]))
    named = sorted(spans.items(), key=lambda entry: (entry[1], entry[0]))
    return {
        **{name: rows[0][name] for name in ("market_key", "venue", "asset", "fiat")},
        "advertiser_id": key,
        "names": [name for name, _ in named],
        "names_first_seen_at": [first for _, (first, _) in named],
        "names_last_seen_at": [last for _, (_, last) in named],
        "first_seen_at": min(row["first_seen_at"] for row in rows),
        "last_seen_at": max(row["last_seen_at"] for row in rows),
        "days_seen": len({row["day"] for row in rows}),
        "sides": sorted({row["side"] for row in rows}),
        # A stay of an offer is its last advertiser's; an offer that changed hands was the earlier one's all the same.
        "offers": max(offers, *(row["offers"] for row in rows)),
    }
