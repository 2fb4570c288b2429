"""KuCoin's answers by REST."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from p2p_pipeline.exchanges.connections.addresses import Addresses
from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.kucoin import lists, wire
from p2p_pipeline.exchanges.words import AssetOnChain, Instrument, LeftOut
from p2p_pipeline_tests.exchanges.venues.decoded import sample
from p2p_pipeline_tests.exchanges.venues.recorded import answers, needs_recordings, recording


@needs_recordings
def test_the_socket_s_host_and_path_come_with_its_token() -> None:
    path = lists.connect_path(sample("kucoin", "token_response"))
    assert path.startswith(
        "wss://ws-api-spot.kucoin.com/?token=2neAiuYvAU61ZDXANAGAsiL4-iAExhsBXZxftpOeh_55i3Ysy2q2LEsEWU64mdzUOPusi34M_"
    )
    assert path.endswith("mvnekBb8DJegZIgYLs2FBQ%3D%3D&connectId=p2p")
    real, source = Addresses(wire.CAPABILITY), Addresses(wire.CAPABILITY, "http://127.0.0.1:5")
    assert real.socket(path) == path
    assert source.socket(path) == "ws://127.0.0.1:5/kucoin" + path.removeprefix("wss://ws-api-spot.kucoin.com")
    assert lists.connect_request().method == "POST"  # type: ignore[union-attr]


@pytest.mark.parametrize("answer", [b"", b"null", b'{"code":"429000","msg":"too many requests"}', b'{"code":"200000"}'])
def test_an_answer_without_a_token_is_no_path(answer: bytes) -> None:
    assert lists.connect_path(answer) == ""


@needs_recordings
def test_each_recorded_snapshot_is_read_with_its_sequence() -> None:
    frames = [frame for frame in recording("kucoin_spot_2021-04") if frame.kind == "rest" and frame.direction == "in"]
    books = [event for frame in frames for event in lists.decode_answer(frame.url, frame.body)]
    assert [book.kind for book in books] == [Kind.SNAPSHOT] * 9
    assert len({book.symbol for book in books}) == 9
    assert all(book.last and book.bids and book.asks for book in books)


@needs_recordings
def test_whole_and_public_book_and_best_prices_are_read() -> None:
    shared = answers("kucoin")
    for name in ("order_book", "part_order_book"):
        (book,) = lists.decode_answer(shared[name].url, shared[name].body)
        assert (book.symbol, book.last, book.exchange_time_us) == ("BTC-USDT", 14610502970, 1729176273859000)
        assert book.asks[0] == ("66976.5", "0.05408199")
    (best,) = lists.decode_answer("/api/v1/market/allTickers", shared["tickers"].body)
    assert (best.symbol, best.bids, best.asks) == (
        "BTC-USDT",
        (("67192.5", "0.000025"),),
        (("67192.6", "1.24949204"),),
    )
    refused = lists.decode_answer("/api/v1/market/allTickers", b'{"code":"429000","msg":"too many requests"}')
    assert refused == (Event(Kind.REFUSED, detail="429000 too many requests"),)


@needs_recordings
def test_an_instrument_s_fee_is_its_class_s_rate_times_its_coefficient() -> None:
    body = answers("kucoin")["instruments"].body
    assert lists.instruments({"/api/v2/symbols": body}).instruments == (
        Instrument(
            exchange="kucoin",
            symbol="BTC-USDT",
            base="BTC",
            quote="USDT",
            price_step=Decimal("0.1"),
            quantity_step=Decimal("0.00000001"),
            min_notional=Decimal("0.1"),
            min_quantity=Decimal("0.00001"),
            taker_fee=Decimal("0.001"),
        ),
    )
    answer = json.loads(body)
    row = answer["data"][0]
    answer["data"] = [
        {**row, "symbol": "A-USDT", "feeCategory": 2, "takerFeeCoefficient": "0.80"},
        {**row, "symbol": "B-USDT", "feeCategory": 9, "minFunds": None},
        {**row, "symbol": "C-USDT", "enableTrading": False},
    ]
    listed = lists.instruments({"/api/v2/symbols": json.dumps(answer).encode()})
    assert [(one.symbol, one.taker_fee, one.min_notional) for one in listed.instruments] == [
        ("A-USDT", Decimal("0.0016"), Decimal("0.1")),
        ("B-USDT", Decimal("0.003"), Decimal("0.1")),
    ]
    assert listed.left_out == (LeftOut("C-USDT", "its trading is off"),)


@needs_recordings
def test_currencies_come_with_chains_contracts_states_and_fees() -> None:
    found = lists.currencies({"/api/v3/currencies": answers("kucoin")["currencies"].body})
    assert len(found.chains) == 5
    assert found.chains[0] == AssetOnChain(
        "kucoin",
        "BTC",
        "BTC",
        contract="",
        deposit_open=True,
        withdraw_open=True,
        withdrawal_fee=Decimal("0.0005"),
    )
    assert found.chains[2].contract == "0xfa93c12cd345c658bc4644d1d4e1b9615952258c"
    assert [(one.chain, one.withdraw_open) for one in found.chains[3:]] == [("BTC-Segwit", False), ("BTCP", False)]


def test_the_clock_is_read() -> None:
    assert lists.time_ms(b'{"code":"200000","data":1729100692873}') == 1729100692873
    assert lists.time_ms(b'{"code":"500000"}') is None
