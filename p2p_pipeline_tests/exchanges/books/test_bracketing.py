"""A snapshot that was asked for, and the changes that came before, while and after it was made."""

from __future__ import annotations

import pytest

from p2p_pipeline.exchanges.books.actions import Fetch
from p2p_pipeline.exchanges.books.sequencer import State
from p2p_pipeline_tests.exchanges.books.exchange_in_miniature import BIDS, Miniature, delta, snapshot

REST = ("binance", "kucoin", "mexc", "xt")


@pytest.mark.parametrize("exchange", REST)
def test_changes_wait_the_snapshot_is_asked_for_once_and_joins_the_one_that_reaches_over_it(exchange: str) -> None:
    one = Miniature(exchange)
    assert [type(action) for action in one.tell(delta(5, 7))] == [Fetch]
    assert one.tell(delta(8, 11, bids=(("100", "9"),))) == []
    assert one.books.book("A") is None
    one.answer(snapshot(9))
    book = one.books.book("A")
    assert book is not None
    assert book.top(3)[0] == [("100", "9"), ("99", "2"), ("98", "3")]
    one.tell(delta(12, 12))
    assert one.books.counters.gaps == 0


@pytest.mark.parametrize("exchange", REST)
def test_a_snapshot_older_than_the_first_change_is_asked_for_again_with_back_off(exchange: str) -> None:
    one = Miniature(exchange)
    one.tell(delta(50, 51))
    assert one.answer(snapshot(40)) == []
    assert one.books.book("A") is None
    assert one.wait(1.0) == []
    assert [type(action) for action in one.wait(2.0)] == [Fetch]
    one.answer(snapshot(50))
    assert one.books.state("A") is State.LIVE
    assert one.books.counters.gaps == 0


def test_a_snapshot_before_any_change_is_served_once_a_change_shows_that_nothing_is_missing() -> None:
    joined, missing = Miniature("binance"), Miniature("binance")
    for one in (joined, missing):
        one.answer(snapshot(10))
        assert one.books.book("A") is None
    joined.tell(delta(8, 10))
    assert joined.books.state("A") is State.LIVE
    missing.tell(delta(12, 13))
    assert missing.books.book("A") is None
    assert isinstance(missing.done[-1], Fetch)


def test_a_gap_among_the_waiting_changes_is_found_when_they_are_joined() -> None:
    one = Miniature("binance")
    for change in (delta(5, 7), delta(9, 10)):
        one.tell(change)
    one.answer(snapshot(6))
    assert (one.books.state("A"), one.books.counters.gaps) == (State.GAP, 1)


def test_htx_joins_the_change_that_names_the_snapshot_and_asks_again_when_none_does() -> None:
    one = Miniature("htx")
    one.tell(delta(None, 20, previous=10))
    assert [action.text for action in one.done] == ["req A"]  # type: ignore[attr-defined]
    one.tell(delta(None, 30, previous=20))
    one.tell(snapshot(15))
    assert one.books.book("A") is None
    one.wait(3.0)
    assert [action.text for action in one.done] == ["req A", "req A"]  # type: ignore[attr-defined]
    one.tell(snapshot(20))
    assert one.books.state("A") is State.LIVE
    one.tell(delta(None, 40, previous=30))
    assert one.books.counters.gaps == 0


def test_beyond_the_worst_level_of_a_snapshot_of_fewer_levels_than_asked_for_nothing_is_told() -> None:
    one = Miniature("binance")
    one.tell(delta(5, 7, bids=()))
    one.answer(snapshot(6, bids=BIDS[:2], asks=BIDS[:0]))
    one.tell(delta(8, 8, bids=(("97", "4"), ("99.5", "4"))))
    book = one.books.books["A"].sequencer.book
    assert book.top(9)[0] == [("100", "1"), ("99.5", "4"), ("99", "2")]


def test_a_snapshot_of_all_levels_asked_for_is_renewed_while_it_is_served_before_its_levels_run_out() -> None:
    one = Miniature("binance")
    one.tell(delta(5, 7, bids=()))
    one.answer(snapshot(6))
    assert [type(action) for action in one.tell(delta(8, 8, bids=(("97", "4"),)))] == [Fetch]
    one.tell(delta(9, 9, bids=(("100", "7"),)))
    assert one.books.state("A") is State.LIVE
    one.answer(snapshot(8, bids=(("100", "1"), ("99", "2"), ("97.5", "1"))))
    book = one.books.book("A")
    assert book is not None
    assert book.top(9)[0] == [("100", "7"), ("99", "2"), ("97.5", "1")]
    one.tell(delta(10, 10))
    assert (one.books.state("A"), one.books.counters.gaps, one.books.counters.resyncs) == (State.LIVE, 0, 0)
