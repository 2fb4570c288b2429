"""How an exchange is told to be: an error counts as long as it says something of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.service.health import ERROR_LASTS, NewestError
from p2p_pipeline.exchanges.venues.connector import lists_of, wire_of

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_an_error_ends_when_the_exchange_works_again_and_not_before() -> None:
    newest = NewestError()
    assert newest.told({"link": "gone", "books": ""}, NOON, is_live=False) == "gone"
    assert newest.told({"link": "gone", "books": ""}, NOON + 2 * ERROR_LASTS, is_live=False) == "gone"
    assert newest.told({"link": "gone", "books": "refused"}, NOON + 2 * ERROR_LASTS, is_live=True) == "refused"
    later = NOON + 3 * ERROR_LASTS
    assert newest.told({"link": "gone", "books": "refused"}, later - SECOND, is_live=True) == "refused"
    assert newest.told({"link": "gone", "books": "refused"}, later, is_live=True) == ""
    assert newest.told({"link": "gone again", "books": "refused"}, later, is_live=True) == "gone again"


def test_a_maintenance_that_is_over_does_not_come_back_with_a_later_outage() -> None:
    books = ExchangeBooks("bitfinex", wire_of("bitfinex"), lists_of("bitfinex"))

    def hear(passage: Passage, body: str, connection: str = "ws1") -> bool:
        books.take(Frame("bitfinex", connection, passage, body.encode(), 1, "/ws/2"), 1)
        return books.in_maintenance

    books.opened("ws1", "/ws/2", 1)
    assert hear(Passage.SOCKET, '{"event":"info","code":20060,"msg":"Entering in Maintenance mode"}')
    assert not hear(Passage.SOCKET, '{"event":"info","code":20061,"msg":"Maintenance ended"}')
    books.closed("ws1", 2)
    books.opened("ws2", "/ws/2", 3)
    assert not books.in_maintenance
    assert books.last_error == "maintenance", "it stays what was said last"
