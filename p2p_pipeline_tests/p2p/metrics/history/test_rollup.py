"""Rollups: what each period says of its looks, equal to a plain computation, however the rows are cut or ordered."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, median
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.metrics.history.rollup import rhythm_of, rollup_rows
from p2p_pipeline.p2p.metrics.history.schema import HISTORY, ROLLUPS
from p2p_pipeline_tests.p2p.metrics.history.made_up import NOON, history_of

Looks = list[tuple[float, float | None]]
prices = st.floats(0.001, 1e6).map(lambda value: round(value, 6))
looks = st.lists(
    st.tuples(st.integers(0, 2 * 3600 * 4).map(lambda n: n / 4), st.none() | prices),
    min_size=1,
    max_size=40,
    unique_by=lambda look: look[0],
).map(sorted)


def plain(history: Looks, period: int) -> list[dict[str, Any]]:
    """The rollup of one series as one would write it down."""
    found = []
    for start in sorted({int(seconds // period) * period for seconds, _ in history}):
        within = [look for look in history if start <= look[0] < start + period]
        times = [start, *(seconds for seconds, _ in within), start + period]
        values = [value for _, value in within if value is not None]
        middle = median(values) if values else None
        found.append(
            {
                "start": start,
                "seen": len(within),
                "observations": len(values),
                "coverage": min(1.0, len({int(seconds // 30) for seconds, _ in within}) * 30 / period),
                "longest_gap_seconds": max(after - before for before, after in pairwise(times)),
                "first": values[0] if values else None,
                "last": values[-1] if values else None,
                "low": min(values, default=None),
                "high": max(values, default=None),
                "mean": fmean(values) if values else None,
                "median": middle,
                "mad": None if middle is None else median(abs(value - middle) for value in values),
            }
        )
    return found


def is_near(found: float | None, wanted: float | None) -> bool:
    return found is wanted if found is None or wanted is None else found == pytest.approx(wanted, rel=1e-9, abs=1e-12)


@given(looks)
@settings(max_examples=40, deadline=None)
def test_a_rollup_is_what_one_would_write_down_by_hand(history: Looks) -> None:
    rows = rollup_rows(history_of(history), 30)
    for period in (300, 3600):
        found = [
            {**row, "start": (row["period_start"] - NOON).total_seconds()}
            for row in rows.to_pylist()
            if row["period_seconds"] == period
        ]
        expected = plain(history, period)
        assert len(found) == len(expected)
        for row, wanted in zip(found, expected, strict=True):
            assert [name for name in wanted if not is_near(row[name], wanted[name])] == []


@given(looks, st.sets(st.integers(1, 23)), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_rollup_of_any_split_of_the_day_in_any_order_equals_the_rollup_of_the_whole(
    history: Looks, cuts: set[int], random: Any
) -> None:
    whole = rollup_rows(history_of(history), 30)
    # Five minutes may be cut anywhere between them, hours only between hours.
    for period, edges in ((300, sorted(300 * cut for cut in cuts)), (3600, [3600])):
        bounds = [0, *edges, 10**9]
        pieces = []
        for first, last in pairwise(bounds):
            piece = [look for look in history if first <= look[0] < last]
            random.shuffle(piece)
            pieces.append(rollup_rows(history_of(piece), 30, [period]))
        together = pa.concat_tables(pieces).to_pylist()
        assert together == [row for row in whole.to_pylist() if row["period_seconds"] == period]


@given(looks)
@settings(max_examples=30, deadline=None)
def test_a_period_that_nobody_saw_has_no_row_and_one_without_a_value_has_no_numbers(history: Looks) -> None:
    for row in rollup_rows(history_of(history), None).to_pylist():
        start = (row["period_start"] - NOON).total_seconds()
        within = [value for seconds, value in history if start <= seconds < start + row["period_seconds"]]
        assert row["seen"] == len(within) > 0
        if not row["observations"]:
            assert all(value is None for value in within)
            assert all(row[name] is None for name in ("first", "last", "low", "high", "mean", "median", "mad"))


def test_several_series_are_kept_apart_and_stand_hours_first() -> None:
    pieces = [history_of([(0, 1.0), (40, 3.0)], measure=name) for name in ("vwap", "executable")]
    rows = rollup_rows(pa.concat_tables(pieces), 30)
    assert not ROLLUPS.failures(rows)
    assert rows.select(["period_seconds", "measure", "median"]).to_pylist() == [
        {"period_seconds": 3600, "measure": "executable", "median": 2.0},
        {"period_seconds": 3600, "measure": "vwap", "median": 2.0},
        {"period_seconds": 300, "measure": "executable", "median": 2.0},
        {"period_seconds": 300, "measure": "vwap", "median": 2.0},
    ]


def test_a_stored_price_keeps_its_digits() -> None:
    (row, _) = rollup_rows(history_of([(0, 3460.0309)]), 30).to_pylist()
    assert (row["median"], row["mean"], row["low"]) == (3460.0309, 3460.0309, 3460.0309)


def test_two_looks_in_one_interval_cover_it_once() -> None:
    (hour, _) = rollup_rows(history_of([(0, 1.0), (10, 1.0), (61, 1.0)]), 60).to_pylist()
    assert (hour["seen"], hour["coverage"]) == (3, pytest.approx(2 / 60))


def test_imported_looks_have_no_coverage() -> None:
    assert rollup_rows(history_of([(0, 1.0)], origin="imported"), 30)["coverage"].to_pylist() == [None, None]


@pytest.mark.parametrize(
    ("seconds", "origin", "rhythm"),
    [
        ([0, 30], "live", 30),
        ([0, 600, 1200], "simulated", None),
        ([0, 30], "imported", None),
        ([0], "live", None),
        ([], "live", None),
    ],
)
def test_coverage_is_judged_only_where_somebody_collected_at_the_configured_pace(
    seconds: Sequence[float], origin: str, rhythm: int | None
) -> None:
    assert rhythm_of(history_of([(moment, 1.0) for moment in seconds], origin=origin), 30) == rhythm


def test_no_history_gives_no_rollups() -> None:
    assert rollup_rows(HISTORY.empty(), 30).equals(ROLLUPS.empty())
