"""The data-quality layer as Dagster shows it: one property a check, each a pure function of `quality/`."""

import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    MetadataValue,
    multi_asset_check,
)
from dagster._utils.warnings import PreviewWarning

from p2p_pipeline.orchestration.partitions import DAYS, day_of_key
from p2p_pipeline.orchestration.resources import Installation
from p2p_pipeline.orchestration.venue_day import VenueDay
from p2p_pipeline.quality import coverage, prices, trust
from p2p_pipeline.quality.expectations import offers_expectations
from p2p_pipeline.quality.outcome import QualityOutcome, Severity


@dataclass(frozen=True, slots=True)
class Property:
    """One property of one table of a venue."""

    name: str
    table: str
    """The asset it is a property of: the last step of its key."""
    description: str
    judge: Callable[[VenueDay], QualityOutcome]
    is_blocking: bool = False
    """Whether nothing is made from the table when the property does not hold."""
    is_costly: bool = False
    """Whether it is left to the job that closes a day."""
    is_of_day: bool = True
    """False for what is true of now, whichever day is looked at."""


def _slot_gaps(day: VenueDay) -> QualityOutcome:
    limit = day.settings.quality.max_missing_slot_share
    return coverage.slot_gaps(day.snapshots, day.sides, day.wanted_slots(), limit)


PROPERTIES = (
    Property(
        "freshness",
        "raw_snapshots",
        "Every configured market side has a young snapshot, by the snapshot's own time.",
        lambda day: coverage.freshness(day.newest(), day.now, day.settings.quality.stale_after_seconds),
        is_of_day=False,
    ),
    Property(
        "raw_checksum",
        "raw_snapshots",
        "Every byte of the day's raw files still has the checksum it was written with.",
        lambda day: trust.raw_checksum(*day.read_back()),
        is_costly=True,
    ),
    Property(
        "keys_and_counts",
        "offers",
        "No snapshot and no offer stands twice, and none is missing. Nothing is priced from a table that breaks this.",
        lambda day: trust.keys_and_counts(day.snapshots, day.offers("snapshot_id", "offer_id")),
        is_blocking=True,
    ),
    Property(
        "quarantined_share",
        "offers",
        "Few records had to be set aside. Above the limit the wire format has changed: nothing is priced from it.",
        lambda day: trust.quarantined_share(day.snapshots, day.quarantine, day.settings.quality.max_quarantined_share),
        is_blocking=True,
    ),
    Property("slot_gaps", "offers", "Each slot of each market side has a usable snapshot.", _slot_gaps),
    Property(
        "completeness",
        "offers",
        "Snapshots were read to the book's end, or to as many offers as were asked for.",
        lambda day: coverage.completeness(day.snapshots, day.settings.quality.max_incomplete_share),
    ),
    Property(
        "duplicates",
        "offers",
        "Few ads came on two pages of one snapshot.",
        lambda day: coverage.duplicates(day.snapshots, day.settings.quality.max_duplicate_share),
    ),
    Property(
        "schema_drift",
        "offers",
        "The venue's answers have the fields the adapter knows, no new ones and none gone.",
        lambda day: trust.schema_drift(day.snapshots),
    ),
    Property(
        "unknown_payments",
        "offers",
        "Most payment methods have a canonical code.",
        lambda day: trust.unknown_payments(
            day.offers("payment_methods"), day.settings.quality.max_unknown_payment_share
        ),
    ),
    Property(
        "offers_expectations",
        "offers",
        "The Great Expectations suite holds: identity, ranges, and the distribution that a healthy market has.",
        lambda day: offers_expectations(day.sampled_offers()),
        is_costly=True,
    ),
    Property(
        "price_range",
        "depth",
        "Each snapshot's median price is near the usual one of the last week.",
        lambda day: prices.price_range(day.depth, day.recent_depth, day.settings.quality.max_price_deviation),
    ),
    Property(
        "crossed_market_rate",
        "depth",
        "Asks are below bids no more often than in a live market, and medians the right way round.",
        lambda day: prices.crossed_market_rate(day.depth, day.settings.quality.max_crossed_share),
    ),
)


def check_spec(venue: str, entry: Property) -> AssetCheckSpec:
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
            partitions_def=DAYS if entry.is_of_day else None,
        )


def build_checks(venue: str) -> list[AssetChecksDefinition]:
    """All checks of a venue: an op for those that block, so that nothing waits for the others, one for each table."""
    groups: dict[str, list[Property]] = {}
    for entry in PROPERTIES:
        suffix = "gate" if entry.is_blocking else "closing_checks" if entry.is_costly else "checks"
        groups.setdefault(f"{venue}_{entry.table}_{suffix}", []).append(entry)
    return [_checks_op(name, venue, entries) for name, entries in groups.items()]


def _checks_op(name: str, venue: str, entries: Sequence[Property]) -> AssetChecksDefinition:
    @multi_asset_check(
        name=name, specs=[check_spec(venue, entry) for entry in entries], can_subset=True, pool=f"{venue}_lake"
    )
    def check(context: AssetCheckExecutionContext, installation: Installation) -> Iterator[AssetCheckResult]:
        day = open_day(venue, context.partition_key if context.has_partition_key else None, installation)
        selected = context.selected_asset_check_keys
        for entry in entries:
            if check_spec(venue, entry).key in selected:
                yield to_check_result(venue, entry.table, entry.judge(day))

    return check


def open_day(venue: str, partition_key: str | None, installation: Installation) -> VenueDay:
    """The venue's day of a partition; today without one."""
    now = datetime.now(UTC)
    day = day_of_key(partition_key) if partition_key else now.date()
    return VenueDay(venue, day, now, installation.settings(), installation.reader(), installation.lake())


def to_check_result(venue: str, table: str, outcome: QualityOutcome) -> AssetCheckResult:
    """An outcome as Dagster's result, with what was expected, what was seen, and where to look."""
    return AssetCheckResult(
        check_name=outcome.name,
        asset_key=AssetKey([venue, table]),
        passed=outcome.passed,
        severity=AssetCheckSeverity.ERROR if outcome.severity is Severity.ERROR else AssetCheckSeverity.WARN,
        description=outcome.observed,
        metadata=outcome_metadata(outcome),
    )


def outcome_metadata(outcome: QualityOutcome) -> dict[str, MetadataValue[Any]]:
    """What a person sees of an outcome."""
    shown: dict[str, MetadataValue[Any]] = {
        "expected": MetadataValue.text(outcome.expected),
        "observed": MetadataValue.text(outcome.observed),
    }
    if outcome.sample and not outcome.passed:
        shown["sample"] = MetadataValue.md(_markdown_rows(outcome.sample))
    return shown


def _markdown_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    lines += [f"| {' | '.join(_cell(row.get(name)) for name in names)} |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text.replace("|", "\\|").replace("\n", " ")[:200]
