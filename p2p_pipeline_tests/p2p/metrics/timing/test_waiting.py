"""Now or wait: when the best hours come, what waiting for them gave, and how the newest price stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.timing.few_hours import best_of_next_day, few_best, within_a_day
from p2p_pipeline.p2p.metrics.timing.hours import LocalHour
from p2p_pipeline.p2p.metrics.timing.local_hours import LocalHours, local_hours
from p2p_pipeline.p2p.metrics.timing.waiting import (
    expected_wait_hours,
    next_time,
    past_waits,
    standing,
    week_mask,
)
from p2p_pipeline.p2p.trading_hours import ALL_DAY, TradingHours
from p2p_pipeline_tests.p2p.metrics.timing.advising import advise
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import MONDAY, NOISES, WEEK, Floats, hourly, rhythm

MORNING = week_mask((LocalHour(None, 6), LocalHour(None, 7)))


def hours_of_logs(logs: Floats) -> LocalHours:
    return local_hours(hourly(logs), "UTC")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 60 * 24 * 400), st.sampled_from(["UTC", "Asia/Kathmandu"]))
def test_the_next_time_is_wanted_and_nothing_before_it_is(seed: int, minutes: int, name: str) -> None:
    zone, wanted = ZoneInfo(name), np.random.default_rng(seed).random(168) < 0.05
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    found = next_time(now, zone, wanted)
    assert (found is None) == (not wanted.any())
    if found is None:
        return

    def is_wanted(moment: datetime) -> bool:
        local = moment.astimezone(zone)
        return bool(wanted[local.weekday() * 24 + local.hour])

    assert is_wanted(found)
    between = int((found - now).total_seconds() // 60)
    assert not any(is_wanted(now + timedelta(minutes=step)) for step in range(0, between, 7))


def test_the_wait_for_hours_that_a_clock_skips_ends_at_the_next_day_that_has_them() -> None:
    wanted = week_mask((LocalHour(None, 2),))
    # In Berlin there is no 02:00 on 29 March 2026.
    found = next_time(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"), wanted)
    assert found == datetime(2026, 3, 30, 0, 0, tzinfo=UTC)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_expected_wait_is_the_mean_of_random_tries(seed: int) -> None:
    random = np.random.default_rng(seed)
    wanted, allowed = random.random(168) < 0.1, random.random(168) < 0.5
    expected = expected_wait_hours(wanted, allowed)
    if not wanted.any() or not allowed.any():
        assert expected is None
        return
    tries = random.choice(np.flatnonzero(allowed), 4000) + random.random(4000)
    starts = np.concatenate([np.flatnonzero(wanted), np.flatnonzero(wanted) + 168])
    waits = [0.0 if wanted[int(at)] else float(starts[starts > at][0] - at) for at in tries]
    assert expected == pytest.approx(float(np.mean(waits)), abs=0.15 * (1 + float(np.std(waits))))


@pytest.mark.parametrize("side", Side)
def test_past_waits_are_what_each_day_gave_counted_one_by_one(side: Side) -> None:
    random = np.random.default_rng(5)
    logs = NOISES["random walk"](6 * WEEK, random)
    logs[random.random(len(logs)) < 0.2] = np.nan
    found = past_waits(hours_of_logs(logs), MORNING, LocalHour(None, 20), side)
    sign, one_by_one = (-1 if side is Side.BUY else 1), []
    # hourly() starts at a Monday 00:00; the last evening has no morning after it.
    for day in range(41):
        then = logs[(day + 1) * 24 + 6 : (day + 1) * 24 + 8]
        if np.isfinite(logs[day * 24 + 20]) and np.isfinite(then).any():
            one_by_one.append(sign * (np.nanmean(then) - logs[day * 24 + 20]))
    assert found is not None
    assert found.days == len(one_by_one)
    assert found.chance_better == pytest.approx(np.mean(np.array(one_by_one) > 0))
    assert found.quantile_10 <= found.quantile_50 <= found.quantile_90
    assert found.quantile_50 == pytest.approx(np.median(one_by_one), abs=1e-4)


def test_of_fewer_than_five_days_nothing_is_said() -> None:
    assert past_waits(hours_of_logs(np.zeros(4 * 24)), MORNING, LocalHour(None, 20), Side.BUY) is None
    assert standing(hours_of_logs(np.zeros(4 * 24)), Side.BUY) is None


@pytest.mark.parametrize(("side", "sign"), [(Side.BUY, -1), (Side.SELL, 1)])
def test_the_newest_price_stands_against_what_its_hour_usually_costs_also_while_prices_rise(
    side: Side, sign: int
) -> None:
    # 1 % a day: against last weeks' plain prices every hour would look dear.
    at = np.arange(30 * 24)
    logs = 0.01 / 24 * at + rhythm(len(at), 0.01) + NOISES["white"](len(at), np.random.default_rng(1)) / 10
    logs[-1] += 0.003
    found = standing(hours_of_logs(logs), side)
    assert found is not None
    assert found.improvement_over_usual == pytest.approx(sign * 0.003, abs=0.0008)
    assert found.percentile == (0.0 if side is Side.BUY else 1.0)
    assert found.price / found.usual_price == pytest.approx(1.003, abs=0.0008)
    assert found.days == 28


def test_the_few_best_hours_are_ranked_and_worth_no_less_the_fewer_they_are() -> None:
    logs = NOISES["random walk"](26 * WEEK, np.random.default_rng(2)) + rhythm(26 * WEEK, 0.002)
    found = advise(hourly(logs), "UTC")
    few = few_best(found, ALL_DAY)
    assert [len(one.hours) for one in few] == list(range(1, min(3, len(found.hours)) + 1))
    assert set(few[-1].hours) <= set(found.hours)
    assert [one.improvement for one in few] == sorted((one.improvement for one in few), reverse=True)
    assert [one.wait_hours for one in few] == sorted((one.wait_hours for one in few), reverse=True)
    # One hour of the day: half of the other 23 on average, and nothing within it.
    assert few[0].wait_hours == pytest.approx(sum(ahead - 0.5 for ahead in range(1, 24)) / 24)
    best = max(effect.improvement for effect in found.effects if effect.is_candidate)
    assert found.expected_improvement - 1e-9 <= few[0].improvement < best + found.expected_improvement * 0.2
    assert few_best(advise(hourly(np.zeros(WEEK)), "UTC"), ALL_DAY) == ()


def test_where_the_best_hours_come_once_a_week_what_a_day_of_waiting_brings_is_told_too() -> None:
    weeks, at = 26, np.arange(WEEK)
    # Cheapest on Wednesdays at 6:00: the price's own truth of each hour of the week.
    truth = 0.006 * np.cos(2 * np.pi * (at - 54) / WEEK) - rhythm(WEEK, 0.002)
    logs = NOISES["white"](weeks * WEEK, np.random.default_rng(4)) / 4 - np.tile(truth, weeks)
    advice = advise(hourly(logs), "UTC")
    few, soon = few_best(advice, ALL_DAY), within_a_day(advice, ALL_DAY)
    assert advice.by_weekday
    assert soon is not None
    assert few[-1].wait_hours > 24 > soon.wait_hours
    possible = np.mean([truth[(first + np.arange(24)) % WEEK].max() for first in at])
    assert 0.7 * possible < soon.improvement < 1.05 * possible
    # Friday, 20:00: the next of the few is days off, the next morning is not.
    friday = datetime.fromtimestamp(MONDAY, UTC) + timedelta(weeks=weeks, days=4, hours=20)
    next_day = best_of_next_day(advice, ALL_DAY, friday)
    assert next_day is not None
    assert next_day.begins_at.hour == next_day.at.hour
    assert 0 < next_day.wait_seconds < 24 * 3600
    place = next_day.at.weekday * 24 + next_day.at.hour if next_day.at.weekday is not None else 0
    assert next_day.expected_improvement == pytest.approx(truth[place] - truth[4 * 24 + 20], abs=0.0008)
    # Only hours that the person has.
    evening = best_of_next_day(advice, TradingHours.parse("16-22"), friday)
    assert evening is not None
    assert 16 <= evening.at.hour < 22


def test_hours_of_every_day_come_within_a_day_and_need_no_second_answer() -> None:
    logs = NOISES["random walk"](10 * WEEK, np.random.default_rng(2)) + rhythm(10 * WEEK, 0.005)
    found = advise(hourly(logs), "UTC")
    assert found.hours
    assert not found.by_weekday
    assert within_a_day(found, ALL_DAY) is None
    assert best_of_next_day(found, ALL_DAY, datetime.fromtimestamp(MONDAY, UTC)) is None
