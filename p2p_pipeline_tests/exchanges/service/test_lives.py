"""The same buy, sell and symbol is one opportunity as long as each scan finds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from p2p_pipeline.exchanges.service.lives import lives
from p2p_pipeline_tests.exchanges.boards import AT, spatial

LATER = AT + timedelta(seconds=5)


def test_an_opportunity_keeps_its_first_moment_and_its_best_edge() -> None:
    first = lives({}, [spatial("0.5")], AT)
    then = lives(first, [spatial("0.3")], LATER)
    (one,) = then.values()
    assert (one.key, one.first_seen, one.last_seen, one.scans) == ("binance>okx:BTC/USDT", AT, LATER, 2)
    assert (one.found.net_edge_pct, one.best_edge_pct) == (Decimal("0.3"), Decimal("0.5"))


def test_one_that_a_scan_misses_begins_anew() -> None:
    first = lives({}, [spatial()], AT)
    gone = lives(first, [], LATER)
    assert gone == {}
    assert lives(gone, [spatial()], LATER)["binance>okx:BTC/USDT"].first_seen == LATER


def test_of_a_ladder_the_notional_that_earns_most_is_shown_and_the_best_edge_comes_first() -> None:
    small = replace(spatial("0.9", notional="100"), net_profit_quote=Decimal("0.9"))
    large = replace(spatial("0.2", notional="10000"), net_profit_quote=Decimal(20))
    other = spatial("0.5", "xt", "gate")
    shown = lives({}, [small, large, other], AT)
    assert list(shown) == ["xt>gate:BTC/USDT", "binance>okx:BTC/USDT"]
    assert shown["binance>okx:BTC/USDT"].found is large
