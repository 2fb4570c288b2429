"""The history of a venue's payment list: old offers are read with the names of their day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import NativePayment
from p2p_pipeline.p2p.offers.payment_names import PaymentNameInterval, name_history, names_at
from p2p_pipeline.p2p.venues.wire import PaymentMethod

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)


def listed(**names: str | None) -> list[PaymentMethod]:
    return [PaymentMethod(NativePayment(native_id.lstrip("n"), name)) for native_id, name in names.items()]


def test_a_renamed_id_closes_one_interval_and_opens_another() -> None:
    history = name_history("bybit", [(START, listed(n582="Rosbank")), (START + DAY, listed(n582="Sberbank"))])
    assert history == [
        PaymentNameInterval("bybit", "582", "Rosbank", START, START + DAY),
        PaymentNameInterval("bybit", "582", "Sberbank", START + DAY, None),
    ]
    assert names_at(history, START + DAY - timedelta(seconds=1)) == {"582": "Rosbank"}
    assert names_at(history, START + DAY) == {"582": "Sberbank"}


def test_an_id_that_vanished_and_came_back_has_a_gap() -> None:
    lists = [(START, listed(n1="A", n2="B")), (START + DAY, listed(n2="B")), (START + 2 * DAY, listed(n1="A", n2="B"))]
    history = name_history("bybit", lists)
    assert [names_at(history, START + days * DAY).get("1") for days in (0, 1, 2)] == ["A", None, "A"]
    assert [interval for interval in history if interval.native_id == "2"] == [
        PaymentNameInterval("bybit", "2", "B", START, None)
    ]


def test_an_empty_list_is_no_evidence_that_all_methods_are_gone() -> None:
    history = name_history("bybit", [(START, listed(n1="A")), (START + DAY, []), (START + DAY, listed(n1=None))])
    assert history == [PaymentNameInterval("bybit", "1", "A", START, None)]


def test_names_reach_a_day_back_before_the_first_list_and_no_further() -> None:
    history = name_history("bybit", [(START, listed(n1="A"))])
    assert names_at(history, START - DAY) == {"1": "A"}
    assert names_at(history, START - DAY - timedelta(seconds=1)) == {}
    assert names_at([], START) == {}


@given(
    st.lists(
        st.tuples(
            st.integers(0, 20), st.dictionaries(st.sampled_from("123"), st.sampled_from("AB"), min_size=1, max_size=3)
        ),
        max_size=12,
        unique_by=lambda observation: observation[0],
    ),
    st.randoms(use_true_random=False),
)
def test_at_any_moment_the_names_are_those_of_the_newest_list_whatever_order_the_lists_came_in(
    lists: list[tuple[int, dict[str, str]]], random: object
) -> None:
    observations = [
        (START + hours * timedelta(hours=1), [PaymentMethod(NativePayment(key, name)) for key, name in names.items()])
        for hours, names in lists
    ]
    history = name_history("bybit", observations)
    assert history == name_history("bybit", observations[::-1])
    for half_hours in range(45):
        before = [(hours, names) for hours, names in lists if hours * 2 <= half_hours]
        if before:
            newest = max(before, key=lambda observation: observation[0])[1]
            assert names_at(history, START + half_hours * timedelta(minutes=30)) == newest
