"""What the venues said, as assets: the raw snapshots of a day, collected by the sensor or by hand."""

from datetime import UTC, date, datetime
from typing import Any

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MaterializeResult,
    MetadataValue,
    asset,
    asset_check,
)

from p2p_pipeline.capture.raw_reader import RawReader
from p2p_pipeline.capture.retention import file_sizes
from p2p_pipeline.markets import SLOT_SECONDS, MarketSide, slot_of
from p2p_pipeline.orchestration.checks import to_check_result
from p2p_pipeline.orchestration.collecting import collect, refresh_lists
from p2p_pipeline.orchestration.partitions import DAYS, day_of_key
from p2p_pipeline.orchestration.resources import Installation
from p2p_pipeline.orchestration.table_assets import OWNERS
from p2p_pipeline.orchestration.tick_reports import lists_metadata, sides_table, tick_metadata, told
from p2p_pipeline.quality.collected import slot_collected


def build_raw_snapshots(venue: str) -> AssetsDefinition:
    """`[venue, raw_snapshots]`."""

    @asset(
        key=AssetKey([venue, "raw_snapshots"]),
        description=f"Every answer of {venue.capitalize()}, byte for byte, as it came: the only truth, from which all "
        f"else is made. The sensor `{venue}_collection` adds to it every 30 seconds. Materializing today by hand "
        "collects the running slot once; materializing another day tells what is stored of it and collects nothing.",
        partitions_def=DAYS,
        group_name=venue,
        owners=OWNERS,
        kinds={"python", "gzip"},
        tags={"venue": venue},
    )
    def raw_snapshots(context: AssetExecutionContext, installation: Installation) -> MaterializeResult:  # type: ignore[type-arg]
        now = datetime.now(UTC)
        day = day_of_key(context.partition_key)
        if day != now.date() or not installation.settings().market_sides(venue):
            return MaterializeResult(metadata=stored_metadata(installation, venue, day))
        report = collect(installation, venue, slot_of(now))
        context.log.info(told(report))
        captured = [result for result in report.results if result.is_captured]
        return MaterializeResult(
            metadata={**tick_metadata(report, captured), "market_sides": sides_table(report)},
        )

    return raw_snapshots


def build_payment_methods(venue: str) -> AssetsDefinition:
    """`[venue, payment_methods]`."""

    @asset(
        key=AssetKey([venue, "payment_methods"]),
        description=f"{venue.capitalize()}'s own lists of payment methods, fiats and assets, fetched once a day and "
        "kept, for ids change their meaning over the years. The collecting ticks fetch them; by hand does the same.",
        group_name=venue,
        owners=OWNERS,
        kinds={"python", "gzip"},
        tags={"venue": venue},
    )
    def payment_methods(installation: Installation) -> MaterializeResult:  # type: ignore[type-arg]
        if not installation.settings().market_sides(venue):
            return MaterializeResult(metadata={"note": f"No market of {venue} is configured: nothing is fetched."})
        return MaterializeResult(metadata=lists_metadata(refresh_lists(installation, venue)))

    return payment_methods


def stored_metadata(installation: Installation, venue: str, day: date) -> dict[str, Any]:
    """What the raw store has of a venue's day."""
    sizes = [s for s in file_sizes(installation.paths.root) if s.day == day and s.file_key.startswith(f"{venue}.")]
    if not sizes:
        return {"note": f"Nothing of {venue} is stored for {day}. A day that is over can only be imported.", "bytes": 0}
    reader = installation.reader()
    lines = ["| file | snapshots | bytes |", "|---|--:|--:|"]
    counts = {size.file_key: len(reader.snapshot_ids(day, size.file_key)) for size in sizes}
    lines += [f"| {s.file_key} | {counts[s.file_key]:,} | {s.total_bytes:,} |" for s in sizes]
    return {
        "note": "This day is over: nothing was collected; this is what is stored.",
        "stored": MetadataValue.md("\n".join(lines)),
        "snapshots": sum(counts.values()),
        "bytes": sum(size.total_bytes for size in sizes),
    }


def build_slot_collected(venue: str) -> AssetChecksDefinition:
    """The check that the collecting ticks report; run by hand it judges the newest slot in the raw store."""

    @asset_check(
        name="slot_collected",
        asset=AssetKey([venue, "raw_snapshots"]),
        description="Every configured market side was collected in the newest slot. Each tick judges it; it is told "
        "when it changes, and every ten minutes.",
    )
    def check(context: AssetCheckExecutionContext, installation: Installation) -> AssetCheckResult:  # noqa: ARG001
        sides = installation.settings().market_sides(venue)
        now = datetime.now(UTC)
        slots = {side: _newest_slot(installation.reader(), side, now) for side in sides}
        newest = max((slot for slot in slots.values() if slot is not None), default=slot_of(now))
        problems = {side: _behind(slot, newest) for side, slot in slots.items()}
        return to_check_result(venue, "raw_snapshots", slot_collected(problems, newest))

    return check


def _newest_slot(reader: RawReader, side: MarketSide, now: datetime) -> int | None:
    snapshot = reader.latest(side, now)
    return None if snapshot is None else snapshot.slot


def _behind(slot: int | None, newest: int) -> str | None:
    if slot is None:
        return "nothing is stored"
    return None if slot == newest else f"its newest slot is {(newest - slot) * SLOT_SECONDS} s older"
