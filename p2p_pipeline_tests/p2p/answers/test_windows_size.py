"""An amount means in windows what it means in `p2p now`: BUY spends fiat, SELL gives the asset."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.windows_size import asked_series
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.history.schema import ROLLUPS

MARKET = Market.parse("bybit.USDT-RUB")
SIZES = (10_000, 50_000, 200_000)


def rollup(side: Side, step: int, price: float) -> dict[str, Any]:
    usual: dict[str, Any] = dict.fromkeys(ROLLUPS.arrow_schema.names, 1)
    usual |= {name: price for name, kind in zip(ROLLUPS.arrow_schema.names, ROLLUPS.arrow_schema.types, strict=True)
              if str(kind) == "double"}  # fmt: skip
    named = {"market_key": MARKET.key, "venue": "bybit", "asset": "USDT", "fiat": "RUB", "side": side.value}
    moment = datetime(2026, 11, 9, 5, tzinfo=UTC)
    size = {"measure": "executable", "profile": "wide", "step": step, "amount_fiat": Decimal(SIZES[step])}
    times = {name: moment for name in ROLLUPS.arrow_schema.names if name.endswith(("_at", "_start"))}
    return {**usual, **named, **size, **times, "period_seconds": 3600}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    found = Lake(tmp_path)
    rows = [rollup(side, step, 83.0) for side in Side for step in range(3)]
    found.write(ROLLUPS, date(2026, 11, 9), MARKET.key, ROLLUPS.table_of(rows))
    return found


@pytest.mark.parametrize(
    ("side", "amount", "step", "fiat", "unit"),
    [
        (Side.BUY, "50000", 1, "50000", "RUB"),
        (Side.SELL, "600", 1, "49800.00", "USDT"),
        (Side.SELL, "2500", 2, "207500.00", "USDT"),
        (Side.BUY, "600", 0, "600", "RUB"),
    ],
)
def test_the_kept_size_nearest_to_what_the_amount_is_worth_is_chosen(
    lake: Lake, side: Side, amount: str, step: int, fiat: str, unit: str
) -> None:
    key, size = asked_series(lake, MarketSide(MARKET, side), "executable", None, Decimal(amount))
    assert size is not None
    assert (key.step, size.fiat, size.unit, size.amount) == (step, Decimal(fiat), unit, Decimal(amount))


def test_without_an_amount_the_middle_size_is_meant(lake: Lake) -> None:
    key, size = asked_series(lake, MarketSide(MARKET, Side.SELL), "executable", None, None)
    assert (key.step, size) == (1, None)
