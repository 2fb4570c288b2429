"""No exchange is spoken to faster than it puts up with, and none is asked that wants to be left alone."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.exchanges.connections.backoff import life_seconds, reconnect_seconds
from p2p_pipeline.exchanges.connections.pacing import HourlyBudget, Stop, Turns

MOMENTS = st.lists(st.floats(0, 100), min_size=1, max_size=40).map(sorted)


@given(MOMENTS, st.floats(0.5, 50))
def test_turns_never_come_closer_than_the_pace(moments: list[float], per_second: float) -> None:
    turns = Turns(per_second)
    taken = [moment + turns.take(moment) for moment in moments]
    assert all(later - earlier >= 1 / per_second - 1e-9 for earlier, later in pairwise(taken))
    assert taken[0] == moments[0]


@given(st.lists(st.integers(0, 100), max_size=30).map(sorted), st.integers(1, 5))
def test_no_hour_has_more_than_its_budget(minutes: list[int], most: int) -> None:
    budget = HourlyBudget(most)
    taken, now = [], 0.0
    for moment in minutes:
        now = max(now, moment * 60)
        now += budget.wait(now)
        budget.take(now)
        taken.append(now)
    for begin in taken:
        assert sum(begin <= moment < begin + 3600 for moment in taken) <= most


def test_a_budget_without_a_limit_never_waits() -> None:
    budget = HourlyBudget(None)
    for _ in range(1000):
        budget.take(0.0)
    assert budget.wait(0.0) == 0.0


@pytest.mark.parametrize(
    ("status", "retry_after", "silent"),
    [(429, 7.0, 7.0), (429, None, 30.0), (418, None, 300.0), (403, None, 600.0), (418, 1.0, 1.0)],
)
def test_an_exchange_that_refuses_is_left_alone_as_long_as_it_says(
    status: int, retry_after: float | None, silent: float
) -> None:
    stop = Stop()
    assert stop.refused(status, retry_after, 100.0) == silent
    assert stop.seconds(100.0) == silent
    assert stop.seconds(100.0 + silent) == 0.0


def test_other_answers_stop_nothing_and_a_shorter_pause_does_not_end_a_longer_one() -> None:
    stop = Stop()
    assert stop.refused(500, None, 0.0) is None
    assert stop.seconds(0.0) == 0.0
    stop.refused(418, 100.0, 0.0)
    stop.refused(429, 1.0, 0.0)
    assert stop.seconds(0.0) == 100.0


def test_pauses_between_attempts_double_up_to_a_minute_and_are_never_nothing() -> None:
    source = random.Random(7)
    for attempt in range(1, 20):
        ceiling = min(60.0, 2.0 ** (attempt - 1))
        assert all(ceiling / 2 <= reconnect_seconds(attempt, source) <= ceiling for _ in range(20))


def test_a_connection_is_replaced_before_its_exchange_ends_it_and_not_all_at_once() -> None:
    source = random.Random(7)
    lives = [life_seconds(24.0, source) for _ in range(50)]
    assert all(20 * 3600 < life < 24 * 3600 for life in lives)
    assert len(set(lives)) > 40
    assert life_seconds(None, source) == float("inf")
