"""What the venues said, as assets: the raw snapshots of a day, collected by the sensor or by hand."""

from pathlib import Path

from dagster import (
    AssetCheckResult,
    AssetChecksDefinition,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    DailyPartitionsDefinition,
    MaterializeResult,
    asset,
    asset_check,
)

from p2p_pipeline.orchestration.described import OWNERS, RAW, source_metadata
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.partitions import day_of_key

COLLECTING = "p2p/capture/slot_run.py"
LISTS = "p2p/capture/reference_lists.py"


def build_raw_snapshots(venue: str, days: DailyPartitionsDefinition, raw: Path) -> AssetsDefinition:
    """`[venue, raw_snapshots]`."""

    @asset(
        key=AssetKey([venue, "raw_snapshots"]),
        description=f"Every answer of {venue.capitalize()}, byte for byte, as it came: the only truth, from which all "
        f"else is made. The sensor `{venue}_collection` adds to it every 30 seconds. Materializing today by hand "
        "collects the running slot once; materializing another day tells what is stored of it and collects nothing.",
        partitions_def=days,
        metadata=source_metadata(raw, COLLECTING),
        group_name=RAW,
        owners=OWNERS,
        kinds={"python", "gzip"},
        tags={"venue": venue},
    )
    def raw_snapshots(context: AssetExecutionContext, installation: Installation) -> MaterializeResult:  # type: ignore[type-arg]
        from p2p_pipeline.orchestration.collection.work import collect_by_hand

        return MaterializeResult(metadata=collect_by_hand(installation, venue, day_of_key(context.partition_key)))

    return raw_snapshots


def build_payment_methods(venue: str, raw: Path) -> AssetsDefinition:
    """`[venue, payment_methods]`."""

    @asset(
        key=AssetKey([venue, "payment_methods"]),
        description=f"{venue.capitalize()}'s own lists of payment methods, fiats and assets, fetched once a day and "
        "kept, for ids change their meaning over the years. The collecting ticks fetch them; by hand does the same.",
        metadata=source_metadata(raw, LISTS),
        group_name=RAW,
        owners=OWNERS,
        kinds={"python", "gzip"},
        tags={"venue": venue},
    )
    def payment_methods(installation: Installation) -> MaterializeResult:  # type: ignore[type-arg]
        from p2p_pipeline.orchestration.collection.work import fetch_lists

        return MaterializeResult(metadata=fetch_lists(installation, venue))

    return payment_methods


def build_slot_collected(venue: str) -> AssetChecksDefinition:
    """The check that the collecting ticks report; run by hand it judges the newest slot in the raw store."""

    @asset_check(
        name="slot_collected",
        asset=AssetKey([venue, "raw_snapshots"]),
        description="Every configured market side was collected in the newest slot. Each tick judges it; it is told "
        "when it changes, and every ten minutes.",
    )
    def check(installation: Installation) -> AssetCheckResult:
        from p2p_pipeline.orchestration.collection.work import judge_newest_slot

        return judge_newest_slot(installation, venue)

    return check
