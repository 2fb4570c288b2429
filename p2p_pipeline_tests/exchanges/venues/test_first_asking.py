"""Binance, OKX, Bybit, Gate, BingX: what we ask for, as each wants to be asked."""

from __future__ import annotations

import json

import pytest

from p2p_pipeline.exchanges.venues.connector import lists_of, wire_of
from p2p_pipeline.exchanges.words import Feed, Subscription, message_sent_at

FIRST = ("binance", "okx", "bybit", "gate", "bingx")
BTC = {"binance": "BTCUSDT", "okx": "BTC-USDT", "bybit": "BTCUSDT", "gate": "BTC_USDT", "bingx": "BTC-USDT"}

ASKED = {
    ("binance", Feed.BBO): '{"method":"SUBSCRIBE","params":["btcusdt@bookTicker"],"id":7}',
    ("binance", Feed.TOP): '{"method":"SUBSCRIBE","params":["btcusdt@depth20@100ms"],"id":7}',
    ("binance", Feed.DELTA): '{"method":"SUBSCRIBE","params":["btcusdt@depth@100ms"],"id":7}',
    ("okx", Feed.BBO): '{"id":"7","op":"subscribe","args":[{"channel":"bbo-tbt","instId":"BTC-USDT"}]}',
    ("okx", Feed.TOP): '{"id":"7","op":"subscribe","args":[{"channel":"books5","instId":"BTC-USDT"}]}',
    ("okx", Feed.DELTA): '{"id":"7","op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"}]}',
    ("bybit", Feed.BBO): '{"req_id":"7","op":"subscribe","args":["orderbook.1.BTCUSDT"]}',
    ("bybit", Feed.TOP): '{"req_id":"7","op":"subscribe","args":["orderbook.1.BTCUSDT"]}',
    ("bybit", Feed.DELTA): '{"req_id":"7","op":"subscribe","args":["orderbook.50.BTCUSDT"]}',
    (
        "gate",
        Feed.BBO,
    ): '{"time":1700000000,"id":7,"channel":"spot.book_ticker","event":"subscribe","payload":["BTC_USDT"]}',
    ("gate", Feed.TOP): (
        '{"time":1700000000,"id":7,"channel":"spot.order_book","event":"subscribe","payload":["BTC_USDT","20","100ms"]}'
    ),
    (
        "gate",
        Feed.DELTA,
    ): '{"time":1700000000,"id":7,"channel":"spot.obu","event":"subscribe","payload":["ob.BTC_USDT.50"]}',
    ("bingx", Feed.BBO): '{"id":"7","reqType":"sub","dataType":"BTC-USDT@bookTicker"}',
    ("bingx", Feed.TOP): '{"id":"7","reqType":"sub","dataType":"BTC-USDT@depth20"}',
    ("bingx", Feed.DELTA): '{"id":"7","reqType":"sub","dataType":"BTC-USDT@incrDepth"}',
}
TAKEN_BACK = {"binance": "UNSUBSCRIBE", "okx": "unsubscribe", "bybit": "unsubscribe", "gate": "unsubscribe", "bingx": "unsub"}  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(("exchange", "feed"), ASKED)
def test_a_feed_is_asked_for_in_the_exchanges_words(exchange: str, feed: Feed) -> None:
    wire, wanted = wire_of(exchange), [Subscription(feed, BTC[exchange])]
    assert [message_sent_at(text, 1_700_000_000_999) for text in wire.subscribe(wanted, 7)] == [ASKED[exchange, feed]]
    (ended,) = wire.unsubscribe(wanted, 8)
    assert f'"{TAKEN_BACK[exchange]}"' in ended


@pytest.mark.parametrize("exchange", FIRST)
@pytest.mark.parametrize("feed", Feed)
def test_a_thousand_symbols_are_asked_for_within_the_limits_of_a_request(exchange: str, feed: Feed) -> None:
    wire = wire_of(exchange)
    limits, wanted = wire.CAPABILITY.limits, [Subscription(feed, f"{name:05}{BTC[exchange]}") for name in range(1_000)]
    messages = wire.subscribe([*wanted, *wanted[:5]], 100)
    said = "".join(messages)
    assert all(one.symbol.lower() in said.lower() for one in wanted)
    assert sum(message.count("00007") for message in messages) == 1, "asked for twice, subscribed once"
    ids = [str(message.get("id", message.get("req_id"))) for message in map(json.loads, messages)]
    assert ids == [str(100 + number) for number in range(len(messages))]
    assert max(map(len, messages)) <= (limits.characters_per_request or 10**6)
    if exchange == "bybit":
        assert max(len(json.loads(message)["args"]) for message in messages) == 10


@pytest.mark.parametrize("exchange", FIRST)
def test_an_exchange_offers_what_its_table_says(exchange: str) -> None:
    wire, lists = wire_of(exchange), lists_of(exchange)
    capability = wire.CAPABILITY
    assert capability.name == exchange
    assert (lists.bulk_request() is not None) == capability.bulk_rest
    assert lists.connect_request() is None
    assert wire.opening([])[0].startswith("/")
    assert (wire.ping(1_700_000_000_000) is not None) == (capability.heartbeat.ping_seconds is not None)
    assert BTC[exchange] in lists.book_request(BTC[exchange]).url
    assert all(request.path.startswith("/") for request in (*lists.instrument_requests(), *lists.currency_requests()))


def test_each_says_that_it_lives_in_its_own_way() -> None:
    said = {name: wire_of(name).ping(1_700_000_000_000) for name in FIRST}
    assert said == {
        "binance": None,
        "okx": "ping",
        "bybit": '{"req_id":"1700000000000","op":"ping"}',
        "gate": '{"time":1700000000,"channel":"spot.ping"}',
        "bingx": None,
    }


@pytest.mark.parametrize(
    ("exchange", "feed", "depth", "topic"),
    [
        ("binance", Feed.TOP, 5, "@depth5@"),
        ("binance", Feed.TOP, 100, "@depth20@"),
        ("bybit", Feed.DELTA, 51, "orderbook.200."),
        ("gate", Feed.TOP, 50, '"50"'),
        ("gate", Feed.DELTA, 400, ".400"),
        ("bingx", Feed.TOP, 100, "@depth100"),
    ],
)
def test_a_depth_is_one_that_the_exchange_offers(exchange: str, feed: Feed, depth: int, topic: str) -> None:
    (message,) = wire_of(exchange).subscribe([Subscription(feed, BTC[exchange], depth)], 1)
    assert topic in message
