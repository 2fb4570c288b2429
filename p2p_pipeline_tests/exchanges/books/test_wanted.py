"""Best prices of thousands of symbols come in one answer; only those that are watched are kept."""

from __future__ import annotations

from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.venues.connector import lists_of, wire_of

ANSWER = b"""[{"symbol":"BTCUSDT","bidPrice":"1","bidQty":"10","askPrice":"2","askQty":"3"},
{"symbol":"OTHERUSDT","bidPrice":"1","bidQty":"10","askPrice":"2","askQty":"3"}]"""


def test_best_prices_of_what_nobody_watches_are_counted_and_not_kept() -> None:
    books = ExchangeBooks("binance", wire_of("binance"), lists_of("binance"))
    answer = Frame("binance", "http0", Passage.REST, ANSWER, 1, url="/api/v3/ticker/bookTicker")
    books.keep_only(["BTCUSDT"])
    books.take(answer, 1)
    assert list(books.books) == ["BTCUSDT"]
    assert books.counters.events == 2
    books.keep_only(["BTCUSDT", "OTHERUSDT"])
    books.take(answer, 2)
    assert list(books.books) == ["BTCUSDT", "OTHERUSDT"]
