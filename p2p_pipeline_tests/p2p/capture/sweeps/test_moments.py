"""A batch is known by the millisecond it began in: no two sweeps of a data folder share one, whatever they sweep."""

from __future__ import annotations

import asyncio
from pathlib import Path

from p2p_pipeline.p2p.capture.claims import Holder
from p2p_pipeline.p2p.capture.sweeps.batches import Told, report_id
from p2p_pipeline.p2p.capture.sweeps.claim import Share, claim_sweep, running_batches
from p2p_pipeline.p2p.capture.sweeps.report import batch_id_of
from p2p_pipeline.p2p.capture.sweeps.sweep import _take_moment
from p2p_pipeline.p2p.capture.sweeps.sweep_work import report_capture
from p2p_pipeline.p2p.markets import Source, slot_of
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline_tests.p2p.capture.collecting import StandingClock

HOLDER = Holder.this_process("a test")


def moment_of(folder: Path, share: Share, clock: StandingClock) -> int:
    """The moment that a sweep which begins now would take."""
    store = RawStore(folder, min_free_bytes=0)
    with claim_sweep(folder / "state", share, HOLDER, clock.now()) as claim:
        taken = asyncio.run(_take_moment(store, folder / "state", share, claim, clock))
        assert running_batches(folder / "state", share.venue) == {taken}, "it is announced"
    return taken


def test_two_venues_that_are_swept_side_by_side_begin_at_two_moments(tmp_path: Path) -> None:
    clock = StandingClock()
    first = batch_id_of(clock.now()) + 1
    with claim_sweep(tmp_path / "state", Share("binance"), HOLDER, clock.now()) as claim:
        claim.announce(first, clock.now())
        assert moment_of(tmp_path, Share("bybit"), clock) == first + 1000


def test_a_moment_that_another_venue_s_sweep_has_stored_is_not_taken_again(tmp_path: Path) -> None:
    clock = StandingClock()
    first = moment_of(tmp_path, Share("bybit"), clock)
    name, slot = report_id("bybit", Told.ENDED, first), slot_of(clock.now())
    RawStore(tmp_path, min_free_bytes=0).append(
        [report_capture("bybit", name, slot, Source.SIMULATED, clock.now(), b"{}")]
    )
    assert moment_of(tmp_path, Share("binance"), clock) == first + 1000
    assert moment_of(tmp_path, Share("binance", 2, 2), StandingClock()) == first + 1, "workers have their own"
