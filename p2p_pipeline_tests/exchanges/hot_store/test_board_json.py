"""A board survives its JSON."""

from __future__ import annotations

from collections import UserList
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.hot_store.board_json import (
    UnreadableBoard,
    board_from_json,
    board_to_json,
    book_from_json,
    book_to_json,
    entry_from_json,
    entry_to_json,
)
from p2p_pipeline.exchanges.hot_store.store import feed_entry
from p2p_pipeline.exchanges.scan.results import Spatial
from p2p_pipeline_tests.exchanges.boards import board, seen, spatial, stored_book

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False) | st.sampled_from([Decimal("1E+6"), Decimal("1E-12")])
FOUND = st.builds(
    spatial,
    edge=DECIMALS.map(str),
    notional=DECIMALS.map(str),
    symbol=st.sampled_from(["BTC/USDT", "ÄÖ/KRW", "币/USDT"]),
)


@settings(max_examples=50)
@given(st.lists(FOUND.map(seen), max_size=3), st.integers(1, 10**6))
def test_a_board_comes_back_from_its_json_as_it_was(opportunities: list[object], sequence: int) -> None:
    told = board(sequence, opportunities)  # type: ignore[arg-type]
    assert board_from_json(board_to_json(told)) == told


def test_a_scan_that_calculates_its_opportunities_only_when_asked_is_written_with_all_of_them() -> None:
    class Folded(UserList[Spatial]):
        """A sequence, and no list or tuple."""

    told = board(1)
    found = (spatial("0.3"), spatial("0.4"))
    folded = replace(told, scan=replace(told.scan, opportunities=Folded(found)))
    assert board_from_json(board_to_json(folded)).scan.opportunities == found


def test_amounts_keep_every_digit_and_are_written_without_an_exponent() -> None:
    told = board(1, [seen(spatial("0.000000000000000000000000000001234567890123456789012345", notional="1E+5"))])
    text = board_to_json(told)
    assert b'"0.000000000000000000000000000001234567890123456789012345"' in text
    assert b'"notional":"100000"' in text
    found: Spatial = board_from_json(text).opportunities[0].found
    assert found.net_edge_pct == Decimal("0.000000000000000000000000000001234567890123456789012345")


def test_levels_of_a_book_keep_their_spelling() -> None:
    assert book_from_json(book_to_json(stored_book())) == stored_book()


def test_an_entry_of_the_feed_comes_back_as_it_was() -> None:
    entry = feed_entry(None, board(3, [seen(spatial())]))
    assert entry_from_json(entry_to_json(entry)) == entry


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b'{"sequence":1', board_to_json(board()).replace(b'"is_simulated"', b'"is_sim"')]
)
def test_what_is_no_board_is_told_in_one_sentence(text: bytes) -> None:
    with pytest.raises(UnreadableBoard) as told:
        board_from_json(text)
    assert "the newest board" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_board_read_back_is_of_the_kinds_that_it_was_made_of() -> None:
    read: Board = board_from_json(board_to_json(board(1, [seen(spatial())])))
    assert read.opportunities[0].found.transfer.value == "transferable"
    assert isinstance(read.opportunities[0].found.bought.eaten, tuple)
    assert read.scan.at.utcoffset() is not None
    assert list(read.scan.best_edges) == [("binance", "okx"), ("okx", "binance")]
