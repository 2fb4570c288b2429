from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.capture.pacing import (
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
        start, pace = take_turn(pace, 100.0)
        starts.append(start)
    assert starts == [100.0, 100.25, 100.5, 100.75]


def test_time_that_nobody_used_is_not_saved_up_for_a_burst() -> None:
    _, pace = take_turn(starting_pace(LIMITS), 100.0)
    first, pace = take_turn(pace, 500.0)
    second, _ = take_turn(pace, 500.0)
    assert (first, second) == (500.0, 500.25)


def test_a_refusal_halves_the_pace_and_a_burst_of_them_halves_it_once() -> None:
    pace = starting_pace(LIMITS)
    for _ in range(5):
        pace = after_slow_down(pace, LIMITS, sent_at=99.0, now=100.0, retry_after_seconds=None)
    assert pace.per_second == 2.0
    assert after_slow_down(pace, LIMITS, sent_at=101.0, now=102.0, retry_after_seconds=None).per_second == 1.0


def test_nothing_starts_before_a_retry_after_is_over() -> None:
    pace = after_slow_down(starting_pace(LIMITS), LIMITS, sent_at=100.0, now=100.0, retry_after_seconds=30.0)
    assert next_turn(pace, 101.0) == 130.0
    assert next_turn(pace, 131.0) == 131.0


def test_a_shorter_retry_after_never_shortens_a_pause_and_a_silly_one_is_capped() -> None:
    pace = after_slow_down(starting_pace(LIMITS), LIMITS, 100.0, 100.0, 60.0)
    assert after_slow_down(pace, LIMITS, 100.0, 101.0, 1.0).paused_until == 160.0
    assert after_slow_down(pace, LIMITS, 100.0, 100.0, 1e9).paused_until == 100.0 + LIMITS.longest_pause_seconds


def test_successes_win_back_what_a_refusal_took() -> None:
    pace = after_slow_down(starting_pace(LIMITS), LIMITS, 0.0, 0.0, None)
    for _ in range(25):
        pace = after_success(pace, LIMITS)
    assert abs(pace.per_second - LIMITS.requests_per_second) < 1e-9


@given(st.lists(st.tuples(st.sampled_from(["turn", "success", "refusal"]), st.floats(0, 5)), max_size=80))
def test_the_pace_stays_within_its_limits_and_no_two_turns_come_closer_than_it_allows(
    events: list[tuple[str, float]],
) -> None:
    pace, now, last_start = starting_pace(LIMITS), 0.0, float("-inf")
    for kind, seconds in events:
        now += seconds
        if kind == "turn":
            start, pace = take_turn(pace, now)
            assert start >= max(now, pace.paused_until)
            assert start - last_start >= 1 / LIMITS.requests_per_second - 1e-9
            last_start = start
        elif kind == "success":
            pace = after_success(pace, LIMITS)
        else:
            pace = after_slow_down(pace, LIMITS, now, now, seconds if seconds > 2 else None)
        assert LIMITS.minimum_per_second <= pace.per_second <= LIMITS.requests_per_second
