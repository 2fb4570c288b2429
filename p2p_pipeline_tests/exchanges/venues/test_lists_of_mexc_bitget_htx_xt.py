"""What REST answers of MEXC, Bitget, HTX and XT say: instruments, currencies, books, best prices, clocks."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.connector import lists_of
from p2p_pipeline.exchanges.words import AssetOnChain, Instrument, Listed
from p2p_pipeline_tests.exchanges.venues.recorded import answers, needs_recordings

VENUES = ("mexc", "bitget", "htx", "xt")


def listed(exchange: str, change: dict[str, Any], what: str = "instruments") -> Listed:
    """What the recorded list says with its first row changed."""
    sample = answers(exchange)[what]
    body = json.loads(sample.body, parse_float=Decimal)
    rows = {
        "mexc": lambda: body["symbols"],
        "xt": lambda: body["result"]["symbols"],
    }.get(exchange, lambda: body["data"])()
    rows[0].update(change)
    return lists_of(exchange).instruments({sample.url: json.dumps(body, default=float).encode()})


def events(exchange: str, what: str, symbol: str = "ANY") -> list[Event]:
    """What a recorded answer says."""
    sample = answers(exchange)[what]
    url = sample.url if "symbol=" in sample.url else f"{sample.url}?symbol={symbol}"
    return list(lists_of(exchange).decode_answer(url, sample.body))


@needs_recordings
def test_instruments_have_their_steps_least_orders_and_fees() -> None:
    assert listed("bitget", {}).instruments == (
        Instrument(
            "bitget", "BTCUSDT", "BTC", "USDT", Decimal("0.0001"), Decimal("0.00000001"),
            min_notional=Decimal(5), min_quantity=Decimal("0.0001"), taker_fee=Decimal("0.001"),
        ),
    )  # fmt: skip
    assert listed("xt", {}).instruments == (
        Instrument("xt", "btc_usdt", "BTC", "USDT", Decimal("0.0001"), Decimal("0.000001"), taker_fee=Decimal("0.001")),
    )
    assert listed("htx", {}).instruments == (
        Instrument("htx", "ethusdt", "ETH", "USDT", Decimal("0.01"), Decimal("0.0001")),
    )
    assert listed("mexc", {"isSpotTradingAllowed": True}).instruments == (
        Instrument(
            "mexc", "TOMO3LUSDT", "TOMO3L", "USDT", Decimal("0.001"), Decimal("0.01"),
            min_notional=Decimal(5), min_quantity=Decimal("0.0001"), taker_fee=Decimal("0.002"),
        ),
    )  # fmt: skip


@needs_recordings
@pytest.mark.parametrize(
    ("exchange", "change", "reason"),
    [
        ("mexc", {}, "the API may not trade it"),
        ("mexc", {"status": "2"}, "its status is 2"),
        ("mexc", {"isSpotTradingAllowed": True, "tradeSideType": 2}, "only one side of it may be traded"),
        ("bitget", {"status": "halt"}, "its status is halt"),
        ("bitget", {"pricePrecision": "many"}, "'many' is no sequence number"),
        ("htx", {"state": "suspend"}, "its state is suspend"),
        ("htx", {"te": False}, "its trading is closed"),
        ("xt", {"state": "DELISTED"}, "its state is DELISTED"),
        ("xt", {"tradingEnabled": False}, "its trading is closed"),
        ("xt", {"baseCurrency": ""}, "'' is no ticker"),
    ],
)
def test_what_cannot_be_traded_is_left_out_with_its_reason(exchange: str, change: dict[str, Any], reason: str) -> None:
    found = listed(exchange, change)
    assert found.instruments == ()
    assert [row.reason for row in found.left_out] == [reason]
    assert found.left_out[0].name


@needs_recordings
def test_xts_filters_go_before_its_decimals_where_they_are_told() -> None:
    filters = [
        {"filter": "PRICE", "tickSize": "0.5"},
        {"filter": "QUANTITY", "min": "0.2", "tickSize": "0.1"},
        {"filter": "QUOTE_QTY", "min": 5},
    ]
    (found,) = listed("xt", {"filters": filters}).instruments
    assert (found.price_step, found.quantity_step) == (Decimal("0.5"), Decimal("0.1"))
    assert (found.min_quantity, found.min_notional) == (Decimal("0.2"), Decimal(5))


@needs_recordings
def test_bitgets_least_order_in_dollars_is_not_taken_for_one_in_bitcoin() -> None:
    assert listed("bitget", {"quoteCoin": "USDC"}).instruments[0].min_notional == 5
    assert listed("bitget", {"quoteCoin": "BTC"}).instruments[0].min_notional == 0


@needs_recordings
def test_htxs_least_orders_and_signed_fees_come_from_lists_of_their_own() -> None:
    rules = json.dumps({"status": "ok", "data": [{"symbol": "ethusdt", "minov": 5, "lominoa": 1e-3}]}).encode()
    fees = {"symbol": "ethusdt", "actualTakerRate": "0.0015", "takerFeeRate": "0.002"}
    sample = answers("htx")["instruments"]
    (found,) = (
        lists_of("htx")
        .instruments(
            {
                sample.url: sample.body,
                "/v1/settings/common/market-symbols": rules,
                "/v2/reference/transact-fee-rate": json.dumps({"code": 200, "data": [fees]}).encode(),
            }
        )
        .instruments
    )
    assert (found.min_notional, found.min_quantity, found.taker_fee) == (
        Decimal(5),
        Decimal("0.001"),
        Decimal("0.0015"),
    )


@needs_recordings
def test_currencies_have_their_chains_with_what_is_open_and_what_it_costs() -> None:
    def chains(exchange: str) -> tuple[AssetOnChain, ...]:
        sample = answers(exchange)["currencies"]
        return lists_of(exchange).currencies({sample.url: sample.body}).chains

    usdt = "0xdac17f958d2ee523a2206206994597c13d831ec7"
    assert chains("bitget") == (AssetOnChain("bitget", "BTC", "BTC", usdt, True, True, Decimal("0.005")),)
    assert [(on.chain, on.contract, on.withdrawal_fee) for on in chains("htx")] == [
        ("TRC20", None, Decimal("0.1")),
        ("OMNI", None, None),
        ("ERC20", None, Decimal("0.1")),
    ]
    eos, wrapped = chains("mexc")
    assert (eos.asset, eos.chain, eos.deposit_open, eos.withdraw_open) == ("EOS", "EOS", True, False)
    assert (wrapped.withdraw_open, wrapped.withdrawal_fee) == (True, Decimal("0.00001"))
    assert [(on.asset, on.chain, on.withdrawal_fee) for on in chains("xt")] == [
        ("BTC", "Bitcon", Decimal("0.2")),
        ("ETH", "Ethereum", Decimal("0.2")),
    ]


@needs_recordings
def test_books_keep_the_exchanges_own_spelling_of_numbers() -> None:
    (mexc,) = events("mexc", "order_book")
    assert (mexc.kind, mexc.last, list(mexc.bids)) == (Kind.SNAPSHOT, 1112416, [("15.00000", "49999.00000")])
    (unified,) = events("bitget", "uta_order_book")
    assert (unified.symbol, unified.bids[1], unified.last) == ("ETHUSDT", ("71213.3", "10.000"), None)
    (bitget,) = events("bitget", "order_book")
    assert (bitget.asks[0], bitget.exchange_time_us) == (("34567.15", "0.0131"), 1698303884584000)
    (htx,) = events("htx", "order_book", "btcusdt")
    assert (htx.symbol, htx.last, htx.asks[0]) == ("btcusdt", 136107114472, ("49790.88", "2.980472"))
    (xt,) = events("xt", "order_book")
    assert (xt.last, xt.bids[0], xt.asks) == (137333589606963580, ("200.0000", "0.996000"), ())


@needs_recordings
def test_best_prices_that_are_none_give_no_level() -> None:
    assert [(event.bids, event.asks) for event in events("bitget", "tickers")] == [((), ())]
    assert [(event.bids, event.asks) for event in events("xt", "book_tickers")] == [((), ())]
    assert events("mexc", "book_tickers")[0].asks == (("0.11127", "215.48"),)
    assert [event.symbol for event in events("htx", "tickers")] == ["smtusdt", "ltcht"]


@needs_recordings
def test_clocks_are_read_as_they_are_answered() -> None:
    assert lists_of("bitget").time_ms(answers("bitget")["time"].body) == 1688008631614
    assert lists_of("mexc").time_ms(b'{"serverTime":1645539742000}') == 1645539742000
    assert lists_of("htx").time_ms(b'{"status":"ok","data":1629715504949}') == 1629715504949
    assert (
        lists_of("xt").time_ms(b'{"rc":0,"mc":"SUCCESS","ma":[],"result":{"serverTime":1662435658062}}')
        == 1662435658062
    )


@pytest.mark.parametrize(
    ("exchange", "body"),
    [
        ("mexc", b'{"code":-1121,"msg":"Invalid symbol."}'),
        ("bitget", b'{"code":"40034","msg":"Parameter does not exist","data":null}'),
        ("bitget", b'{"code":"429","msg":"Too Many Requests","data":null}'),
        ("htx", b'{"status":"error","err-code":"invalid-parameter","err-msg":"invalid symbol","ts":1}'),
        ("xt", b'{"rc":1,"mc":"SYMBOL_001","ma":[],"result":null}'),
    ],
)
def test_an_exchanges_own_refusal_is_told_in_its_words(exchange: str, body: bytes) -> None:
    lists = lists_of(exchange)
    (event,) = lists.decode_answer(lists.book_request("ANY").url, body)
    assert event.kind is Kind.REFUSED
    assert event.detail
    assert lists.time_ms(body) is None
    for requests, read in (
        (lists.instrument_requests(), lists.instruments),
        (lists.currency_requests(), lists.currencies),
    ):
        assert read({request.url: body for request in requests}).left_out


@pytest.mark.parametrize("exchange", VENUES)
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b"\xff", b"<html>", b'{"code":0,"rc":0,"status":"ok"}'])
def test_nothing_that_an_answer_may_be_raises(exchange: str, body: bytes) -> None:
    lists = lists_of(exchange)
    bulk = lists.bulk_request()
    assert bulk is not None
    for url in (bulk.url, lists.book_request("ANY").url):
        assert all(event.kind in (Kind.UNREADABLE, Kind.REFUSED) for event in lists.decode_answer(url, body))
    assert lists.time_ms(body) is None
    requests = (*lists.instrument_requests(), *lists.currency_requests())
    assert lists.instruments({request.url: body for request in requests}).instruments == ()
    assert lists.currencies({request.url: body for request in requests}).chains == ()
    assert lists.instruments({}).left_out
    assert lists.connect_request() is None
