"""Coinbase's answers by REST."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.coinbase import lists
from p2p_pipeline.exchanges.words import AssetOnChain, Instrument, LeftOut
from p2p_pipeline_tests.exchanges.venues.recorded import answers, needs_recordings

PRODUCTS = "/api/v3/brokerage/market/products"


@needs_recordings
def test_one_book_under_two_names_is_one_instrument() -> None:
    listed = lists.instruments({PRODUCTS: answers("coinbase")["instruments"].body})
    assert listed.instruments == (
        Instrument(
            exchange="coinbase",
            symbol="BTC-USD",
            base="BTC",
            quote="USD",
            price_step=Decimal("0.01"),
            quantity_step=Decimal("0.00000001"),
            min_notional=Decimal(1),
            min_quantity=Decimal("0.00000001"),
            aliases=("BTC-USDC",),
        ),
    )
    assert listed.left_out == (LeftOut("BTC-USDC", "it is the same book as BTC-USD"),)


@needs_recordings
@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"status": "delisted"}, "its status is delisted"),
        ({"trading_disabled": True}, "it is halted: trading_disabled"),
        ({"auction_mode": True}, "it is halted: auction_mode"),
        ({"product_type": "FUTURE"}, "its type is FUTURE"),
        ({"price_increment": "0"}, "a step is 0"),
    ],
)
def test_a_product_that_cannot_be_taken_from_is_left_out_with_its_reason(
    changed: dict[str, object], reason: str
) -> None:
    answer = json.loads(answers("coinbase")["instruments"].body)
    answer["products"] = [answer["products"][0] | changed]
    listed = lists.instruments({PRODUCTS: json.dumps(answer).encode()})
    assert (listed.instruments, listed.left_out) == ((), (LeftOut("BTC-USD", reason),))


@needs_recordings
def test_a_book_is_read_with_its_time() -> None:
    body = answers("coinbase")["order_book"].body
    (book,) = lists.decode_answer("/api/v3/brokerage/market/product_book?product_id=BTC-USD", body)
    assert (book.kind, book.symbol, book.exchange_time_us) == (Kind.SNAPSHOT, "BTC-USD", 1775521739662782)
    assert (book.bids[0], book.asks[0]) == (("68923.66", "0.17189468"), ("68923.67", "0.16987193"))
    refused = lists.decode_answer("/api/v3/brokerage/market/product_book", b'{"error":"NOT_FOUND","message":"no"}')
    assert refused == (Event(Kind.REFUSED, detail="NOT_FOUND no"),)


@needs_recordings
def test_currencies_come_with_contracts_and_without_fees_and_money_of_a_state_is_left_out() -> None:
    (fiat,) = json.loads(answers("coinbase")["currencies"].body)
    network = {"id": "ethereum", "status": "online", "contract_address": "0xA0b8", "min_withdrawal_amount": 1}
    coin = {"id": "USDC", "status": "online", "details": {"type": "crypto"}, "supported_networks": [network]}
    found = lists.currencies({"/currencies": json.dumps([fiat, coin]).encode()})
    assert found.chains == (
        AssetOnChain("coinbase", "USDC", "ethereum", contract="0xA0b8", deposit_open=True, withdraw_open=True),
    )
    assert found.left_out == (LeftOut("USD", "it is money of a state, on no chain"),)
    assert lists.currency_requests()[0].host == "exchange"


def test_the_clock_is_read() -> None:
    body = b'{"iso":"2026-04-07T00:28:59Z","epochSeconds":"1775521739","epochMillis":"1775521739662"}'
    assert lists.time_ms(body) == 1775521739662
    assert lists.time_ms(b"<html>") is None
