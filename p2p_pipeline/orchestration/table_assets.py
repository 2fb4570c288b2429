"""The tables of a venue as assets: raw snapshots become offers, offers become quotes and depth. One factory for all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    Config,
    MaterializeResult,
    MetadataValue,
    asset,
)
from pydantic import Field

from p2p_pipeline.metrics.partition import METRICS_VERSION
from p2p_pipeline.offers.partition import PARSE_VERSION
from p2p_pipeline.orchestration.checks import open_day
from p2p_pipeline.orchestration.day_view import market_table, price_plot
from p2p_pipeline.orchestration.partitions import DAYS, day_of_key
from p2p_pipeline.orchestration.resources import Installation
from p2p_pipeline.orchestration.retention import BRIEF, BRIEF_TAG
from p2p_pipeline.process import StepReport, build_depth, build_offers, build_quotes, market_keys

OWNERS = ["team:market-data"]


class Rebuild(Config):
    """How a partition is made."""

    full: bool = Field(
        default=False,
        description="Make the whole day anew from the raw store instead of continuing it. The rows are the same.",
    )


@dataclass(frozen=True, slots=True)
class DerivedTable:
    """A table that is made from another one of the same venue."""

    name: str
    made_from: str
    description: str
    """`{venue}` is filled in."""
    code_version: str
    builder: Callable[[Installation, bool], Callable[[date, str], StepReport]]
    """Given the installation and whether to make it anew: what makes one day of one market."""


def _offers_builder(installation: Installation, full: bool) -> Callable[[date, str], StepReport]:
    reader, lake, payments = installation.reader(), installation.lake(), installation.payments()
    return lambda day, key: build_offers(reader, lake, day, key, payments, full)


def _quotes_builder(installation: Installation, full: bool) -> Callable[[date, str], StepReport]:
    lake, settings = installation.lake(), installation.settings()
    return lambda day, key: build_quotes(lake, day, key, settings, full)


def _depth_builder(installation: Installation, full: bool) -> Callable[[date, str], StepReport]:
    lake = installation.lake()
    return lambda day, key: build_depth(lake, day, key, full)


DERIVED_TABLES = (
    DerivedTable(
        "offers",
        "raw_snapshots",
        "Every advertisement that {venue} showed, one row for each snapshot it was seen in: price, what it can fill "
        "now, payment methods, the advertiser's record. Records that can't be trusted go to `quarantine` with the way "
        "back to their bytes.",
        PARSE_VERSION,
        _offers_builder,
    ),
    DerivedTable(
        "quotes",
        "offers",
        "What an amount really costs on {venue} in each snapshot, under each profile: the best single offer and the "
        "best split over several, and why not when it can't be placed. `round_trips` is made with it.",
        METRICS_VERSION,
        _quotes_builder,
    ),
    DerivedTable(
        "depth",
        "offers",
        "How much can be traded on {venue} in each snapshot: the amount near the best price, weighted and median "
        "price, and how concentrated the book is.",
        METRICS_VERSION,
        _depth_builder,
    ),
)


def build_table_assets(venue: str) -> list[AssetsDefinition]:
    """`[venue, offers]`, `[venue, quotes]` and `[venue, depth]`."""
    return [_table_asset(venue, table) for table in DERIVED_TABLES]


# Without a backfill policy Dagster makes a run a day, as is wanted here: each day fails and is tried again by
# itself, and each day's checks get their status. One run for a range leaves the checks of every day PLANNED.
def _table_asset(venue: str, table: DerivedTable) -> AssetsDefinition:
    @asset(
        key=AssetKey([venue, table.name]),
        deps=[AssetKey([venue, table.made_from])],
        description=table.description.format(venue=venue.capitalize()),
        code_version=table.code_version,
        partitions_def=DAYS,
        group_name=venue,
        owners=OWNERS,
        kinds={"python", "parquet"},
        tags={"venue": venue},
        pool=f"{venue}_lake",
    )
    def build(context: AssetExecutionContext, installation: Installation, config: Rebuild) -> MaterializeResult:  # type: ignore[type-arg]
        return _materialize(context, venue, table, installation, config.full)

    return build


def _materialize(
    context: AssetExecutionContext, venue: str, table: DerivedTable, installation: Installation, full: bool
) -> MaterializeResult[Any]:
    day = day_of_key(context.partition_key)
    keys = market_keys(installation.reader(), day, venue)
    build = table.builder(installation, full)
    reports = [build(day, key) for key in keys]
    metadata: dict[str, Any] = {"dagster/row_count": _total(reports), **_counts(reports)}
    if not keys:
        metadata["note"] = f"The raw store has no {venue} market on {day}: nothing to do. Collect or import first."
    elif table.name == "quotes":
        view = open_day(venue, context.partition_key, installation)
        metadata["markets"] = MetadataValue.md(market_table(view.markets(), view.now))
    elif context.run.tags.get(BRIEF_TAG) != BRIEF and table.name == "depth":
        # A picture weighs up to 60 kB in the event log: not every few minutes.
        picture = price_plot(open_day(venue, context.partition_key, installation).markets())
        if picture is not None:
            metadata["prices"] = MetadataValue.md(picture)
    return MaterializeResult(metadata=metadata)


def _total(reports: Sequence[StepReport]) -> int:
    """Rows of the step's main table: the first that it reports."""
    return sum(next(iter(report.total_rows.values())) for report in reports)


def _counts(reports: Sequence[StepReport]) -> dict[str, Any]:
    counts: dict[str, Any] = {}
    for report in reports:
        for table, rows in report.new_rows.items():
            counts[f"new_{table}"] = counts.get(f"new_{table}", 0) + rows
    counts["seconds"] = round(sum(report.seconds for report in reports), 3)
    return counts
