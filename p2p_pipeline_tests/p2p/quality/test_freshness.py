"""The four levels of freshness, in their order, whatever the settings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.quality.fresh import is_stale
from p2p_pipeline.p2p.quality.freshness import Freshness, Level

ORDER = list(Level)


@pytest.mark.parametrize(
    ("age", "level"),
    [(0, "live"), (60, "live"), (76, "delayed"), (180, "delayed"), (181, "stale"), (1801, "stopped"), (-3600, "stale")],
)
def test_a_book_every_half_minute_is_live_for_a_minute_and_no_longer(age: float, level: str) -> None:
    assert Freshness.of(30, 180).level(age) == level


@given(st.floats(1, 3600), st.floats(1, 86_400), st.floats(0, 1e6, allow_nan=False), st.floats(0, 1e6, allow_nan=False))
def test_a_book_never_gets_fresher_by_waiting_and_is_stale_where_every_rule_says_so(
    interval: float, stale_after: float, age: float, later: float
) -> None:
    fresh = Freshness.of(interval, stale_after)
    assert ORDER.index(fresh.level(age)) <= ORDER.index(fresh.level(age + later))
    assert is_stale(age, stale_after) == (fresh.level(age) in (Level.STALE, Level.STOPPED))
