"""Plants are what they say: a true one earns its edge by arithmetic, a false one only looks like it."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.exchanges.settings import FORTY
from p2p_pipeline.exchanges.simulator.bend import Bend
from p2p_pipeline.exchanges.simulator.fair import FairPrices
from p2p_pipeline.exchanges.simulator.listing import EXCHANGES, instrument
from p2p_pipeline.exchanges.simulator.path import BookPath, Side
from p2p_pipeline.exchanges.simulator.plant import Plant, PlantKind
from p2p_pipeline.exchanges.simulator.plant_file import EXAMPLE, PlantFileError, parse_plants
from p2p_pipeline.exchanges.simulator.planting import dust_bend, spatial_bends, triangular_bends
from p2p_pipeline.exchanges.simulator.schedule import Schedule
from p2p_pipeline_tests.exchanges.simulator.arithmetic import cycle_edge_pct, spatial_edge_pct

NOW = 1_796_000_000.0
SYMBOLS = FORTY
PRICES = FairPrices(1)


def path_of(exchange: str, symbol: str, *bends: Bend) -> BookPath:
    path = BookPath(1, instrument(exchange, symbol), PRICES, 2.0, 30)
    path.bends += bends
    return path


def book(path: BookPath, seconds: float) -> tuple[Side, Side]:
    bids, asks = path.at(path.step_at(NOW + seconds))
    assert max(map(Decimal, bids)) < min(map(Decimal, asks))
    return bids, asks


def planted(kind: PlantKind, symbol: str, buy: str, sell: str, notional: str, edge_pct: str) -> Plant:
    return Plant(kind, symbol, buy, sell, NOW, NOW + 60, Decimal(notional), Decimal(edge_pct))


def fair(symbol: str) -> Decimal:
    base, _, quote = symbol.partition("/")
    return Decimal(repr(PRICES.fair(base, quote, NOW)))


@given(
    st.sampled_from(SYMBOLS),
    st.sampled_from(list(itertools.permutations(EXCHANGES, 2))),
    st.sampled_from(["100", "1000", "5000"]),
    st.sampled_from(["0.15", "0.5", "3"]),
    st.floats(1, 59),
)
def test_a_true_pair_earns_its_edge_at_its_notional_at_any_time_of_its_life(
    symbol: str, exchanges: tuple[str, str], notional: str, edge_pct: str, second: float
) -> None:
    plant = planted(PlantKind.SPATIAL, symbol, exchanges[0], exchanges[1], notional, edge_pct)
    what = instrument(plant.buy, symbol), instrument(plant.sell, symbol)
    cheap, dear = spatial_bends(plant, *what, fair(symbol))
    _, asks = book(path_of(plant.buy, symbol, cheap), second)
    bids, _ = book(path_of(plant.sell, symbol, dear), second)
    found = spatial_edge_pct(asks.items(), bids.items(), *what, plant.notional)
    assert found is not None
    assert found[1] >= plant.edge_pct
    assert found[1] < plant.edge_pct + Decimal("0.3")


@given(
    st.sampled_from(["ETH/BTC", "SOL/BTC", "XRP/BTC"]),
    st.sampled_from(EXCHANGES),
    st.sampled_from(["300", "1000", "2500"]),
    st.sampled_from(["0.15", "0.5", "3"]),
    st.floats(1, 59),
)
def test_a_true_cycle_earns_its_edge_after_every_rounding(
    cross: str, exchange: str, notional: str, edge_pct: str, second: float
) -> None:
    plant = planted(PlantKind.TRIANGULAR, cross, exchange, exchange, notional, edge_pct)
    symbols = ("BTC/USDT", cross, f"{cross.partition('/')[0]}/USDT")
    what = [instrument(exchange, symbol) for symbol in symbols]
    bends = triangular_bends(plant, (what[0], what[1], what[2]), tuple(map(fair, symbols)))
    books = [book(path_of(exchange, symbol, bend), second) for symbol, bend in zip(symbols, bends, strict=True)]
    legs = [(True, books[0][1]), (True, books[1][1]), (False, books[2][0])]
    found = cycle_edge_pct(
        plant.notional, [(is_buy, side.items(), of) for (is_buy, side), of in zip(legs, what, strict=True)]
    )
    assert found is not None
    assert found >= plant.edge_pct


@pytest.mark.parametrize("symbol", ["ADA/USDT", "PEPE/USDT", "AAVE/USDT"])
def test_dust_has_a_price_that_would_earn_and_no_notional_does(symbol: str) -> None:
    plant = planted(PlantKind.DUST, symbol, "okx", "bybit", "1000", "1")
    buy, sell = instrument("okx", symbol), instrument("bybit", symbol)
    _, asks = book(path_of("okx", symbol), 30)
    bids, _ = book(path_of("bybit", symbol, dust_bend(plant, sell, fair(symbol), buy.taker_fee)), 30)
    best_bid, quantity = next(iter(bids.items()))
    assert Decimal(best_bid) > Decimal(next(iter(asks))) * Decimal("1.011")
    assert Decimal(best_bid) * Decimal(quantity) < sell.min_notional
    for notional in ("100", "1000", "10000"):
        found = spatial_edge_pct(asks.items(), bids.items(), buy, sell, Decimal(notional))
        assert found is None or found[1] < Decimal("0.1")


def test_a_book_is_bent_only_while_its_plant_lives() -> None:
    plant = planted(PlantKind.SPATIAL, "SOL/USDT", "okx", "xt", "1000", "1")
    cheap, _ = spatial_bends(plant, instrument("okx", "SOL/USDT"), instrument("xt", "SOL/USDT"), fair("SOL/USDT"))
    bent, plain = path_of("okx", "SOL/USDT", cheap), path_of("okx", "SOL/USDT")
    assert book(bent, -2) == book(plain, -2)
    assert book(bent, 30) != book(plain, 30)
    assert book(bent, 62) == book(plain, 62)


def test_two_runs_with_a_seed_plant_the_same_and_plants_of_a_book_never_overlap() -> None:
    schedule, again = (Schedule(5, EXCHANGES, SYMBOLS, 360) for _ in range(2))
    plants = [schedule.plant_of(slot) for slot in range(179_000, 181_000)]
    assert plants == [again.plant_of(slot) for slot in range(179_000, 181_000)]
    found = [plant for plant in plants if plant is not None]
    assert {plant.kind for plant in found} == set(PlantKind) - {PlantKind.WRONG_IDENTITY}
    assert schedule.impostors != ()
    by_symbol: dict[str, list[Plant]] = {}
    for plant in found:
        by_symbol.setdefault(plant.symbol if plant.kind is not PlantKind.TRIANGULAR else "cycles", []).append(plant)
    for symbol, own in by_symbol.items():
        if symbol != "cycles":
            assert all(a.ends_at < b.starts_at for a, b in itertools.pairwise(own))


def test_the_example_of_a_file_is_one_and_each_mistake_is_told_with_its_line() -> None:
    (line,) = parse_plants(EXAMPLE, "plants.yaml")
    plant = line.planted(NOW)
    assert (plant.kind, plant.buy, plant.sell, plant.starts_at) == (PlantKind.SPATIAL, "binance", "kraken", NOW + 5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "plants:\n  - kind: spatal\n    symbol: A/B\n    buy: okx\n    sell: xt",
            "line 2: plants.0.kind: was 'spatal'",
        ),
        ("plants:\n  - kind: dust\n    symbol: sol\n    buy: okx\n    sell: xt", "line 3: plants.0.symbol: was 'sol'"),
        ("plants:\n  - kind: dust\n    symbol: A/B\n    buy: okx\n    sell: ftx", "line 5: plants.0.sell: was 'ftx'"),
        ("plants:\n  - kind: dust\n    symbol: A/B\n    buy: okx\n    sell: okx", "line 2: plants.0: buy was 'okx'"),
        ("plants:\n  - kind: triangular\n    symbol: A/B\n    buy: okx", "one of ETH/BTC"),
        ("plants:\n  - kind: dust\n    symbol: A/B\n    buy: okx\n    sell: xt\n    lif: 3", "line 6: plants.0.lif"),
        (
            "plants:\n  - kind: dust\n    symbol: A/B\n    buy: okx\n    sell: xt\n    edge_pct: -1",
            "line 6: plants.0.edge",
        ),
        ("plants: [", "line 1"),
        ("- a", "line 1: write `plants:`"),
    ],
)
def test_a_mistake_in_a_file_of_plants_is_one_sentence_with_its_line(text: str, said: str) -> None:
    with pytest.raises(PlantFileError) as caught:
        parse_plants(text, "plants.yaml")
    assert f"plants.yaml {said}" in str(caught.value) or said in str(caught.value)
