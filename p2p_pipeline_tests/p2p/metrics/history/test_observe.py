"""History of a day: each look of each side gives each measure once, and what nobody saw is not there."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.metrics.history.observe import history_rows
from p2p_pipeline.p2p.metrics.history.schema import HISTORY, OF_THE_BOOK
from p2p_pipeline_tests.p2p.metrics.history.made_up import NOON, Day


def observed(day: Day) -> pa.Table:
    rows = history_rows(*day.tables())
    assert not HISTORY.failures(rows)
    return rows


def of(rows: pa.Table, measure: str, **wanted: object) -> list[dict[str, Any]]:
    found = [row for row in rows.to_pylist() if row["measure"] == measure]
    return [row for row in found if all(row[name] == value for name, value in wanted.items())]


def test_the_executable_price_is_the_best_split_and_the_single_one_the_best_offer() -> None:
    day = Day()
    day.look(0, prices={100: "10.5"})
    rows = observed(day)
    assert [(row["value"], row["step"], row["profile"]) for row in of(rows, "executable")] == [
        (Decimal("10.5"), 0, "wide")
    ]
    assert [row["value"] for row in of(rows, "single")] == [Decimal("11.5")]


def test_the_step_is_the_rank_of_the_amount_among_the_days() -> None:
    day = Day()
    day.look(0, prices={5000: "12", 100: "10", 700: "11"})
    assert [(row["step"], row["amount_fiat"]) for row in of(observed(day), "executable")] == [
        (0, Decimal(100)),
        (1, Decimal(700)),
        (2, Decimal(5000)),
    ]


def test_an_amount_that_can_not_be_placed_is_a_look_without_a_value() -> None:
    day = Day()
    day.look(0, prices={100: "10", 700: None})
    assert [row["value"] for row in of(observed(day), "executable", step=1)] == [None]


def test_of_a_book_that_was_read_no_further_only_what_its_top_tells_is_told() -> None:
    day = Day()
    day.look(0, prices={100: "10"})
    day.look(30, prices={100: "10"}, stop_reason="enough")
    rows = observed(day)
    for measure in ("offers", "vwap", "median"):
        assert [row["value"] is None for row in of(rows, measure)] == [False, True], measure
    for measure in ("best", "asset_near_best", "executable", "single"):
        assert [row["value"] is None for row in of(rows, measure)] == [False, False], measure


def test_a_failed_or_blocked_look_is_missing_even_if_a_page_was_read() -> None:
    day = Day()
    day.look(0, prices={100: "10"})
    day.look(30, prices={100: "99"}, stop_reason="failed")
    day.look(60, prices={100: "99"}, stop_reason="soft_block")
    rows = observed(day)
    assert {row["observed_at"] for row in rows.to_pylist()} == {NOON}


def test_an_empty_book_was_seen_it_has_no_offers_and_no_price() -> None:
    day = Day()
    day.look(0, prices={100: "10"})
    day.look(30, stop_reason="book_end")
    rows = observed(day)
    assert [row["value"] for row in of(rows, "executable")] == [Decimal(10), None]
    assert [row["value"] for row in of(rows, "offers")] == [1, 0]
    assert [row["value"] for row in of(rows, "asset_near_best")] == [1, 0]
    assert [row["value"] for row in of(rows, "vwap")] == [Decimal("10.5"), None]


def test_the_spread_is_of_round_trips_between_books_that_were_seen() -> None:
    day = Day()
    first, second = day.look(0, prices={100: "10"}), day.look(30, prices={100: "10"})
    sold, blocked = day.look(2, "SELL", {100: "9"}), day.look(32, "SELL", {100: "9"}, "soft_block")
    day.trip(first, sold, 100, 0.0125)
    day.trip(second, blocked, 100, 0.5)
    (row,) = of(observed(day), "spread")
    assert (row["value"], row["side"], row["step"]) == (Decimal("0.0125"), "BUY", 0)


def test_a_day_without_a_snapshot_has_no_history() -> None:
    assert observed(Day()).num_rows == 0


@given(
    looks=st.lists(
        st.tuples(st.integers(0, 400), st.sampled_from(["BUY", "SELL"]), st.sampled_from(["enough", "failed"])),
        max_size=12,
        unique_by=lambda look: look[:2],
    )
)
@settings(max_examples=15, deadline=None)
def test_every_look_gives_every_measure_once_and_a_missing_slot_never_gets_a_value(
    looks: Sequence[tuple[int, str, str]],
) -> None:
    day = Day()
    for number, (slot, side, stop_reason) in enumerate(looks):
        prices: dict[int, str | None] = {100: "10", 700: None if number % 3 else "11"}
        day.look(30 * slot, side, prices if number % 4 else None, stop_reason, profiles=("wide", "strict"))
    rows = observed(day).to_pylist()
    keys = [tuple(row[name] for name in HISTORY.key) for row in rows]
    assert len(set(keys)) == len(keys)
    good = [look for look in looks if look[2] == "enough"]
    assert {(row["slot"], row["side"]) for row in rows} == {
        (NOON.timestamp() // 30 + slot, side) for slot, side, _ in good
    }
    # Two profiles and two sizes, once any book of the day had quotes.
    steps = 4 if any(number % 4 for number in range(len(looks))) else 0
    assert len(rows) == len(good) * (len(OF_THE_BOOK) + 2 * steps)
