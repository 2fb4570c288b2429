"""What is told of an exchange's lists, and how often."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.scan.rules import public_fees, rules_of
from p2p_pipeline.exchanges.service.listing import NEEDS_KEY, AskedLists
from p2p_pipeline.exchanges.service.market import Market
from p2p_pipeline.exchanges.settings import ExchangesSettings
from p2p_pipeline.exchanges.venues.connector import lists_of, wire_of
from p2p_pipeline.exchanges.words import Currencies, Instrument, LeftOut, Listed

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def test_one_thing_under_two_names_is_told_once_and_both_go_on_as_one(caplog: pytest.LogCaptureFixture) -> None:
    step = Decimal("0.01")
    names = (("xno_usdt", "XNO"), ("nano_usdt", "NANO"), ("btc_usdt", "BTC"))
    listed = Listed(tuple(Instrument("xt", symbol, base, "USDT", step, step) for symbol, base in names))
    books = ExchangeBooks("xt", wire_of("xt"), lists_of("xt"))
    market = Market([books], ["XNO/USDT", "BTC/USDT"], rules_of(ExchangesSettings(), public_fees(["xt"])))
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            asyncio.run(market.learn({"xt": AskedLists(listed, Currencies(), NEEDS_KEY)}, NOW))
    assert market.traded(0) == {"xno_usdt": 0, "btc_usdt": 1}
    told = [record.getMessage() for record in caplog.records if "nano_usdt" in record.getMessage()]
    assert told == ["XT, nano_usdt: it is XNO/USDT, which xno_usdt is already"]


def test_a_symbol_that_an_exchange_halts_or_no_longer_lists_is_told_once_and_the_rest_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    step = Decimal("0.01")
    both = tuple(Instrument("xt", f"{base.lower()}_usdt", base, "USDT", step, step) for base in ("BTC", "ETH"))
    books = ExchangeBooks("xt", wire_of("xt"), lists_of("xt"))
    market = Market([books], ["BTC/USDT", "ETH/USDT"], rules_of(ExchangesSettings(), public_fees(["xt"])))
    halted = Listed(both[:1], (LeftOut("eth_usdt", "its state is OFFLINE"),))
    with caplog.at_level(logging.INFO):
        for listed in (Listed(both), halted, halted, Listed(both)):
            asyncio.run(market.learn({"xt": AskedLists(listed, Currencies(), NEEDS_KEY)}, NOW))
            assert market.traded(0)["btc_usdt"] == 0
    assert [record.getMessage() for record in caplog.records if record.name.startswith("p2p_pipeline")] == [
        "XT trades 2 of 2 symbols",
        "XT does not trade ETH/USDT: its state is OFFLINE",
        "XT trades ETH/USDT now",
    ]


def test_a_symbol_that_no_exchange_trades_is_named_once_when_all_lists_are_known(
    caplog: pytest.LogCaptureFixture,
) -> None:
    step = Decimal("0.01")
    both = [ExchangeBooks(name, wire_of(name), lists_of(name)) for name in ("okx", "xt")]
    market = Market(both, ["BTC/USDT", "NOPE/USDT"], rules_of(ExchangesSettings(), public_fees(["okx", "xt"])))
    with caplog.at_level(logging.WARNING):
        for name, spelled in (("okx", "BTC-USDT"), ("xt", "btc_usdt"), ("xt", "btc_usdt")):
            listed = Listed((Instrument(name, spelled, "BTC", "USDT", step, step),))
            asyncio.run(market.learn({name: AskedLists(listed, Currencies(), NEEDS_KEY)}, NOW))
            assert ("NOPE/USDT" in caplog.text) is (name == "xt")
    told = [record.getMessage() for record in caplog.records if "NOPE/USDT" in record.getMessage()]
    assert told == ["NOPE/USDT is traded by none of okx, xt; nothing can be told of it"]
