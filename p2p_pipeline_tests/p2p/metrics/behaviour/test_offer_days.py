"""A day's rows: what was seen, what was absent, and what can't be said."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.behaviour.offer_days import advertiser_day_rows, offer_day_rows
from p2p_pipeline.p2p.metrics.behaviour.schema import ADVERTISER_DAYS, OFFER_DAYS, STABILITY_HOURS
from p2p_pipeline.p2p.metrics.behaviour.stability import stability_rows
from p2p_pipeline_tests.p2p.metrics.behaviour.books import MIDNIGHT, day_of, look, shown

A, B = shown("a"), shown("b", price="11")


def test_a_stay_lies_between_the_complete_snapshots_without_the_offer() -> None:
    rows = offer_day_rows(day_of(look(0, B), look(10, A, B), look(20, A, B), look(30, B))).to_pylist()
    row = next(row for row in rows if row["offer_id"] == "a")
    at = [row[name] for name in ("absent_before_at", "first_seen_at", "last_seen_at", "absent_after_at")]
    assert at == [MIDNIGHT + timedelta(minutes=minutes) for minutes in (0, 10, 20, 30)]
    assert (row["seen"], row["pairs"], row["absent"], row["rests"]) == (2, 1, 0, 0)


def test_what_lies_on_another_day_is_empty() -> None:
    (row,) = offer_day_rows(day_of(look(0, A), look(10, A))).to_pylist()
    assert row["absent_before_at"] is None
    assert row["absent_after_at"] is None


def test_absence_counts_only_in_complete_snapshots_and_failed_ones_count_for_nothing() -> None:
    looks = [look(0, A), look(10, stop="max_pages"), look(20, stop="failed"), look(30, stop="soft_block"), look(40, A)]
    (row,) = offer_day_rows(day_of(*looks)).to_pylist()
    assert (row["absent"], row["rests"], row["seen"]) == (0, 0, 2)
    looks[1] = look(10)
    (row,) = offer_day_rows(day_of(*looks)).to_pylist()
    assert (row["absent"], row["rests"], row["seen"]) == (1, 1, 2)


def test_sightings_in_a_failed_snapshot_are_not_believed() -> None:
    assert offer_day_rows(day_of(look(0), look(10, A, stop="soft_block"))).num_rows == 0


def test_an_absence_of_more_than_an_hour_begins_another_row_and_a_time_nobody_looked_does_not() -> None:
    away = day_of(look(0, A), look(10), look(70, A))
    assert [row["seen"] for row in offer_day_rows(away).to_pylist()] == [1, 1]
    unwatched = day_of(look(0, A), look(300, A))
    assert [row["seen"] for row in offer_day_rows(unwatched).to_pylist()] == [2]


def test_changes_of_price_and_quantity_are_counted_once_a_pair_of_sightings() -> None:
    looks = [
        look(0, A),
        look(10, shown("a", available_asset="300")),
        look(20, shown("a", available_asset="120.5", price="10.2")),
        look(30, shown("a", available_asset="500", price="10")),
    ]
    (row,) = offer_day_rows(day_of(*looks)).to_pylist()
    assert (row["price_changes"], row["decreases"], row["refills"]) == (2, 2, 1)
    assert row["decreased_asset"] == Decimal("379.5")
    assert (row["most_available_asset"], row["last_available_asset"]) == (500, 500)
    assert row["exposed_seconds"] == 1800


def test_a_change_between_looks_hours_apart_is_not_taken_for_a_rate() -> None:
    (row,) = offer_day_rows(day_of(look(0, A), look(240, shown("a", price="12")))).to_pylist()
    assert (row["price_changes"], row["pairs"], row["exposed_seconds"]) == (0, 0, 0)


def test_the_best_is_the_best_that_can_take_the_size_and_distance_is_measured_from_it() -> None:
    teaser = shown("t", price="9", max_fiat="200")
    rows = {row["offer_id"]: row for row in offer_day_rows(day_of(look(0, teaser, A, B), look(10, A, B))).to_pylist()}
    assert [rows[name]["best"] for name in "tab"] == [0, 2, 0]
    assert rows["t"]["first_distance"] < 0 == rows["a"]["first_distance"]
    assert np.isclose(rows["b"]["first_distance"], 0.1)
    sell = day_of(look(0, A, B, side=Side.SELL), side=Side.SELL)
    assert [row["best"] for row in offer_day_rows(sell).to_pylist()] == [0, 1]


def test_the_order_in_which_snapshots_were_stored_changes_nothing() -> None:
    looks = [look(0, A, B), look(10, B), look(20, shown("a", price="10.5"), B), look(30, B)]
    assert offer_day_rows(day_of(*looks)).equals(offer_day_rows(day_of(*(looks[n] for n in (2, 0, 3, 1)))))


def test_the_next_snapshots_tell_how_steady_the_top_is() -> None:
    looks = [look(0, A, B), look(5, A, B), look(10, B)]
    rows = {row["horizon_seconds"]: row for row in stability_rows(day_of(*looks)).to_pylist()}
    assert set(rows) == {0, 300}
    assert (rows[300]["pairs"], rows[300]["same_best"], rows[300]["same_best_price"]) == (2, 1, 1)
    assert rows[300]["near_share"] == 0.5


def test_an_offer_that_is_no_longer_best_but_as_good_as_it_was_still_counts_as_there() -> None:
    rows = stability_rows(day_of(look(0, A), look(5, A, shown("c", price="9.99")))).to_pylist()
    assert {(row["same_best"], row["same_best_price"]) for row in rows} == {(0, 1)}


@given(
    st.lists(
        st.tuples(
            st.sets(st.sampled_from("abcd")), st.sampled_from(["book_end", "max_pages", "failed"]), st.integers(1, 90)
        ),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=25, deadline=None)
def test_every_believed_sighting_is_in_exactly_one_row_and_rows_keep_their_schema(
    plan: list[tuple[set[str], str, int]],
) -> None:
    minutes, looks, believed = 0, [], 0
    for names, stop, step in plan:
        minutes += step
        looks.append(look(minutes, *(shown(name) for name in sorted(names)), stop=stop))
        believed += 0 if stop == "failed" else len(names)
    if all(entry["stop_reason"] == "failed" for entry in looks):
        return
    day = day_of(*looks)
    rows = offer_day_rows(day)
    assert sum(rows["seen"].to_pylist()) == believed
    assert OFFER_DAYS.failures(rows) == {}
    assert ADVERTISER_DAYS.failures(advertiser_day_rows(day)) == {}
    assert STABILITY_HOURS.failures(stability_rows(day)) == {}
    by_offer: dict[str, list[tuple[object, object]]] = {}
    for row in rows.to_pylist():
        by_offer.setdefault(row["offer_id"], []).append((row["first_seen_at"], row["last_seen_at"]))
    for spans in by_offer.values():
        assert all(earlier[1] < later[0] for earlier, later in pairwise(spans))  # type: ignore[operator]
