"""An advertiser is the venue's key and nothing else."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.metrics.behaviour.advertisers import advertiser_rows
from p2p_pipeline.p2p.metrics.behaviour.offer_days import advertiser_day_rows, offer_day_rows
from p2p_pipeline.p2p.metrics.behaviour.summary_schema import ADVERTISERS
from p2p_pipeline_tests.p2p.metrics.behaviour.books import day_of, look, shown


def summed(*looks: dict[str, Any]) -> list[dict[str, Any]]:
    day = day_of(*looks)
    rows = advertiser_rows(advertiser_day_rows(day), offer_day_rows(day))
    assert ADVERTISERS.failures(rows) == {}
    found: list[dict[str, Any]] = rows.to_pylist()
    return found


def test_one_key_with_five_names_is_one_advertiser_whose_names_are_in_order() -> None:
    names = ["one", "two", "three", "four", "five"]
    looks = [look(n * 10, shown("a", advertiser_id="k", advertiser_name=name)) for n, name in enumerate(names)]
    (row,) = summed(*looks)
    assert row["names"] == names
    assert row["names_first_seen_at"] == sorted(row["names_first_seen_at"])
    assert row["offers"] == 1


def test_two_keys_with_one_name_stay_two() -> None:
    offers = [shown(key, advertiser_id=key, advertiser_name="same") for key in ("k1", "k2")]
    assert [row["advertiser_id"] for row in summed(look(0, *offers))] == ["k1", "k2"]


def test_offers_without_a_key_are_nobodys_even_under_a_known_name() -> None:
    offers = [shown("a", advertiser_id="k", advertiser_name="n"), shown("b", advertiser_id=None, advertiser_name="n")]
    (row,) = summed(look(0, *offers))
    assert row["offers"] == 1


def test_nothing_but_offers_without_a_key_gives_no_advertiser() -> None:
    assert summed(look(0, shown("a", advertiser_id=None))) == []


@given(
    st.lists(
        st.tuples(st.sampled_from(["k1", "k2", "k3", None]), st.sampled_from(["x", "y", "", None]), st.booleans()),
        min_size=1,
        max_size=20,
    )
)
@settings(max_examples=25, deadline=None)
def test_no_two_keys_are_ever_merged_and_none_is_ever_split(plan: list[tuple[str | None, str | None, bool]]) -> None:
    looks = [
        look(n, shown(f"{n}" if is_new else "0", advertiser_id=key, advertiser_name=name))
        for n, (key, name, is_new) in enumerate(plan)
    ]
    rows = summed(*looks)
    assert [row["advertiser_id"] for row in rows] == sorted({key for key, _, _ in plan if key is not None})
    for row in rows:
        assert set(row["names"]) == {name for key, name, _ in plan if key == row["advertiser_id"] and name}


def test_a_name_given_up_and_taken_again_is_one_name_over_all_its_time() -> None:
    looks = [look(n * 10, shown("a", advertiser_id="k", advertiser_name=name)) for n, name in enumerate("xyx")]
    (row,) = summed(*looks)
    assert row["names"] == ["x", "y"]
    assert row["names_last_seen_at"][0] > row["names_last_seen_at"][1]


def test_no_days_give_no_advertisers() -> None:
    empty = pa.table({"advertiser_id": pa.array([], pa.string())})
    assert advertiser_rows(empty, empty).num_rows == 0
