"""The arrays say what the books say, at once, and nothing of a book that can't be believed."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from p2p_pipeline.exchanges.books.market_books import LEVELS, MarketBooks
from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.words import Instrument
from p2p_pipeline_tests.exchanges.books.exchange_in_miniature import SECOND, Miniature, delta, snapshot


def instrument(exchange: str, symbol: str, base: str) -> Instrument:
    return Instrument(exchange, symbol, base, "USDT", Decimal("0.01"), Decimal("0.01"), aliases=(f"{symbol}-alias",))


@pytest.fixture
def two() -> tuple[Miniature, Miniature, MarketBooks]:
    okx, binance = Miniature("okx"), Miniature("binance")
    instruments = {
        (0, 0): instrument("okx", "A", "A"),
        (0, 1): instrument("okx", "B", "B"),
        (1, 1): instrument("binance", "B", "B"),
    }
    return okx, binance, MarketBooks([okx.books, binance.books], ["A/USDT", "B/USDT"], instruments)


def test_levels_are_written_as_they_change_best_first_and_nan_where_there_are_none(
    two: tuple[Miniature, Miniature, MarketBooks],
) -> None:
    okx, _, market = two
    okx.tell(snapshot(10))
    okx.tell(delta(None, 11, previous=10, bids=(("100.5", "7"), ("98", "0")), asks=(("101", "0"),)))
    view = market.view(okx.now)
    assert view.is_live.tolist() == [[True, False], [False, False]]
    assert view.bid_prices[0, 0, :4].tolist()[:3] == [100.5, 100.0, 99.0]
    assert np.isnan(view.bid_prices[0, 0, 3:]).all()
    assert view.bid_quantities[0, 0, 0] == 7.0
    assert view.ask_prices[0, 0, :2].tolist() == [102.0, 103.0]
    assert view.exact(0, 0).bids[0] == (Decimal("100.5"), Decimal(7))
    assert view.exact(1, 1).bids == ()


def test_the_arrays_equal_the_book_after_any_changes(two: tuple[Miniature, Miniature, MarketBooks]) -> None:
    okx, _, market = two
    generator = np.random.default_rng(7)
    okx.tell(snapshot(0))
    for number in range(300):
        prices = generator.integers(50, 100, 3), generator.integers(101, 150, 3)
        bids, asks = ([(str(price), str(generator.integers(0, 3))) for price in side] for side in prices)
        okx.tell(delta(None, number + 1, previous=number, bids=bids, asks=asks))
        book = okx.books.book("A")
        assert book is not None
        for prices_row, quantities_row, levels in zip(
            (market.bid_prices[0, 0], market.ask_prices[0, 0]),
            (market.bid_quantities[0, 0], market.ask_quantities[0, 0]),
            book.top(LEVELS),
            strict=True,
        ):
            count = len(levels)
            assert prices_row[:count].tolist() == [float(level[0]) for level in levels]
            assert quantities_row[:count].tolist() == [float(level[1]) for level in levels]
            assert np.isnan(prices_row[count:]).all()


def test_a_gap_takes_the_book_out_of_the_view_with_the_frame_that_shows_it(
    two: tuple[Miniature, Miniature, MarketBooks],
) -> None:
    okx, _, market = two
    okx.tell(snapshot(10))
    okx.tell(delta(None, 30, previous=20))
    assert not market.view(okx.now).is_live.any()
    assert market.exact(0, 0).bids == ()


def test_whole_views_in_any_order_are_shown_sorted_and_a_straggler_is_not_shown() -> None:
    okx = Miniature("bingx")
    market = MarketBooks([okx.books], ["A/USDT"], {(0, 0): instrument("bingx", "A", "A")})

    def top(last: int, ask: str) -> Event:
        return Event(Kind.TOP, "A", (("99", "1"), ("100", "1")), (("103", "1"), (ask, "1")), last=last)

    okx.tell(top(1, "101"))
    okx.tell(top(3, "102"))
    assert (market.bid_prices[0, 0, 0], market.ask_prices[0, 0, 0]) == (100.0, 102.0)
    okx.tell(top(2, "101.5"))
    assert not market.is_live.any()
    okx.tell(top(4, "101.7"))
    assert market.is_live.all()
    assert market.ask_prices[0, 0, 0] == 101.7
    okx.tell(top(5, "100"))
    assert not market.is_live.any()


def test_ages_are_since_receiving_and_by_the_exchanges_clock_with_its_offset_taken_off(
    two: tuple[Miniature, Miniature, MarketBooks],
) -> None:
    okx, _, market = two
    ahead_us = 5_000_000
    okx.tell(snapshot(10)._replace(exchange_time_us=okx.now // 1000 + ahead_us))
    okx.tell(delta(None, 11, previous=10)._replace(exchange_time_us=okx.now // 1000 + ahead_us))
    okx.now += SECOND
    okx.tell(delta(None, 12, previous=11)._replace(exchange_time_us=(okx.now - SECOND // 5) // 1000 + ahead_us))
    view = market.view(okx.now + SECOND)
    assert view.exchange_age_ms[0, 0] == pytest.approx(1200.0)
    assert view.now_ns - view.received_ns[0, 0] == SECOND
    assert okx.books.clock_offset_ms == pytest.approx(-5000.0)


def test_best_prices_come_from_their_feed_and_from_books_and_go_with_the_connection(
    two: tuple[Miniature, Miniature, MarketBooks],
) -> None:
    okx, binance, market = two
    binance.tell(Event(Kind.TICKER, "B", (("7", "1"),), (("8", "1"),), last=5))
    okx.tell(snapshot(10, "B-alias"))
    assert market.best.bids[:, 1].tolist() == [100.0, 7.0]
    binance.books.subscribed("ws1", [], binance.now)
    assert binance.books.best("B") is not None
    binance.tell(Event(Kind.TICKER, "B", (("9", "1"),), (("8", "1"),), last=6))
    assert binance.books.best("B") is None


def test_where_a_symbol_has_both_feeds_the_whole_view_is_shown_while_the_book_of_changes_is_broken(
    two: tuple[Miniature, Miniature, MarketBooks],
) -> None:
    okx, _, market = two
    okx.tell(snapshot(10))
    okx.tell(Event(Kind.TOP, "A", (("90", "1"),), (("91", "1"),)))
    assert market.bid_prices[0, 0, 0] == 100.0
    okx.tell(delta(None, 30, previous=20))
    assert (market.bid_prices[0, 0, 0], market.ask_prices[0, 0, 0]) == (90.0, 91.0)
    assert market.exact(0, 0).bids == ((Decimal(90), Decimal(1)),)
    assert np.isnan(market.bid_prices[0, 0, 1:]).all()


def test_what_another_name_of_an_instrument_lacks_takes_nothing_from_the_one_that_has_it(
    two: tuple[Miniature, Miniature, MarketBooks],
) -> None:
    okx, _, market = two
    okx.tell(snapshot(10))
    okx.tell(Event(Kind.TICKER, "A-alias", (("99.5", "1"),), (("101.5", "1"),)), passes=1.0)
    market.use(market.instruments)
    assert market.is_live[0, 0]
    assert market.bid_prices[0, 0, 0] == 100.0
    assert market.best.bids[0, 0] == 99.5
    assert market.exact(0, 0).bids[0] == (Decimal(100), Decimal(1))
