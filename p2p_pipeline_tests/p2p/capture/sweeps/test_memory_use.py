"""How much memory a sweep takes, whatever the market's size: measured in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.currencies import ASSETS, FIATS
from p2p_pipeline.p2p.simulator.server import SimulatorOptions, running_simulator
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.shared_files import REPOSITORY

BIGGEST = tuple(FIATS)[:6]

SWEEP = """
import json, resource, sys
from dataclasses import replace
from pathlib import Path
from p2p_pipeline.kernel.clock import SystemClock
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import MANNERS, SmallBinance, Sweeper
folder, url, fiats, assets = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]), json.loads(sys.argv[4])
sweeper = Sweeper(folder, url, SystemClock())
report = sweeper.sweep(
    venue=SmallBinance(url, fiats=tuple(fiats), assets=tuple(assets)),
    manners=replace(MANNERS, concurrency=32, exchange=replace(MANNERS.exchange, seconds=60.0)),
    budget_seconds=1500.0,
)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)
print(json.dumps([report.status, report.offers, peak]))
"""


@pytest.mark.long
@pytest.mark.timeout(1800)
@only_long
def test_books_of_thousands_of_offers_take_little_memory(tmp_path: Path) -> None:
    with running_simulator(SimulatorOptions(CatalogueOptions(total_offers=200_000))) as simulator:
        told = (str(tmp_path), simulator.url, json.dumps(BIGGEST), json.dumps(list(ASSETS)))
        done = subprocess.run(
            [sys.executable, "-c", SWEEP, *told], cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    status, offers, peak_mebibytes = json.loads(done.stdout)
    assert status == "complete"
    assert offers > 30_000
    assert peak_mebibytes < 300
