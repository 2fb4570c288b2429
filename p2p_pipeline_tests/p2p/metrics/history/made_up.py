"""Made-up rows: a day's snapshots with their numbers, and history of a series."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from p2p_pipeline.p2p.markets import slot_of
from p2p_pipeline.p2p.metrics.history.schema import HISTORY
from p2p_pipeline.p2p.metrics.pricing.schema import DEPTH, DEPTH_STEPS_PERCENT, QUOTES, ROUND_TRIPS, depth_step_column
from p2p_pipeline.p2p.offers.schema import SNAPSHOTS

NOON = datetime(2024, 10, 25, 12, tzinfo=UTC)
MARKET = {"market_key": "bybit.USDT-RUB", "venue": "bybit", "asset": "USDT", "fiat": "RUB"}


class Day:
    """A day's tables, filled look by look."""

    def __init__(self) -> None:
        self._rows: dict[str, list[dict[str, Any]]] = {"snapshots": [], "quotes": [], "depth": [], "round_trips": []}

    def look(
        self,
        seconds: float,
        side: str = "BUY",
        prices: dict[int, str | None] | None = None,
        stop_reason: str = "book_end",
        source: str = "live",
        profiles: Sequence[str] = ("wide",),
    ) -> str:
        """One snapshot and what it costs: by amount the price, None where it can't be placed; no prices: no offers."""
        at = NOON + timedelta(seconds=seconds)
        name = f"{side}:{at.isoformat()}"
        same = {"snapshot_id": name, **MARKET, "side": side, "snapshot_at": at}
        lists: dict[str, list[str]] = {"unknown_fields": [], "missing_fields": [], "unknown_payments": []}
        zeros = dict.fromkeys(("duplicates", "quarantined", "failed_captures", "elapsed_seconds", "raw_offset"), 0)
        self._rows["snapshots"].append(
            {
                **same,
                **lists,
                **zeros,
                "slot": slot_of(at),
                "source": source,
                "pages": 1,
                "captures": 1,
                "offers": len(prices or {}),
                "is_complete": stop_reason == "book_end",
                "stop_reason": stop_reason,
                "stated_total": None,
                "raw_path": "2024-10-25/x",
            }
        )
        for amount, price in (prices or {}).items():
            self._rows["quotes"] += [self._quote(same, profile, amount, price) for profile in profiles]
        if prices:
            steps = {depth_step_column(step): Decimal(step).quantize(Decimal("0.01")) for step in DEPTH_STEPS_PERCENT}
            best = {"vwap": 10.5, "median_price": Decimal("10.4"), "best_price": Decimal("10.3"), "hhi": 0.5}
            self._rows["depth"].append({**same, **best, **steps, "offers": len(prices), "total_asset": Decimal(9)})
        return name

    def trip(self, bought: str, sold: str, amount: int, cost: float | None) -> None:
        """A round trip between two looks."""
        row = next(row for row in self._rows["snapshots"] if row["snapshot_id"] == bought)
        self._rows["round_trips"].append(
            {
                "buy_snapshot_id": bought,
                "sell_snapshot_id": sold,
                "profile": "wide",
                "amount_fiat": Decimal(amount),
                "snapshot_at": row["snapshot_at"],
                "market_key": MARKET["market_key"],
                "slot": row["slot"],
                "bought_asset": None,
                "returned_fiat": None,
                "cost": cost,
                "reason": None,
            }
        )

    def tables(self) -> list[pa.Table]:
        """`snapshots`, `quotes`, `depth`, `round_trips`."""
        return [table.table_of(self._rows[table.name]) for table in (SNAPSHOTS, QUOTES, DEPTH, ROUND_TRIPS)]

    def _quote(self, same: dict[str, Any], profile: str, amount: int, price: str | None) -> dict[str, Any]:
        return {
            **same,
            "profile": profile,
            "amount_fiat": Decimal(amount),
            "amount_asset": None,
            "best_single_price": None if price is None else Decimal(price) + 1,
            "best_single_offer_id": None,
            "best_split_price": None if price is None else Decimal(price),
            "split_count": 1,
            "greedy_price": None,
            "is_executable": price is not None,
            "reason": None if price else "above_total_capacity",
            "proven_gap": 0.0,
        }


def history_of(
    looks: Sequence[tuple[float, float | None]], measure: str = "executable", origin: str = "live", side: str = "BUY"
) -> pa.Table:
    """History of one series from (seconds after noon, value)."""
    rows = []
    for seconds, value in looks:
        at = NOON + timedelta(seconds=seconds)
        rows.append(
            {
                **MARKET,
                "side": side,
                "measure": measure,
                "profile": "wide",
                "step": 0,
                "amount_fiat": Decimal(100),
                "slot": slot_of(at),
                "observed_at": at,
                "value": None if value is None else Decimal(repr(value)).quantize(Decimal("1e-12")),
                "origin": origin,
            }
        )
    return HISTORY.table_of(rows)
