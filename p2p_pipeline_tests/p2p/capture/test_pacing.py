from __future__ import annotations

from bisect import bisect_left
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from p2p_pipeline.p2p.capture.pacing import (
    Pace,
    PacingLimits,
    after_slow_down,
    after_success,
    next_turn,
    starting_pace,
    take_turn,
)

LIMITS = PacingLimits(requests_per_second=4.0, minimum_per_second=0.5)


def test_turns_are_as_far_apart_as_the_pace_says() -> None:
    pace = starting_pace(LIMITS)
    starts = []
    for _ in range(4):
        start, pace = take_turn(pace, LIMITS, 100.0)
        starts.append(start)
    assert starts == [100.0, 100.25, 100.5, 100.75]


def test_time_that_nobody_used_is_not_saved_up_for_a_burst() -> None:
    _, pace = take_turn(starting_pace(LIMITS), LIMITS, 100.0)
    first, pace = take_turn(pace, LIMITS, 500.0)
    second, _ = take_turn(pace, LIMITS, 500.0)
    assert (first, second) == (500.0, 500.25)


def test_a_delay_is_made_good_by_whoever_stood_in_line_and_a_long_one_is_lost() -> None:
    _, pace = take_turn(starting_pace(LIMITS), LIMITS, 100.0)
    late, after = take_turn(pace, LIMITS, 100.29, waiting_since=100.0)
    assert (late, after.next_at) == (100.25, 100.5), "the schedule goes on as if nobody had been late"
    assert take_turn(pace, LIMITS, 100.29, waiting_since=100.29)[0] == 100.29, "nobody was waiting: nothing made good"
    assert take_turn(pace, LIMITS, 160.0, waiting_since=100.0)[0] == 160.0 - LIMITS.catch_up_seconds


@given(st.lists(st.tuples(st.integers(1, 30), st.floats(0.0, 2.0)), max_size=8), st.floats(0.0, 0.01))
@example([(10, 0.5)], 0.0)
def test_no_second_ever_has_more_than_one_request_beyond_the_rate_however_the_process_stalls(
    stalls: list[tuple[int, float]], late_seconds: float
) -> None:
    limits = PacingLimits(requests_per_second=10.0)
    pace, now, sent = starting_pace(limits), 0.0, []
    for requests, stall_seconds in [*stalls, (30, 0.0)]:
        for _ in range(requests):
            due = next_turn(pace, now)
            now = due + late_seconds if due > now else now
            _, pace = take_turn(pace, limits, now, waiting_since=0.0)
            sent.append(now)
        now += stall_seconds
    assert max(bisect_left(sent, at + 1.0) - first for first, at in enumerate(sent)) <= 11


def test_the_first_refusal_halves_the_pace_and_a_burst_of_them_halves_it_once() -> None:
    pace = starting_pace(LIMITS)
    for _ in range(5):
        pace = after_slow_down(pace, LIMITS, sent_at=99.0, now=100.0, retry_after_seconds=None)
    assert pace.per_second == 2.0
    assert after_slow_down(pace, LIMITS, sent_at=101.0, now=102.0, retry_after_seconds=None).per_second == 1.0


def _refused_and_let_through(per_second: float, seconds: float) -> Pace:
    """A pace that was refused at 100 and then had so many answers a second for so long."""
    pace, now = after_slow_down(starting_pace(LIMITS), LIMITS, 100.0, 100.0, None), 100.0
    for _ in range(round(seconds * per_second)):
        now += 1.0 / per_second
        pace = after_success(pace, LIMITS, now, now)
    return pace


def test_what_was_let_through_between_two_refusals_is_where_the_pace_goes_on() -> None:
    pace = _refused_and_let_through(3.0, 60.0)
    assert pace.per_second == LIMITS.requests_per_second, "it tried more meanwhile"
    pace = after_slow_down(pace, LIMITS, 160.2, 160.2, None)
    assert 3.0 <= pace.ceiling <= 4.0
    assert pace.per_second == pytest.approx(0.95 * pace.ceiling)


@pytest.mark.parametrize("block", [{"is_block": True, "retry_after_seconds": None}, {"retry_after_seconds": 60.0}])
def test_a_block_halves_the_pace_however_much_is_known_and_again_and_again(block: dict[str, Any]) -> None:
    pace, now = _refused_and_let_through(3.0, 60.0), 160.0
    for halvings in range(1, 4):
        now += 100.0
        pace = after_slow_down(pace, LIMITS, sent_at=now, now=now, **block)
        assert pace.per_second == max(LIMITS.minimum_per_second, 4.0 * 0.5**halvings)


def test_requests_sent_before_a_slow_down_do_not_speed_the_pace_up() -> None:
    pace = after_slow_down(starting_pace(LIMITS), LIMITS, 100.0, 100.0, None)
    for _ in range(40):
        pace = after_success(pace, LIMITS, sent_at=99.9, now=100.1)
    assert pace.per_second == 2.0


def test_nothing_starts_before_a_retry_after_is_over() -> None:
    pace = after_slow_down(starting_pace(LIMITS), LIMITS, sent_at=100.0, now=100.0, retry_after_seconds=30.0)
    assert next_turn(pace, 101.0) == 130.0
    assert next_turn(pace, 131.0) == 131.0


def test_a_shorter_retry_after_never_shortens_a_pause_and_a_silly_one_is_capped() -> None:
    pace = after_slow_down(starting_pace(LIMITS), LIMITS, 100.0, 100.0, 60.0)
    assert after_slow_down(pace, LIMITS, 100.0, 101.0, 1.0).paused_until == 160.0
    assert after_slow_down(pace, LIMITS, 100.0, 100.0, 1e9).paused_until == 100.0 + LIMITS.longest_pause_seconds


def test_successes_win_back_what_a_refusal_took_and_waiting_does_not() -> None:
    pace = after_slow_down(starting_pace(LIMITS), LIMITS, 0.0, 0.0, None)
    once = after_success(pace, LIMITS, 900.0, 900.0)
    assert once.per_second < 3.5, "one answer after fifteen minutes is one answer"
    assert _refused_and_let_through(2.0, 12.0).per_second == pytest.approx(LIMITS.requests_per_second, rel=1e-3)


@given(st.lists(st.tuples(st.sampled_from(["turn", "success", "refusal"]), st.floats(0, 5)), max_size=80))
def test_the_pace_stays_within_its_limits_and_no_two_turns_come_closer_than_it_allows(
    events: list[tuple[str, float]],
) -> None:
    pace, now, last_start = starting_pace(LIMITS), 0.0, float("-inf")
    for kind, seconds in events:
        now += seconds
        if kind == "turn":
            start, pace = take_turn(pace, LIMITS, now)
            assert start >= max(now, pace.paused_until)
            assert start - last_start >= 1 / LIMITS.requests_per_second - 1e-9
            last_start = start
        elif kind == "success":
            pace = after_success(pace, LIMITS, now, now)
        else:
            pace = after_slow_down(pace, LIMITS, now, now, seconds if seconds > 2 else None, is_block=seconds > 4)
        assert LIMITS.minimum_per_second <= pace.per_second <= LIMITS.requests_per_second
