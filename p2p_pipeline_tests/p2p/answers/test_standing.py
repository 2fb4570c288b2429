"""How a price stands against what its hour usually costs: the price of now, not the newest that is stored."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.answers.asked import asked_market
from p2p_pipeline.p2p.answers.standing import standing_of_price
from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.metrics.history.series import Series, SeriesKey

NOW = datetime(2026, 11, 30, 3, 20, tzinfo=UTC)
HOUR = 3600


def prices_until(hours_ago: int, days: int = 20, present: float = 100.0) -> Series:
    """Each hour 100, and the newest one `present`."""
    end = int(NOW.timestamp()) // HOUR * HOUR - hours_ago * HOUR
    starts = np.arange(end - days * 24 * HOUR, end + 1, HOUR, dtype=np.int64)
    values = np.full(len(starts), 100.0)
    values[-1] = present
    key = SeriesKey(MarketSide(asked_market("bybit.USDT-RUB"), Side.BUY), "executable", "wide", 1)
    return Series(key, None, HOUR, starts, values, np.ones(len(starts), dtype=np.int64))


@pytest.mark.parametrize("timezone", ["UTC", "Europe/Moscow", "America/New_York"])
@pytest.mark.parametrize(("side", "price", "gain"), [(Side.BUY, 99.0, 0.01), (Side.SELL, 99.0, -0.01)])
def test_a_price_below_the_usual_is_better_to_buy_and_worse_to_sell(
    side: Side, price: float, gain: float, timezone: str
) -> None:
    stands = standing_of_price(prices_until(1), side, price, NOW, timezone)
    assert stands is not None
    assert stands.improvement_over_usual == pytest.approx(gain, abs=2e-4)
    assert stands.usual_price == pytest.approx(100)
    assert stands.percentile == (1.0 if gain > 0 else 0.0)
    assert stands.days >= 18


@given(st.floats(50, 200))
def test_what_is_stored_of_the_present_hour_changes_nothing(present: float) -> None:
    stored = standing_of_price(prices_until(0, present=present), Side.BUY, 99.0, NOW, "UTC")
    assert stored == standing_of_price(prices_until(0), Side.BUY, 99.0, NOW, "UTC")


@pytest.mark.parametrize("stored", [prices_until(30), prices_until(1, days=3)])
def test_nothing_is_said_when_stored_prices_end_more_than_a_day_ago_or_are_of_too_few_days(stored: Series) -> None:
    assert standing_of_price(stored, Side.BUY, 99.0, NOW, "UTC") is None
