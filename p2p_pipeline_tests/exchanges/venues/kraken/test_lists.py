"""Kraken's answers by REST."""

from __future__ import annotations

import json
from decimal import Decimal

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.kraken import lists
from p2p_pipeline.exchanges.words import AssetOnChain, Instrument, LeftOut
from p2p_pipeline_tests.exchanges.venues.recorded import answers, needs_recordings


@needs_recordings
def test_an_instrument_has_steps_minima_the_base_tier_s_fee_and_all_its_names() -> None:
    listed = lists.instruments({"/0/public/AssetPairs": answers("kraken")["instruments"].body})
    assert listed.left_out == ()
    assert listed.instruments == (
        Instrument(
            exchange="kraken",
            symbol="BTC/USDT",
            base="BTC",
            quote="USDT",
            price_step=Decimal("0.1"),
            quantity_step=Decimal("0.00000001"),
            min_notional=Decimal("0.5"),
            min_quantity=Decimal("0.00005"),
            taker_fee=Decimal("0.004"),
            aliases=("XBTUSDT", "XBT/USDT"),
        ),
    )


def test_pairs_that_do_not_trade_are_left_out_with_their_reason_and_cost_no_other() -> None:
    pair = {"altname": "XDGUSD", "wsname": "XDG/USD", "tick_size": "1e-07", "lot_decimals": 8, "fees": []}
    rows = {
        "XDGUSD": pair,
        "HALTED": {**pair, "status": "cancel_only"},
        "XBTUSD.d": {**pair, "wsname": None},
        "ODD": {**pair, "tick_size": "x"},
    }
    body = json.dumps({"error": [], "result": rows}).encode()
    listed = lists.instruments({"/0/public/AssetPairs": body})
    assert [(one.symbol, one.price_step, one.taker_fee) for one in listed.instruments] == [
        ("DOGE/USD", Decimal("0.0000001"), None)
    ]
    assert listed.left_out == (
        LeftOut("HALTED", "its status is cancel_only"),
        LeftOut("XBTUSD.d", "it has no name on the socket"),
        LeftOut("ODD", "'x' is no amount"),
    )


@needs_recordings
def test_a_book_and_best_prices_carry_rest_s_names_that_are_among_the_aliases() -> None:
    shared = answers("kraken")
    (book,) = lists.decode_answer(shared["order_book"].url, shared["order_book"].body)
    assert (book.kind, book.symbol, book.bids[0]) == (Kind.SNAPSHOT, "XBTUSD", ("105944.20000", "0.002"))
    assert lists.decode_answer("/0/public/Ticker", shared["tickers"].body) == [
        Event(Kind.TICKER, "XBTUSDT", (("105944.20000", "1.000"),), (("105944.30000", "1.000"),))
    ]
    assert lists.book_request("BTC/USD").url == "/0/public/Depth?pair=XBTUSD&count=500"


@needs_recordings
def test_networks_need_a_key_and_tell_no_contract() -> None:
    shared = answers("kraken")
    found = lists.currencies(
        {"/0/public/Assets": shared["currencies"].body, "/0/private/WithdrawMethods": shared["withdraw_methods"].body}
    )
    assert found.chains == (
        AssetOnChain("kraken", "BTC", "Bitcoin", deposit_open=True, withdraw_open=True),
        AssetOnChain("kraken", "BTC", "Lightning", deposit_open=True, withdraw_open=True),
    )
    without = lists.currencies({"/0/public/Assets": shared["currencies"].body})
    assert without.chains == ()
    assert without.left_out == (LeftOut("the list", "was not answered"),)


@needs_recordings
def test_the_clock_is_read_and_an_error_of_the_exchange_is_a_refusal() -> None:
    assert lists.time_ms(answers("kraken")["time"].body) == 1762820224000
    assert lists.time_ms(b'{"error":["EAPI:Rate limit exceeded"]}') is None
    refused = lists.decode_answer("/0/public/Ticker", b'{"error":["EGeneral:Too many requests"]}')
    assert refused == (Event(Kind.REFUSED, detail="EGeneral:Too many requests"),)
