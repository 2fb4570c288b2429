"""What the pace makes of a venue's own limit, in simulated time: minutes of asking in milliseconds."""

from __future__ import annotations

import random
from bisect import bisect_left

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.capture.pacing import PacingLimits
from p2p_pipeline_tests.effort import only_long, this_many
from p2p_pipeline_tests.p2p.capture.limited_venue import Bucket, Run, Travel, ask_for

NEAR = Travel(0.05, 0.3)
SLOWEST_SHARE = 0.8
"""Of a venue that takes less than one request a second, where a single one that came too early is a per cent."""


@settings(max_examples=this_many(4, 200), deadline=None)
@example(limit=0.5, too_fast=1.0625, held_seconds=1.0, travel=Travel(1.5, 0.0, 0.0), retry_after=None, seed=0)
@given(
    limit=st.floats(0.5, 200.0),
    too_fast=st.floats(1.05, 20.0),
    held_seconds=st.floats(1.0, 20.0),
    travel=st.builds(Travel, st.floats(0.01, 2.0), st.floats(0.0, 0.3), st.sampled_from([0.0, 0.002, 0.05])),
    retry_after=st.sampled_from([None, 1.0, 2.0]),
    seed=st.integers(0, 9),
)
def test_of_whatever_a_venue_puts_up_with_at_least_85_percent_are_used_after_a_minute(
    limit: float, too_fast: float, held_seconds: float, travel: Travel, retry_after: float | None, seed: int
) -> None:
    # A bucket that can't hold what the way's jitter pushes together has no use for anybody.
    pushed = 2.0 * travel.seconds * travel.jitter * limit
    bucket = Bucket(limit, max(limit * held_seconds, 1.0 + pushed))
    seconds = 60.0 + max(180.0, 120.0 / limit)
    run = ask_for(seconds, bucket, PacingLimits(limit * too_fast), travel, seed, retry_after)
    assert run.share_of(limit, 60.0, seconds) >= (0.85 if limit >= 1.0 else SLOWEST_SHARE)


@pytest.mark.parametrize(("limit", "own"), [(5.0, 10.0), (8.0, 10.0), (20.0, 40.0), (60.0, 100.0), (60.0, 500.0)])
def test_a_sweep_of_eight_minutes_uses_95_percent_from_its_first_second_and_is_refused_rarely(
    limit: float, own: float
) -> None:
    run = ask_for(480.0, Bucket(limit, limit), PacingLimits(own), NEAR)
    assert run.share_of(limit, 0.0, 480.0) >= 0.95
    assert run.refused_share(60.0) < 0.005
    assert run.refused_share() < 0.01


@pytest.mark.parametrize(("limit", "own"), [(5.0, 10.0), (8.0, 10.0), (20.0, 40.0), (60.0, 500.0)])
@pytest.mark.parametrize("told", [0.7, 1.0, 1.3])
def test_with_what_the_last_sweep_learnt_it_is_refused_no_more_and_uses_92_percent(
    limit: float, own: float, told: float
) -> None:
    strangers = ask_for(480.0, Bucket(limit, limit), PacingLimits(own), NEAR)
    friends = ask_for(480.0, Bucket(limit, limit), PacingLimits(own), NEAR, ceiling=told * limit)
    assert len(friends.refused) <= len(strangers.refused)
    assert friends.share_of(limit, 0.0, 480.0) >= 0.92


def test_a_limit_that_was_lifted_since_the_last_sweep_is_forgotten_in_minutes() -> None:
    run = ask_for(480.0, lambda _: True, PacingLimits(40.0), NEAR, ceiling=8.0)
    assert run.share_of(40.0, 180.0, 480.0) >= 0.9


@settings(max_examples=25, deadline=None)
@given(own=st.floats(0.5, 500.0), limit=st.floats(0.5, 500.0), late=st.floats(0.0, 0.2), seed=st.integers(0, 9))
def test_it_is_never_faster_than_its_own_limit_but_for_the_delays_it_makes_good(
    own: float, limit: float, late: float, seed: int
) -> None:
    limits = PacingLimits(own)
    sent = ask_for(30.0, Bucket(limit, limit), limits, Travel(0.1, 0.2, late), seed).sent
    for first, at in enumerate(sent):
        in_a_second = bisect_left(sent, at + 1.0) - first
        assert in_a_second <= own * (1.0 + limits.catch_up_seconds) + 1.0


@pytest.mark.parametrize("own", [1.0, 10.0, 100.0, 400.0])
def test_late_wakings_do_not_add_up(own: float) -> None:
    run = ask_for(60.0, lambda _: True, PacingLimits(own), Travel(0.02, 0.0, late_seconds=0.01))
    assert len(run.sent) >= 60.0 * own - 1


@pytest.mark.parametrize("own", [10.0, 40.0, 100.0])
@pytest.mark.parametrize("retry_after", [None, 2.0])
def test_half_a_minute_of_nothing_but_refusals_costs_little_more_than_itself_and_few_requests(
    own: float, retry_after: float | None
) -> None:
    run = ask_for(300.0, lambda at: not 60.0 <= at < 90.0, PacingLimits(own), NEAR, retry_after=retry_after)
    assert len(run.admitted) >= (300.0 - 45.0) * own
    assert len(run.refused) < 20 + 0.1 * own * 10


@pytest.mark.parametrize("own", [10.0, pytest.param(100.0, marks=only_long)])
def test_a_venue_that_refuses_one_in_a_hundred_by_chance_is_not_asked_ever_slower(own: float) -> None:
    for seed in range(4):
        chance = random.Random(seed)
        run = ask_for(480.0, lambda _: chance.random() >= 0.01, PacingLimits(own), NEAR, seed, None)  # noqa: B023
        assert len(run.admitted) >= 0.8 * 480.0 * own


def test_a_limit_that_is_lifted_is_forgotten_in_minutes_and_one_that_falls_is_kept_at_once() -> None:
    bucket = Bucket(5.0, 5.0)

    def changing(now: float) -> bool:
        if 300.0 <= now < 600.0:
            bucket.per_second = bucket.holds = 1000.0
        elif now >= 600.0:
            bucket.per_second = bucket.holds = 5.0
        return bucket(now)

    run = ask_for(900.0, changing, PacingLimits(50.0), NEAR)
    assert run.share_of(50.0, 550.0, 600.0) > 0.95
    assert run.share_of(5.0, 615.0, 900.0) > 0.9
    assert _refused_in(run, 630.0, 900.0) < 30


def test_after_a_pause_the_venue_is_asked_at_the_pace_and_not_by_all_at_once() -> None:
    run = ask_for(60.0, lambda at: not 20.0 <= at < 21.0, PacingLimits(50.0), Travel(0.3), retry_after=10.0)
    pause_over = next(at for before, at in zip(run.sent, run.sent[1:], strict=False) if at - before > 5.0)
    assert sum(pause_over <= at < pause_over + 1.0 for at in run.sent) <= 50


def _refused_in(run: Run, begin: float, end: float) -> int:
    return sum(begin <= at < end for at in run.refused)
