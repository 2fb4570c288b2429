"""What a collecting tick remembers and reports. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from dagster import (
    AssetCheckEvaluation,
    AssetKey,
    AssetMaterialization,
    MetadataValue,
)

from p2p_pipeline.kernel.foreign_text import markdown_cell, markdown_row, shown
from p2p_pipeline.orchestration.partitions import key_of_moment
from p2p_pipeline.orchestration.results import outcome_metadata, severity_of
from p2p_pipeline.p2p.capture.reference_lists import ListsReport
from p2p_pipeline.p2p.capture.slot_results import CollectionReport, SlotResult, SlotStatus
from p2p_pipeline.p2p.markets import SLOT_SECONDS, slot_start
from p2p_pipeline.p2p.quality.outcome import QualityOutcome
from p2p_pipeline.p2p.quality.slot_collected import slot_collected

TELL_AGAIN_SLOTS = 20
"""An evaluation is stored three times in SQLite, 6 kB in all: a check that stays as it is is told every ten minutes."""
_THERE = (SlotStatus.CAPTURED, SlotStatus.ALREADY_COLLECTED)


@dataclass(frozen=True, slots=True)
class TickCursor:
    """What a tick leaves for the next one."""

    slot: int | None = None
    """The last slot collected."""
    passed: bool | None = None
    """What `slot_collected` was last told to be."""
    told_slot: int = 0
    """When that was."""

    @classmethod
    def read(cls, text: str | None) -> TickCursor:
        """The cursor as Dagster kept it; one that can't be read starts anew, for slots are idempotent."""
        try:
            return cls(**orjson.loads(text)) if text else cls()
        except (ValueError, TypeError):
            return cls()

    def text(self) -> str:
        """How Dagster keeps it."""
        return orjson.dumps(self).decode()

    def must_tell(self, passed: bool, slot: int) -> bool:
        """Whether an evaluation is news, or old enough to be told again."""
        return passed is not self.passed or not 0 <= slot - self.told_slot < TELL_AGAIN_SLOTS


def due_slots(interval_seconds: int) -> int:
    """How many slots one collection stands for."""
    return interval_seconds // SLOT_SECONDS


def problems_of(report: CollectionReport) -> QualityOutcome:
    """Whether the slot was collected whole, as the check `slot_collected` tells it."""
    return slot_collected({result.market_side: _problem(result) for result in report.results}, report.slot)


def _problem(result: SlotResult) -> str | None:
    return None if result.status in _THERE else f"{result.status.value}: {result.message}"


def to_asset_events(
    report: CollectionReport, cursor: TickCursor
) -> tuple[list[AssetMaterialization | AssetCheckEvaluation], TickCursor]:
    """The events of one tick, and the cursor after it. Nothing new on disk gives no materialization."""
    key = AssetKey([report.venue, "raw_snapshots"])
    events: list[AssetMaterialization | AssetCheckEvaluation] = []
    captured = [result for result in report.results if result.is_captured]
    if captured:
        partition = key_of_moment(slot_start(report.slot))
        events.append(AssetMaterialization(key, partition=partition, metadata=tick_metadata(report, captured)))
    outcome = problems_of(report)
    after = TickCursor(report.slot, cursor.passed, cursor.told_slot)
    is_news = any(result.status is not SlotStatus.ALREADY_COLLECTED for result in report.results)
    if is_news and cursor.must_tell(outcome.passed, report.slot):
        # Without a partition: Dagster stores one evaluation outside a run for each partition, and fails at a second.
        events.append(
            AssetCheckEvaluation(
                asset_key=key,
                check_name=outcome.name,
                passed=outcome.passed,
                severity=severity_of(outcome),
                description=shown(outcome.observed),
                metadata=outcome_metadata(outcome),
            )
        )
        after = TickCursor(report.slot, outcome.passed, report.slot)
    return events, after


def tick_metadata(report: CollectionReport, captured: Sequence[SlotResult]) -> dict[str, Any]:
    """Few numbers, for each is kept 2,880 times a day; Dagster draws them over time."""
    return {
        "offers": sum(result.offers for result in captured),
        "requests": sum(result.captures for result in captured),
        "seconds": round(report.seconds, 2),
    }


def sides_table(report: CollectionReport) -> MetadataValue[Any]:
    """What came of each market side, as a Markdown table."""
    lines = ["| market | side | status | offers | pages | complete | s |", "|---|---|---|--:|--:|---|--:|"]
    lines += [
        f"| {r.market_side.market.key} | {r.market_side.side} | {markdown_cell(_problem(r) or r.status.value)} "
        f"| {r.offers} | {r.pages} | {'yes' if r.is_complete else 'no'} | {r.seconds:.1f} |"
        for r in report.results
    ]
    return MetadataValue.md("\n".join(lines))


def lists_metadata(report: ListsReport) -> dict[str, Any]:
    """What came of a refresh of a venue's own lists."""
    metadata: dict[str, Any] = {"fetched": len(report.fetched), "failed": len(report.failed)}
    if not report.fetched and not report.failed:
        metadata["note"] = "Today's lists are all there."
    if report.failed:
        rows = [markdown_row((wanted.purpose, wanted.fiat or "all", problem)) for wanted, problem in report.failed]
        metadata["problems"] = MetadataValue.md("\n".join(["| list | fiat | problem |", "|---|---|---|", *rows]))
    return metadata


def lists_event(venue: str, report: ListsReport) -> list[AssetMaterialization]:
    """The event of a refresh that brought something."""
    key = AssetKey([venue, "payment_methods"])
    return [AssetMaterialization(key, metadata=lists_metadata(report))] if report.fetched else []


def told(report: CollectionReport) -> str:
    """The tick in one line, for the sensor's page."""
    there = sum(result.status in _THERE for result in report.results)
    offers = sum(result.offers for result in report.results)
    first = f"{slot_start(report.slot):%H:%M:%S}: {there} of {len(report.results)} market sides, {offers} offers"
    return f"{first}, {report.seconds:.1f} s." + (f" {shown(report.trouble)}" if report.trouble else "")
