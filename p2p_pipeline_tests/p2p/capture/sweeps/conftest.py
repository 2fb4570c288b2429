"""A simulated Binance for the tests of sweeps, and a folder to sweep into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from p2p_pipeline.p2p.simulator.server import RunningSimulator, running_simulator
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import (
    ASSETS,
    FIATS,
    Sweeper,
    still_market,
)

ALL_KEYS = tuple(f"binance.{asset}-{fiat}" for asset in ASSETS for fiat in FIATS)


@pytest.fixture(scope="module")
def served() -> Iterator[RunningSimulator]:
    with running_simulator(still_market(total_offers=12_000)) as simulator:
        yield simulator


@pytest.fixture
def simulator(served: RunningSimulator) -> RunningSimulator:
    served.faults.replace([])
    return served


@pytest.fixture
def sweeper(simulator: RunningSimulator, tmp_path: Path) -> Sweeper:
    return Sweeper(tmp_path, simulator.url)
