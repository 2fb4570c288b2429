"""Strictly every five seconds: a late scan never shifts the grid, and what was left out is counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.exchanges.service.grid import Grid, Turn

SECOND = 1_000_000_000
GRID = Grid(7, 5 * SECOND)


@given(st.lists(st.integers(0, 23 * SECOND), max_size=60))
def test_however_long_scans_take_each_begins_in_its_place_and_none_is_lost_uncounted(durations: list[int]) -> None:
    now, cycle, done, skipped = GRID.start_ns, 0, 0, 0
    for duration in durations:
        turn = GRID.next_turn(cycle, now)
        begins = max(now, turn.at_ns)
        assert turn.at_ns == GRID.start_ns + turn.cycle * GRID.period_ns
        assert begins < turn.at_ns + GRID.period_ns
        cycle, done, skipped = turn.cycle, done + 1, skipped + turn.skipped
        now = begins + duration
    assert cycle == done + skipped


def test_scans_within_their_time_take_every_place() -> None:
    now = GRID.start_ns
    for cycle in range(1, 1441):
        turn = GRID.next_turn(cycle - 1, now)
        assert turn == Turn(cycle, 7 + cycle * 5 * SECOND, 0)
        now = turn.at_ns + 4_999_999_999


def test_a_late_one_takes_the_place_that_it_is_in_and_the_next_is_on_the_grid_again() -> None:
    late = GRID.place_ns(3) + SECOND
    assert GRID.next_turn(1, late) == Turn(3, GRID.place_ns(3), 1)
    assert GRID.next_turn(3, late) == Turn(4, GRID.place_ns(4), 0)
