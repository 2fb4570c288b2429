"""What our books and our scan find, miss and make up in simulated markets while things go wrong: false is none."""

from __future__ import annotations

import pytest

from p2p_pipeline.exchanges.words import Feed
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.exchanges.simulator.hours import FAULTS, watched


def test_without_faults_every_plant_is_found_and_no_trap_is_taken() -> None:
    _, verdict = watched((), 100, exchanges=("binance", "okx", "gate", "kraken", "bybit"))
    assert verdict.found >= 2
    assert (verdict.missed, verdict.false, verdict.outdated) == ([], [], 0)


def test_with_every_fault_of_frames_at_once_nothing_is_made_up() -> None:
    faults = tuple(rule for name in ("drop", "double", "reorder", "wrong checksum") for rule in FAULTS[name])
    world, verdict = watched(faults, 60, exchanges=("okx", "kraken", "bitfinex", "coinbase"))
    assert verdict.true > 50
    assert verdict.false == []
    assert sum(client.books.counters.gaps for client in world.clients.values()) > 5


@only_long
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("feed", [Feed.DELTA, Feed.TOP])
def test_over_ten_minutes_at_each_fault_nothing_is_made_up(name: str, feed: Feed) -> None:
    """The hour is p2p_pipeline_tests/benchmarks/bench_simulated_hours.py."""
    _, verdict = watched(FAULTS[name], 600, feed=feed)
    assert verdict.false == []
    assert verdict.true > 0
    if name == "none":
        assert verdict.missed == []
