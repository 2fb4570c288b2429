"""A day of order books: what was recorded, what it made of books, what scans found, what rules would have earned."""

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

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.orchestration.described import OWNERS, source_metadata, table_metadata
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.partitions import day_of_key

EXCHANGES = "exchanges"
GROUP = "exchanges"
POOL = "exchanges"
"""Two replays of a day would do the same work twice."""


class Again(Config):
    """How a partition is made."""

    again: bool = Field(default=False, description="Replay also the hours that were replayed before.")


@dataclass(frozen=True, slots=True)
class ExchangeAsset:
    """One of the assets that are made of frames."""

    name: str
    made_from: tuple[str, ...]
    table: str
    description: str
    code: str


MADE = (
    ExchangeAsset(
        "books",
        ("frames",),
        "exchange_books",
        "The day's closed hours of frames told to the same books as live, under the frames' clock: gaps, re-syncs and "
        "checksums of every book by hour, its digest at the hour's end. The scans are made again on the way: they must "
        "be those of the live service to the byte, and where a crash left an hour without its scans they take their "
        "place.",
        "exchanges/actions/replay_hours.py",
    ),
    ExchangeAsset(
        "scans",
        ("books",),
        "exchange_scans",
        "Every scan of the day: what was looked at, and for each pair that is no opportunity its one reason.",
        "exchanges/tables/hour_files.py",
    ),
    ExchangeAsset(
        "opportunities",
        ("scans",),
        "exchange_opportunities",
        "What each scan accepted or put into quarantine, with its whole calculation. Nothing was traded.",
        "exchanges/tables/rows.py",
    ),
    ExchangeAsset(
        "backtest",
        ("books",),
        "exchange_backtests",
        "The day under other rules (edge, ages, sizes, fees): how many opportunities lived how long, and what acting "
        "one cycle later would have given, with its interval.",
        "exchanges/actions/backtest_day.py",
    ),
)


def build_exchange_assets(days: DailyPartitionsDefinition, paths: DataPaths) -> list[AssetsDefinition]:
    """`[exchanges, frames]` and what is made of them, a day a partition."""
    return [_frames(days, paths.exchange_frames), *(_made(one, days, paths.lake) for one in MADE)]


def _frames(days: DailyPartitionsDefinition, folder: Path) -> AssetsDefinition:
    @asset(
        key=AssetKey([EXCHANGES, "frames"]),
        description="Every message of the exchanges, byte for byte, by exchange, connection and hour, with what was "
        "subscribed and when the service scanned. `p2p stream` writes them, beside Dagster; materializing a day reads "
        "them whole, verifies their chained checksums, and tells what there is.",
        partitions_def=days,
        metadata=source_metadata(folder, "exchanges/frames/recorder.py"),
        group_name=GROUP,
        owners=OWNERS,
        kinds={"python", "zstd"},
        pool=POOL,
    )
    def frames(context: AssetExecutionContext, installation: Installation) -> MaterializeResult:  # type: ignore[type-arg]
        from p2p_pipeline.orchestration.exchanges.work import verify_frames

        return MaterializeResult(metadata=verify_frames(installation.paths, day_of_key(context.partition_key)))

    return frames


def _made(one: ExchangeAsset, days: DailyPartitionsDefinition, lake: Path) -> AssetsDefinition:
    @asset(
        key=AssetKey([EXCHANGES, one.name]),
        deps=[AssetKey([EXCHANGES, name]) for name in one.made_from],
        description=one.description,
        partitions_def=days,
        metadata=table_metadata(lake, one.table, one.code),
        group_name=GROUP,
        owners=OWNERS,
        kinds={"python", "parquet"},
        pool=POOL,
    )
    def build(context: AssetExecutionContext, installation: Installation, config: Again) -> MaterializeResult:  # type: ignore[type-arg]
        from p2p_pipeline.orchestration.exchanges.work import WORK

        day = day_of_key(context.partition_key)
        return MaterializeResult(metadata=WORK[one.name](installation.paths, day, config.again, context.log))

    return build
