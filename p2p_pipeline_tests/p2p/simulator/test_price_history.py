"""Simulated prices as history: rows that keep the table's rules, exact money, gaps left as gaps."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.history.schema import HISTORY
from p2p_pipeline.p2p.simulator.model import MarketModel
from p2p_pipeline.p2p.simulator.price_history import PriceHistory, to_money
from p2p_pipeline.p2p.simulator.price_series import PriceTexture, executable_prices

VND = Market("bybit", "USDT", "VND")
DAY = date(2026, 3, 5)
FLAWED = PriceTexture(refused_share=0.05, missed_share=0.05)


@given(st.lists(st.floats(0.0001, 2e9) | st.just(float("nan")), max_size=20), st.integers(0, 6))
def test_money_made_of_floats_has_the_asked_places_and_not_the_float_s_error(values: list[float], places: int) -> None:
    found = to_money(np.array(values, dtype=np.float64), places).to_pylist()
    for value, exact in zip(values, found, strict=True):
        if np.isnan(value):
            assert exact is None
        else:
            assert exact == round(exact, places)
            assert float(exact) == pytest.approx(value, abs=0.5 * 10**-places + 4 * np.spacing(value))


def test_a_day_keeps_the_table_s_rules_and_gives_each_seen_slot_one_row() -> None:
    rows = PriceHistory(VND, 3, texture=FLAWED).rows(DAY)
    assert rows.schema.equals(HISTORY.arrow_schema)
    assert HISTORY.failures(rows.slice(0, 500)) == {}
    sides = rows["side"].to_pylist()
    slots = list(zip(sides, rows["slot"].to_pylist(), strict=True))
    assert len(set(slots)) == len(slots)
    assert 2 * 2500 < len(slots) < 2 * 2880
    assert 0 < rows["value"].null_count < 0.1 * len(slots)
    assert {moment.date() for moment in rows["observed_at"].to_pylist()} == {DAY}


def test_the_rows_say_what_the_series_says() -> None:
    rows = PriceHistory(VND, 3).rows(DAY).slice(0, 100).to_pylist()
    moments = np.array([row["observed_at"].timestamp() for row in rows])
    prices = executable_prices(MarketSide(VND, Side.BUY), 3, MarketModel(), moments)
    assert [float(row["value"] or "nan") for row in rows] == pytest.approx(list(prices), abs=0.51, nan_ok=True)
    assert rows[0]["amount_fiat"] == Decimal(10_000_000)


def test_a_day_that_is_not_over_ends_where_it_is_cut_and_is_else_the_same() -> None:
    noon = datetime(2026, 3, 5, 12, tzinfo=UTC)
    whole, half = PriceHistory(VND, 3).rows(DAY), PriceHistory(VND, 3).rows(DAY, noon)
    assert half.to_pylist()[-1]["observed_at"] < noon
    assert [row for row in whole.to_pylist() if row["observed_at"] < noon] == half.to_pylist()


def test_a_market_that_nobody_simulates_is_refused() -> None:
    with pytest.raises(ValueError, match=r"market was bybit\.USDT-XXX; the simulator has the assets USDT"):
        PriceHistory(Market("bybit", "USDT", "XXX"), 1)
