"""Results go to JSON and come back as they were."""

from __future__ import annotations

from decimal import Decimal

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.exchanges.scan.result_json import (
    cycle_from_plain,
    cycle_to_plain,
    decimal_text,
    scan_from_plain,
    scan_to_plain,
    spatial_from_plain,
    spatial_to_plain,
)
from p2p_pipeline.exchanges.scan.scanning import scan
from p2p_pipeline_tests.exchanges.scan.large_market import CONFIRMED, RULES, large_market
from p2p_pipeline_tests.exchanges.scan.markets import scanned, two_exchanges
from p2p_pipeline_tests.exchanges.scan.moments import AT
from p2p_pipeline_tests.exchanges.scan.test_cycles import triangle

MARKET = two_exchanges([["100", "50"]], [["103", "40"]], notionals=["100", "100000", "0.001"], slippage_pct="0.05")


def test_a_scan_comes_back_from_json_as_it_was() -> None:
    for found in (scanned(MARKET), scanned(triangle()), scanned({**MARKET, "too_good_pct": "1"})):
        text = orjson.dumps(scan_to_plain(found))
        again = scan_from_plain(orjson.loads(text))
        assert again == found
        assert orjson.dumps(scan_to_plain(again)) == text


def test_a_scan_of_more_opportunities_than_are_calculated_at_once_is_written_whole() -> None:
    found = scan(large_market(30, apart=0.02, exchanges=4), RULES, CONFIRMED, cycle=1, at=AT)
    assert not isinstance(found.opportunities, tuple)
    again = scan_from_plain(orjson.loads(orjson.dumps(scan_to_plain(found))))
    assert list(again.opportunities) == list(found.opportunities)
    assert again.rejected == found.rejected


def test_opportunities_and_cycles_come_back_alone() -> None:
    (first, _), (cycle,) = scanned(MARKET).opportunities, scanned(triangle()).cycles
    assert spatial_from_plain(orjson.loads(orjson.dumps(spatial_to_plain(first)))) == first
    assert cycle_from_plain(orjson.loads(orjson.dumps(cycle_to_plain(cycle)))) == cycle


@settings(max_examples=50, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_an_amount_is_text_without_exponent_and_the_same_amount_again(amount: Decimal) -> None:
    if abs(amount.adjusted()) < 400:
        text = decimal_text(amount)
        assert "E" not in text
        assert Decimal(text) == amount
