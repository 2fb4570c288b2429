"""The collection loop without Dagster: every venue at its own pace on the same slot grid, until told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.capture.collector import Collector, VenuePlan
from p2p_pipeline.p2p.capture.reference_lists import ReferenceLists
from p2p_pipeline.p2p.capture.slot_results import CollectionReport, SlotResult, SlotStatus
from p2p_pipeline.p2p.capture.slots import plan_slot
from p2p_pipeline.p2p.markets import SLOT_SECONDS


@dataclass(frozen=True, slots=True)
class LoopOptions:
    """How long and how often."""

    interval_seconds: int = SLOT_SECONDS
    """A multiple of 30."""
    is_once: bool = False
    duration_seconds: float | None = None
    """No slot is begun after this; None for no end."""

    def __post_init__(self) -> None:
        if self.interval_seconds <= 0 or self.interval_seconds % SLOT_SECONDS:
            raise InvalidInput(f"interval was {self.interval_seconds} s; write a multiple of {SLOT_SECONDS} s")


@dataclass(slots=True)
class LoopSummary:
    """What a loop did, over all venues."""

    slots: int = 0
    captured: int = 0
    failed: int = 0
    skipped: int = 0
    """Market sides that someone else collects, or had collected already."""


class TroubleLines:
    """Turns reports into lines for people: one when a venue's trouble begins, one when it is over."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._since: dict[str, int] = {}

    def tell(self, report: CollectionReport) -> None:
        """Say what is new about a venue."""
        since = self._since.get(report.venue)
        if report.trouble is not None and since is None:
            self._since[report.venue] = report.slot
            self._say(f"{report.trouble.rstrip('.')}. Collection keeps trying.")
        if since is not None and any(result.is_captured for result in report.results):
            del self._since[report.venue]
            self._say(f"{report.venue}: captured again after {(report.slot - since) * SLOT_SECONDS} s")


@dataclass(slots=True)
class CollectionLoop:
    """Collects until it is stopped or its time is over."""

    collector: Collector
    plans: Sequence[VenuePlan]
    options: LoopOptions
    acknowledge: Callable[[SlotResult], None]
    """Hears of every market side; of a captured one after it is safe on disk."""
    say: Callable[[str], None]
    """Gets lines for people, only when something changes."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """Set it to end: what is being stored is stored and acknowledged, the rest is dropped."""

    async def run(self) -> LoopSummary:
        """Collect; returns when the options' end is reached or `stop` is set."""
        summary = LoopSummary()
        lines, lists = TroubleLines(self.say), ReferenceLists(self.collector)
        work = asyncio.gather(*(self._run_venue(plan, summary, lines, lists) for plan in self.plans))
        stopped = asyncio.ensure_future(self.stop.wait())
        try:
            either: set[asyncio.Future[Any]] = {work, stopped}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            if not work.done():
                work.cancel()
            with suppress(asyncio.CancelledError):
                await work
        return summary

    async def _run_venue(
        self, plan: VenuePlan, summary: LoopSummary, lines: TroubleLines, lists: ReferenceLists
    ) -> None:
        clock, interval = self.collector.clock, self.options.interval_seconds
        duration = self.options.duration_seconds
        end = None if duration is None else clock.monotonic() + duration
        last_step: int | None = None
        while True:
            step_plan = plan_slot(clock.now().timestamp(), last_step, interval, patience_seconds=float("inf"))
            assert step_plan is not None  # noqa: S101 - nothing is too far off for endless patience
            if end is not None and clock.monotonic() + step_plan.wait_seconds >= end and last_step is not None:
                return
            await clock.sleep(step_plan.wait_seconds)
            report = await self.collector.collect_slot(
                plan, step_plan.slot * (interval // SLOT_SECONDS), self.acknowledge
            )
            _count(summary, report)
            lines.tell(report)
            if any(result.is_captured for result in report.results):
                await self._refresh_lists(plan, lists)
            if self.options.is_once:
                return
            last_step = step_plan.slot

    async def _refresh_lists(self, plan: VenuePlan, lists: ReferenceLists) -> None:
        report = await lists.refresh(plan)
        for wanted, problem in report.failed:
            self.say(f"{wanted.venue}: no {wanted.purpose.replace('_', ' ')} for {wanted.fiat or 'all'}: {problem}")


def _count(summary: LoopSummary, report: CollectionReport) -> None:
    summary.slots += 1
    for result in report.results:
        if result.is_captured:
            summary.captured += 1
        elif result.status is SlotStatus.FAILED:
            summary.failed += 1
        else:
            summary.skipped += 1
