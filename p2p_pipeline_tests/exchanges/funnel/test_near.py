"""How near an edge best prices are is what a search over all pairs says."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.exchanges.funnel.near import BestPrices, near_edges

PRICES = st.builds(
    BestPrices,
    bid=st.just(0.0) | st.floats(1, 1000),
    ask=st.just(0.0) | st.floats(1, 1000),
    taker_fee=st.floats(0, 0.02),
)


@given(st.dictionaries(st.sampled_from("abcdef"), PRICES))
def test_the_nearest_edge_of_an_exchange_is_the_best_of_all_its_pairs(prices: dict[str, BestPrices]) -> None:
    def edge(buy: BestPrices, sell: BestPrices) -> float:
        return 100 * (sell.bid * (1 - sell.taker_fee) / (buy.ask * (1 + buy.taker_fee)) - 1)

    expected: dict[str, float] = {}
    for (buy, bought), (sell, sold) in permutations(prices.items(), 2):
        if bought.ask and sold.bid:
            found = edge(bought, sold)
            for name in (buy, sell):
                expected[name] = max(found, expected.get(name, found))
    assert near_edges(prices) == pytest.approx(expected)


def test_one_exchange_alone_is_near_nothing() -> None:
    assert near_edges({"a": BestPrices(100, 90, 0)}) == {}
