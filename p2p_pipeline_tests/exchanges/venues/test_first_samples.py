"""Binance, OKX, Bybit, Gate, BingX: each kind of message, as the exchange's own words or a recording have it."""

from __future__ import annotations

import gzip
from random import Random
from typing import Any

import pytest

from p2p_pipeline.exchanges.events import Event, Kind, Levels, Status
from p2p_pipeline.exchanges.venues.binance import wire
from p2p_pipeline.exchanges.venues.connector import wire_of
from p2p_pipeline.exchanges.venues.reading import guarded
from p2p_pipeline_tests.exchanges.venues.recorded import needs_recordings, recording, samples
from p2p_pipeline_tests.exchanges.venues.spoiling import spoiled

Expected = tuple[Kind, dict[str, Any]]

EXPECTED: dict[str, dict[str, Expected]] = {
    "binance": {
        "ack": (Kind.ACK, {"request_id": "1"}),
        "error": (Kind.REFUSED, {"detail": "3 Invalid JSON: expected value at line 1 column 1"}),
        "server_shutdown": (Kind.STATUS, {"detail": Status.RECONNECT, "exchange_time_us": 1770123456789000}),
        "delta": (
            Kind.DELTA,
            {"symbol": "BNBBTC", "first": 157, "last": 160, "bids": [("0.0024", "10")], "asks": [("0.0026", "100")]},
        ),
        "bbo": (
            Kind.TICKER,
            {"symbol": "BNBUSDT", "last": 400900217, "bids": (("25.35190000", "31.21000000"),)},
        ),
        "topn": (Kind.TOP, {"symbol": "", "last": 160, "bids": [("0.0024", "10")]}),
    },
    "okx": {
        "bbo.bbo-tbt": (
            Kind.TICKER,
            {"symbol": "BTC-USDT-SWAP", "bids": [("38632.3", "990")], "asks": [("38632.4", "727")]},
        ),
        "bbo.tickers": (Kind.TICKER, {"symbol": "ACT-USDT", "asks": (("0.0072", "54969.407534"),)}),
        "ack.book": (Kind.ACK, {"symbol": "ETH-USDT", "channel": "books", "request_id": ""}),
        "ack": (Kind.ACK, {"symbol": "BTC-USDT", "channel": "books", "request_id": "1512"}),
        "book": (Kind.SNAPSHOT, {"symbol": "ETH-USDT", "last": 123456, "checksum": -855196043}),
        "error": (Kind.REFUSED, {"request_id": "1512"}),
        "notice": (Kind.STATUS, {"detail": Status.RECONNECT}),
        "pong": (Kind.PONG, {}),
        "snapshot.books": (Kind.SNAPSHOT, {"last": 123456, "previous": None, "checksum": None}),
        "delta.books": (Kind.DELTA, {"last": 123457, "previous": 123456, "checksum": None}),
        "topn.books5": (Kind.TOP, {"symbol": "BCH-USDT-SWAP", "last": 363996337}),
    },
    "bybit": {
        "snapshot.orderbook50.spot": (Kind.SNAPSHOT, {"symbol": "BTCUSDT", "last": 59438060}),
        "delta.orderbook50.spot": (
            Kind.DELTA,
            {"last": 59438061, "first": 59438061, "bids": [("28161.04", "0.177474"), ("28145.71", "0")]},
        ),
        "ack.spot": (Kind.ACK, {"request_id": "10001"}),
        "ack.linear": (Kind.ACK, {"request_id": ""}),
        "pong.spot": (Kind.PONG, {}),
        "pong.linear": (Kind.PONG, {}),
        "delta.orderbook50": (Kind.DELTA, {"last": 177400507, "exchange_time_us": 1687940967464000}),
        "delta.full": (Kind.DELTA, {"symbol": "MNTUSDT", "last": 278547}),
        "error.ack": (Kind.REFUSED, {"detail": "Invalid topic: invalid.topic.BTCUSDT"}),
    },
    "gate": {
        "bbo": (Kind.TICKER, {"symbol": "ETC_ETH", "last": 517377894, "asks": (("0.010366", "10"),)}),
        "bbo.official_doc": (Kind.TICKER, {"symbol": "ETH_USDT", "bids": (("19177.79", "0.0003341504"),)}),
        "delta.order_book_update": (Kind.DELTA, {"symbol": "BTC_USDT", "first": 13934528633, "last": 13934528633}),
        "ack.obu": (Kind.ACK, {"symbol": "MAF_USDT", "channel": "spot.obu"}),
        "ack.obu.official": (Kind.ACK, {"symbol": "BTC_USDT", "channel": "spot.obu"}),
        "ack.bbo.official_doc": (Kind.ACK, {"symbol": "ETH_USDT", "request_id": "-999"}),
        "ack.topn.order_book": (Kind.ACK, {"symbol": "ETH_USDT", "channel": "spot.order_book"}),
        "snapshot.obu": (Kind.SNAPSHOT, {"symbol": "BTC_USDT", "last": 25847113075, "first": None}),
        "delta.obu": (Kind.DELTA, {"symbol": "BTC_USDT", "first": 25847129970, "last": 25847129996}),
        "topn.order_book": (Kind.TOP, {"symbol": "ETH_USDT", "last": 48791820}),
        "error.obu_twice": (Kind.REFUSED, {"detail": "2 Alert sub ob.BTC_USDT.50"}),
        "pong": (Kind.PONG, {}),
    },
    "bingx": {
        "ack.bbo": (Kind.ACK, {"request_id": "1"}),
        "ack.topn.depth20": (Kind.ACK, {"request_id": "1"}),
        "ack.ticker": (Kind.ACK, {"request_id": "1"}),
        "ack": (Kind.ACK, {"request_id": "e745cd6d-d0f6-4a70-8d5a-043e4c741b40"}),
        "bbo": (Kind.TICKER, {"bids": (("2996.46", "2.580800"),), "asks": (("2996.49", "24.887920"),)}),
        "bbo.official": (Kind.TICKER, {"bids": (("121342.22", "4.372149"),), "asks": (("121348.56", "0.000016"),)}),
        "ticker": (Kind.TICKER, {"bids": (("2642.23", "3.136416"),), "asks": (("2642.30", "21.552"),)}),
        "topn.depth20": (Kind.TOP, {"symbol": "BTC-USDT"}),
        "topn.depth100": (Kind.TOP, {"last": 13565694850, "exchange_time_us": 1743241379958000}),
        "delta.incrDepth.swap": (Kind.DELTA, {"first": 393592635, "last": 393592635}),
        "ping.spot": (
            Kind.PING,
            {"detail": '{"pong":"5963ba3db76049b2870f9a686b2ebaac","time":"2023-10-02T18:51:55.089+0800"}'},
        ),
        "ping.text": (Kind.PING, {"detail": "Pong"}),
    },
}


@needs_recordings
@pytest.mark.parametrize("exchange", EXPECTED)
def test_each_kind_of_message_is_what_the_exchange_means(exchange: str) -> None:
    heard = [sample for sample in samples(exchange) if sample.direction == "in"]
    assert {sample.name for sample in heard} == set(EXPECTED[exchange])
    for sample in heard:
        kind, fields = EXPECTED[exchange][sample.name]
        (event,) = wire_of(exchange).decode(sample.body, is_binary=sample.is_binary)
        told = {name: getattr(event, name) for name in fields}
        assert (sample.name, event.kind, told) == (sample.name, kind, fields)


def said(exchange: str, text: str) -> list[Event]:
    return list(wire_of(exchange).decode(text.encode(), is_binary=False))


@needs_recordings
@pytest.mark.parametrize("sample", [one for one in samples("bingx") if one.direction == "in"], ids=lambda one: one.name)
def test_bingx_frames_are_read_packed_as_they_come(sample: Any) -> None:
    wire = wire_of("bingx")
    packed = wire.decode(gzip.compress(sample.body), is_binary=True)
    assert packed == wire.decode(sample.body, is_binary=False)


def kinds(name: str, exchange: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for frame in recording(name):
        if frame.kind == "ws" and frame.direction == "in":
            for event in wire_of(exchange).decode(frame.body, is_binary=frame.is_binary):
                found[event.kind.name] = found.get(event.kind.name, 0) + 1
    return found


@needs_recordings
@pytest.mark.parametrize(
    ("name", "exchange", "expected"),
    [
        ("binance_spot_altcoins_2021-10", "binance", {"DELTA": 177, "TICKER": 84, "IGNORED": 4}),
        ("okx_2022-05", "okx", {"SNAPSHOT": 3, "DELTA": 213, "TICKER": 21, "IGNORED": 52, "ACK": 18}),
        ("gate_spot_2021-04", "gate", {"DELTA": 172, "ACK": 22, "IGNORED": 45}),
        ("bybit_linear_xrpusdt_ob500_2024-12-01", "bybit", {"SNAPSHOT": 1, "DELTA": 37}),
    ],
)
def test_every_frame_of_a_recording_is_read(name: str, exchange: str, expected: dict[str, int]) -> None:
    assert kinds(name, exchange) == expected


def test_a_stateless_frame_of_binance_is_named_by_its_stream() -> None:
    (event,) = said(
        "binance", '{"stream":"btcusdt@depth20@100ms","data":{"lastUpdateId":7,"bids":[["1.0","2"]],"asks":[]}}'
    )
    assert (event.kind, event.symbol, list(event.bids), list(event.asks)) == (Kind.TOP, "BTCUSDT", [("1.0", "2")], [])


@needs_recordings
def test_binance_frames_are_read_typed_as_they_are_read_in_detail() -> None:
    frames = [one.body for one in recording("binance_spot_altcoins_2021-10", 120) if one.kind == "ws"]
    frames += [b'{"stream":"btcusdt@depth20@100ms","data":{"lastUpdateId":7,"bids":[["1.0","2"]],"asks":[]}}'] * 20
    chance = Random(7)
    for _ in range(2_000):
        frame = spoiled(chance.choice(frames), chance)
        typed, detailed = wire.decode(frame, is_binary=False)[0], guarded(wire._in_detail, frame)[0]
        if not _is_text(frame):  # what is no text in a key that nobody reads need not be seen
            assert typed.kind in (detailed.kind, Kind.DELTA, Kind.TICKER, Kind.TOP)
        elif detailed.kind is Kind.UNREADABLE:
            assert typed.kind is Kind.UNREADABLE
        else:
            assert plain(typed) == plain(detailed)


def plain(event: Event) -> Event:
    return event._replace(bids=list(event.bids), asks=list(event.asks))


def _is_text(frame: bytes) -> bool:
    try:
        frame.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_a_quote_that_is_not_there_leaves_its_side_empty() -> None:
    (event,) = said("binance", '{"u":1,"s":"ABC","b":"0.00000000","B":"0.00000000","a":"2.5","A":"1"}')
    assert (event.kind, event.bids, event.asks) == (Kind.TICKER, (), (("2.5", "1"),))


OKX_BOOK = '{"arg":{"channel":"books","instId":"A-B"},"action":"update","data":[%s]}'


def test_okx_keeps_its_chain_alive_and_through_a_reset() -> None:
    calm = '{"asks":[],"bids":[],"ts":"1700000000000","checksum":0,"prevSeqId":15,"seqId":15}'
    reset = '{"asks":[["1","2","0","1"]],"bids":[],"ts":"1700000000000","checksum":0,"prevSeqId":15,"seqId":3}'
    alive, back = said("okx", OKX_BOOK % f"{calm},{reset}")
    assert (alive.kind, alive.previous, alive.last, alive.bids) == (Kind.DELTA, 15, 15, ())
    assert (back.kind, back.previous, back.last, back.asks) == (Kind.DELTA, 15, 3, [("1", "2")])


@pytest.mark.parametrize(
    ("chain", "kind", "previous"),
    [
        ('"prevSeqId":-1,"seqId":3', Kind.DELTA, -1),
        ('"seqId":3', Kind.UNREADABLE, None),
        ('"prevSeqId":3', Kind.UNREADABLE, None),
        ('"checksum":7', Kind.DELTA, None),
    ],
)
def test_okx_without_a_whole_chain_is_not_taken_for_one_that_follows(chain: str, kind: Kind, previous: object) -> None:
    (event,) = said("okx", OKX_BOOK % f'{{"asks":[],"bids":[],"ts":"1700000000000",{chain}}}')
    assert (event.kind, event.previous) == (kind, previous)


def test_a_change_that_ends_before_it_begins_is_refused() -> None:
    (event,) = said("binance", '{"e":"depthUpdate","E":1,"s":"A","U":9,"u":8,"b":[],"a":[]}')
    assert (event.kind, event.detail) == (Kind.UNREADABLE, "its first update 9 is after its last, 8")


def test_gate_may_leave_out_a_side_that_did_not_change_but_only_in_its_newer_feed() -> None:
    frame = '{"channel":"%s","event":"update","result":{"s":"%s","U":1,"u":2,"a":[["1","2"]]}}'
    (newer,), (elder,) = said("gate", frame % ("spot.obu", "ob.A_B.50")), said("gate", frame % ("spot.order_book_update", "A_B"))  # fmt: skip  # noqa: E501
    assert (newer.kind, newer.bids, newer.asks) == (Kind.DELTA, (), [("1", "2")])
    assert elder.kind is Kind.UNREADABLE


BYBIT_BOOK = '{"topic":"orderbook.%s.A","type":"%s","ts":1,"data":{"s":"A","b":[["1","2"]],"a":[],"u":%d,"seq":9}}'


@pytest.mark.parametrize(
    ("depth", "told", "update", "kind"),
    [
        ("50", "delta", 1, Kind.SNAPSHOT),
        ("50", "delta", 2, Kind.DELTA),
        ("50", "snapshot", 9, Kind.SNAPSHOT),
        ("1", "snapshot", 9, Kind.TOP),
        ("rpi", "snapshot", 9, Kind.IGNORED),
        ("50", "other", 9, Kind.UNREADABLE),
    ],
)
def test_bybit_begins_again_where_the_update_is_one(depth: str, told: str, update: int, kind: Kind) -> None:
    assert [event.kind for event in said("bybit", BYBIT_BOOK % (depth, told, update))] == [kind]


def test_a_book_that_is_called_by_two_names_is_refused() -> None:
    (bybit,) = said("bybit", (BYBIT_BOOK % ("50", "delta", 2)).replace('"s":"A"', '"s":"B"'))
    (okx,) = said("okx", '{"arg":{"channel":"books5","instId":"A-B"},"data":[{"asks":[],"bids":[],"instId":"C-B"}]}')
    assert [bybit.kind, okx.kind] == [Kind.UNREADABLE] * 2


def test_linear_tickers_tell_changes_only_and_are_left_alone() -> None:
    assert [event.kind for event in said("bybit", '{"topic":"tickers.BTCUSDT","type":"delta","data":{},"ts":1}')] == [
        Kind.IGNORED
    ]


def test_bingx_begins_with_all_levels_and_goes_on_with_updates() -> None:
    frame = (
        '{"code":0,"dataType":"A-B@incrDepth","data":{"action":"%s","lastUpdateId":5,"bids":[],"asks":[["1.5","2"]]}}'
    )
    whole, change = said("bingx", frame % "all")[0], said("bingx", frame % "update")[0]
    levels: Levels = [("1.5", "2")]
    assert (whole.kind, whole.last, whole.asks) == (Kind.SNAPSHOT, 5, levels)
    assert (change.kind, change.first, change.last) == (Kind.DELTA, 5, 5)


def test_what_an_exchange_refuses_is_told_with_its_words() -> None:
    (many,) = said("bingx", '{"id":"7","code":80403,"msg":"too many topics"}')
    assert (many.kind, many.request_id, many.detail) == (Kind.REFUSED, "7", "80403 too many topics")
    (wrong,) = said("gate", '{"time":1,"id":3,"channel":"spot.obu","event":"subscribe","payload":["ob.X_Y.50"],"error":{"code":2,"message":"unknown"},"result":null}')  # fmt: skip  # noqa: E501
    assert (wrong.kind, wrong.symbol, wrong.request_id, wrong.detail) == (Kind.REFUSED, "X_Y", "3", "2 unknown")
