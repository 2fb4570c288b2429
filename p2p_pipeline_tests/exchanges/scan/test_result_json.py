"""Results go to JSON and come back as they were."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.exchanges.scan.result_json import decimal_text, plain, spatial_to_plain
from p2p_pipeline.exchanges.scan.results import CycleFound, Spatial
from p2p_pipeline_tests.exchanges.scan.markets import scanned, two_exchanges
from p2p_pipeline_tests.exchanges.scan.test_cycles import triangle

MARKET = two_exchanges([["100", "50"]], [["103", "40"]], notionals=["100", "100000", "0.001"], slippage_pct="0.05")


def test_opportunities_and_cycles_come_back() -> None:
    (first, _), (cycle,) = scanned(MARKET).opportunities, scanned(triangle()).cycles
    assert msgspec.convert(orjson.loads(orjson.dumps(spatial_to_plain(first))), Spatial) == first
    assert msgspec.convert(orjson.loads(orjson.dumps(plain(cycle))), CycleFound) == cycle


@settings(max_examples=50, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_an_amount_is_text_without_exponent_and_the_same_amount_again(amount: Decimal) -> None:
    if abs(amount.adjusted()) < 400:
        text = decimal_text(amount)
        assert "E" not in text
        assert Decimal(text) == amount
