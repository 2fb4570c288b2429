"""Sweeps against a venue with a limit of its own, over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from p2p_pipeline.p2p.capture.breaker import PATIENT_BREAKER
from p2p_pipeline.p2p.capture.pacing import PacingLimits
from p2p_pipeline.p2p.capture.sweeps.report import SweepReport, SweepStatus
from p2p_pipeline.p2p.capture.sweeps.sweep import SweepPlan, sweep_now
from p2p_pipeline.p2p.capture.venue_session import Manners
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.server import RunningSimulator, SimulatorOptions, running_simulator
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import SmallBinance

MANNERS = Manners(PacingLimits(400.0), concurrency=32, breaker=PATIENT_BREAKER, is_patient=True)


def _sweep(simulator: RunningSimulator, folder: Path, worker: int = 1, workers: int = 1) -> SweepReport:
    plan = SweepPlan(SmallBinance(simulator.url), MANNERS, budget_seconds=60.0, worker=worker, workers=workers)
    store = RawStore(folder, min_free_bytes=0)
    return sweep_now(plan, store, folder / "state", Source.SIMULATED, program="a test")


def test_two_workers_at_the_same_time_share_what_the_venue_puts_up_with_and_both_finish(tmp_path: Path) -> None:
    options = SimulatorOptions(CatalogueOptions(seed=4, offers_per_side=25), requests_per_second=8.0)
    with running_simulator(options) as simulator, ThreadPoolExecutor(2) as both:
        reports = list(both.map(lambda worker: _sweep(simulator, tmp_path, worker, 2), (1, 2)))
        refused = [served for served in simulator.exchange.requests() if served.status == 429]
    assert [report.status for report in reports] == [SweepStatus.COMPLETE] * 2
    assert sum(report.markets_complete for report in reports) == 12
    assert len({report.batch_id for report in reports}) == 2
    assert sum(report.failed_requests for report in reports) == len(refused) > 0
