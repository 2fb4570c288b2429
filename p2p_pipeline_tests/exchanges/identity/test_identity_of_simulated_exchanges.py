"""What fourteen exchanges' own lists say, read by our readers: large assets are one thing, impostors are not."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest

from p2p_pipeline.exchanges.identity.table import IdentityTable
from p2p_pipeline.exchanges.scan.reasons import Transfer
from p2p_pipeline.exchanges.settings import LARGE_ASSETS
from p2p_pipeline.exchanges.simulator.hall import Hall
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.venues.connector import NAMES, lists_of, wire_of
from p2p_pipeline.exchanges.words import Request

NOW = 1_796_000_000.0
SYMBOLS = tuple(f"{asset}/USDT" for asset in LARGE_ASSETS)


def learnt(hall: Hall) -> IdentityTable:
    """The identities that lists without a key tell."""

    def asked(exchange: str, requests: tuple[Request, ...]) -> dict[str, bytes]:
        found = {}
        for request in requests:
            answer = hall.exchanges[exchange].answer(request.method, request.path, dict(request.query), b"", NOW)
            assert answer is not None, request.url
            found[request.url] = answer.body
        return found

    listed = {name: lists_of(name).instruments(asked(name, lists_of(name).instrument_requests())) for name in NAMES}
    currencies = {
        name: lists_of(name).currencies(asked(name, lists_of(name).currency_requests()))
        for name in NAMES
        if not wire_of(name).CAPABILITY.currencies_need_key
    }
    return IdentityTable.of(listed, currencies, date(2026, 11, 30))


@pytest.fixture(scope="module")
def hall() -> Hall:
    return Hall(ExchangesOptions(symbols=SYMBOLS, plants_per_hour=60), NOW)


@pytest.fixture(scope="module")
def identities(hall: Hall) -> IdentityTable:
    return learnt(hall)


def test_every_large_asset_is_one_thing_wherever_its_list_says_so(hall: Hall, identities: IdentityTable) -> None:
    impostors = {(exchange, f"{asset}/USDT") for exchange, asset in hall._schedule.impostors}
    assert impostors
    # TON at Upbit has been another coin than elsewhere: nothing is traded on its name alone.
    doubtful = {("upbit", "TON/USDT")}
    for symbol in SYMBOLS:
        for buy, sell in permutations(NAMES, 2):
            is_one = {(buy, symbol), (sell, symbol)}.isdisjoint(impostors | doubtful)
            assert identities.pair(symbol, buy, sell).is_confirmed is is_one, identities.compared(symbol, buy, sell)
    assert identities.told == ()


def test_what_is_closed_where_it_is_bought_is_not_transferable_from_there(
    hall: Hall, identities: IdentityTable
) -> None:
    ((closed, asset),) = hall._schedule.closed
    public = {"kucoin", "gate", "bitget", "xt"}
    assert closed in public
    for other in public - {closed}:
        assert identities.pair(f"{asset}/USDT", closed, other).transfer is Transfer.NEEDS_INVENTORY
        assert identities.pair("BTC/USDT", closed, other).transfer is not Transfer.NEEDS_INVENTORY
