"""What the raw assets do when they run."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from dagster import AssetCheckResult, MetadataValue

from p2p_pipeline.kernel.foreign_text import markdown_cell
from p2p_pipeline.orchestration.collection.kept_collector import collect, refresh_lists
from p2p_pipeline.orchestration.collection.reports import lists_metadata, sides_table, tick_metadata
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.results import to_check_result
from p2p_pipeline.p2p.markets import SLOT_SECONDS, slot_of
from p2p_pipeline.p2p.quality.newest_answers import LOOK_BACK, newest_answer
from p2p_pipeline.p2p.quality.slot_collected import slot_collected
from p2p_pipeline.p2p.raw.retention import file_sizes


def collect_by_hand(installation: Installation, venue: str, day: date) -> dict[str, Any]:
    """Collect the running slot once when the day is today; for another day tell what is stored."""
    now = datetime.now(UTC)
    if day != now.date() or not installation.settings().market_sides(venue):
        return stored_metadata(installation, venue, day)
    report = collect(installation, venue, slot_of(now))
    captured = [result for result in report.results if result.is_captured]
    return {**tick_metadata(report, captured), "market_sides": sides_table(report)}


def fetch_lists(installation: Installation, venue: str) -> dict[str, Any]:
    """Fetch what is due of a venue's own lists."""
    if not installation.settings().market_sides(venue):
        return {"note": f"No market of {venue} is configured: nothing is fetched."}
    return lists_metadata(refresh_lists(installation, venue))


def judge_newest_slot(installation: Installation, venue: str) -> AssetCheckResult:
    """Whether the newest slot that was answered has every configured market side."""
    now = datetime.now(UTC)
    reader = installation.reader()
    found = {
        side: newest_answer(reader, side, now, now - LOOK_BACK) for side in installation.settings().market_sides(venue)
    }
    slots = {side: None if snapshot is None else snapshot.slot for side, snapshot in found.items()}
    newest = max((slot for slot in slots.values() if slot is not None), default=slot_of(now))
    problems = {side: _behind(slot, newest) for side, slot in slots.items()}
    return to_check_result(venue, "raw_snapshots", slot_collected(problems, newest))


def stored_metadata(installation: Installation, venue: str, day: date) -> dict[str, Any]:
    """What the raw store has of a venue's day."""
    sizes = [s for s in file_sizes(installation.paths.root) if s.day == day and s.file_key.startswith(f"{venue}.")]
    if not sizes:
        return {"note": f"Nothing of {venue} is stored for {day}. A day that is over can only be imported.", "bytes": 0}
    reader = installation.reader()
    lines = ["| file | snapshots | bytes |", "|---|--:|--:|"]
    counts = {size.file_key: len(reader.snapshot_ids(day, size.file_key)) for size in sizes}
    lines += [f"| {markdown_cell(s.file_key)} | {counts[s.file_key]:,} | {s.total_bytes:,} |" for s in sizes]
    return {
        "note": "This day is over: nothing was collected; this is what is stored.",
        "stored": MetadataValue.md("\n".join(lines)),
        "snapshots": sum(counts.values()),
        "bytes": sum(size.total_bytes for size in sizes),
    }


def _behind(slot: int | None, newest: int) -> str | None:
    if slot is None:
        return "it has no usable answer of the last hour"
    return None if slot == newest else f"its newest slot is {(newest - slot) * SLOT_SECONDS} s older"
