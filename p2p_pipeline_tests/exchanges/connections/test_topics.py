"""Of whole views that wait unread only the newest of a topic is read; nothing else is ever passed over."""

from __future__ import annotations

import gzip

import pytest

from p2p_pipeline.exchanges.connections.topics import superseded, topic_of
from p2p_pipeline.exchanges.frames.frame import Frame, Passage


def frame(exchange: str, body: bytes, connection: str = "ws0") -> Frame:
    return Frame(exchange, connection, Passage.SOCKET, body, 1)


OKX = b'{"arg":{"channel":"books5","instId":"%s"},"data":[{"asks":[["1","2","0","1"]],"seqId":%d}]}'
VIEWS = {
    "binance": b'{"stream":"btcusdt@depth20@100ms","data":{"lastUpdateId":160,"bids":[]}}',
    "okx": OKX % (b"BTC-USDT", 1),
    "kucoin": b'{"topic":"/market/ticker:all","type":"message","subject":"BTC-USDT","data":{}}',
    "gate": b'{"time":1,"channel":"spot.order_book","event":"update","result":{"t":1,"lastUpdateId":1,"s":"BTC_USDT"}}',
    "bitget": b'{"action":"snapshot","arg":{"instType":"SPOT","channel":"books15","instId":"BTCUSDT"},"data":[]}',
    "htx": gzip.compress(b'{"ch":"market.btcusdt.mbp.refresh.20","ts":1,"tick":{}}'),
    "upbit": b'{"type":"orderbook","code":"KRW-BTC","timestamp":1}',
    "xt": b'{"topic":"depth","event":"depth@btc_usdt,20","data":{}}',
    "mexc": b"\n\x33spot@public.limit.depth.v3.api.pb@BTCUSDT@20\x1a\x07BTCUSDT",
}
ALWAYS_READ = {
    "binance": b'{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate"}}',
    "okx": b'{"id":"1","event":"subscribe","arg":{"channel":"books5","instId":"BTC-USDT"},"connId":"a"}',
    "kucoin": b'{"id":"1","type":"ack"}',
    "gate": b'{"time":1,"channel":"spot.order_book","event":"subscribe","result":{"status":"success"}}',
    "bitget": b'{"event":"subscribe","arg":{"instType":"SPOT","channel":"books15","instId":"BTCUSDT"}}',
    "htx": gzip.compress(b'{"id":"1","status":"ok","subbed":"market.btcusdt.mbp.refresh.20"}'),
    "upbit": b'{"error":{"name":"NO_CODES"}}',
    "xt": b'{"topic":"depth_update","event":"depth_update@btc_usdt","data":{}}',
    "mexc": b'{"id":0,"code":0,"msg":"spot@public.limit.depth.v3.api.pb@BTCUSDT@20"}',
    "kraken": b'{"channel":"book","type":"snapshot","data":[]}',
    "coinbase": b'{"channel":"ticker_batch","sequence_num":1}',
}


@pytest.mark.parametrize("exchange", VIEWS)
def test_a_newer_whole_view_replaces_one_that_waits(exchange: str) -> None:
    views = [frame(exchange, VIEWS[exchange]) for _ in range(3)]
    assert superseded(views) == {0, 1}


@pytest.mark.parametrize("exchange", ALWAYS_READ)
def test_acknowledgements_changes_and_what_is_counted_are_always_read(exchange: str) -> None:
    assert topic_of(frame(exchange, ALWAYS_READ[exchange])) is None


def test_a_view_with_another_time_and_number_before_its_symbol_is_of_the_same_topic() -> None:
    later = VIEWS["gate"].replace(b'"t":1,"lastUpdateId":1', b'"t":17,"lastUpdateId":23')
    assert superseded([frame("gate", VIEWS["gate"]), frame("gate", later)]) == {0}
    assert superseded([frame("gate", VIEWS["gate"]), frame("gate", later.replace(b"BTC", b"ETH"))]) == set()


def test_views_of_other_symbols_and_connections_replace_nothing() -> None:
    frames = [
        frame("okx", OKX % (b"BTC-USDT", 1)),
        frame("okx", OKX % (b"ETH-USDT", 1)),
        frame("okx", OKX % (b"BTC-USDT", 2), "ws1"),
    ]
    assert superseded(frames) == set()
    assert superseded([*frames, frames[0]]) == {0}


def test_broken_bytes_are_read_so_that_they_are_counted() -> None:
    assert topic_of(frame("htx", b"\x1f\x8b\x08broken")) is None
    assert topic_of(frame("okx", b"")) is None
