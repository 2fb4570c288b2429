"""Gaps are found on the configured grid where somebody collected, and at the data's own pace elsewhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.quality.cadence import collection_began, wanted_of_collection, wanted_of_history


def test_a_missing_slot_of_a_regular_recording_is_wanted() -> None:
    assert wanted_of_history([1, 2, 3, 5, 6, 7], 1) == [1, 2, 3, 4, 5, 6, 7]


def test_a_coarser_pace_is_not_a_row_of_gaps() -> None:
    assert wanted_of_history([0, 20, 40, 60], 1) == [0, 20, 40, 60]


def test_a_gap_in_a_coarse_history_is_filled_at_its_own_pace() -> None:
    assert wanted_of_history([0, 20, 40, 100, 120, 140], 1) == [0, 20, 40, 60, 80, 100, 120, 140]


def test_collecting_began_where_two_tries_are_one_step_apart() -> None:
    assert collection_began([0, 120, 240, 301, 302, 500], 1) == 301
    assert collection_began([0, 120, 240], 1) is None
    assert collection_began([0, 4, 8], 4) == 0
    assert collection_began([7], 1) is None


def test_a_history_before_the_collection_keeps_its_own_pace() -> None:
    wanted = wanted_of_collection([0, 20, 40, 51, 52, 53], 51, 1, until_slot=60)
    assert wanted == [0, 20, 40, *range(51, 60)]


def test_an_outage_is_found_at_the_days_start_at_its_end_and_when_it_lasts_all_day() -> None:
    assert wanted_of_collection(range(50, 100), 0, 1, until_slot=100) == list(range(100))
    assert wanted_of_collection(range(50), 0, 1, until_slot=100) == list(range(100))
    assert wanted_of_collection([], 0, 1, until_slot=100) == list(range(100))


def test_the_grid_of_a_slower_interval_is_kept() -> None:
    assert wanted_of_collection([4], 3, 2, until_slot=9) == [4, 6, 8]


def test_a_market_that_nobody_collected_wants_nothing() -> None:
    assert wanted_of_collection([], None, 1, until_slot=9) == []


@given(st.sets(st.integers(0, 500), max_size=80), st.integers(1, 4))
def test_of_a_history_everything_seen_is_wanted_and_nothing_outside(seen: set[int], step: int) -> None:
    wanted = wanted_of_history(seen, step)
    assert set(wanted) >= seen
    assert not seen or (wanted[0] == min(seen) and wanted[-1] == max(seen))


@given(st.sets(st.integers(0, 500), max_size=80), st.integers(0, 500), st.integers(0, 500), st.integers(1, 4))
def test_of_a_collection_every_step_is_wanted_once_whatever_was_seen(
    seen: set[int], began: int, until: int, step: int
) -> None:
    wanted = wanted_of_collection(seen, began, step, until)
    assert wanted == sorted(set(wanted))
    assert [slot for slot in wanted if slot >= began] == [s for s in range(began, until) if s % step == 0]
