"""Another implementation of the contract says the same of random markets, to the last digit."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import orjson
import pytest

from p2p_pipeline.commands.arbitrage import as_contract
from p2p_pipeline.exchanges.scan.price_file import read_price_file
from p2p_pipeline.exchanges.scan.reasons import Reason
from p2p_pipeline.exchanges.scan.scanning import scan
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.exchanges.scan.markets import two_exchanges
from p2p_pipeline_tests.exchanges.scan.moments import AT
from p2p_pipeline_tests.exchanges.scan.random_markets import random_market
from p2p_pipeline_tests.exchanges.scan.reference import answer
from p2p_pipeline_tests.exchanges.scan.test_cycles import triangle


def ours(document: dict[str, Any]) -> dict[str, Any]:
    asked = read_price_file(orjson.dumps(document), "market.json")
    found = scan(asked.view, asked.rules, asked.pairs, cycle=1, at=AT)
    assert len(found.opportunities) + sum(found.rejected.values()) == found.pairs
    assert len(found.quarantined) == found.rejected.get(Reason.TOO_GOOD, 0)
    printed: dict[str, Any] = orjson.loads(orjson.dumps(as_contract(found)))
    return printed


def comparable(printed: dict[str, Any]) -> dict[str, Any]:
    """Amounts as exact numbers, rows in one order."""
    rows = {name: sorted((_exact(row) for row in printed[name]), key=repr) for name in ("spatial", "cycles")}
    return {**rows, "rejected": printed["rejected"]}


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _exact(item) for name, item in sorted(value.items())}
    if isinstance(value, list):
        return [_exact(item) for item in value]
    if isinstance(value, str):
        assert "E" not in value.replace("EUR", "").replace("ETH", "").replace("SELL", ""), value
        return Fraction(value) if value[0] in "-0123456789" else value
    return Fraction(value) if isinstance(value, Decimal | Fraction) else value


def check(seeds: range) -> Counter[str]:
    seen: Counter[str] = Counter()
    for seed in seeds:
        document = random_market(Random(seed))
        expected = comparable(answer(document))
        assert comparable(ours(document)) == expected, f"seed {seed}"
        seen.update(markets=1, opportunities=len(expected["spatial"]), **expected["rejected"])
        seen.update(f"{len(cycle['legs'])} legs" for cycle in expected["cycles"])
    return seen


def test_random_markets_come_to_the_same_numbers_as_in_a_plain_slow_reference_to_the_last_digit() -> None:
    seen = check(range(100))
    of_interest = ("opportunities", "3 legs", "4 legs", "below_step", "below_min_notional", "below_min_edge")
    assert all(seen[name] >= 1 for name in (*of_interest, "too_good", "book_crossed", "book_invalid")), seen


@pytest.mark.long
@only_long
@pytest.mark.timeout(3_600)
def test_twenty_thousand_random_markets_come_to_the_same_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    seen = check(range(1_000, 21_000))
    with capsys.disabled():
        print(f"\n{dict(seen)}")  # noqa: T201 - what the long form is run for
    assert seen["markets"] == 20_000


@pytest.mark.parametrize(
    "document",
    [
        # Exactly the least notional, at both.
        two_exchanges([["100", "10"]], [["103", "10"]], one={"min_notional": "1000"}, other={"min_notional": "1030"}),
        # The last ask is a hundred thousand times the best, the last bid as much below: floats lose what decides.
        two_exchanges([["1", "7.7"], ["100000", "9.9"]], [["110", "3.3"], ["0.0011", "99"]], min_net_edge_pct="-99.9"),
        two_exchanges([["1", "777"], ["100000", "9.9"]], [["110", "3.3"], ["109", "9999"]], too_good_pct="1E+9"),
        two_exchanges([["100", "9.9"]], [["110", "3.3"], ["0.0011", "99"]], min_net_edge_pct="-100"),
        # Everything is told, whatever it loses.
        {**triangle(), "min_net_edge_pct": "-100"},
        {**triangle(), "min_net_edge_pct": "-100.5", "longest_cycle": 4},
    ],
)
def test_markets_at_the_edges_of_what_is_quick_come_to_the_same(document: dict[str, Any]) -> None:
    expected = comparable(answer(document))
    assert comparable(ours(document)) == expected
    assert expected["spatial"] or expected["cycles"]


@pytest.mark.parametrize(
    ("asks", "bids"),
    [
        ([["100.00000000000000000001", "50"]], [["103", "50"]]),
        ([["100", "50"]], [["103", "9.99999999999999999999"]]),
        ([["100", "9.99999999999999999999"]], [["103", "50"]]),
    ],
)
def test_the_twentieth_digit_of_a_price_or_quantity_decides_whether_a_step_is_filled(
    asks: list[list[str]], bids: list[list[str]]
) -> None:
    document = two_exchanges(asks, bids, one={"quantity_step": "10"})
    assert comparable(ours(document)) == comparable(answer(document))
    assert ours(document)["rejected"] == {"below_step": 2}
