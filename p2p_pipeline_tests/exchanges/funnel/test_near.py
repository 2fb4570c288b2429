"""How near an edge best prices are is what a search over all pairs says."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.exchanges.funnel.near import near_edges

QUOTES = st.just(0.0) | st.just(float("nan")) | st.floats(1, 1000)
ROWS = st.tuples(QUOTES, QUOTES, st.floats(0, 0.02))
COLUMN = st.lists(ROWS, min_size=4, max_size=4)


@given(st.lists(COLUMN, min_size=1, max_size=3))
def test_the_nearest_edge_of_an_exchange_is_the_best_of_all_its_pairs(
    columns: list[list[tuple[float, float, float]]],
) -> None:
    bids, asks, fees = (np.array([[row[field] for row in column] for column in columns]).T for field in range(3))
    expected = np.full(bids.shape, -np.inf)
    for symbol, column in enumerate(columns):
        for (buy, bought), (sell, sold) in permutations(enumerate(column), 2):
            if bought[1] > 0 and sold[0] > 0:
                edge = 100 * (sold[0] * (1 - sold[2]) / (bought[1] * (1 + bought[2])) - 1)
                for exchange in (buy, sell):
                    expected[exchange, symbol] = max(edge, expected[exchange, symbol])
    assert near_edges(bids, asks, fees) == pytest.approx(expected)


def test_one_exchange_alone_is_near_nothing() -> None:
    one = np.array([[100.0, 7.0]])
    assert (near_edges(one, one, one * 0) == -np.inf).all()
