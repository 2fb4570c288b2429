"""A day's rows: every hour of every series, with its state and a reason a person can read."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.history.series import Series
from p2p_pipeline.p2p.metrics.unusual.day import anomaly_rows
from p2p_pipeline.p2p.metrics.unusual.schema import ANOMALIES
from p2p_pipeline.p2p.metrics.unusual.spans import spans_of
from p2p_pipeline_tests.p2p.metrics.unusual.made_up import Floats, market_hours, noisy_prices, series_of

DAYS = 40
HOURS = 24 * DAYS
TODAY = HOURS - 24
UTC_ZONE = ZoneInfo("UTC")


def rows_of(*series: Series, hours_of_day: int = 24) -> list[dict[str, Any]]:
    hours = market_hours(series, DAYS, hours_of_day=hours_of_day)
    rows = list(anomaly_rows(hours, [("weekend",)] * 24, UTC_ZONE))
    assert ANOMALIES.failures(ANOMALIES.table_of(rows)) == {}
    return rows


def offer_counts(seed: int) -> Floats:
    daily = 1 + 0.3 * np.sin(2 * np.pi * np.arange(HOURS) / 24)
    return np.random.default_rng(seed).poisson(500 * daily).astype(np.float64)


def states_at(rows: list[dict[str, Any]], hour: int) -> set[str]:
    return {row["state"] for row in rows if row["hour_start"].hour == hour}


def test_every_hour_of_every_series_has_a_row_and_a_calm_day_is_normal() -> None:
    rows = rows_of(
        series_of(noisy_prices(HOURS, 1), "executable", step=0),
        series_of(offer_counts(2), "offers"),
        series_of(np.random.default_rng(3).normal(0.01, 0.001, HOURS), "spread"),
        series_of(np.random.default_rng(4).lognormal(7, 0.3, HOURS), "asset_near_best"),
    )
    assert Counter(row["measure"] for row in rows) == dict.fromkeys(
        ("executable", "offers", "spread", "asset_near_best"), 24
    )
    assert {row["state"] for row in rows} == {"normal"}
    assert rows[0]["tags"] == ["weekend"]


def test_few_offers_are_told_with_the_usual_number_the_record_and_whom_it_hurts() -> None:
    counts = offer_counts(5)
    counts[TODAY + 14] = 90
    (told,) = [row for row in rows_of(series_of(counts, "offers")) if row["state"] == "unusual"]
    assert told["reason"].startswith("offers 90 where ")
    assert " are usual at 14:00: " in told["reason"]
    assert "% below, the lowest in 5 weeks; bad for buyers" in told["reason"]
    assert told["value"] == 90
    assert told["value"] < told["usual_low"] < told["expected"] < told["usual_high"]


@pytest.mark.parametrize(("side", "meaning"), [(Side.BUY, "bad for buyers"), (Side.SELL, "good for sellers")])
def test_a_high_price_is_bad_for_buyers_and_good_for_sellers(side: Side, meaning: str) -> None:
    prices = noisy_prices(HOURS, 6)
    prices[TODAY + 5] *= 1.05
    (told,) = [row for row in rows_of(series_of(prices, side=side)) if row["state"] == "unusual"]
    assert "% above" in told["reason"]
    assert told["reason"].endswith(meaning)


def test_a_nearly_empty_book_on_both_sides_is_an_outage_of_every_measure() -> None:
    buy, sell, prices = offer_counts(7), offer_counts(8), noisy_prices(HOURS, 9)
    buy[TODAY + 6 : TODAY + 9] = sell[TODAY + 6 : TODAY + 9] = 4
    prices[TODAY + 6 : TODAY + 9] *= 1.2
    rows = rows_of(series_of(buy, "offers"), series_of(sell, "offers", Side.SELL), series_of(prices))
    assert states_at(rows, 7) == {"outage"}
    assert states_at(rows, 5) == states_at(rows, 12) == {"normal"}
    assert all("offers 4 on BUY where" in row["reason"] for row in rows if row["hour_start"].hour == 7)
    assert {row["value"] for row in rows if row["hour_start"].hour == 7 and row["measure"] == "offers"} == {4}


def test_one_side_that_empties_is_unusual_and_no_outage() -> None:
    buy = offer_counts(10)
    buy[TODAY + 6 : TODAY + 9] = 4
    rows = rows_of(series_of(buy, "offers"), series_of(offer_counts(11), "offers", Side.SELL))
    assert {row["state"] for row in rows if row["side"] == "BUY" and 6 <= row["hour_start"].hour < 9} == {"unusual"}


def test_hours_that_nobody_saw_are_an_outage_and_a_measure_without_a_value_is_no_data() -> None:
    prices, best = noisy_prices(HOURS, 12), noisy_prices(HOURS, 13)
    prices[TODAY + 3 : TODAY + 5] = best[TODAY + 3 : TODAY + 5] = np.nan
    prices[TODAY + 10] = np.nan
    rows = rows_of(series_of(prices, "executable", step=1), series_of(best, "best"))
    assert states_at(rows, 3) == states_at(rows, 4) == {"outage"}
    assert states_at(rows, 10) == {"normal", "no_data"}
    assert states_at(rows, 6) == {"normal"}


def test_a_single_day_of_history_is_not_enough_and_says_how_much_there_is() -> None:
    prices = np.full(HOURS, np.nan)
    prices[TODAY - 24 :] = noisy_prices(48, 14)
    rows = rows_of(series_of(prices))
    assert {row["state"] for row in rows} == {"not_enough_history"}
    assert all(row["score"] is None and row["expected"] is None for row in rows)
    assert "24 hours seen before: too few" in rows[0]["reason"]


def test_a_series_that_ended_weeks_ago_has_no_rows_and_a_day_that_goes_on_has_only_its_hours() -> None:
    ended = noisy_prices(HOURS, 15)
    ended[TODAY - 10 * 24 :] = np.nan
    assert rows_of(series_of(ended)) == []
    assert len(rows_of(series_of(noisy_prices(HOURS, 16)), hours_of_day=7)) == 7


def test_a_devaluation_is_one_span_from_its_first_hour_known_half_a_day_later() -> None:
    prices = noisy_prices(HOURS, 17)
    prices[TODAY + 2 :] *= 1.15
    rows = rows_of(series_of(prices))
    (span,) = spans_of(rows)
    assert span.state == "regime_change"
    assert span.start.hour == 2
    assert (span.known_at - span.start).total_seconds() / 3600 == 12
    assert span.hours == 11
    (told,) = [row for row in rows if row["hour_start"].hour == 20]
    assert re.search(r"the level of vwap shifted by \+1[45]\.\d % at 2025-02-09 02:00 UTC and stayed", told["reason"])


def test_spikes_are_spans_of_their_own_with_their_peak() -> None:
    prices = noisy_prices(HOURS, 18)
    prices[[TODAY + 2, TODAY + 3, TODAY + 12]] *= [1.05, 1.08, 0.9]
    first, second = spans_of(rows_of(series_of(prices)))
    assert (first.start.hour, first.end.hour, first.hours, first.peak["hour_start"].hour) == (2, 4, 2, 3)
    assert second.peak["score"] < -4
    assert {first.state, second.state} == {"unusual"}
