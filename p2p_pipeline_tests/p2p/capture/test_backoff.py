from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.capture.backoff import RETRYABLE, RetryLimits, backoff_seconds, retry_wait
from p2p_pipeline.p2p.raw.capture import Outcome

LIMITS = RetryLimits(max_attempts=4, base_seconds=0.5, longest_seconds=3.0)


@given(st.integers(1, 40), st.integers())
def test_a_wait_lies_anywhere_under_a_ceiling_that_doubles_up_to_its_limit(attempt: int, seed: int) -> None:
    wait = backoff_seconds(attempt, LIMITS, random.Random(seed))
    assert 0 <= wait <= min(3.0, 0.5 * 2 ** (attempt - 1))


def test_waits_of_requests_that_failed_together_are_spread() -> None:
    source = random.Random(1)
    waits = sorted(backoff_seconds(3, LIMITS, source) for _ in range(200))
    assert waits[0] < 0.2
    assert waits[-1] > 1.8


@pytest.mark.parametrize("outcome", Outcome)
def test_only_what_may_be_gone_a_second_later_is_asked_again(outcome: Outcome) -> None:
    wait = retry_wait(outcome, 1, LIMITS, random.Random(1))
    assert (wait is not None) is (outcome in RETRYABLE)
    assert retry_wait(outcome, LIMITS.max_attempts, LIMITS, random.Random(1)) is None
