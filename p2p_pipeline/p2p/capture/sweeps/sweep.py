"""Ask a venue for all of its markets once.

    plan = SweepPlan(venue, manners)
    report = sweep_now(plan, store, paths.state, Source.LIVE, program="p2p sweep")      # in a thread without a loop
    report = await sweep(plan, store, paths.state, Source.LIVE, program="…")            # in one

Everything that was said is in the raw store when it returns, the report too. Loading is somebody else's business.
"""

from __future__ import annotations

import asyncio
import random
import signal
import threading
from collections.abc import Callable, Coroutine
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from p2p_pipeline.kernel.clock import Clock, SystemClock
from p2p_pipeline.p2p.capture.claims import Holder
from p2p_pipeline.p2p.capture.pauses import PauseFolder
from p2p_pipeline.p2p.capture.sweeps.batches import batch_of
from p2p_pipeline.p2p.capture.sweeps.claim import Share, SweepClaim, SweepRefused, claim_sweep, taking_a_moment
from p2p_pipeline.p2p.capture.sweeps.memory import kept_ceiling
from p2p_pipeline.p2p.capture.sweeps.report import SweepReport, batch_id_of, batch_moment
from p2p_pipeline.p2p.capture.sweeps.sweep_work import SweepPlan, SweepProgress, SweepWork
from p2p_pipeline.p2p.capture.venue_session import VenueGate
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import sweep_reports_key

__all__ = ["SweepPlan", "SweepProgress", "SweepRefused", "SweepStopped", "sweep", "sweep_now"]

_MOMENTS_TRIED = 5


class SweepStopped(KeyboardInterrupt):
    """Ctrl-C or SIGTERM ended a sweep; what was read by then is stored, and so is its report."""

    def __init__(self, report: SweepReport) -> None:
        super().__init__(f"sweep {report.batch_id} was stopped")
        self.report = report


def sweep_now(
    plan: SweepPlan,
    store: RawStore,
    state_folder: Path,
    source: Source,
    *,
    program: str,
    clock: Clock | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    gate: VenueGate | None = None,
    random_source: random.Random | None = None,
    checkpoint: Callable[[str], None] = lambda _: None,
    progress: Callable[[SweepProgress], None] = lambda _: None,
) -> SweepReport:
    """The same as `sweep`, for a thread without an event loop.

    In the main thread SIGTERM and Ctrl-C stop it, however often: SweepStopped, which is a KeyboardInterrupt, is raised
    once all that was read is stored; a plain one where it had not begun.
    """
    kept: list[SweepReport] = []
    work = sweep(
        plan, store, state_folder, source, program=program, clock=clock, transport=transport, gate=gate,
        random_source=random_source, checkpoint=checkpoint, progress=progress, stopped=kept.append,
    )  # fmt: skip
    try:
        return asyncio.run(_stopped_by_signals(work))
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise (SweepStopped(kept[0]) if kept else KeyboardInterrupt) from None


async def sweep(
    plan: SweepPlan,
    store: RawStore,
    state_folder: Path,
    source: Source,
    *,
    program: str,
    clock: Clock | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    gate: VenueGate | None = None,
    random_source: random.Random | None = None,
    checkpoint: Callable[[str], None] = lambda _: None,
    progress: Callable[[SweepProgress], None] = lambda _: None,
    stopped: Callable[[SweepReport], None] = lambda _: None,
) -> SweepReport:
    """Read every market side that is due into the raw store, as far as the budget goes, and say what came of it.

    Raises SweepRefused when this share of the venue is being swept already, and RawStoreError when nothing can be
    stored. Whatever else goes wrong is in the report and costs as little as it can. Cancelling stops it cleanly: what
    was read is stored, and so is the report, of which `stopped` is told.

    `gate` is what an earlier sweep of this process learnt of the venue's pace. `checkpoint` is told each step by name
    (`begun`, `before_request`, `after_response`, `after_append`, `before_end`), so that a crash test can end the
    process exactly there.
    """
    clock = clock or SystemClock()
    share = Share(plan.venue.name, plan.worker, plan.workers)
    if gate is None:
        # A pause is about the venue itself: a simulator's must not hold up the real one.
        pauses = PauseFolder(state_folder) if source is Source.LIVE else None
        kept = kept_ceiling(state_folder, share, clock.now())
        gate = VenueGate(plan.venue.name, plan.manners, pauses, None if kept is None else kept.per_second)
        gate.honour_kept_pause(clock)
    with claim_sweep(state_folder, share, Holder.this_process(program), clock.now()) as claim:
        batch_id = await _take_moment(store, state_folder, share, claim, clock)
        work = SweepWork(
            plan, share, store, state_folder, source, clock, gate, batch_id, checkpoint, progress,
            random_source or random.Random(), transport, stopped=stopped,
        )  # fmt: skip
        return await work.run()


async def _take_moment(store: RawStore, state_folder: Path, share: Share, claim: SweepClaim, clock: Clock) -> int:
    """The batch's id, announced: this second, and the worker's number as milliseconds.

    So no two workers share one; that no two venues do is looked after here.
    """
    for _ in range(_MOMENTS_TRIED):
        batch_id = _batch_id_now(share, clock)
        stored = await asyncio.to_thread(_stored_moments, store, batch_moment(batch_id).date())
        with taking_a_moment(state_folder) as taken:
            if batch_id not in taken and batch_id not in stored:
                claim.announce(batch_id, clock.now())
                return batch_id
        # A sweep that ended at once, or a clock that was set back.
        while _batch_id_now(share, clock) == batch_id:
            await clock.sleep(1.0)
    raise SweepRefused(
        f"{share.venue} has a sweep stored for each second around {clock.now():%H:%M:%S} UTC: was the clock set back?"
    )


def _stored_moments(store: RawStore, day: date) -> set[int]:
    """The batches of all venues of which a day's files have a report."""
    reader = store.reader
    found: set[int] = set()
    for key in reader.file_keys(day):
        if key == sweep_reports_key(key.partition(".")[0]):
            found |= {known for name in reader.snapshot_ids(day, key) if (known := batch_of(name)) is not None}
    return found


def _batch_id_now(share: Share, clock: Clock) -> int:
    return batch_id_of(clock.now().replace(microsecond=0)) + share.worker


async def _stopped_by_signals(work: Coroutine[Any, Any, SweepReport]) -> SweepReport:
    task = asyncio.ensure_future(work)
    is_main = threading.current_thread() is threading.main_thread()
    is_ours = is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    stopping = (signal.SIGTERM, signal.SIGINT) if is_ours else ()
    loop = asyncio.get_running_loop()
    for number in stopping:
        # Once: a second Ctrl-C would make asyncio leave without counting what is being stored.
        loop.add_signal_handler(number, lambda: task.cancelling() or task.cancel())
    try:
        return await task
    finally:
        for number in stopping:
            loop.remove_signal_handler(number)
