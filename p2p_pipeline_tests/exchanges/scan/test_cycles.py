"""Cycles: what comes back, what is kept and lost, and that none which pays is missed."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest
import rustworkx

from p2p_pipeline.exchanges.scan.results import CycleFound, Scan
from p2p_pipeline.exchanges.scan.scanning import scan
from p2p_pipeline_tests.exchanges.scan.markets import asked, book, instrument, market, scanned
from p2p_pipeline_tests.exchanges.scan.moments import AT

FREE = {"taker_fee": "0", "min_notional": "0"}


def triangle(start: str = "1000", **changed: Any) -> dict[str, Any]:
    """USDT → BTC → ETH → USDT brings a tenth; the other way loses."""
    return market(
        [
            instrument("a", "BTC/USDT", quantity_step="0.5", **FREE),
            instrument("a", "ETH/BTC", quantity_step="2", **FREE),
            instrument("a", "ETH/USDT", quantity_step="0.7", **FREE),
        ],
        [
            book("a", "BTC/USDT", [["99", "50"]], [["100", "6"], ["101", "50"]]),
            book("a", "ETH/BTC", [["0.099", "900"]], [["0.1", "900"]]),
            book("a", "ETH/USDT", [["11", "40"], ["10.9", "900"]], [["11.1", "900"]]),
        ],
        start={"USDT": start},
        **changed,
    )


def test_what_the_first_leg_does_not_need_is_kept_and_what_a_later_one_does_not_is_lost() -> None:
    (found,) = scanned(triangle()).cycles
    assert [(leg.symbol, leg.side) for leg in found.legs] == [
        ("BTC/USDT", "BUY"),
        ("ETH/BTC", "BUY"),
        ("ETH/USDT", "SELL"),
    ]
    # 6 for 600 and 3.5 for 353.5; another half would be 1,004. 9.5 BTC buy 94 ETH for 9.4; 93.8 of them are sold.
    assert [leg.quantity for leg in found.legs] == [Decimal("9.5"), 94, Decimal("93.8")]
    assert found.spent == Decimal("953.5")
    assert found.end_quantity == 40 * 11 + Decimal("53.8") * Decimal("10.9")
    gained = 100 * (found.end_quantity - found.spent) / found.spent
    assert found.net_edge_pct == gained.quantize(Decimal("1E-12"))
    assert found.legs[0].price == (Decimal("953.5") / Decimal("9.5")).quantize(Decimal("1E-12"))


def test_slippage_is_taken_off_the_edge_and_a_fee_off_what_is_received() -> None:
    plain = scanned(triangle()).cycles[0]
    assert scanned(triangle(slippage_pct="0.3")).cycles[0].net_edge_pct == plain.net_edge_pct - Decimal("0.3")
    document = triangle()
    document["instruments"][2]["taker_fee"] = "0.001"
    assert scanned(document).cycles[0].end_quantity == plain.end_quantity * Decimal("0.999")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document["instruments"][1].update(quantity_step="500"),
        lambda document: document["instruments"][2].update(min_notional="1027"),
        lambda document: document["books"][1].update(asks=[]),
        lambda document: document["books"].pop(2),
        lambda document: document.update(min_net_edge_pct="7.7"),
        lambda document: document.update(start={"USDT": "49"}),
        lambda document: document.update(start={}),
    ],
)
def test_a_cycle_with_a_leg_that_cannot_be_done_is_not_told(spoil: Any) -> None:
    document = triangle()
    spoil(document)
    assert not scanned(document).cycles


def test_a_live_cycle_never_passes_a_book_that_is_crossed_stale_or_not_vouched_for() -> None:
    document = triangle()
    document["books"][1]["bids"] = [["0.1", "900"]]
    question = asked(document)
    assert scan(question.view, question.rules, question.pairs, cycle=1, at=AT).cycles, "a file is walked as it is"
    live = replace(question.rules, cycles_as_walked=False)
    assert not scan(question.view, live, question.pairs, cycle=1, at=AT).cycles
    sound = asked(triangle())
    received_ns = np.full((1, 3), 10**11)
    assert scan(replace(sound.view, now_ns=10**11, received_ns=received_ns), live, sound.pairs, cycle=1, at=AT).cycles
    received_ns[0, 1] = 0
    old = replace(sound.view, now_ns=10**11, received_ns=received_ns)
    gone = replace(sound.view, is_live=np.array([[True, False, True]]))
    for view in (old, gone):
        assert not scan(view, live, sound.pairs, cycle=1, at=AT).cycles


def random_rates(random: Random, assets: int) -> dict[tuple[str, str], float]:
    """What one unit of each asset becomes in each other, as one exchange's prices have it: near each other's worth."""
    worth = {f"A{number}": 10 ** random.uniform(-3, 3) for number in range(assets)}
    return {
        (base, quote): one / other * math.exp(random.gauss(0, 0.002))
        for base, one in worth.items()
        for quote, other in worth.items()
        if base < quote and random.random() < 0.7
    }


def market_of(rates: dict[tuple[str, str], float], *, legs: int) -> dict[str, Any]:
    """Deep books with hardly any spread, steps too small to matter."""
    instruments, books = [], []
    for (base, quote), price in rates.items():
        step = Decimal(f"{1e-9 / price:.0e}")
        instruments.append(instrument("a", f"{base}/{quote}", quantity_step=format(step, "f"), **FREE))
        bid, ask = (format(Decimal(f"{price * side:.12g}"), "f") for side in (0.9999, 1.0001))
        books.append(book("a", f"{base}/{quote}", [[bid, "1000000000"]], [[ask, "1000000000"]]))
    return market(instruments, books, start={"A0": "10"}, longest_cycle=legs, min_net_edge_pct="0")


def ways_of(found: Scan) -> set[tuple[str, ...]]:
    return {way_of(cycle) for cycle in found.cycles}


def way_of(cycle: CycleFound) -> tuple[str, ...]:
    """The assets in order."""
    assets = [cycle.start_asset]
    for leg in cycle.legs:
        base, quote = leg.symbol.split("/")
        assert assets[-1] == (quote if leg.side == "BUY" else base)
        assets.append(base if leg.side == "BUY" else quote)
    assert assets[-1] == assets[0]
    return tuple(assets[:-1])


@pytest.mark.parametrize("legs", [3, 4])
def test_every_cycle_that_rustworkx_finds_to_pay_is_found_once_for_each_direction_and_no_other(legs: int) -> None:
    seen = 0
    for seed in range(12):
        rates = random_rates(Random(seed), 7)
        graph: rustworkx.PyDiGraph[str, float] = rustworkx.PyDiGraph()
        nodes = {asset: graph.add_node(asset) for asset in sorted({asset for pair in rates for asset in pair})}
        for (base, quote), price in rates.items():
            graph.add_edge(nodes[base], nodes[quote], -math.log(price * 0.9999))
            graph.add_edge(nodes[quote], nodes[base], math.log(price * 1.0001))
        expected = set()
        for cycle in rustworkx.simple_cycles(graph):
            assets = [graph[node] for node in cycle]
            if 3 <= len(assets) <= legs and "A0" in assets:
                begin = assets.index("A0")
                around = [*cycle[begin:], *cycle[:begin], cycle[begin]]
                weight = sum(graph.get_edge_data(a, b) for a, b in pairwise(around))
                assert abs(weight) > 1e-8, "too near to tell"
                if weight < 0:
                    expected.add(tuple(graph[node] for node in around[:-1]))
        found = scanned(market_of(rates, legs=legs))
        assert ways_of(found) == expected, f"seed {seed}"
        assert len(found.cycles) == len(expected)
        if expected:
            assert rustworkx.negative_edge_cycle(graph, lambda weight: weight)
        seen += len(expected)
    assert seen > 20


def test_a_cycle_over_two_exchanges_is_told_only_where_what_it_gives_is_held() -> None:
    document = triangle()
    document["instruments"][1]["exchange"] = document["books"][1]["exchange"] = "b"
    question = asked(document)

    def found(inventory: dict[str, dict[str, str]]) -> tuple[CycleFound, ...]:
        held = {name: {asset: Decimal(n) for asset, n in assets.items()} for name, assets in inventory.items()}
        rules = replace(question.rules, inventory=held)
        return tuple(scan(question.view, rules, question.pairs, cycle=1, at=AT).cycles)

    enough = {"a": {"ETH": "94", "USDT": "1000"}, "b": {"BTC": "9.5"}}
    assert not found({})
    (cycle,) = found(enough)
    assert cycle.exchange == ""
    assert [leg.exchange for leg in cycle.legs] == ["a", "b", "a"]
    for exchange, asset, amount in (("a", "ETH", "93"), ("b", "BTC", "9"), ("a", "USDT", "999")):
        assert not found({**enough, exchange: {**enough[exchange], asset: amount}})


def test_a_cycle_inside_one_exchange_needs_no_inventory_and_is_not_told_twice_where_there_is_one() -> None:
    question = asked(triangle())
    rules = replace(question.rules, inventory={"a": dict.fromkeys(("USDT", "BTC", "ETH"), Decimal(10**6))})
    assert len(scan(question.view, rules, question.pairs, cycle=1, at=AT).cycles) == 1


def test_a_live_cycle_that_is_too_good_is_set_aside_and_in_a_file_the_walk_alone_decides() -> None:
    question = asked(triangle(too_good_pct="7"))
    assert len(scan(question.view, question.rules, question.pairs, cycle=1, at=AT).cycles) == 1
    live = replace(question.rules, cycles_as_walked=False)
    found = scan(question.view, live, question.pairs, cycle=1, at=AT)
    assert not found.cycles
    (aside,) = found.quarantined_cycles
    assert aside.net_edge_pct > 7
    believed = scan(question.view, replace(live, too_good_pct=Decimal(8)), question.pairs, cycle=1, at=AT)
    assert (believed.cycles, believed.quarantined_cycles) == ((aside,), ())
