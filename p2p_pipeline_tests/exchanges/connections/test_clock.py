"""The clock of frames only grows, whatever is done to the machine's own."""

from __future__ import annotations

import time

import pytest

from p2p_pipeline.exchanges.connections.clock import AnchoredClock, since_boot_ns


def test_a_wall_clock_that_is_set_back_changes_nothing_and_no_two_moments_are_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steady = [1_000]
    clock = AnchoredClock(lambda: steady[0])
    first = clock.now_ns()
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    steady[0] += 5_000
    assert clock.now_ns() == first + 5_000
    assert clock.now_ns() == first + 5_001


def test_nothing_is_before_what_was_recorded_already() -> None:
    later = time.time_ns() + 10**15
    assert AnchoredClock(not_before_ns=later).now_ns() == later + 1


def test_hours_asleep_have_passed() -> None:
    asleep = [0]
    clock = AnchoredClock(lambda: since_boot_ns() + asleep[0])
    before = clock.now_ns()
    asleep[0] = 8 * 3600 * 10**9
    assert clock.now_ns() - before >= asleep[0]
