"""Binance, OKX, Bybit, Gate, BingX: instruments, currencies, books, best prices and time as REST answers have them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from p2p_pipeline.exchanges.events import Kind
from p2p_pipeline.exchanges.venues.connector import lists_of
from p2p_pipeline.exchanges.words import Instrument, Request
from p2p_pipeline_tests.exchanges.venues.recorded import answers, needs_recordings, recording

FIRST = ("binance", "okx", "bybit", "gate", "bingx")


def listed(exchange: str, what: str) -> tuple[Instrument, ...]:
    answer = answers(exchange)[what]
    return lists_of(exchange).instruments({answer.url: answer.body}).instruments


STEPS = [
    ("binance", "instruments", "ETHBTC", ("ETH", "BTC", "0.00001", "0.0001", "0.0001", "0.0001", None)),
    ("binance", "instruments_2021", "BTCUSDT", ("BTC", "USDT", "0.01", "0.00001", "10", "0.00001", None)),
    ("okx", "instruments", "BTC-USDT", ("BTC", "USDT", "0.1", "0.00000001", "0", "0.00001", None)),
    ("okx", "instruments_more", "XRP-USD", ("XRP", "USD", "0.0001", "0.000001", "0", "1", None)),
    ("bybit", "instruments_spot", "BTCUSDT", ("BTC", "USDT", "0.1", "0.000001", "5", "0", None)),
    ("bybit", "instruments_linear", "BTCUSDT", ("BTC", "USDT", "0.1", "0.001", "5", "0.001", None)),
    ("gate", "instruments", "ETH_USDT", ("ETH", "USDT", "0.000001", "0.001", "1", "0.001", "0.002")),
    ("bingx", "instruments", "BTC-USDT", ("BTC", "USDT", "0.01", "0.00001", "5", "0", None)),
]


@needs_recordings
@pytest.mark.parametrize(("exchange", "what", "symbol", "expected"), STEPS)
def test_an_instrument_has_its_steps_and_smallest_amounts(
    exchange: str, what: str, symbol: str, expected: tuple[Any, ...]
) -> None:
    (found,) = [one for one in listed(exchange, what) if one.symbol == symbol]
    amounts = (found.price_step, found.quantity_step, found.min_notional, found.min_quantity)
    assert (found.base, found.quote) == expected[:2]
    assert amounts == tuple(Decimal(text) for text in expected[2:6])
    assert found.taker_fee == (None if expected[6] is None else Decimal(expected[6]))


CHAINS = [
    ("binance", [("STPT", "ETH", None, True, True, "370")], ["MXN", "UGX"]),
    ("okx", [("BTC", "Bitcoin", "", True, True, "0.00005")], []),
    (
        "bybit",
        [
            ("MNT", "ETH", "0x3c3a81e81dc49a522a592e7622a7e711c06bf354", True, True, "3"),
            ("MNT", "MANTLE", "", True, True, "0"),
        ],
        [],
    ),
    ("gate", [("GT", "GT", None, True, True, None)], []),
    ("bingx", [("BTC", "BTC", None, True, True, "0.0006"), ("BTC", "BEP20", None, True, True, "0.0000066")], []),
]


@needs_recordings
@pytest.mark.parametrize(("exchange", "expected", "left_out"), CHAINS)
def test_an_asset_is_told_with_its_chains_contracts_and_fees(
    exchange: str, expected: list[tuple[Any, ...]], left_out: list[str]
) -> None:
    answer = answers(exchange)["currencies"]
    found = lists_of(exchange).currencies({answer.url: answer.body})
    assert [
        (one.asset, one.chain, one.contract, one.deposit_open, one.withdraw_open, one.withdrawal_fee)
        for one in found.chains
    ] == [(*row[:5], None if row[5] is None else Decimal(row[5])) for row in expected]
    assert [row.name for row in found.left_out] == left_out


def test_bybit_and_gate_say_in_their_own_ways_that_nothing_leaves() -> None:
    bybit = {"retCode": 0, "result": {"rows": [{"coin": "A", "chains": [{"chain": "ETH", "chainDeposit": "0", "chainWithdraw": "1", "withdrawFee": ""}, {"chain": "TRX", "chainDeposit": "1", "chainWithdraw": "1", "withdrawFee": "1", "withdrawPercentageFee": "0.02"}]}]}}  # fmt: skip  # noqa: E501
    closed, share = lists_of("bybit").currencies({"/v5/asset/coin/query-info": orjson.dumps(bybit)}).chains
    assert (closed.deposit_open, closed.withdraw_open, closed.withdrawal_fee) == (False, False, None)
    assert (share.withdraw_open, share.withdrawal_fee) == (True, None), "a share of the amount is no fee in units"
    gate = [{"currency": "A", "delisted": False, "chains": [{"name": "ETH", "addr": "0xAb", "withdraw_disabled": False, "withdraw_delayed": True, "deposit_disabled": False}, {"name": "SOL"}]}, {"currency": "B", "delisted": True}]  # fmt: skip  # noqa: E501
    found = lists_of("gate").currencies({"/api/v4/spot/currencies": orjson.dumps(gate)})
    (delayed,) = found.chains
    assert (delayed.contract, delayed.deposit_open, delayed.withdraw_open) == ("0xAb", True, False)
    assert [(row.name, row.reason) for row in found.left_out] == [
        ("A", "'deposit_disabled' is missing"),
        ("B", "it is delisted"),
    ]


def with_query(exchange: str, what: str) -> str:
    """A recorded address; two of the files name the path without what was asked."""
    url = answers(exchange)[what].url
    return url if "?" in url or what != "order_book" else f"{url}?symbol=BTC-USDT&currency_pair=BTC_USDT"


@needs_recordings
@pytest.mark.parametrize(
    ("exchange", "symbol", "last", "bid", "ask"),
    [
        ("binance", "NKNUSDT", 499869752, ("0.35210000", "672.00000000"), ("0.35250000", "3959.00000000")),
        ("okx", "BTC-USDT", 3235851742, ("41006.3", "0.30178218"), ("41006.8", "0.60038921")),
        ("bybit", "BTCUSDT", 230704, ("65485.47", "47.081829"), ("65557.7", "16.606555")),
        ("gate", "BTC_USDT", 123456, ("1.17", "201.863"), ("1.52", "1.151")),
        ("bingx", "BTC-USDT", None, ("42182.22", "0.99114"), ("42183.23", "3.57139")),
    ],
)
def test_a_book_by_rest_is_a_snapshot_in_the_exchanges_own_order(
    exchange: str, symbol: str, last: int | None, bid: tuple[str, str], ask: tuple[str, str]
) -> None:
    body = answers(exchange)["order_book"].body
    (event,) = lists_of(exchange).decode_answer(with_query(exchange, "order_book"), body)
    assert (event.kind, event.symbol, event.last) == (Kind.SNAPSHOT, symbol, last)
    assert (event.bids[0], event.asks[0]) == (bid, ask)


@needs_recordings
@pytest.mark.parametrize(
    ("exchange", "what", "expected"),
    [
        ("binance", "book_tickers", [("BTCUSDT", "6621.55000000", "6622.10000000", "0.18635000")]),
        (
            "okx",
            "tickers",
            [("LTC-USD-SWAP", "8888.88", "9999.99", "11"), ("BTC-USD-SWAP", "8888.88", "9999.99", "11")],
        ),
        ("bybit", "tickers_spot", [("BTCUSDT", "20517.96", "20527.77", "1.862172")]),
        ("gate", "tickers", [("BTC3L_USDT", "2.4606821", "2.477", "0")]),
        ("bingx", "tickers", [("BTC-USDT", "42214.65", "42215.55", "2.20125")]),
        ("bingx", "book_ticker", [("BTC-USDT", "64576.83", "64576.90", "0.000037")]),
    ],
)
def test_best_prices_of_everything_are_a_ticker_a_row(
    exchange: str, what: str, expected: list[tuple[str, ...]]
) -> None:
    answer = answers(exchange)[what]
    events = lists_of(exchange).decode_answer(answer.url, answer.body)
    assert {event.kind for event in events} == {Kind.TICKER}
    assert [(event.symbol, event.bids[0][0], *event.asks[0]) for event in events] == expected


@needs_recordings
@pytest.mark.parametrize(
    ("name", "exchange", "snapshots"),
    [("binance_spot_altcoins_2021-10", "binance", 4), ("gate_spot_2021-04", "gate", 10)],
)
def test_each_snapshot_in_a_recording_is_read_with_its_number(name: str, exchange: str, snapshots: int) -> None:
    asked = [frame for frame in recording(name) if frame.kind == "rest"]
    read = [event for frame in asked for event in lists_of(exchange).decode_answer(frame.url, frame.body)]
    assert len(read) == snapshots
    assert {event.kind for event in read} == {Kind.SNAPSHOT}
    assert all(
        event.last and event.bids and event.symbol in frame.url for event, frame in zip(read, asked, strict=True)
    )


def test_a_bad_row_of_best_prices_costs_only_itself() -> None:
    rows = [
        {"symbol": "A", "bidPrice": "x", "bidQty": "1", "askPrice": "2", "askQty": "1"},
        {"symbol": "B", "bidPrice": "1", "bidQty": "1", "askPrice": "2", "askQty": "1"},
    ]
    found = lists_of("binance").decode_answer("/api/v3/ticker/bookTicker", orjson.dumps(rows))
    assert [(event.kind, event.symbol, event.detail) for event in found] == [
        (Kind.UNREADABLE, "A", "'x' is no price"),
        (Kind.TICKER, "B", ""),
    ]


@pytest.mark.parametrize(
    ("exchange", "body", "words"),
    [
        ("binance", {"code": -1003, "msg": "Too many requests"}, "-1003 Too many requests"),
        ("okx", {"code": "50011", "msg": "Too Many Requests", "data": []}, "50011 Too Many Requests"),
        ("bybit", {"retCode": 10006, "retMsg": "Too many visits!", "result": {}}, "10006 Too many visits!"),
        ("gate", {"label": "TOO_MANY_REQUESTS", "message": "slow down"}, "TOO_MANY_REQUESTS slow down"),
        ("bingx", {"code": 100410, "msg": "rate limited", "data": {}}, "100410 rate limited"),
    ],
)
def test_an_exchanges_own_error_is_told_in_its_words(exchange: str, body: Any, words: str) -> None:
    lists, answer = lists_of(exchange), orjson.dumps(body)
    request = lists.book_request("X")
    (event,) = lists.decode_answer(request.url, answer)
    assert (event.kind, event.detail) == (Kind.REFUSED, words)
    (asked,) = lists.instrument_requests()
    (left,) = lists.instruments({asked.url: answer}).left_out
    assert words in left.reason


HALTED: Mapping[str, tuple[Any, list[tuple[str, str]]]] = {
    "binance": (
        {"symbols": [{"symbol": "AB", "status": "BREAK"}, {"symbol": "CD", "status": "CANCEL_ONLY"}, {"symbol": "E"}]},
        [("AB", "its status is BREAK"), ("CD", "its status is CANCEL_ONLY"), ("E", "'status' is missing")],
    ),
    "okx": (
        {"code": "0", "data": [{"instId": "A-B", "instType": "SPOT", "state": "preopen"}]},
        [("A-B", "its state is preopen")],
    ),
    "bybit": (
        {"retCode": 0, "result": {"list": [{"symbol": "AB", "status": "PreLaunch"}]}},
        [("AB", "its status is PreLaunch")],
    ),
    "gate": ([{"id": "A_B", "trade_status": "untradable"}], [("A_B", "its status is untradable")]),
    "bingx": (
        {"code": 0, "data": {"symbols": [{"symbol": "A-B", "status": 25}]}},
        [("A-B", "its status is 25 (suspended)")],
    ),
}


@pytest.mark.parametrize("exchange", FIRST)
def test_what_is_halted_is_left_out_with_its_reason(exchange: str) -> None:
    lists = lists_of(exchange)
    body, expected = HALTED[exchange]
    (asked,) = lists.instrument_requests()
    found = lists.instruments({asked.url: orjson.dumps(body)})
    assert [(row.name, row.reason) for row in found.left_out] == expected
    assert found.instruments == ()


@needs_recordings
def test_a_symbol_that_is_listed_twice_is_used_once_and_told() -> None:
    rows = orjson.loads(answers("gate")["instruments"].body)
    found = lists_of("gate").instruments({"/api/v4/spot/currency_pairs": orjson.dumps(rows * 2)})
    assert len(found.instruments) == 1
    assert [(row.name, row.reason) for row in found.left_out] == [("ETH_USDT", "is listed twice")]


@pytest.mark.parametrize(
    ("exchange", "body", "expected"),
    [
        ("binance", {"serverTime": 1754603741167}, 1754603741167),
        ("okx", {"code": "0", "msg": "", "data": [{"ts": "1597026383085"}]}, 1597026383085),
        ("bybit", {"retCode": 0, "result": {"timeNano": "1688639403423213947"}}, 1688639403423),
        ("gate", {"server_time": 1597026383085}, 1597026383085),
        ("bingx", {"code": 0, "msg": "", "data": {"serverTime": 1672025091160}}, 1672025091160),
        ("bingx", {"code": 1}, None),
    ],
)
def test_an_exchanges_clock_is_read(exchange: str, body: Any, expected: int | None) -> None:
    assert lists_of(exchange).time_ms(orjson.dumps(body)) == expected


def test_a_request_that_must_name_its_time_does_so_when_it_is_sent() -> None:
    request = lists_of("bingx").bulk_request()
    assert isinstance(request, Request)
    assert request.sent_at(1700000000000).url == "/openApi/spot/v1/ticker/24hr?timestamp=1700000000000"
    assert lists_of("okx").book_request("A-B").sent_at(5).url == "/api/v5/market/books?instId=A-B&sz=400"


DIFFERENT = {
    ("bybit", "min_quantity"): "deprecated on the spot market, where only the amount in quote counts",
}


@pytest.mark.long
@pytest.mark.skipif(
    os.environ.get("P2P_LONG_TESTS") != "1", reason="P2P_LONG_TESTS=1 runs it: ccxt takes 3 s to import"
)
@needs_recordings
@pytest.mark.parametrize(("exchange", "what"), [row[:2] for row in STEPS if "linear" not in row[1]])
def test_ccxt_reads_the_same_instruments_out_of_the_same_answer(exchange: str, what: str) -> None:
    import ccxt

    recorded = answers(exchange)[what]
    peer = getattr(ccxt, exchange)({"options": {"fetchMarkets": {"types": ["spot"]}}})
    nothing: dict[str, Any] = {"okx": {"data": []}, "gate": [], "bingx": {"data": []}}

    def fetch(url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        if urlsplit(url).path == urlsplit(recorded.url).path:
            return peer.parse_json(recorded.body.decode())
        return nothing[exchange]

    peer.fetch = fetch
    theirs = {market["id"]: market for market in peer.fetch_markets()}
    ours = {instrument.symbol: instrument for instrument in listed(exchange, what)}
    assert set(ours) == set(theirs)
    for symbol, one in ours.items():
        market = theirs[symbol]
        assert (one.base, one.quote) == (market["base"], market["quote"])
        assert float(one.price_step) == market["precision"]["price"]
        assert float(one.quantity_step) == market["precision"]["amount"]
        assert float(one.min_notional) == (market["limits"]["cost"]["min"] or 0)
        if (exchange, "min_quantity") not in DIFFERENT:
            assert float(one.min_quantity) == (market["limits"]["amount"]["min"] or 0)
