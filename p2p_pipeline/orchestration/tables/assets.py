"""The tables of a venue's days as assets: from raw snapshots to offers, quotes, history, anomalies. One factory."""

from dataclasses import dataclass
from pathlib import Path

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    Config,
    DailyPartitionsDefinition,
    MaterializeResult,
    asset,
)
from pydantic import Field

from p2p_pipeline.orchestration.described import ADVICE, HISTORY, OFFERS, OWNERS, PRICES, table_metadata
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.p2p.versions import (
    ANOMALY_VERSION,
    BEHAVIOUR_VERSION,
    HISTORY_VERSION,
    METRICS_VERSION,
    PARSE_VERSION,
)


class Rebuild(Config):
    """How a partition is made."""

    full: bool = Field(
        default=False,
        description="Make the whole day anew from the raw store instead of continuing it. The rows are the same.",
    )


@dataclass(frozen=True, slots=True)
class DerivedTable:
    """A table that is made from others of the same venue."""

    name: str
    made_from: tuple[str, ...]
    description: str
    """`{venue}` is filled in."""
    code_version: str
    group: str
    code: str
    """The file that makes it, in the package."""


DERIVED_TABLES = (
    DerivedTable(
        "offers",
        ("raw_snapshots", "payment_methods"),
        "Every advertisement that {venue} showed, one row for each snapshot it was seen in: price, what it can fill "
        "now, payment methods, the advertiser's record. Records that can't be trusted go to `quarantine` with the way "
        "back to their bytes.",
        PARSE_VERSION,
        OFFERS,
        "p2p/steps/offers.py",
    ),
    DerivedTable(
        "quotes",
        ("offers",),
        "What an amount really costs on {venue} in each snapshot, under each profile: the best single offer and the "
        "best split over several, and why not when it can't be placed. `round_trips` is made with it.",
        METRICS_VERSION,
        PRICES,
        "p2p/steps/quotes.py",
    ),
    DerivedTable(
        "depth",
        ("offers",),
        "How much can be traded on {venue} in each snapshot: the amount near the best price, weighted and median "
        "price, and how concentrated the book is.",
        METRICS_VERSION,
        PRICES,
        "p2p/steps/quotes.py",
    ),
    DerivedTable(
        "history",
        ("quotes", "depth"),
        "Every measure of {venue}'s market sides over time: executable price by size and profile, spread, depth, offer "
        "count. A slot that nobody saw has no row.",
        HISTORY_VERSION,
        HISTORY,
        "p2p/steps/history.py",
    ),
    DerivedTable(
        "rollups",
        ("history",),
        "The history by five minutes and by hour, with dispersion, coverage and gaps.",
        HISTORY_VERSION,
        HISTORY,
        "p2p/steps/history.py",
    ),
    DerivedTable(
        "offer_days",
        ("offers",),
        "Each advertisement's day on {venue}: when it was seen, its price changes, what was taken from it. Lifetimes "
        "and advertisers are worked out from it.",
        BEHAVIOUR_VERSION,
        HISTORY,
        "p2p/steps/behaviour.py",
    ),
    DerivedTable(
        "anomalies",
        ("rollups",),
        "Hour by hour, how unusual each measure was for its hour of the week, and what that means: normal, unusual, a "
        "new level, an outage, or too little history to say.",
        ANOMALY_VERSION,
        ADVICE,
        "p2p/steps/anomalies.py",
    ),
)


def build_table_assets(venue: str, days: DailyPartitionsDefinition, lake: Path) -> list[AssetsDefinition]:
    """`[venue, offers]` and what is made from it, a day a partition."""
    return [_table_asset(venue, table, days, lake) for table in DERIVED_TABLES]


# Without a backfill policy Dagster makes a run a day, as is wanted here: each day fails and is tried again by
# itself, and each day's checks get their status. One run for a range leaves the checks of every day PLANNED.
def _table_asset(venue: str, table: DerivedTable, days: DailyPartitionsDefinition, lake: Path) -> AssetsDefinition:
    @asset(
        key=AssetKey([venue, table.name]),
        deps=[AssetKey([venue, name]) for name in table.made_from],
        description=table.description.format(venue=venue.capitalize()),
        code_version=table.code_version,
        metadata=table_metadata(lake, table.name, table.code),
        partitions_def=days,
        group_name=table.group,
        owners=OWNERS,
        kinds={"python", "parquet"},
        tags={"venue": venue},
        pool=f"{venue}_lake",
    )
    def build(context: AssetExecutionContext, installation: Installation, config: Rebuild) -> MaterializeResult:  # type: ignore[type-arg]
        from p2p_pipeline.orchestration.tables.work import materialize_day

        return materialize_day(context, venue, table.name, installation, config.full)

    return build
