"""Bitfinex' answers by REST."""

from __future__ import annotations

import json
from decimal import Decimal

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.bitfinex import lists
from p2p_pipeline.exchanges.words import AssetOnChain, Instrument, LeftOut
from p2p_pipeline_tests.exchanges.venues.recorded import answers, needs_recordings

PAIRS, NAMES = "/v2/conf/pub:info:pair", "/v2/conf/pub:map:currency:sym"


@needs_recordings
def test_instruments_have_the_names_that_other_exchanges_use() -> None:
    listed = lists.instruments({PAIRS: answers("bitfinex")["instruments"].body})
    assert listed.left_out == ()
    assert [one.symbol for one in listed.instruments] == ["t1INCH:USD", "t1INCH:UST", "tAAVE:USD", "tAAVE:UST"]
    step = Decimal("0.00000001")
    assert listed.instruments[1] == Instrument(
        "bitfinex", "t1INCH:UST", "1INCH", "USDT", step, step, min_quantity=Decimal("4.0")
    )


def test_renames_come_from_the_exchange_s_own_list_and_paper_and_derivatives_are_left_out() -> None:
    row = [None, None, None, "2.0"]
    pairs = ["DSHUSD", "IOTUST", "TESTBTC:TESTUSD", "BTCF0:USTF0", "ADABTCX"]
    listed = lists.instruments(
        {
            PAIRS: json.dumps([[[pair, row] for pair in pairs]]).encode(),
            NAMES: b'[[["DSH","DASH"],["IOT","IOTA"],["UST","USDt"]]]',
        }
    )
    assert [(one.symbol, one.base, one.quote) for one in listed.instruments] == [
        ("tDSHUSD", "DASH", "USD"),
        ("tIOTUST", "IOTA", "USDT"),
    ]
    assert listed.left_out == (
        LeftOut("TESTBTC:TESTUSD", "it is paper money"),
        LeftOut("BTCF0:USTF0", "it is a derivative"),
        LeftOut("ADABTCX", "ADABTCX is not two codes of three letters"),
    )


@needs_recordings
def test_a_book_by_rest_is_read_and_a_row_of_best_prices_that_is_cut_short_is_told() -> None:
    shared = answers("bitfinex")
    (book,) = lists.decode_answer("/v2/book/tETHUST/P2", shared["order_book"].body)
    assert (book.kind, book.symbol, book.bids, book.asks) == (
        Kind.SNAPSHOT,
        "tETHUST",
        [("8744.9", "0.45603413")],
        (),
    )
    (cut,) = lists.decode_answer("/v2/tickers?symbols=ALL", shared["tickers"].body)
    assert (cut.kind, cut.symbol) == (Kind.UNREADABLE, "tBTCUSD")


def test_best_prices_of_pairs_are_read_and_loans_are_skipped() -> None:
    body = b'[["tBTCUSD",10645,73.9,10647,1e-7,1,2,3],["fUSD",0.0003,0.0002,30,1,2,3,4]]'
    assert lists.decode_answer("/v2/tickers?symbols=ALL", body) == [
        Event(Kind.TICKER, "tBTCUSD", (("10645", "73.9"),), (("10647", "1e-7"),))
    ]
    assert lists.decode_answer("/v2/tickers?symbols=ALL", b'["error",11010,"ratelimit: error"]') == (
        Event(Kind.REFUSED, detail="11010 ratelimit: error"),
    )


@needs_recordings
def test_currencies_come_by_method_with_states_and_fees_where_they_are_told() -> None:
    shared = answers("bitfinex")
    found = lists.currencies(
        {
            "/v2/conf/pub:map:tx:method": b'[[["BITCOIN",["BTC"]],["AAVE",["AAVE"]],["TETHERUSX",["UST"]]]]',
            "/v2/conf/pub:info:tx:status": b'[[["BITCOIN",1,0,null],["AAVE",0,1,null]]]',
            "/v2/conf/pub:map:currency:tx:fee": shared["withdrawal_fees"].body,
        }
    )
    assert found.chains == (
        AssetOnChain("bitfinex", "BTC", "BITCOIN", deposit_open=True, withdraw_open=False),
        AssetOnChain(
            "bitfinex", "AAVE", "AAVE", deposit_open=False, withdraw_open=True, withdrawal_fee=Decimal("0.024124")
        ),
        AssetOnChain("bitfinex", "USDT", "TETHERUSX"),
    )
    recorded = lists.currencies({"/v2/conf/pub:map:tx:method": shared["currency_networks"].body})
    assert [(one.asset, one.chain) for one in recorded.chains] == [
        ("BTC", "BITCOIN"),
        ("LTC", "LITECOIN"),
        ("ETH", "ETHEREUM"),
        ("ETC", "ETHEREUMC"),
    ]
