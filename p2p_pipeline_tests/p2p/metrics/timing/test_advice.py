"""The advice as a person gets it: right hours, in their own time, and never a confident one from bad input."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.metrics.history.series import Series, SeriesKey
from p2p_pipeline.p2p.metrics.timing.advice import Advice, advise_and_walk
from p2p_pipeline.p2p.metrics.timing.hours import LocalHour
from p2p_pipeline.p2p.metrics.timing.judgement import Verdict
from p2p_pipeline.p2p.metrics.timing.profile import timing_profile
from p2p_pipeline.p2p.simulator.model import MarketModel
from p2p_pipeline.p2p.simulator.price_series import executable_prices
from p2p_pipeline.p2p.simulator.rhythm import NO_RHYTHM, Rhythm
from p2p_pipeline_tests.p2p.metrics.timing.advising import advise
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import MARKET, MONDAY, NOISES, WEEK, Floats, hourly, rhythm


def walking(weeks: int, seed: int = 1, noise: str = "random walk") -> Floats:
    return NOISES[noise](weeks * WEEK, np.random.default_rng(seed))


def of_market(side: Side, weeks: int, model: MarketModel, seed: int = 3) -> Series:
    """A simulated market's executable price, the median of each hour's twelve looks."""
    moments = MONDAY + 300.0 * np.arange(weeks * WEEK * 12)
    prices = executable_prices(MarketSide(MARKET, side), seed, model, moments).reshape(-1, 12)
    return hourly(np.log(np.nanmedian(prices, axis=1) / 90), side)


@pytest.mark.parametrize(("side", "best"), [(Side.BUY, 6), (Side.SELL, 18)])
def test_the_simulated_markets_rhythm_is_found_for_buyers_and_sellers(side: Side, best: int) -> None:
    model = MarketModel(rhythm=Rhythm(weekly_amplitude=0, spread_amplitude=0))
    found = advise(of_market(side, 12, model), "UTC")
    assert found.verdict is Verdict.RECOMMENDED
    assert LocalHour(None, best) in found.hours
    assert all(abs(hour.hour + 0.5 - best) <= 4 for hour in found.hours)
    assert found.expected_improvement == pytest.approx(0.004, rel=0.3)
    assert found.mean_interval is not None
    assert 0 < found.mean_interval[0] < found.expected_improvement < found.mean_interval[1]


def test_the_simulated_market_without_rhythm_gets_no_advice() -> None:
    model = MarketModel(rhythm=NO_RHYTHM)
    found = [advise(of_market(side, 8, model, seed), "UTC") for side in Side for seed in range(100, 106)]
    assert sum(one.verdict is Verdict.RECOMMENDED for one in found) <= 1
    quiet = [one for one in found if one.verdict is Verdict.NONE]
    assert all(one.hours == () and one.expected_improvement == 0 and one.interval for one in quiet)


WEEKEND = np.where(np.arange(20 * WEEK) // 24 % 7 >= 5, 0.01, 0.0)


def test_weekdays_are_told_apart_when_they_differ_and_only_then() -> None:
    wave = rhythm(20 * WEEK, 0.003)
    found = advise(hourly(walking(20) + wave + WEEKEND, Side.SELL), "UTC")
    assert found.verdict is Verdict.RECOMMENDED
    assert {hour.weekday for hour in found.hours} == {5, 6}
    same = advise(hourly(walking(20) + wave), "UTC")
    assert {hour.weekday for hour in same.hours} == {None}


def test_where_only_weekdays_differ_whole_weekdays_are_recommended_and_no_hour_of_them() -> None:
    weekends = np.where(np.arange(30 * WEEK) // 24 % 7 >= 5, 0.01, 0.0)
    found = advise(hourly(walking(30) + weekends, Side.SELL), "UTC")
    assert found.verdict is Verdict.RECOMMENDED
    assert found.is_of_weekdays
    assert "no hour of the day is reliably better" in found.reason
    assert found.hours == tuple(LocalHour(day, hour) for day in (5, 6) for hour in range(24))


@pytest.mark.parametrize("seed", [2, 40, 55])
def test_weekdays_that_differ_do_not_hide_an_hour_that_is_good_on_all_of_them(seed: int) -> None:
    weeks, random = 20, np.random.default_rng(seed)
    at = np.arange(weeks * WEEK)
    is_wednesday_evening = (at // 24 % 7 == 2) & (at % 24 == 18)
    logs = walking(weeks, seed) + rhythm(len(at), 0.0008) + 0.0035 * random.choice([-1, 1]) * is_wednesday_evening
    found = advise(hourly(logs), "UTC")
    assert found.verdict is Verdict.RECOMMENDED
    assert not found.by_weekday
    assert {hour.weekday for hour in found.hours} == {effect.at.weekday for effect in found.effects} == {None}
    assert LocalHour(None, 6) in found.hours
    assert "weekdays differ, but not reliably enough" in found.reason
    assert found.chance is not None
    assert found.chance <= 0.05
    assert found.mean_interval is not None
    assert 0 < found.mean_interval[0] < found.expected_improvement < found.mean_interval[1]


def test_hours_are_of_the_persons_own_clock_also_across_daylight_saving() -> None:
    # Eight weeks before summer time begins in Berlin, and eight after.
    start = MONDAY + 5 * WEEK * 3600
    starts = start + 3600 * np.arange(16 * WEEK)
    zone = ZoneInfo("Europe/Berlin")
    local = np.array([datetime.fromtimestamp(int(at), zone).hour for at in starts])
    series = hourly(walking(16) - 0.004 * (local == 15), start=start)
    assert advise(series, "Europe/Berlin").hours == (LocalHour(None, 15),)
    # By UTC the cheap hour is 14 in winter and 13 in summer.
    assert {hour.hour for hour in advise(series, "UTC").hours} <= {13, 14}
    assert advise(series, "America/New_York").hours == (LocalHour(None, 9),)


def test_the_same_series_gives_the_same_advice_and_it_does_not_depend_on_the_currencys_unit() -> None:
    series = hourly(walking(10) + rhythm(10 * WEEK, 0.003))
    first, second = advise(series, "UTC"), advise(replace(series, values=series.values * 1000), "UTC")
    assert first == advise(series, "UTC")
    assert (second.verdict, second.hours) == (first.verdict, first.hours)
    assert second.expected_improvement == pytest.approx(first.expected_improvement)


def test_the_advice_says_what_waiting_improves_over_now() -> None:
    found = advise(hourly(walking(10) + rhythm(10 * WEEK, 0.003)), "UTC")
    dear, good = datetime(2026, 1, 5, 18, 30, tzinfo=UTC), datetime(2026, 1, 5, 6, tzinfo=UTC)
    assert found.over_trading_at(dear) == pytest.approx(0.0055, abs=0.0015)
    assert found.over_trading_at(good) == 0
    assert advise(hourly(walking(10)), "UTC").over_trading_at(dear) is None


def only(keep: Callable[[np.ndarray], np.ndarray], weeks: int = 12) -> Series:
    logs = walking(weeks) + rhythm(weeks * WEEK, 0.003)
    logs[~keep(np.arange(weeks * WEEK))] = np.nan
    return hourly(logs)


BAD = {
    "empty": (hourly(np.full(5, np.nan)), "no price"),
    "all not a number": (replace(hourly(np.zeros(WEEK * 9)), values=np.full(WEEK * 9, np.nan)), "no price"),
    "one value": (hourly(np.zeros(1)), "not enough history"),
    "a single week": (hourly(walking(1) + rhythm(WEEK, 0.02)), "a single week of 4"),
    "two weeks": (hourly(walking(2) + rhythm(2 * WEEK, 0.02)), "2 weeks of 4"),
    "two weeks, a gap of a year, one week": (only(lambda at: (at < 2 * WEEK) | (at >= 55 * WEEK), 56), "3 weeks of 4"),
    "constant": (hourly(np.zeros(20 * WEEK)), "did not move"),
    "one hour each day": (only(lambda at: at % 24 == 9), "no day has a price in enough of its hours"),
    "weekends only": (only(lambda at: at // 24 % 7 >= 5, 20), "too few hours"),
    "a spike of a thousand times": (
        hourly(walking(12) + np.where(np.arange(12 * WEEK) == 1000, -7.0, 0.0)),
        "no hour is reliably better",
    ),
    "spikes that always hit one hour, three times": (
        hourly(walking(12) - 7.0 * np.isin(np.arange(12 * WEEK), [24 * day + 9 for day in (10, 40, 70)])),
        "no hour is reliably better",
    ),
    "one step": (hourly(np.where(np.arange(20 * WEEK) < 1000, 0.0, 0.1)), "no hour is reliably better"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_a_clear_answer_and_never_a_confident_one(name: str) -> None:
    series, reason = BAD[name]
    found = advise(series, "Europe/Berlin")
    assert found.verdict is Verdict.NONE
    assert reason in found.reason
    assert found.hours == ()
    assert all(math.isfinite(value) for value in numbers(found))
    timing_profile(series, "Europe/Berlin")


def numbers(found: Advice) -> list[float]:
    single = (
        found.candidate_improvement,
        found.worst_case_regret,
        found.chance,
        found.weeks,
        found.expected_improvement,
    )
    effects = [value for effect in found.effects for value in (effect.improvement, effect.low, effect.high)]
    return [*(value for value in single if value is not None), *(found.interval or ()), *effects]


def test_gaps_of_weeks_are_gaps_and_the_advice_is_from_the_rest() -> None:
    found = advise(only(lambda at: (at < 4 * WEEK) | (at >= 9 * WEEK), 16), "UTC")
    assert found.weeks == 11
    assert found.verdict is Verdict.RECOMMENDED
    assert LocalHour(None, 6) in found.hours


def test_an_hour_that_nobody_ever_saw_is_never_advised() -> None:
    found = advise(only(lambda at: at % 24 != 6), "UTC")
    assert found.verdict is Verdict.RECOMMENDED
    assert 6 not in {hour.hour for hour in found.candidates}
    assert 6 not in {effect.at.hour for effect in found.effects}


def test_five_minute_periods_of_an_odd_zone_are_advised_in_its_hours() -> None:
    logs = np.repeat(walking(8), 12) + np.repeat(rhythm(8 * WEEK, 0.003), 12)
    starts = MONDAY + 300 * np.arange(len(logs), dtype=np.int64)
    key = SeriesKey(MarketSide(MARKET, Side.BUY), "executable")
    series = Series(key, None, 300, starts, np.exp(logs), np.ones(len(logs), dtype=np.int64))
    # 06:00 UTC is 11:45 in Kathmandu.
    found = advise(series, "Asia/Kathmandu")
    assert {hour.hour for hour in found.hours} & {11, 12}
    assert "5-minute" in advise(hourly(walking(8)), "Asia/Kathmandu").reason


def test_a_year_of_hours_is_advised_and_the_advice_walked_through_in_less_than_3_s_of_work() -> None:
    # Work, not time: the machine may be busy with something else.
    started = time.thread_time()
    _, weeks = advise_and_walk(hourly(walking(52) + rhythm(52 * WEEK, 0.001)), "Europe/Berlin")
    assert time.thread_time() - started < 3
    assert len(weeks) >= 46
