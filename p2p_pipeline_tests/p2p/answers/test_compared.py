"""Two series side by side: what has one unit is subtracted, what has not is compared by how it changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from p2p_pipeline.p2p.answers.compared import compared
from p2p_pipeline.p2p.answers.history import ShownSeries
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.history.period_name import PeriodName
from p2p_pipeline.p2p.metrics.history.periods import Period
from p2p_pipeline.p2p.metrics.history.series import SeriesKey

RUB, VND = Market("bybit", "USDT", "RUB"), Market("binance", "USDT", "VND")
FIRST = datetime(2026, 11, 20, tzinfo=UTC)


def series(values: Sequence[float | None], market: Market = RUB, measure: str = "vwap") -> ShownSeries:
    hour = timedelta(hours=1)
    periods = [
        Period(FIRST + n * hour, FIRST + (n + 1) * hour, 1, int(value is not None), None, 0.0, *[value] * 7)
        for n, value in enumerate(values)
    ]
    return ShownSeries(
        SeriesKey(MarketSide(market, Side.BUY), measure), None, PeriodName.HOUR, ZoneInfo("UTC"), periods, [], [],
        (FIRST, FIRST + len(values) * hour), [],
    )  # fmt: skip


def test_prices_of_one_unit_differ_by_a_share_of_the_first() -> None:
    found = compared(series([100, 100, 110]), series([101, 102, 121]))
    assert found is not None
    assert (found.is_same_unit, found.periods) == (True, 3)
    assert found.difference_now == pytest.approx(0.1)
    assert [found.difference, found.least_difference] == pytest.approx([0.02, 0.01])
    assert [found.change, found.other_change] == pytest.approx([0.1, 121 / 101 - 1])


def test_series_of_other_units_are_compared_by_their_changes_alone() -> None:
    found = compared(series([100, 110]), series([26_000, 25_000], VND))
    assert found is not None
    assert (found.is_same_unit, found.difference, found.difference_now) == (False, None, None)
    assert [found.change, found.other_change] == pytest.approx([0.1, 25 / 26 - 1])


def test_shares_differ_by_their_difference() -> None:
    found = compared(series([0.01, 0.02], measure="spread"), series([0.015, 0.05], measure="spread"))
    assert found is not None
    assert found.is_of_shares
    assert found.difference_now == pytest.approx(0.03)


def test_only_periods_that_both_have_count_and_without_one_there_is_no_comparison() -> None:
    found = compared(series([100, None, 110, 120]), series([None, 7, 11]))
    assert found is not None
    assert (found.periods, found.since) == (1, FIRST + timedelta(hours=2))
    assert compared(series([100, None]), series([None, 7])) is None


def test_a_first_value_of_nothing_is_divided_by_nowhere() -> None:
    found = compared(series([0, 5], measure="offers"), series([3, 4], measure="offers"))
    assert found is not None
    assert found.change is None
    assert found.difference_now == pytest.approx(-0.2)
