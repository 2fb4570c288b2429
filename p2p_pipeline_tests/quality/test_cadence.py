"""Gaps are found at the pace the data was collected at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.quality.cadence import wanted_slots


def test_a_missing_slot_of_a_regular_collection_is_wanted() -> None:
    assert wanted_slots([1, 2, 3, 5, 6, 7], 1) == [1, 2, 3, 4, 5, 6, 7]


def test_a_coarser_pace_is_not_a_row_of_gaps() -> None:
    assert wanted_slots([0, 20, 40, 60], 1) == [0, 20, 40, 60]


def test_a_gap_in_a_coarse_history_is_filled_at_its_own_pace() -> None:
    assert wanted_slots([0, 20, 40, 100, 120, 140], 1) == [0, 20, 40, 60, 80, 100, 120, 140]


def test_live_slots_after_a_coarse_history_leave_the_history_as_it_is() -> None:
    history, live = list(range(0, 400, 20)), list(range(381, 420))
    assert wanted_slots([*history, *live], 1) == sorted({*history, *live})


def test_slots_since_the_last_one_are_wanted_while_the_day_goes_on() -> None:
    assert wanted_slots([1, 2, 3], 1, until_slot=6) == [1, 2, 3, 4, 5, 6]
    assert wanted_slots([4], 2, until_slot=9) == [4, 6, 8]


def test_a_day_without_a_slot_wants_none() -> None:
    assert wanted_slots([], 1, until_slot=9) == []


@given(st.sets(st.integers(0, 500), max_size=80), st.integers(1, 4))
def test_everything_seen_is_wanted_and_nothing_outside(seen: set[int], step: int) -> None:
    wanted = wanted_slots(seen, step)
    assert set(wanted) >= seen
    assert not seen or (wanted[0] == min(seen) and wanted[-1] == max(seen))
