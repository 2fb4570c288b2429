"""The simulated books: a function of seed and time, sound in themselves, with nothing to be earned by chance."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise, permutations

import pytest

from p2p_pipeline.exchanges.settings import FORTY
from p2p_pipeline.exchanges.simulator.fair import FairPrices
from p2p_pipeline.exchanges.simulator.listing import EXCHANGES, listed
from p2p_pipeline.exchanges.simulator.path import BookPath

SYMBOLS = FORTY
NOW = 1_796_000_000.0


def paths_of(exchange: str, seed: int = 1, symbols: tuple[str, ...] = SYMBOLS) -> dict[str, BookPath]:
    prices = FairPrices(seed)
    return {f"{what.base}/{what.quote}": BookPath(seed, what, prices, 2.0, 30) for what in listed(exchange, symbols)}


def test_there_are_fourteen_exchanges_with_forty_symbols_and_odd_quotes() -> None:
    symbols = {exchange: [f"{what.base}/{what.quote}" for what in listed(exchange, SYMBOLS)] for exchange in EXCHANGES}
    assert len(symbols) == 14
    assert all(set(SYMBOLS) <= set(names) and len(SYMBOLS) == 40 for names in symbols.values())
    assert "BTC/KRW" in symbols["upbit"]
    assert "BTC/USD" in symbols["kraken"]
    assert "BTC/USDC" in symbols["okx"]


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_no_book_crosses_itself_and_levels_are_sorted_whole_steps(exchange: str) -> None:
    for path in paths_of(exchange).values():
        for second in (0, 1, 3_600, 40 * 86_400):
            bids, asks = path.at(path.step_at(NOW + second))
            buyers, sellers = [Decimal(price) for price in bids], [Decimal(price) for price in asks]
            assert buyers == sorted(buyers, reverse=True)
            assert sellers == sorted(sellers)
            assert buyers[0] < sellers[0]
            assert (sellers[0] - buyers[0]) / buyers[0] < Decimal("0.002")
            assert len(bids) == len(asks) == 30
            for text in (*bids, *asks):
                assert len(text.partition(".")[2]) == path.instrument.price_decimals
                assert len(text.replace(".", "").lstrip("0")) <= 15
            assert all(Decimal(quantity) > 0 for quantity in (*bids.values(), *asks.values()))


def test_the_same_seed_and_time_give_the_same_book_whoever_asked_before() -> None:
    asked_often, asked_once = paths_of("okx")["SOL/USDT"], paths_of("okx")["SOL/USDT"]
    step = asked_often.step_at(NOW)
    for before in range(step - 500, step):
        asked_often.at(before)
    assert asked_often.at(step) == asked_once.at(step)
    assert paths_of("okx", seed=2)["SOL/USDT"].at(step) != asked_once.at(step)


def test_sequences_rise_and_a_step_begins_when_it_says() -> None:
    for exchange in ("binance", "bybit"):
        path = paths_of(exchange)["ETH/USDT"]
        steps = range(path.step_at(NOW), path.step_at(NOW) + 2_000)
        numbers = [path.sequence(step) for step in steps]
        assert all(later > sooner for sooner, later in pairwise(numbers))
        assert all(path.step_at(path.moment_of(step)) == step for step in steps)


def test_a_few_levels_change_from_step_to_step() -> None:
    path = paths_of("gate")["ADA/USDT"]
    first = path.step_at(NOW)
    changed = []
    for step in range(first, first + 200):
        (bids, asks), (new_bids, new_asks) = path.at(step), path.at(step + 1)
        changed.append(len(bids.items() ^ new_bids.items()) + len(asks.items() ^ new_asks.items()))
    assert 2 < sum(changed) / len(changed) < 40


def test_without_plants_nothing_can_be_earned_between_exchanges_or_inside_one() -> None:
    """Between best prices, after the public base fees: what a scan finds here would be the simulator's mistake."""
    symbols = ("BTC/USDT", "ETH/USDT", "SOL/USDT", "PEPE/USDT")
    everywhere = {exchange: paths_of(exchange, symbols=symbols) for exchange in EXCHANGES}
    for second in range(0, 86_400, 7_200):
        best = {}
        for exchange, paths in everywhere.items():
            for symbol, path in paths.items():
                bids, asks = path.at(path.step_at(NOW + second))
                fee = path.instrument.taker_fee
                best[exchange, symbol] = (
                    Decimal(next(iter(bids))) * (1 - fee),
                    Decimal(next(iter(asks))) * (1 + fee),
                )
        for buy, sell in permutations(EXCHANGES, 2):
            for symbol in symbols:
                assert best[sell, symbol][0] < best[buy, symbol][1]
        for exchange in EXCHANGES:
            over = best[exchange, "ETH/USDT"][0] / (best[exchange, "BTC/USDT"][1] * best[exchange, "ETH/BTC"][1])
            back = best[exchange, "BTC/USDT"][0] * best[exchange, "ETH/BTC"][0] / best[exchange, "ETH/USDT"][1]
            assert over < 1
            assert back < 1
