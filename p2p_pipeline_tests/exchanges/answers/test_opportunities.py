"""What is shown of a board: those that fit, in an order that does not jump, with sums that add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.exchanges.answers.health import STALE_SCANS, is_stale, summed, watched_by_symbol
from p2p_pipeline.exchanges.answers.matrix import matrix_of
from p2p_pipeline.exchanges.answers.names import TITLES
from p2p_pipeline.exchanges.answers.opportunities import asked_filter, chosen, opportunity_of, quarantined
from p2p_pipeline.exchanges.answers.unfolded import Part, steps_of, unspent
from p2p_pipeline.exchanges.scan.reasons import Transfer
from p2p_pipeline.exchanges.venues.connector import NAMES
from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline_tests.exchanges.example_board import example_board, example_spatial

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
BOARD = example_board(AT)
ALL = asked_filter()


def keys(**asked: str) -> list[str]:
    return [one.key for one in chosen(BOARD, asked_filter(**asked))]


def test_the_best_edge_comes_first_and_nothing_of_the_quarantine_is_among_them() -> None:
    edges = [one.found.net_edge_pct for one in chosen(BOARD, ALL)]
    assert edges == sorted(edges, reverse=True)
    assert len(edges) >= 5
    (glitch,) = quarantined(BOARD, ALL)
    assert glitch.net_edge_pct > 10
    assert opportunity_of(BOARD, glitch.buy, glitch.sell, glitch.symbol) is None


def test_each_field_of_the_filter_narrows_what_is_shown() -> None:
    assert keys(buy="KuCoin ") == keys(symbol="sol") == keys(symbol="SOL-usdt") == ["kucoin>okx:SOL/USDT"]
    assert all(key.endswith(">okx:SOL/USDT") for key in keys(sell="okx"))
    assert 0 < len(keys(min_edge_pct="0,3 %")) < len(keys())
    assert keys(transfer="needs_inventory") == ["htx>bingx:ADA/USDT"]
    assert keys(buy="kraken") == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"buy": "kucion"}, "buy was 'kucion', an exchange that is not known; known are binance, okx"),
        ({"min_edge_pct": "much"}, "the net edge was 'much'; write per cent, such as 0.2"),
        ({"min_edge_pct": "nan"}, "the net edge was 'nan'"),
        ({"transfer": "by post"}, "transfer was 'by post'; write transferable, needs_inventory, transfer_unknown"),
    ],
)
def test_a_filter_that_can_t_be_read_is_refused_with_what_to_write(asked: dict[str, str], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        asked_filter(**asked)


@given(
    st.sampled_from(NAMES), st.sampled_from(NAMES), st.decimals("0.0001", "90000", places=4),
    st.decimals("-2", "40", places=2), st.sampled_from(("100", "1000", "10000")), st.integers(0, 99),
)  # fmt: skip
def test_the_steps_add_up_to_the_net_edge_whatever_the_books(
    buy: str, sell: str, price: Decimal, gross: Decimal, size: str, seed: int
) -> None:
    found = example_spatial(buy, sell, "SOL/USDT", size, str(price), str(gross), Transfer.TRANSFERABLE, (), seed)
    *before, net = steps_of(found)
    assert net.part is Part.NET
    assert abs(sum(step.amount for step in before) - net.amount) <= Decimal("1e-11")
    assert abs(sum(step.pct for step in before) - net.pct) <= Decimal("1e-10")
    assert unspent(found) == found.notional - sum(level.price * level.taken for level in found.bought.eaten)
    assert sum(level.taken for level in found.sold.eaten) == found.quantity


def test_the_matrix_has_every_pair_once_and_the_best_opportunity_of_each() -> None:
    matrix = matrix_of(BOARD)
    assert matrix.exchanges == NAMES
    assert [row[place] for place, row in enumerate(matrix.rows)] == [None] * len(NAMES)
    cell = matrix.rows[NAMES.index("kucoin")][NAMES.index("okx")]
    assert cell is not None
    assert cell.best is opportunity_of(BOARD, "kucoin", "okx", "SOL/USDT")
    assert (cell.opportunities, cell.net_edge_pct) == (1, cell.best and cell.best.found.net_edge_pct)
    nowhere = matrix.rows[NAMES.index("bitfinex")][0]
    assert nowhere is not None
    assert nowhere.net_edge_pct is None
    edges = [one.net_edge_pct for one in matrix.best(3)]
    assert edges[0] == max(one.found.net_edge_pct for one in BOARD.opportunities)
    assert len(edges) == 3


def test_the_health_of_all_is_counted_and_what_is_watched_stands_by_symbol_nearest_first() -> None:
    found = summed(BOARD)
    assert (found.exchanges, found.live, sum(found.states.values())) == (14, 10, 14)
    assert found.books_live < found.books_wanted
    symbols = [symbol for symbol, _ in watched_by_symbol(BOARD)]
    assert len(symbols) == len(set(symbols))
    assert symbols[0] == "ETH/USDT"
    assert symbols[-1] == "BTC/USDT", "the watch list has no edge"


def test_a_board_is_stale_when_its_scans_stopped_coming() -> None:
    assert not is_stale(BOARD, AT + timedelta(seconds=5 * STALE_SCANS), 5)
    assert is_stale(BOARD, AT + timedelta(seconds=5 * STALE_SCANS + 1), 5)


def test_every_exchange_has_a_name_for_people() -> None:
    assert tuple(TITLES) == NAMES
