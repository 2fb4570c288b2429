from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.capture.slots import SlotPlan, plan_slot

MOMENTS = st.floats(0, 4e9)


def test_a_tick_inside_a_slot_not_yet_collected_takes_it_at_once() -> None:
    assert plan_slot(3007.0, 99, 30, 6.0) == SlotPlan(100, 0.0)
    assert plan_slot(3007.0, None, 30, 6.0) == SlotPlan(100, 0.0)


def test_a_tick_after_its_slot_waits_for_the_next_ones_start_if_that_is_near() -> None:
    assert plan_slot(3025.0, 100, 30, 6.0) == SlotPlan(101, 5.0)
    assert plan_slot(3020.0, 100, 30, 6.0) is None


def test_a_clock_set_back_an_hour_does_not_stop_collection() -> None:
    before = plan_slot(7200.0, 239, 30, 6.0)
    assert before == SlotPlan(240, 0.0)
    after = plan_slot(3602.0, 240, 30, 6.0)
    assert after == SlotPlan(120, 0.0)
    assert plan_slot(3631.0, 120, 30, 6.0) == SlotPlan(121, 0.0)


def test_a_clock_nudged_back_by_seconds_collects_no_slot_twice() -> None:
    assert plan_slot(2999.0, 100, 30, 6.0) is None
    assert plan_slot(2999.0, 100, 30, 60.0) == SlotPlan(101, 31.0)


@given(MOMENTS, st.integers(-3, 3), st.sampled_from([30, 60, 300]), st.floats(0, 300))
def test_what_is_waited_for_is_a_slots_start_within_patience(
    now: float, ahead: int, slot_seconds: int, patience: float
) -> None:
    last = int(now // slot_seconds) + ahead
    plan = plan_slot(now, last, slot_seconds, patience)
    if plan is None:
        assert last >= int(now // slot_seconds)
        return
    assert plan.slot != last
    assert 0 <= plan.wait_seconds <= patience
    start = plan.slot * slot_seconds
    if plan.wait_seconds:
        assert abs(now + plan.wait_seconds - start) < 1e-3
    else:
        assert start <= now < start + slot_seconds or abs(now - start) < 1e-3


@given(MOMENTS, st.lists(st.floats(0.1, 40.0), min_size=1, max_size=60))
def test_while_time_goes_forward_slots_only_grow_and_quick_ticks_miss_none(now: float, steps: list[float]) -> None:
    last: int | None = None
    collected: list[int] = []
    for step in steps:
        plan = plan_slot(now, last, 30, 6.0)
        if plan is not None:
            last = plan.slot
            collected.append(plan.slot)
            now += plan.wait_seconds
        now += min(step, 5.0)
    assert collected == list(range(collected[0], collected[0] + len(collected)))
