"""Strangers' clients read the simulator's books correctly: ccxt.pro for all fourteen, pybit."""

from __future__ import annotations

import asyncio

import pytest

from p2p_pipeline.exchanges.simulator.dialects.catalogue import dialect_of
from p2p_pipeline.exchanges.simulator.listing import EXCHANGES
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.simulator.server import running_exchanges
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.exchanges.simulator.strangers import RestingClock, read_by_stranger

NOW = 1_796_000_000.0
SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")


def equal_rounds(exchange: str, symbol: str, rounds: int) -> int:
    clock = RestingClock(NOW)
    options = ExchangesOptions(exchanges=(exchange,), symbols=SYMBOLS, clock=clock)
    with running_exchanges(options) as running:
        return asyncio.run(read_by_stranger(running, clock, exchange, symbol, rounds))


def test_ccxt_rebuilds_the_true_book_of_binance_out_of_deltas() -> None:
    assert equal_rounds("binance", "ETH/USDT", 8) >= 7


@only_long
@pytest.mark.parametrize("exchange", EXCHANGES)
def test_ccxt_reads_the_true_book_at_every_exchange(exchange: str) -> None:
    assert dialect_of(exchange) is not None
    for symbol in SYMBOLS:
        assert equal_rounds(exchange, symbol, 100) >= 95
