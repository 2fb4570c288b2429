"""The data-quality layer as Dagster shows it: one property a check, each a pure function of `quality/`."""

import warnings
from collections.abc import Iterator, Sequence

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSpec,
    AssetKey,
    DailyPartitionsDefinition,
    multi_asset_check,
)
from dagster._utils.warnings import PreviewWarning

from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.p2p.quality.properties import PROPERTIES, Property


def check_spec(venue: str, entry: Property, days: DailyPartitionsDefinition) -> AssetCheckSpec:
    """How Dagster knows a property of a venue's table."""
    with warnings.catch_warnings():
        # Partitioned checks are marked as a preview in 1.13; without them a backfill of an old day would overwrite
        # what is shown of today. Lift when they no longer warn.
        warnings.simplefilter("ignore", PreviewWarning)
        return AssetCheckSpec(
            entry.name,
            asset=AssetKey([venue, entry.table]),
            description=entry.description,
            blocking=entry.is_blocking,
            partitions_def=days if entry.is_of_day else None,
        )


def build_checks(venue: str, days: DailyPartitionsDefinition) -> list[AssetChecksDefinition]:
    """All checks of a venue, in few ops, for each costs a run a quarter of a second: what blocks stands by itself."""
    groups: dict[str, list[Property]] = {}
    for entry in PROPERTIES:
        groups.setdefault(f"{venue}_{_group(entry)}", []).append(entry)
    return [_checks_op(name, venue, entries, days) for name, entries in groups.items()]


def _group(entry: Property) -> str:
    if entry.is_of_summary:
        return "summary_checks"
    return "gate" if entry.is_blocking else "closing_checks" if entry.is_costly else "checks"


def _checks_op(
    name: str, venue: str, entries: Sequence[Property], days: DailyPartitionsDefinition
) -> AssetChecksDefinition:
    @multi_asset_check(
        name=name,
        specs=[check_spec(venue, entry, days) for entry in entries],
        can_subset=True,
        # A run holds all its pools from beginning to end: summaries take minutes, which the micro-batches can't wait.
        pool="summaries" if entries[0].is_of_summary else f"{venue}_lake",
    )
    def check(context: AssetCheckExecutionContext, installation: Installation) -> Iterator[AssetCheckResult]:
        from p2p_pipeline.orchestration.tables.judging import judge_day

        chosen = {key.name for key in context.selected_asset_check_keys}
        day = context.partition_key if context.has_partition_key else None
        wanted = [entry for entry in entries if entry.name in chosen]
        yield from judge_day(installation, venue, day, wanted, context.log)

    return check
