"""The exchange's own word on the time: it keeps a slow connection from looking like a slow clock."""

from __future__ import annotations

import pytest

from p2p_pipeline.exchanges.books.actions import Fetch
from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.venues.connector import lists_of, wire_of

SECOND = 1_000_000_000
NOW = 1_796_000_000 * SECOND
URL = "/api/v3/time"


def binance() -> ExchangeBooks:
    books = ExchangeBooks("binance", wire_of("binance"), lists_of("binance"))
    books.opened("ws1", "/ws", NOW)
    return books


def frame(body: bytes, at: int, passage: Passage = Passage.SOCKET) -> Frame:
    return Frame("binance", "ws1", passage, body, at, URL if passage is Passage.REST else "")


def told(at: int) -> bytes:
    return b'{"serverTime":%d}' % (at // 1_000_000)


def delta(at: int) -> bytes:
    return b'{"e":"depthUpdate","E":%d,"s":"BTCUSDT","U":1,"u":2,"b":[["1","1"]],"a":[]}' % (at // 1_000_000)


def test_the_time_is_asked_for_when_there_is_a_connection_and_then_once_a_minute() -> None:
    books = binance()
    asked = [action for second in range(150) for action in books.due(NOW + second * SECOND)]
    fetched = [action.request.path for action in asked if isinstance(action, Fetch)]
    assert fetched == [URL, URL, URL]
    assert ExchangeBooks("binance", wire_of("binance"), lists_of("binance")).due(NOW) == []


def test_a_connection_that_was_slow_from_the_first_frame_on_is_no_clock_that_is_behind() -> None:
    books = binance()
    books.take(frame(delta(NOW), NOW + 12 * SECOND), NOW + 12 * SECOND)
    books.take(frame(told(NOW + 13 * SECOND), NOW + 13 * SECOND, Passage.REST), NOW + 13 * SECOND)
    assert books.clock_offset_ms == pytest.approx(0)
    assert books.age_ms(NOW + 14 * SECOND, (NOW + 2 * SECOND) // 1000) == pytest.approx(12_000)


def test_a_clock_that_goes_wrong_is_taken_off_and_the_answer_is_no_unreadable_frame() -> None:
    books = binance()
    books.take(frame(told(NOW - 7 * SECOND), NOW, Passage.REST), NOW)
    assert books.clock_offset_ms == pytest.approx(7_000)
    books.take(frame(b"<html>", NOW, Passage.REST), NOW)
    assert books.counters.unreadable == 0
    assert books.counters.frames == 2
