"""Binance as simulated: the example of how a dialect is tested, without a socket and in simulated time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from p2p_pipeline.exchanges.simulator.exchange import Line, SimulatedExchange
from p2p_pipeline.exchanges.simulator.hall import Hall
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions

NOW = 1_796_000_000.0


@pytest.fixture
def hall() -> Hall:
    return Hall(ExchangesOptions(exchanges=("binance",), symbols=("BTC/USDT", "ETH/USDT")), NOW)


@pytest.fixture
def binance(hall: Hall) -> SimulatedExchange:
    return hall.exchanges["binance"]


def opened(binance: SimulatedExchange, path: str) -> Line:
    found = binance.open(path, NOW)
    assert found is not None
    return found[0]


def frames_of(hall: Hall, seconds: float) -> Iterator[Any]:
    return (json.loads(frame) for _, frames in hall.advance(NOW + seconds) for frame in frames)


def asked(binance: SimulatedExchange, path: str, **query: str) -> Any:
    answer = binance.answer("GET", path, query, b"", binance.moment)
    assert answer is not None
    return json.loads(answer.body)


def test_a_book_made_of_a_rest_snapshot_and_deltas_is_the_true_one_at_every_update(
    hall: Hall, binance: SimulatedExchange
) -> None:
    opened(binance, "/ws/btcusdt@depth@100ms")
    snapshot = asked(binance, "/api/v3/depth", symbol="BTCUSDT", limit="1000")
    book = {"b": dict(snapshot["bids"]), "a": dict(snapshot["asks"])}
    last = snapshot["lastUpdateId"]
    deltas = 0
    for tenth in range(1, 600):
        for delta in frames_of(hall, tenth / 10):
            assert delta["e"] == "depthUpdate"
            assert delta["s"] == "BTCUSDT"
            assert delta["U"] == last + 1
            last, deltas = delta["u"], deltas + 1
            for side in ("b", "a"):
                book[side].update(delta[side])
                book[side] = {price: quantity for price, quantity in book[side].items() if float(quantity)}
        bids, asks = binance.books["BTC/USDT"].top()
        assert (book["b"], book["a"], last) == (dict(bids), dict(asks), binance.books["BTC/USDT"].last)
    assert deltas > 100


def test_combined_streams_name_themselves_and_raw_top_frames_do_not(hall: Hall, binance: SimulatedExchange) -> None:
    opened(binance, "/stream?streams=btcusdt@depth20/ethusdt@bookTicker")
    opened(binance, "/ws/btcusdt@depth5@100ms")
    found = list(frames_of(hall, 2))
    combined = [frame for frame in found if "stream" in frame]
    raw = [frame for frame in found if "stream" not in frame]
    assert {frame["stream"] for frame in combined} == {"btcusdt@depth20", "ethusdt@bookTicker"}
    tops = [frame["data"] for frame in combined if frame["stream"] == "btcusdt@depth20"]
    assert all(len(top["bids"]) == len(top["asks"]) == 20 and "s" not in top for top in tops)
    assert raw
    assert all(len(top["bids"]) == 5 and set(top) == {"lastUpdateId", "bids", "asks"} for top in raw)
    assert [list(level) for level in binance.books["BTC/USDT"].top(5)[0]] == raw[-1]["bids"]


def test_an_unknown_symbol_is_accepted_and_stays_silent(hall: Hall, binance: SimulatedExchange) -> None:
    line = opened(binance, "/ws")
    request = '{"method":"SUBSCRIBE","params":["nosuchusdt@depth","ethusdt@depth"],"id":7}'
    assert binance.heard(line, request, NOW) == ['{"result":null,"id":7}']
    assert {frame["s"] for frame in frames_of(hall, 3)} == {"ETHUSDT"}
    binance.heard(line, '{"method":"UNSUBSCRIBE","params":["ethusdt@depth"],"id":8}', NOW + 3)
    assert list(frames_of(hall, 6)) == []


@pytest.mark.parametrize("message", ["{", "[]", '{"method":"NONE","id":1}', '{"method":"SUBSCRIBE","params":"x"}'])
def test_nonsense_is_answered_with_a_code(binance: SimulatedExchange, message: str) -> None:
    (answer,) = binance.heard(opened(binance, "/ws"), message, NOW)
    assert json.loads(answer)["code"] in (2, 3)


def test_lists_prices_and_the_clock_come_by_rest_and_currencies_want_a_key(binance: SimulatedExchange) -> None:
    rows = {row["symbol"]: row for row in asked(binance, "/api/v3/exchangeInfo")["symbols"]}
    assert {"BTCUSDT", "ETHUSDT", "ETHBTC"} <= rows.keys()
    assert {rule["filterType"] for rule in rows["BTCUSDT"]["filters"]} == {"PRICE_FILTER", "LOT_SIZE", "NOTIONAL"}
    best = {row["symbol"]: row for row in asked(binance, "/api/v3/ticker/bookTicker")}
    (bid, *_), (ask, *_) = binance.books["ETH/USDT"].top(1)
    assert (best["ETHUSDT"]["bidPrice"], best["ETHUSDT"]["askQty"]) == (bid[0], ask[1])
    assert asked(binance, "/api/v3/time") == {"serverTime": int(NOW * 1000)}
    assert asked(binance, "/api/v3/depth", symbol="NONE")["code"] == -1121
    refused = binance.answer("GET", "/sapi/v1/capital/config/getall", {}, b"", NOW)
    assert refused is not None
    assert refused.status == 401
    assert binance.answer("GET", "/api/v3/nothing", {}, b"", NOW) is None
