"""Rows of `scores` whose fate is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from p2p_pipeline.p2p.metrics.deals.schema import HORIZONS, OUTCOMES, outcome_column
from p2p_pipeline.p2p.metrics.deals.score import WEIGHTS


def row(number: int, score: float, held: bool, **values: Any) -> dict[str, Any]:
    """A row of `scores` whose fate 5 minutes later is known."""
    outcomes = {outcome_column(outcome, horizon): None for outcome in OUTCOMES for horizon in HORIZONS}
    return {
        "snapshot_id": str(number),
        "profile": "wide",
        "amount_fiat": Decimal(100),
        "choice": "best",
        "snapshot_at": NOON + timedelta(minutes=20 * number),
        "market_key": "bybit.USDT-RUB",
        "venue": "bybit",
        "asset": "USDT",
        "fiat": "RUB",
        "side": "BUY",
        "price": Decimal(90),
        "legs": 1,
        "score": score,
        "known_weight": 1.0,
        **{f"{name}_value": 0.8 for name in WEIGHTS},
        **outcomes,
        "legs_held_5": held,
        "next_seconds": None,
        "chance": 0.8,
        "honoured_chance": 1.0,
        "expected_price": 90.5,
        "best_price": 90.0,
        "next_price": 91.0,
        "fair_price": None,
        "waiting_share": 0.001,
        **values,
    }


NOON = datetime(2026, 9, 21, 12, tzinfo=UTC)
